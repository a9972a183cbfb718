"""Facets and Filters: one object is the WHERE clause, the link, the cache key and the sentence of a page."""

import csv
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from dashboard.i18n import N_, Text

CODES = Path(__file__).resolve().parents[1] / "data" / "contract" / "codes"
PUSHED_IN = "pushed_in"  # a layer of its own: counted only where it is asked for
WEEKS = 12  # the period of a page that names none
RESOLUTIONS = range(3, 8)
COARSEST_PRECISION = 7
COMPARISONS = ("before", "year_before")
COMPARED = {"before": N_("against the period before"), "year_before": N_("against the same days a year earlier")}
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 1, 1)  # what a link may ask for
A_YEAR = timedelta(days=364)  # whole weeks, so that weekdays match
NO_FILTER = frozenset({"v", "lang", "sel", "snapshot"})  # in the address bar, but choose no record

Label = Callable[[str, str], str]


@dataclass(frozen=True)
class Facet:
    """One way of asking: its name in a link, its predicate on a record, its words, its list, and the words for all."""

    name: str
    predicate: str
    words: str
    codes: str
    every: str


FACETS = (
    Facet("d", "list_contains($d, adm2)", N_("in {values}"), "district", N_("all districts")),
    Facet("label", "list_contains($label, crime_label)", N_("labelled {values}"), "crime_label", N_("all labels")),
    Facet(
        "type", "list_contains($type, event_type)", N_("of type {values}"), "event_type", N_("all types but pushed in")
    ),
    Facet(
        "agency", "list_contains($agency, detecting_agency)", N_("detected by {values}"), "agency", N_("all agencies")
    ),
    Facet("x", "list_contains($x, crossing)", N_("through {values}"), "crossing", N_("all crossings")),
)
BY_NAME = {facet.name: facet for facet in FACETS}


@cache
def default_types() -> tuple[str, ...]:
    """Every event type but those pushed in, in the contract's order."""
    with (CODES / "event_type.csv").open(encoding="utf-8", newline="") as file:
        return tuple(sorted(row["code"] for row in csv.DictReader(file) if row["code"] != PUSHED_IN))


@dataclass(frozen=True)
class Filters:
    """What is asked for, in canonical order: equal choices are equal objects, links, cache keys and hashes.

    choices: per facet its codes, sorted; a facet without codes does not restrict. A period or a resolution
    that is None is not chosen yet: `settle` fills it from the data before anything is asked.
    """

    date_from: date | None = None
    date_to: date | None = None
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    precision: int = COARSEST_PRECISION
    resolution: int | None = None
    against: str = "before"

    def __post_init__(self) -> None:
        chosen = dict(self.choices)
        chosen["type"] = tuple(chosen.get("type") or default_types())
        ordered = {f.name: tuple(sorted(set(chosen[f.name]))) for f in FACETS if chosen.get(f.name)}
        object.__setattr__(self, "choices", ordered)

    def __hash__(self) -> int:
        return hash(tuple(self.to_link().items()).__repr__())

    @classmethod
    def from_link(cls, link: Mapping[str, Sequence[str]]) -> "Filters":
        """The filters of a link; what cannot be read is left out (`ignored` tells what)."""
        return read_link(link)[0]

    def to_link(self) -> dict[str, list[str]]:
        """Every value written out, also defaults: a link means the same when defaults change."""
        link: dict[str, list[str]] = {}
        if self.date_from:
            link["from"] = [self.date_from.isoformat()]
        if self.date_to:
            link["to"] = [self.date_to.isoformat()]
        link |= {name: list(codes) for name, codes in self.choices.items()}
        link |= {"prec": [str(self.precision)], "vs": [self.against]}
        return link | ({"res": [str(self.resolution)]} if self.resolution is not None else {})

    def to_sql(self) -> tuple[str, dict[str, object]]:
        """The predicate on a record and its bound parameters."""
        clauses = [BY_NAME[name].predicate for name in self.choices] + ["precision_code <= $prec"]
        bound: dict[str, object] = {name: list(codes) for name, codes in self.choices.items()}
        bound["prec"] = self.precision
        if self.date_from and self.date_to:
            clauses.append("date_start BETWEEN $date_from AND $date_to")
            bound |= {"date_from": self.date_from, "date_to": self.date_to}
        return " AND ".join(clauses), bound

    @property
    def days(self) -> int:
        """Length of the period in days, both ends counted. Raises ValueError while no period is chosen."""
        if self.date_from is None or self.date_to is None:
            raise ValueError("no period is chosen yet: settle the filters first")
        return (self.date_to - self.date_from).days + 1

    def compared(self) -> "Filters":
        """The same question about the period that this one is compared with."""
        back = A_YEAR if self.against == "year_before" else timedelta(days=self.days)
        if self.date_from is None or self.date_to is None:
            return self
        return replace(self, date_from=self.date_from - back, date_to=self.date_to - back)

    def choose(self, name: str, codes: Sequence[str]) -> "Filters":
        """These filters with one facet's codes replaced; no code lifts the restriction."""
        return replace(self, choices={**self.choices, name: tuple(codes)})

    def settle(self, last_day: date | None, finest: int) -> "Filters":
        """What was not chosen, chosen: the last 12 weeks up to the last detection, the finest cells allowed."""
        end = self.date_to or max(last_day or date.today(), self.date_from or date.min)
        start = self.date_from or end - timedelta(days=7 * WEEKS - 1)
        resolution = finest if self.resolution is None else self.resolution
        return replace(self, date_from=start, date_to=end, resolution=resolution)

    def sentence(self, text: Text, label: Label) -> str:
        """The filters in words, defaults too, for a snapshot's face and a file's head."""
        facets = [self._part(facet, text, label) for facet in FACETS]
        precision = text("placed as {precision} or better", precision=label("precision", str(self.precision)))
        cells = text("cells of resolution {n}", n=self.resolution)
        return ", ".join([self.period(text), text(COMPARED[self.against]), *facets, precision, cells])

    def period(self, text: Text) -> str:
        """The period in words."""
        return text("{start} to {end}", start=self.date_from, end=self.date_to)

    def _part(self, facet: Facet, text: Text, label: Label) -> str:
        if self.is_default(facet.name):
            return text(facet.every)
        return text(facet.words, values=", ".join(label(facet.codes, code) for code in self.choices[facet.name]))

    def is_default(self, name: str) -> bool:
        """Whether a facet says what it says when nobody touches it."""
        return self.choices.get(name, ()) == (default_types() if name == "type" else ())


def read_link(
    link: Mapping[str, Sequence[str]], known: Mapping[str, Collection[str]] | None = None
) -> tuple[Filters, tuple[str, ...]]:
    """The filters of a link, and the parameters that were ignored, as `name=value`.

    known: list name to the codes that exist; without it any well-formed code is taken.
    """
    ignored: list[str] = [
        f"{name}={v}" for name in link if name not in _READ and name not in NO_FILTER for v in link[name]
    ]
    choices = {facet.name: _codes(facet, link, known, ignored) for facet in FACETS}
    start, end = _period(link, ignored)
    return (
        Filters(
            start,
            end,
            choices,
            _whole("prec", link, range(1, COARSEST_PRECISION + 1), ignored) or COARSEST_PRECISION,
            _whole("res", link, RESOLUTIONS, ignored),
            _one_of("vs", link, COMPARISONS, ignored) or COMPARISONS[0],
        ),
        tuple(ignored),
    )


_READ = frozenset({*BY_NAME, "from", "to", "prec", "res", "vs"})
_CODE = re.compile(r"^[A-Za-z0-9_-]{1,40}$")


def _codes(
    facet: Facet,
    link: Mapping[str, Sequence[str]],
    known: Mapping[str, Collection[str]] | None,
    ignored: list[str],
) -> tuple[str, ...]:
    def exists(code: str) -> bool:
        return bool(_CODE.match(code)) and (known is None or code in known.get(facet.codes, ()))

    given = link.get(facet.name, ())
    ignored += [f"{facet.name}={code}" for code in given if not exists(code)]
    return tuple(code for code in given if exists(code))


def _period(link: Mapping[str, Sequence[str]], ignored: list[str]) -> tuple[date | None, date | None]:
    start, end = _day("from", link, ignored), _day("to", link, ignored)
    if start and end and start > end:
        ignored += [f"from={start}", f"to={end}"]
        return None, None
    return start, end


def _day(name: str, link: Mapping[str, Sequence[str]], ignored: list[str]) -> date | None:
    def is_day(given: str) -> bool:
        try:
            return FIRST_DAY <= date.fromisoformat(given) <= LAST_DAY
        except ValueError:
            return False

    found = _first(name, link, is_day, ignored)
    return date.fromisoformat(found) if found else None


def _whole(name: str, link: Mapping[str, Sequence[str]], allowed: range, ignored: list[str]) -> int | None:
    found = _one_of(name, link, [str(n) for n in allowed], ignored)
    return int(found) if found else None


def _one_of(name: str, link: Mapping[str, Sequence[str]], allowed: Sequence[str], ignored: list[str]) -> str | None:
    return _first(name, link, lambda given: given in allowed, ignored)


def _first(
    name: str, link: Mapping[str, Sequence[str]], is_allowed: Callable[[str], bool], ignored: list[str]
) -> str | None:
    """The first value of a parameter that takes one; whatever else is given is ignored and named."""
    given = list(link.get(name, ()))
    found = given[0] if given and is_allowed(given[0]) else None
    ignored += [f"{name}={value}" for value in given[found is not None :]]
    return found

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
EFFORT = {False: N_("with or without effort on record"), True: N_("only where effort is on record")}
COMPARED = {"before": N_("against the period before"), "year_before": N_("against the same days a year earlier")}
OTHER_PERIOD = re.compile(r"(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)", re.ASCII)
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 1, 1)  # what a link may ask for
A_YEAR = timedelta(days=364)  # whole weeks, so that weekdays match
NO_FILTER = frozenset({"v", "lang", "sel", "snapshot", "for"})  # in the address bar, but choose no record

Label = Callable[[str, str], str]


@dataclass(frozen=True)
class Facet:
    """One way of asking: its name in a link, its column of a record, its words, its list, and the words for all.

    heading: over its list on a page.   option, help: on the command line.
    effort: its predicate on a row of effort; TRUE where effort knows no such thing.
    is_rare: it stands in a page's sentence only once it is chosen.
    """

    name: str
    column: str
    words: str
    codes: str
    every: str
    heading: str
    option: str
    help: str
    effort: str = "TRUE"
    is_rare: bool = False

    def predicate(self, codes: Sequence[str]) -> str:
        """Its predicate on a record: codes are compared as the numbers they stand as; an unknown one is nobody's."""
        if self.name == "type" and tuple(codes) == default_types():
            # The same in half the time, and nearly every question says it. As a number: texts are made of all others.
            return f"event_type <> '{PUSHED_IN}'::event_type"
        kind = "agency" if self.column == "detecting_agency" else self.column
        if len(codes) == 1:
            return f"{self.column} = TRY_CAST(${self.name}[1] AS {kind})"
        return f"{self.column} = ANY(TRY_CAST(${self.name} AS {kind}[]))"  # IN takes three times as long


FACETS = (
    Facet(
        "d",
        "adm2",
        N_("in {values}"),
        "district",
        N_("all districts"),
        N_("Districts"),
        "--district",
        "Code or name; repeatable.",
        "list_contains($d, adm2)",
    ),
    Facet(
        "label",
        "crime_label",
        N_("labelled {values}"),
        "crime_label",
        N_("all labels"),
        N_("Labels"),
        "--label",
        "TIP, SOM, TIP_AND_SOM, …; repeatable.",
    ),
    Facet(
        "type",
        "event_type",
        N_("of type {values}"),
        "event_type",
        N_("all types but pushed in"),
        N_("Event types"),
        "--event-type",
        "Repeatable; without it all but pushed_in.",
        is_rare=True,
    ),
    Facet(
        "agency",
        "detecting_agency",
        N_("detected by {values}"),
        "agency",
        N_("all agencies"),
        N_("Agencies"),
        "--agency",
        "Repeatable.",
        "list_contains($agency, agency)",
    ),
    Facet(
        "x",
        "crossing",
        N_("through {values}"),
        "crossing",
        N_("all crossings"),
        N_("Crossings"),
        "--crossing",
        "Code or name; repeatable.",
        "list_contains($x, crossing)",
        is_rare=True,
    ),
)
BY_NAME = {facet.name: facet for facet in FACETS}
PARTS = ("period", "vs", *BY_NAME, "prec", "effort", "res")  # of the sentence; each can be taken back by itself
WITH_EFFORT = "row(adm2::VARCHAR, is_invented) IN (FROM with_effort)"  # a table that the door to the store makes


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
    against: before, year_before, or a period of its own as `2026-01-01..2026-03-31`, of any length.
    only_with_effort: only records of districts of which effort is on record, in whatever week, so that every period
    is about the same places.
    """

    date_from: date | None = None
    date_to: date | None = None
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    precision: int = COARSEST_PRECISION
    resolution: int | None = None
    against: str = "before"
    only_with_effort: bool = False

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
        link |= {"prec": [str(self.precision)], "vs": [self.against], "effort": [str(int(self.only_with_effort))]}
        return link | ({"res": [str(self.resolution)]} if self.resolution is not None else {})

    def to_sql(self) -> tuple[str, dict[str, object]]:
        """The predicate on a record and its bound parameters."""
        clauses = [BY_NAME[name].predicate(codes) for name, codes in self.choices.items()]
        bound: dict[str, object] = {name: list(codes) for name, codes in self.choices.items()}
        if self.precision < COARSEST_PRECISION:
            clauses.append("precision_code <= $prec")
            bound["prec"] = self.precision
        if self.only_with_effort:
            clauses.append(WITH_EFFORT)
        if self.date_from and self.date_to:
            clauses.append("date_start BETWEEN $date_from AND $date_to")
            bound |= {"date_from": self.date_from, "date_to": self.date_to}
        return " AND ".join(clauses) or "TRUE", bound

    def effort_to_sql(self) -> tuple[str, dict[str, object]]:
        """The predicate on a row of effort: the same places and agencies, in weeks that lie wholly in the period."""
        clauses = ["TRUE", *(BY_NAME[name].effort for name in self.choices)]
        bound: dict[str, object] = {name: list(codes) for name, codes in self.choices.items()}
        if self.date_from and self.date_to:
            clauses.append("week >= $date_from AND week + 6 <= $date_to")
            bound |= {"date_from": self.date_from, "date_to": self.date_to}
        return " AND ".join(clauses), bound

    def operation_to_sql(self) -> str:
        """The predicate on an operation: the same places and agencies, whenever it was. Its parameters are to_sql's."""
        return " AND ".join(["TRUE", *(BY_NAME[name].effort for name in self.choices)])

    @property
    def days(self) -> int:
        """Length of the period in days, both ends counted. Raises ValueError while no period is chosen."""
        start, end = self.span
        return (end - start).days + 1

    @property
    def span(self) -> tuple[date, date]:
        """First and last day. Raises ValueError while no period is chosen."""
        if self.date_from is None or self.date_to is None:
            raise ValueError("no period is chosen yet: settle the filters first")
        return self.date_from, self.date_to

    def compared(self) -> "Filters":
        """The same question about the period that this one is compared with."""
        if other := other_period(self.against):
            return replace(self, date_from=other[0], date_to=other[1])
        if self.date_from is None or self.date_to is None:
            return self
        back = A_YEAR if self.against == "year_before" else timedelta(days=self.days)
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

    def touched(self) -> tuple[str, ...]:
        """The parts of the sentence that do not say what they say when nobody touches them."""
        return tuple(name for name in PARTS if self.without(name) != self)

    def without(self, part: str) -> "Filters":
        """These filters with one part of the sentence as it is when nobody touches it."""
        if part in BY_NAME:
            return self.choose(part, ())
        fields = {"period": ("date_from", "date_to")}.get(part, (_FIELD.get(part, ""),))
        return replace(self, **{name: getattr(_UNTOUCHED, name) for name in fields})

    def sentence(self, text: Text, label: Label) -> str:
        """The filters in words, defaults too, for a snapshot's face and a file's head."""
        return ", ".join(self.part(name, text, label) for name in PARTS)

    def part(self, name: str, text: Text, label: Label) -> str:
        """One part of the sentence."""
        if name in BY_NAME:
            return self._facet(BY_NAME[name], text, label)
        said: dict[str, Callable[[], str]] = {
            "period": lambda: self.period(text),
            "vs": lambda: self._against(text),
            "prec": lambda: text("placed as {precision} or better", precision=label("precision", str(self.precision))),
            "effort": lambda: text(EFFORT[self.only_with_effort]),
            "res": lambda: text("cells of resolution {n}", n=self.resolution),
        }
        return said[name]()

    def period(self, text: Text) -> str:
        """The period in words."""
        return text("{start} to {end}", start=self.date_from, end=self.date_to)

    def _against(self, text: Text) -> str:
        if other_period(self.against):
            return text("against {period}", period=self.compared().period(text))
        return text(COMPARED[self.against])

    def _facet(self, facet: Facet, text: Text, label: Label) -> str:
        if self.is_default(facet.name):
            return text(facet.every)
        return text(facet.words, values=", ".join(label(facet.codes, code) for code in self.choices[facet.name]))

    def is_default(self, name: str) -> bool:
        """Whether a facet says what it says when nobody touches it."""
        return self.choices.get(name, ()) == (default_types() if name == "type" else ())


_UNTOUCHED = Filters()
_FIELD = {"vs": "against", "prec": "precision", "effort": "only_with_effort", "res": "resolution"}


def other_period(against: str) -> tuple[date, date] | None:
    """First and last day of a comparison that names its own period; None where it names none that can be asked."""
    found = OTHER_PERIOD.fullmatch(against)
    if found is None or not (_is_day(found[1]) and _is_day(found[2])):
        return None
    start, end = date.fromisoformat(found[1]), date.fromisoformat(found[2])
    return (start, end) if start <= end else None


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
            _first("vs", link, _is_comparison, ignored) or COMPARISONS[0],
            _one_of("effort", link, ("0", "1"), ignored) == "1",
        ),
        tuple(ignored),
    )


_READ = frozenset({*BY_NAME, "from", "to", "prec", "res", "vs", "effort"})
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
    found = _first(name, link, _is_day, ignored)
    return date.fromisoformat(found) if found else None


def _is_day(given: str) -> bool:
    try:
        return FIRST_DAY <= date.fromisoformat(given) <= LAST_DAY
    except ValueError:
        return False


def _is_comparison(given: str) -> bool:
    return given in COMPARISONS or other_period(given) is not None


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

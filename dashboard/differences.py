"""What differs between two Answers to one question: which counts, from what to what."""

from collections.abc import Iterator
from dataclasses import dataclass

from dashboard import exports
from dashboard.disclosure import HIDDEN, Answer, K, Row, under
from dashboard.i18n import N_

FIGURES = {
    "n": N_("Detections"),
    "n_before": N_("Detections in the period compared"),
    "n_tip": N_("Labelled TIP"),
    "n_undetermined": N_("Label undetermined"),
    "n_district_only": N_("Known to the district only"),
}  # of the totals
KEYS = (
    "origin_adm2", "crossing", "destination_country", "adm2", "crime_label", "detecting_agency", "cell", "week",
    "month", "quarter", "slice", "start_km", "is_other", "first_day", "trail_type", "stage", "legal_basis", "standing",
    "first_label", "label_now", "rule",
)  # fmt: skip  # what makes a row of any page's main table the one that it is

COUNTED = {"grid": "n_looked_for"}  # of a main table without n


@dataclass(frozen=True)
class Difference:
    """One count. figure: a name of FIGURES, or None for a row of the main table, which key names.

    key: column to code.   before, now: None where it is withheld; a row that is not there has 0.   under: below which
    number each of them is, where it is withheld.
    """

    figure: str | None
    key: tuple[tuple[str, object], ...]
    before: int | None
    now: int | None
    under: tuple[int, int] = (K, K)

    @property
    def size(self) -> int:
        """How much it is about; what is withheld counts as its middle."""
        return abs(_about(self.now, self.under[1]) - _about(self.before, self.under[0]))


def _about(n: int | None, below: int) -> int:
    return below // 2 if n is None else n


def between(before: Answer, now: Answer) -> list[Difference]:
    """The counts that differ: totals first, then rows of the main table, the largest difference first."""
    return [*_of_totals(before, now), *sorted(_of_rows(before, now), key=lambda each: -each.size)]


def _of_totals(before: Answer, now: Answer) -> Iterator[Difference]:
    (old,), (new,) = before.rows("totals"), now.rows("totals")
    for name in FIGURES:
        if name in old and name in new and _count(old, name) != _count(new, name):
            yield Difference(name, (), old[name], new[name], (under(old, name), under(new, name)))


def _of_rows(before: Answer, now: Answer) -> Iterator[Difference]:
    table = exports.main(now)
    if table not in before.tables:
        return
    n = COUNTED.get(table, "n")
    old, new = ({_key(row): row for row in answer.rows(table) if n in row} for answer in (before, now))
    for key in dict.fromkeys([*old, *new]):
        a, b = old.get(key), new.get(key)
        if _count(a, n) != _count(b, n):
            then, since = (0 if row is None else row[n] for row in (a, b))
            yield Difference(None, key, then, since, (under(a or {}, n), under(b or {}, n)))


def _key(row: Row) -> tuple[tuple[str, object], ...]:
    return tuple((name, row[name]) for name in KEYS if name in row)


def _count(row: Row | None, name: str) -> tuple[int | None, bool]:
    return (0, False) if row is None else (row[name], bool(row.get(name + HIDDEN)))

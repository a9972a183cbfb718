"""Answer, and the one policy on small counts that makes it. Nothing else leaves for a person."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dashboard.access import EXACT
from dashboard.database import Selected, label_of
from dashboard.filters import Filters, Label
from dashboard.settings import LEAST_INSIDE, thresholds

K = thresholds().inside  # under which a count is withheld; other readers are shown what `lattice` publishes
HIDDEN = "_hidden"
ALIKE = "is_part" + HIDDEN  # in a row where it is not told which of what is withheld is under K
POLICY = "local-3" if K == LEAST_INSIDE else f"local-3-under-{K}"  # another threshold is another policy
LEFT_OUT = "is_left_out"  # in a table that was made: rows whose counts would give another's back (`beside_small`)
PRECISIONS = ("n_exact", "n_upazila", "n_district_only", "n_coarse")
# Counts, and the parts that each of them has where a table has these; what is in none of them is the rest.
SPLITS = (
    ("n", PRECISIONS),
    ("n", ("n_tip", "n_som", "n_undetermined", "n_mixed")),
    ("n", ("n_placed", "n_outside")),
    *(("n", (part,)) for part in ("n_interceptions", "n_with_crossing", "n_invented", "n_told")),
    ("n_before", ("n_tip_before",)),
    *((f"{count}_of", (count,)) for count in ("n", "n_told", "n_before")),
)

Row = dict[str, Any]  # of an Arrow table: what is in it, its statement says
Derived = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Answer:
    """A question's suppressed tables with all that is needed to read them later without the store.

    tables: name to table; every count column `n…` has a boolean twin `n…_hidden`, true where it is withheld and
    therefore null: where it is 1 to K-1, or would give such a one back. `labels` has the words for the codes as they
    were in this version. reader: for whom it was made (`Selected`). rule: the policy on small counts of exact figures.
    """

    question: str
    version: int
    as_of: datetime
    boundary_version: str
    filters: Filters
    scope: str
    tables: Mapping[str, pa.Table]
    labels: pa.Table
    notes: Mapping[str, str | None] = field(default_factory=dict)
    reader: str = EXACT
    rule: str = POLICY

    @property
    def policy(self) -> str:
        """The policy on small counts by which it was made, and for whom."""
        return self.rule if self.reader == EXACT else f"{self.notes.get('policy')} {self.reader}"

    def figure(self, name: str) -> int | None:
        """One of the totals; None where it is withheld."""
        value: int | None = self.tables["totals"][name][0].as_py()
        return value

    def is_hidden(self, name: str) -> bool:
        """Whether one of the totals is withheld."""
        return bool(self.tables["totals"][name + HIDDEN][0].as_py())

    def rows(self, table: str) -> list[Row]:
        """A table as plain rows."""
        rows: list[Row] = self.tables[table].to_pylist()
        return rows

    def label(self, language: str) -> Label:
        """A function from list and code to its label, as it was in this version."""
        return label_of(self.labels, language)


def threshold_of(policy: str) -> int:
    """The threshold of a policy on exact figures, which its name tells where it is not the least; 0 for no number."""
    _, told, k = policy.partition("-under-")
    return (int(k) if k.isdecimal() else 0) if told else LEAST_INSIDE


def under(row: Row, name: str) -> int:
    """Under what number a withheld count of a row is, to the reader whom it was withheld from."""
    most: int = row.get(name.replace("n", "most", 1), K - 1)
    return most + 1


def protect(selected: Selected, counts: pa.Table) -> pa.Table:
    """The counts that a statistic may be computed from, for this reader: the one place where exact ones pass.

    Who may see records reads the counts of the districts in view exactly, and no other district's are among them. For
    every other reader nothing passes: what they may be told is made of the lattice (`dashboard.lattice`), before
    anything is derived from it. Raises PermissionError.
    """
    if selected.reader == EXACT and selected.principal.reads_exact:
        return counts
    raise PermissionError(f"exact counts are not for the reader {selected.reader}, role {selected.principal.role}")


def disclose(
    question: str,
    selected: Selected,
    tables: Mapping[str, pa.Table],
    derived: Mapping[str, Derived] | None = None,
    notes: Mapping[str, str | None] | None = None,
    parts: Mapping[str, str | None] | None = None,
) -> Answer:
    """The only maker of an Answer: withholds counts of 1 to K-1, and what could give one back.

    derived: per table, a column to the count columns it is computed from; it is withheld where one of them is.
    parts: tables whose rows add up to a total that is told, all of them or those alike in a column (`of_a_total`).
    Of protected figures, which are made of published values alone, those published as 0 are withheld: they may be none.
    """
    is_hidden = _is_small if selected.reader == EXACT else _is_none

    of = {} if selected.reader != EXACT else parts or {}
    tables = tables if selected.reader != EXACT else _with_figures(tables)
    suppressed = {
        name: suppress_parts(table, (derived or {}).get(name, {}), of[name])
        if name in of
        else suppress(table, (derived or {}).get(name, {}), is_hidden)
        for name, table in tables.items()
    }
    store = selected.store
    scope = "all" if selected.principal.districts is None else ",".join(selected.principal.districts)
    return Answer(
        question,
        store.version,
        store.published_at,
        store.boundary_version,
        selected.filters,
        scope,
        suppressed,
        store.labels,
        dict(notes or {}),
        selected.reader,
    )


def _with_figures(tables: Mapping[str, pa.Table]) -> Mapping[str, pa.Table]:
    """The tables, whose rows are named as figures of the totals are left out where the totals withhold these."""
    if not (named := [name for name, table in tables.items() if "figure" in table.column_names]):
        return tables
    totals = suppress(tables["totals"], {}).to_pylist()[0]
    made = dict(tables)
    for name in named:
        figures = made[name]["figure"].to_pylist()
        made[name] = made[name].append_column(LEFT_OUT, pa.array([bool(totals[each + HIDDEN]) for each in figures]))
    return made


def is_apart(n: int) -> bool:
    """Whether the difference of two counts that are both told is no count of 1 to K-1."""
    return n <= 0 or n >= K


def _is_small(counts: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.fill_null(pc.and_(pc.greater(counts, 0), pc.less(counts, K)), False)


def of_a_total(parts: NDArray[np.int64], hidden: NDArray[np.bool_] | None = None) -> NDArray[np.bool_]:
    """Which parts of a total that is told are withheld, so that it less the others gives no part of 1 to K-1 back.

    Small parts are, and the smallest of the others until each small one could have K - 1 values by their sum; where
    none is left, those of 0 are too. All that are withheld must be told alike and stand in an order of no count.
    hidden: what is withheld for another reason.
    """
    small = _small(parts)
    hidden = small if hidden is None else hidden | small
    while small.any() and not _is_covered(parts[hidden]):
        rest = parts[~hidden & (parts > 0)]
        if not len(rest):
            return np.ones_like(hidden)
        hidden = hidden | (parts == rest.min())  # those alike together: no order of the rows tells which was taken
    return hidden


def _is_covered(hidden: NDArray[np.int64]) -> bool:
    """Whether the sum of parts leaves each small one in doubt: one of them is none, or the sum is far from its ends."""
    n, total = len(hidden), int(hidden.sum())
    return bool((n > 1 and (hidden >= K).any()) or n + K - 2 <= total <= (K - 1) * n - (K - 2))


def _is_none(published: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.fill_null(pc.equal(published, 0), False)


def suppress(
    table: pa.Table,
    derived: Derived,
    is_hidden: Callable[[pa.ChunkedArray], pa.ChunkedArray] = _is_small,
    of: Sequence[object] | None = None,
) -> pa.Table:
    """Counts of 1 to K-1 as null with a true twin; a derived column is null where one of its counts is so small.

    Of the parts of a row's count (`SPLITS`) so many are withheld that it less the rest gives none back; and so of the
    rows of one told total (of: each row's), and of what the table says is `LEFT_OUT`.

    A count that is derived from others has the same twin, so that nothing tells which of them is the small one.
    """
    counts = [name for name in table.column_names if name == "n" or name.startswith("n_")]
    small = {name: is_hidden(table[name]) for name in counts}
    beside: dict[str, pa.ChunkedArray] = {}  # no small one, but hides one
    if is_hidden is _is_small:
        found = {name: pa.chunked_array([pa.array(each)]) for name, each in _withheld(table, counts, of).items()}
        beside = {name: pc.and_(each, pc.invert(small[name])) for name, each in found.items()}
        small = found
    if LEFT_OUT in table.column_names:
        table = table.drop_columns([LEFT_OUT])
    withheld = {name: _any([small[source] for source in sources]) for name, sources in derived.items()}
    for name in withheld.keys() - small.keys():
        table = _set(table, name, pc.if_else(withheld[name], None, table[name]))
    for name in counts:
        hidden = _any([small[name], *([withheld[name]] if name in withheld else [])])
        table = _set(table, name, pc.if_else(hidden, None, table[name]))
        table = table.append_column(name + HIDDEN, hidden)
    if withheld.keys() & small.keys() or ("n" in beside and pc.any(beside["n"]).as_py()):
        table = table.append_column(ALIKE, _any([table[name + HIDDEN] for name in counts]))
    elif any(pc.any(each).as_py() for each in beside.values()):
        alike = _any(list(beside.values()))
        is_told = pc.invert(table["n" + HIDDEN]) if "n" in counts else pc.invert(pc.is_null(alike))
        table = table.append_column(ALIKE, pc.and_(is_told, alike))
    return table


def _withheld(table: pa.Table, counts: Sequence[str], of: Sequence[object] | None) -> dict[str, NDArray[np.bool_]]:
    """Which counts are withheld, of rows and columns until neither gives a small one back."""
    n = {name: pc.fill_null(table[name], 0).to_numpy().astype(np.int64) for name in counts}
    hidden = {name: _small(each) for name, each in n.items()}
    if LEFT_OUT in table.column_names:
        left_out = pc.fill_null(table[LEFT_OUT], False).to_numpy()
        hidden |= {name: hidden[name] | (left_out & (n[name] > 0)) for name in n.keys() & {"n", *PRECISIONS}}
    totals = [] if of is None else [np.array([each == one for each in of]) for one in dict.fromkeys(of)]
    splits = [(whole, names) for whole, some in SPLITS if (names := [x for x in some if x in n]) and whole in n]
    figures = table["figure"].to_pylist() if "figure" in table.column_names else []
    was = None
    while was != (was := sum(int(each.sum()) for each in hidden.values())):
        for whole, names in splits:
            _cover_rows(n, hidden, whole, names)
        for name in ("n_told", "n_before") if figures else ():
            _cover_figures(figures, n[name], hidden[name])
        for name, rows in product(counts if totals else (), totals):
            hidden[name][rows] = of_a_total(n[name][rows], hidden[name][rows])
    return hidden


def _cover_rows(
    n: Mapping[str, NDArray[np.int64]], hidden: Mapping[str, NDArray[np.bool_]], whole: str, names: Sequence[str]
) -> None:
    """Withholds of some parts of a count what would give one of them, or what no column tells, back."""
    known = np.column_stack([n[name] for name in names])
    rest = n[whole] - known.sum(axis=1)
    parts = np.column_stack([known, rest])
    for at in np.flatnonzero(_small(parts).any(axis=1) & (n[whole] > 0) & (rest >= 0)):
        found = of_a_total(parts[at], np.array([*(hidden[name][at] for name in names), False]))
        for name, is_hidden in zip(names, found, strict=False):
            hidden[name][at] |= is_hidden


def _cover_figures(figures: Sequence[str], n: NDArray[np.int64], hidden: NDArray[np.bool_]) -> None:
    """As `_cover_rows`, where a count and its parts stand in rows, named as the columns of the totals are."""
    row = {name: n[i : i + 1] for i, name in enumerate(figures)}
    masks = {name: hidden[i : i + 1] for i, name in enumerate(figures)}  # views: what is withheld is withheld there
    for whole, some in SPLITS:
        if whole in row and (names := [name for name in some if name in row]):
            _cover_rows(row, masks, whole, names)


def suppress_parts(table: pa.Table, derived: Derived, column: str | None) -> pa.Table:
    """As `suppress`, of rows that add up to a told total, or to one for each value of a column; hidden n last.

    The rows come in the order of their counts, which would tell what stands where a count does not. Those of days do
    not, and stay as they are.
    """
    of = table[column].to_pylist() if column else [None] * table.num_rows
    table = suppress(table, derived, of=of)
    hidden = _any([table[name] for name in table.column_names if name.endswith(HIDDEN) and name != ALIKE])
    table = table.append_column(ALIKE, hidden) if ALIKE not in table.column_names else _set(table, ALIKE, hidden)
    if pa.types.is_date(table.schema.field(0).type):
        return table
    is_last, names = table["n" + HIDDEN].to_pylist(), [str(code) for code in table[0].to_pylist()]
    order = sorted(range(len(of)), key=lambda i: (is_last[i], names[i] if is_last[i] else "", i))
    return table.take(pa.array(order, pa.int64()))


def _any(masks: Sequence[pa.ChunkedArray]) -> pa.ChunkedArray:
    combined = masks[0]
    for mask in masks[1:]:
        combined = pc.or_(combined, mask)
    return combined


def _set(table: pa.Table, name: str, column: pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, column)


def merge_small(parts: NDArray[np.int64], rest: NDArray[np.int64]) -> NDArray[np.int64]:
    """Parts of totals, so that none under K can be read off or taken from its total.

    parts: (m, p) counts of named parts.   rest: (m,) what has no name of its own.
    Returns (m, p + 1): a part that is shown, or -1 where it stands in the last column, with the rest and with whatever
    else must join it until that holds 0 or at least K. A total of 1 to K-1 is all in the last column: withhold it.
    """
    merged = np.column_stack([parts, rest])
    for row in merged:
        named = row[:-1]
        for part in named[np.argsort(named, kind="stable")]:
            joins = 0 < part < K or (part > 0 and 0 < row[-1] < K)
            if joins:
                at = int(np.flatnonzero(named == part)[0])
                row[-1] += part
                named[at] = -1
        if row[-1]:
            named[named == 0] = -1  # whether a part is none or under K is not told
    return merged


def tellable(counts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which counts of a table (m, p) may be told beside the sums of its rows and columns: from K on, and no more.

    Where the rest of a row or column, which is not told, would be 1 to K-1, or could lie in one place alone, the
    smallest count that is told there is not. And each small count keeps a swap: two rows and two columns whose four
    counts are not told and could each be one more or less with the same sums. What is hidden more takes no swap away.
    """
    told = _with_rests(counts, np.asarray(counts >= K))
    for row, column in np.argwhere(_small(counts) & ~_swaps(counts, told)):  # a swap is kept: the others need no look
        while told.any() and not _has_swap(counts, told, row, column):
            beside = np.zeros_like(told)
            beside[row], beside[:, column] = told[row], told[:, column]
            least = np.where(beside if beside.any() else told, counts, np.iinfo(np.int64).max).argmin()
            told.flat[least] = False
            told = _with_rests(counts, told)
    return told


def _with_rests(counts: NDArray[np.int64], told: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fewer counts told, until the rest of no row or column gives one away."""
    told = told.copy()
    while True:
        places, rows, columns = _places(counts, told)
        bad_rows = told.any(axis=1) & (rows > 0) & ((rows < K) | (places.sum(axis=1) < 2))
        bad_columns = told.any(axis=0) & (columns > 0) & ((columns < K) | (places.sum(axis=0) < 2))
        if not (bad_rows.any() or bad_columns.any()):
            return told
        least = np.where(told, counts, np.iinfo(np.int64).max)
        told[bad_rows, least[bad_rows].argmin(axis=1)] = False
        told[least[:, bad_columns].argmin(axis=0), bad_columns] = False


def _places(
    counts: NDArray[np.int64], told: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]:
    """Where a count that is not told may lie; and the rests of the rows and columns."""
    rows, columns = (np.where(told, 0, counts).sum(axis=axis) for axis in (1, 0))
    return ~told & (rows > 0)[:, None] & (columns > 0), rows, columns


def _swaps(counts: NDArray[np.int64], told: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(m, p) `_has_swap` of every small count at once. A small count is in a place, and so are those beside it."""
    places, _, _ = _places(counts, told)
    free, held = (each.astype(np.float32) for each in (places, places & (counts > 0)))
    of_two = free.T @ held  # (p, p) rows with a place in the one column and a count in the other, the small one's too
    np.fill_diagonal(of_two, 0)
    two, one = ((of_two >= rows).astype(np.float32) for rows in (2, 1))
    one_less = free @ two.T + (free - held) @ one.T  # where its own row is none of them, one other is enough
    one_more = held @ two
    return np.asarray(one_less + one_more > 0)


def _has_swap(counts: NDArray[np.int64], told: NDArray[np.bool_], row: int, column: int) -> bool:
    """Whether a count could be one less, or one more, without a sum or a told count that says otherwise."""
    places, _, _ = _places(counts, told)
    rows, columns = np.flatnonzero(places[:, column]), np.flatnonzero(places[row])
    rows, columns = rows[rows != row], columns[columns != column]
    opposite, held = np.ix_(rows, columns), counts > 0
    one_less = places[opposite] & held[opposite]
    one_more = places[opposite] & held[rows, column][:, None] & held[row, columns]
    return bool(one_less.any() or one_more.any())


def level(counts: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """The counts, those of 1 to K-1 made as equal as whole numbers of their sum can be: for statistics of all of them.

    What is computed from these is a function of the counts that are shown, of which are withheld, and of the sum of
    those: it cannot give back a single one. None where the sum alone would leave one of them fewer than K - 1 values.
    """
    small = counts[_small(counts)]
    n, total = len(small), int(small.sum())
    if n and not n + K - 2 <= total <= (K - 1) * n - (K - 2):
        return None
    return levelled(counts)


def levelled(counts: NDArray[np.int64], hidden: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
    """As `level`, where the sum of all counts is told anyway: then what is computed from these tells nothing more.

    What the sum leaves over is spread evenly over their order: given to the first of them, it would be a cluster there.
    hidden: which are withheld, where these are not the small ones alone.
    """
    hidden = _small(counts) if hidden is None else hidden & (counts > 0)
    n, total = int(hidden.sum()), int(counts[hidden].sum())
    equal = counts.copy()
    equal[hidden] = np.diff(np.arange(n + 1) * total // max(n, 1))
    return equal


def beside_small(counts: NDArray[np.int64], groups: Sequence[tuple[NDArray[np.intp], int | None]]) -> NDArray[np.bool_]:
    """Which counts are withheld, so that no small one is what a total tells less the others.

    groups: indices of the counts of a total that is told, and how much more it holds that nothing tells; None where
    all of it is in these.
    """
    hidden, was = _small(counts), -1
    while was != (was := int(hidden.sum())):
        for at, rest in groups:
            parts, withheld = counts[at], hidden[at]
            while _small(parts).any() and not _is_covered_by(parts[withheld], rest):
                if not (told := parts[~withheld & (parts > 0)]).size:
                    break
                withheld |= parts == told.min()
            hidden[at] = withheld
    return hidden


def _is_covered_by(hidden: NDArray[np.int64], rest: int | None) -> bool:
    """Whether each small one could have K - 1 values; with a rest that may be none, the sum is an upper bound alone."""
    return _is_covered(hidden) if rest is None else int(hidden.sum()) + rest >= int(_small(hidden).sum()) + K - 2


def without_small(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The counts that are told, those of 1 to K-1 as none: a sum of these gives none of those back."""
    return np.where(_small(counts), 0, counts)


def _small(counts: NDArray[np.int64]) -> NDArray[np.bool_]:
    return (counts > 0) & (counts < K)

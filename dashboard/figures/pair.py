"""Two districts side by side: the same question about each, and whether more is detected in one than in the other."""

from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa

from dashboard.database import Selected
from dashboard.disclosure import protect
from dashboard.figures import change, district, scatter, times
from dashboard.figures.baseline import Settled, together
from dashboard.figures.daily import daily

Pair = tuple[str, str]

COUNTS = ("n", "n_before")
OF_EACH = tuple(f"{count}_{side}" for count in COUNTS for side in ("first", "second"))
# With one district's count and both together, the other's is known: what is of both goes where one of them is small.
TOTALS = dict.fromkeys(COUNTS, (*COUNTS, *OF_EACH))
DIFFERENT = dict.fromkeys(change.CHANGED, ("n", "n_other"))


def asked(selected: Selected) -> Pair | None:
    """The two districts that the filters name, where they name two that the principal may see."""
    chosen = selected.filters.choices.get("d", ())
    return (chosen[0], chosen[1]) if len(chosen) == 2 and district.in_view(selected, chosen) == chosen else None


def totals(selected: Selected, pair: Pair) -> pa.Table:
    """One row: both districts together, and n and n_before of each."""
    both, table = change.totals(selected), _each(selected, pair, change.totals)
    for count in COUNTS:
        for side, n in zip(("first", "second"), table[count].to_pylist(), strict=True):
            both = both.append_column(f"{count}_{side}", pa.array([n], pa.int64()))
    return both


def sides(selected: Selected, pair: Pair) -> tuple[Settled, list[Settled]]:
    """Both together, and each of the two, with what its comparisons need: of the same days."""
    both, *each = together(selected, _apart(selected, pair))
    return both, each


def districts(selected: Selected, pair: Pair, each: list[Settled]) -> pa.Table:
    """Two rows: adm2, date_to, n, n_before and their change in the settled part; weeks_told of weeks with effort."""
    compared = [one.compared().slice(0, 1).select(["date_to", *district.PAST]) for one in each]
    counted, effort = _named(pair, compared), _each(selected, pair, district.effort)
    return counted.append_column("weeks_told", effort["weeks_told"]).append_column("weeks", effort["weeks"])


def difference(both: Settled, pair: Pair) -> pa.Table:
    """One row: n of the first, n_other of the second in the same days, their ratio with its exact interval, p, verdict.

    Two counts of the same days need no period before: only too few are refused. The days are those of the settled part.
    """
    selected = both.told
    ns = [protect(each, each.ask("detections_by_district"))["n"] for each in _apart(selected, pair)]
    n, other = (sum(each.to_pylist()) for each in ns)
    table = pa.table({"n": pa.array([n], pa.int64()), "n_before": pa.array([other], pa.int64())})
    compared = change.with_change(table, selected.filters.days, scatter=scatter.of_rows(selected, "adm2"))
    return compared.rename_columns(["n_other" if name == "n_before" else name for name in compared.column_names])


def labels(pair: Pair, each: list[Settled]) -> pa.Table:
    """One row a district and crime label, with its change."""
    return _named(pair, [one.by("detections_by_label", "crime_label") for one in each])


def over_time(selected: Selected, pair: Pair, told: Selected) -> tuple[pa.Table, str]:
    """One row a district and week, or month in a long period, n and n_before; and which of the two it is."""
    series = [times.over_time(one, told, daily(one)) for one in _apart(selected, pair)]
    return _named(pair, [each.all for each in series]), series[0].unit


def _apart(selected: Selected, pair: Pair) -> list[Selected]:
    return [replace(selected, filters=selected.filters.choose("d", (code,))) for code in pair]


def _each(selected: Selected, pair: Pair, question: Callable[[Selected], pa.Table]) -> pa.Table:
    """The rows of a question about each of the two, with its adm2."""
    return _named(pair, [question(one) for one in _apart(selected, pair)])


def _named(pair: Pair, tables: list[pa.Table]) -> pa.Table:
    """The rows of a table of each of the two, with its adm2."""
    named = zip(pair, tables, strict=True)
    return pa.concat_tables([t.append_column("adm2", pa.array([code] * t.num_rows, pa.string())) for code, t in named])

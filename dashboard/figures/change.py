"""What was counted now beside what was counted before, and whether that is evidence of change."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dashboard.database import Selected
from dashboard.disclosure import protect
from dashboard.figures import kinds
from dashboard.figures.daily import Daily
from dashboard.figures.period import is_comparable, span
from dashboard.figures.scatter import UNKNOWN, Scatter, of_labels, of_rows
from dashboard.filters import COMPARISONS
from dashboard.stats import gi_star, small_numbers

MIN_FOR_RATIO = 10  # detections in both periods together, below which only counts are shown
UNTESTED = small_numbers.RateRatio(*4 * (math.nan,))
OF_LABELS = ("n_tip", "n_undetermined")  # columns of totals that say nearly the same as a settled table of labels
# What is computed from which counts: withheld where one of them is (see `disclosure.disclose`).
CHANGED = dict.fromkeys(("ratio", "low", "high", "p", "q", "verdict"), ("n", "n_before"))


def totals(selected: Selected) -> pa.Table:
    """One row: all detections and their parts now, n_before and n_tip_before; what they say of change is `compared`."""
    now, before = kinds.totals(selected), kinds.totals(selected.compared())
    return now.append_column("n_before", before["n"]).append_column("n_tip_before", before["n_tip"])


def total_change(selected: Selected, days: Daily, scatter: Scatter, is_settled: bool) -> pa.Table:
    """One row a comparison: the one asked for, then those with the days before and with a year earlier.

    against, first and last day of both periods, n and n_before, and their change; each is a question of its own.
    """
    against = dict.fromkeys((selected.filters.against, *COMPARISONS))
    asked = [replace(selected, filters=replace(selected.filters, against=each)) for each in against]
    return pa.concat_tables([_one_comparison(each, days, scatter, is_settled) for each in asked])


def _one_comparison(selected: Selected, days: Daily, scatter: Scatter, is_settled: bool) -> pa.Table:
    now, before = span(selected), span(selected.compared())
    names = ("date_from", "date_to", "date_from_before", "date_to_before")
    columns = {"against": pa.array([selected.filters.against], pa.string())}
    columns |= {name: pa.array([day], pa.date32()) for name, day in zip(names, (*now, *before), strict=True)}
    columns |= {"n": pa.array([days.total(*now)], pa.int64()), "n_before": pa.array([days.total(*before)], pa.int64())}
    return _compared(pa.table(columns), selected, scatter, is_settled)


def label_change(selected: Selected, days: Daily, is_settled: bool) -> pa.Table:
    """One row a crime label of either period, n and n_before, and their change; most detections first."""
    now, before = days.by_label(*span(selected)), days.by_label(*span(selected.compared()))
    labels = sorted((each for each in now if now[each] + before[each]), key=lambda each: (-now[each], each))
    both = pa.table(
        {
            "crime_label": pa.array(labels, pa.string()),
            "n": pa.array([now[each] for each in labels], pa.int64()),
            "n_before": pa.array([before[each] for each in labels], pa.int64()),
        }
    )
    return _compared(both, selected, of_labels(selected, days), is_settled)


def with_change(
    table: pa.Table,
    days: int,
    is_tested: bool = True,
    days_before: int | None = None,
    scatter: Scatter | Sequence[Scatter] = UNKNOWN,
) -> pa.Table:
    """A table with columns n and n_before, and beside them ratio, low, high, p, and q and verdict over its rows.

    days, days_before: how long the two periods are; without days_before, equally long. The ratio is of rates a day.
    scatter: of a row's weeks about their level, one for all rows or one for each.

    Verdict: rise, fall, no_evidence, too_few (under 10 in both periods), none_in_either; not_comparable for every row
    where the two periods cannot be compared. The family of q is the rows of the table that have enough to be tested.
    """
    pairs = list(zip(table["n"].to_pylist(), table["n_before"].to_pylist(), strict=True))
    scatters = [scatter] * len(pairs) if isinstance(scatter, Scatter) else scatter
    ratios = [
        small_numbers.change(n, days, before, days_before or days, *each)
        if is_tested and n + before >= MIN_FOR_RATIO
        else UNTESTED
        for (n, before), each in zip(pairs, scatters, strict=True)
    ]
    q = gi_star.false_discovery(np.array([r.p for r in ratios], dtype=float)).tolist()
    verdicts = [_verdict(r, n, before, each) for r, (n, before), each in zip(ratios, pairs, q, strict=True)]
    columns: dict[str, Sequence[object]] = {
        "ratio": [r.ratio for r in ratios],
        "low": [r.low for r in ratios],
        "high": [r.high for r in ratios],
        "p": [r.p for r in ratios],
        "q": q,
    }
    for name, values in columns.items():
        table = table.append_column(name, pa.array(values, pa.float64(), from_pandas=True))
    said = verdicts if is_tested else ["not_comparable"] * table.num_rows
    return table.append_column("verdict", pa.array(said, pa.string()))


def _verdict(ratio: small_numbers.RateRatio, n: int, before: int, q: float) -> str:
    if 0 < n + before < MIN_FOR_RATIO:
        return "too_few"
    spoken = small_numbers.verdict(ratio, n, before)
    return "no_evidence" if spoken in ("rise", "fall") and q > 0.05 else spoken


def _compared(table: pa.Table, selected: Selected, scatter: Scatter, is_settled: bool) -> pa.Table:
    days, days_before = selected.filters.days, selected.compared().filters.days
    return with_change(table, days, is_settled and is_comparable(selected), days_before, scatter)


def grouped_change(selected: Selected, name: str, key: str, is_settled: bool = True, **bound: object) -> pa.Table:
    """A statement's rows now beside n_before of the same key, with the change of each; most detections first.

    is_settled: whether reports of the period are in; where they are not, nothing is compared.
    """
    now = protect(selected, selected.ask(name, **bound))
    before = protect(selected, selected.compared().ask(name, **bound))
    counts = dict(zip(before[key].to_pylist(), before["n"].to_pylist(), strict=True))
    gone = before.filter(pc.invert(pc.is_in(before[key], now[key].combine_chunks())))
    none = pa.array([0] * gone.num_rows, pa.int64())
    zeroed = [none if column.startswith("n") else gone[column] for column in now.column_names]
    both = pa.concat_tables([now, pa.table(zeroed, now.column_names)])
    was = pa.array([counts.get(code, 0) for code in both[key].to_pylist()], pa.int64())
    both = both.append_column("n_before", was)
    return _compared(both, selected, of_rows(selected, key), is_settled)

"""The border as one line in stretches of 25 km: what was detected on each now, before, and in past periods."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dashboard.database import Selected
from dashboard.disclosure import K, level, merge_small, protect
from dashboard.figures.period import observed, span
from dashboard.stats import gi_star, small_numbers

SEGMENTS = 5  # of 5 km each in a stretch
PERIODS = 8  # the one in view and seven before it
NAMED = ("TIP", "SOM", "UNDETERMINED")  # labels with a part of their own in a bar; the others are in the mixed one
PARTS = ("n_tip", "n_som", "n_undetermined", "n_mixed")
FORMAL = ("formal_port", "immigration_checkpost")
# What is computed from which counts: withheld where one of them is (see `disclosure.disclose`).
COUNTED = dict.fromkeys(("low", "high"), ("n",))

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Line:
    """The border of a version. stretch_of: (segments,) which stretch each 5 km is in.

    stretches: one row each: stretch, kind (land, sea), start_km, end_km along the simplified outline, lon, lat of its
    middle, adm2, neighbour.
    """

    stretch_of: NDArray[np.intp]
    stretches: pa.Table

    @property
    def is_land(self) -> NDArray[np.bool_]:
        """(stretches,) whether it is of the land border."""
        return np.asarray(pc.equal(self.stretches["kind"], "land"))

    def in_area(self, districts: tuple[str, ...]) -> NDArray[np.bool_]:
        """(stretches,) whether it bounds one of the districts; without districts, all."""
        if not districts:
            return np.ones(self.stretches.num_rows, dtype=bool)
        return np.asarray(pc.is_in(self.stretches["adm2"], pa.array(districts)))


def line(selected: Selected) -> Line:
    """The border as the version has it. Land and sea are cut apart; the last stretch of each may be shorter."""
    segments = selected.ask("border_segments")
    kinds, n_land = segments["kind"].to_pylist(), pc.sum(pc.equal(segments["kind"], "land")).as_py() or 0
    number = np.arange(len(kinds))
    n_land_stretches = -(-n_land // SEGMENTS)
    stretch_of = np.where(number < n_land, number // SEGMENTS, n_land_stretches + (number - n_land) // SEGMENTS)
    first = np.flatnonzero(np.diff(stretch_of, prepend=-1))
    last = np.append(first[1:], len(kinds)) - 1
    ends = _ends_km(segments["chainage_km"].to_numpy())
    middle = segments.take((first + last) // 2)
    told = {
        "stretch": pa.array(range(len(first)), pa.int64()),
        "kind": middle["kind"],
        "start_km": pa.array(np.append(0.0, ends)[first]),
        "end_km": pa.array(ends[last]),
        **{name: middle[name] for name in ("lon", "lat", "adm2", "neighbour")},
    }
    return Line(stretch_of, pa.table(told))


def _ends_km(middles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where each segment ends, from the middles of segments that follow one another from 0."""
    ends, start = np.empty(len(middles)), 0.0
    for at, middle in enumerate(middles):
        ends[at] = start = 2 * middle - start
    return ends


def ribbon(selected: Selected, along: Line, counts: Counts, crossings: pa.Table) -> pa.Table:
    """One row a stretch: n, its parts by label, n_before, 95 % limits of n, the crossing that names it, and class.

    counts: of `counted`.   crossings: with crossing and n (`figures.corridors.crossings`).   A part is null where it is
    in n_mixed, which also holds all other labels.   class: hot, peak, none or undefined, by Gi* with the stretches on
    either side.
    """
    now, before = counts[:, :, 0], _before(selected, along, counts)
    n = now.sum(axis=1)
    merged = merge_small(now[:, :-1], now[:, -1])
    low, high = small_numbers.count_interval(n)
    columns: dict[str, pa.Array] = {
        "crossing": pa.array(_names(selected, along, crossings), pa.string()),
        "n": pa.array(n),
        "n_before": pa.array(before),
        **{name: pa.array(part, mask=part < 0) for name, part in zip(PARTS, merged.T, strict=True)},
        "low": pa.array(low),
        "high": pa.array(high),
        "class": pa.array(classes(n, along.in_area(selected.filters.choices.get("d", ()))), pa.string()),
    }
    table = along.stretches
    for name, column in columns.items():
        table = table.append_column(name, column)
    return table


def counted(selected: Selected, along: Line, periods: int) -> Counts:
    """(stretches, 4, periods) detections by label as `NAMED`, then all others; period 0 is the one in view."""
    start, until = span(selected)
    days = selected.filters.days
    back = replace(selected.filters, date_from=start - timedelta(days=days * (periods - 1)))
    long = replace(selected, filters=back)
    rows = protect(long, long.ask("detections_by_border_segment", until=until, days=days))
    label = [NAMED.index(each) if each in NAMED else len(NAMED) for each in rows["crime_label"].to_pylist()]
    counts = np.zeros((along.stretches.num_rows, len(NAMED) + 1, periods), dtype=np.int64)
    stretch = along.stretch_of[rows["border_segment"].to_numpy().astype(np.intp)]
    np.add.at(counts, (stretch, np.array(label, dtype=np.intp), rows["period"].to_numpy()), rows["n"].to_numpy())
    return counts


def both(selected: Selected, along: Line, counts: Counts) -> tuple[Counts, Counts]:
    """(stretches,) detections now and in the period compared, from counts of `counted`."""
    return np.asarray(counts[:, :, 0].sum(axis=1)), _before(selected, along, counts)


def _before(selected: Selected, along: Line, counts: Counts) -> Counts:
    """(stretches,) detections of the period compared, from these counts where that is the period before."""
    if selected.filters.against == "before" and counts.shape[2] > 1:
        return np.asarray(counts[:, :, 1].sum(axis=1))
    return np.asarray(counted(selected.compared(), along, 1).sum(axis=(1, 2)))


def _names(selected: Selected, along: Line, crossings: pa.Table) -> list[str | None]:
    """Of each stretch the crossing with most detections that are shown; where none is, its first formal one."""
    shown = {row["crossing"]: row["n"] for row in crossings.to_pylist() if row["n"] >= K}
    best: dict[int, tuple[int, str]] = {}
    for row in selected.ask("border_crossings").to_pylist():
        stretch = int(along.stretch_of[row["border_segment"]])
        n = shown.get(row["crossing"], 0)
        if n > best.get(stretch, (0, ""))[0] or (stretch not in best and row["kind"] in FORMAL):
            best[stretch] = (n, row["crossing"])
    return [best[at][1] if at in best else None for at in range(along.stretches.num_rows)]


def classes(n: Counts, in_area: NDArray[np.bool_]) -> list[str]:
    """Gi* with both neighbours along the line, from levelled counts: a class gives no withheld count back."""
    told = np.full(len(n), "undefined", dtype=object)
    levelled = level(n[in_area])
    if levelled is None or gi_star.enough_to_test(levelled):
        return list(told)
    at = np.arange(len(levelled))
    near = np.column_stack([at - 1, at, np.where(at + 1 < len(at), at + 1, -1)])
    p_hot, p_cold = gi_star.exact_tails(levelled, near)
    q_hot, q_cold = gi_star.false_discovery(p_hot), gi_star.false_discovery(p_cold)
    told[in_area] = gi_star.classes(q_hot, q_cold, np.zeros(len(at), dtype=bool), small_numbers.is_peak(levelled))
    return list(told)


def marks(selected: Selected) -> pa.Table:
    """One row a formal crossing (port or check post): crossing, kind, chainage_km. All of them, detections or not."""
    placed = selected.ask("border_crossings").select(["crossing", "kind", "chainage_km"])
    return placed.filter(pc.is_in(placed["kind"], pa.array(FORMAL)))


def past(selected: Selected, counts: Counts) -> Mapping[str, pa.Table]:
    """Tables periods and past, of counts of `counted`: the period in view (0), those of its length before it.

    periods: period, date_from, date_to, is_covered (whether the data reach over it: else its stretches are unknown).
    past: stretch, period, n; a stretch of a covered period that has no row had no detection.
    """
    start, end = span(selected)
    days, n = timedelta(days=selected.filters.days), counts.sum(axis=1)
    first_day, last_day = observed(selected.store, selected.principal)
    spans = [(start - days * back, end - days * back) for back in range(n.shape[1])]
    covered = [_reaches(first_day, last_day, *each) for each in spans]
    stretch, period = np.nonzero(n * np.array(covered, dtype=np.int64))
    return {
        "periods": pa.table(
            {
                "period": pa.array(range(len(spans)), pa.int64()),
                "date_from": pa.array([each[0] for each in spans], pa.date32()),
                "date_to": pa.array([each[1] for each in spans], pa.date32()),
                "is_covered": pa.array(covered, pa.bool_()),
            }
        ),
        "past": pa.table({"stretch": pa.array(stretch), "period": pa.array(period), "n": pa.array(n[stretch, period])}),
    }


def _reaches(first_day: date | None, last_day: date | None, start: date, end: date) -> bool:
    return first_day is not None and last_day is not None and first_day <= start and end <= last_day

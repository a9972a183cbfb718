"""How concentrated detections are along the land border, and whether their centre moved."""

from math import nan

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dashboard.database import Selected
from dashboard.disclosure import K, level, protect
from dashboard.figures.baseline import Settled
from dashboard.figures.chance import generator
from dashboard.figures.period import is_comparable, span
from dashboard.figures.ribbon import Counts, Line
from dashboard.stats import concentration as indices
from dashboard.stats import shift as shifts

MIN_DETECTIONS = 20
# What is computed from which counts: withheld where one of them is (see `disclosure.disclose`).
CONCENTRATED = dict.fromkeys(("value", "chance_mean", "chance_limit", "is_concentrated"), ("n",))
MOVED = dict.fromkeys(
    ("before_km", "after_km", "shift_km", "low_km", "high_km", "wasserstein_km", "verdict"), ("n", "n_before")
)
SHOWN = ("units_for_80pct", "share_top20pct", "gini", "theil", "entropy_bits", "evenness", "hhi")


def concentration(selected: Selected, along: Line, n: Counts) -> pa.Table:
    """One row an index: index, n, units, value, chance_mean, chance_limit, is_concentrated; refused: why there is none.

    n: (stretches,) detections now.   Over the land stretches of the districts chosen, those without detections too,
    from levelled counts, beside 1,000 deals of as many detections by chance. refused: too_few (under 20), withheld.
    """
    area = along.is_land & along.in_area(selected.filters.choices.get("d", ()))
    levelled = level(n[area])
    total, refused = _told(n[area], levelled)
    measured = {}
    if levelled is not None and refused is None:
        measured = indices.concentration(levelled, generator(selected, "concentration"))
    blank = indices.Measured(nan, nan, nan, False)
    found = [measured.get(name, blank) for name in SHOWN]
    rows = len(SHOWN)
    return pa.table(
        {
            "index": pa.array(SHOWN),
            "n": pa.array([total] * rows, pa.int64()),
            "units": pa.array([int(area.sum())] * rows, pa.int64()),
            "value": pa.array([each.value for each in found], pa.float64(), from_pandas=True),
            "chance_mean": pa.array([each.chance_mean for each in found], pa.float64(), from_pandas=True),
            "chance_limit": pa.array([each.chance_limit for each in found], pa.float64(), from_pandas=True),
            "is_concentrated": pa.array([each.is_concentrated if measured else None for each in found], pa.bool_()),
            "refused": pa.array([refused] * rows, pa.string()),
        }
    )


def _told(n: Counts, levelled: Counts | None) -> tuple[int | None, str | None]:
    """The total, None where it would give a withheld stretch back; and why no index is told, if none is."""
    if levelled is None:
        return None, "withheld"
    total = int(n.sum())
    return total, "too_few" if total < MIN_DETECTIONS else None


def shift(settled: Settled, along: Line, n: Counts, n_before: Counts) -> pa.Table:
    """One row: how far the centre of the detections on the land border moved, in km along it, with a 95 % interval.

    n, n_before: (stretches,) in the settled part now and in the period compared.   A detection stands in the middle of
    its stretch; those of one stretch and week are one bout.
    verdict: moved or no_evidence; refused: why neither, among them withheld and not_comparable.
    """
    selected = settled.told
    now, before = (level(each[along.is_land]) for each in (n, n_before))
    if not (settled.is_settled and is_comparable(selected)):
        found = shifts.Shift(*6 * (nan,), "not_comparable")
    elif now is None or before is None:
        found = shifts.Shift(*6 * (nan,), "withheld")
    else:
        was, is_now = _placed(selected.compared(), along, before), _placed(selected, along, now)
        found = shifts.centre_shift(*was, *is_now, generator(selected, "shift"))
    said = None if found.refused else "moved" if found.low_km > 0 or found.high_km < 0 else "no_evidence"
    numbers = {
        name: pa.array([getattr(found, name)], pa.float64(), from_pandas=True) for name in MOVED if name != "verdict"
    }
    return pa.table(
        {
            "n": pa.array([None if now is None else int(now.sum())], pa.int64()),
            "n_before": pa.array([None if before is None else int(before.sum())], pa.int64()),
            **numbers,
            "verdict": pa.array([said], pa.string()),
            "refused": pa.array([found.refused], pa.string()),
        }
    )


def _placed(selected: Selected, along: Line, levelled: Counts) -> tuple[NDArray[np.float64], Counts]:
    """One entry a detection of the land border: the km of its stretch's middle, and its bout.

    In stretches whose count is withheld there are as many as in the levelled counts, each a bout of its own.
    """
    middles = (along.stretches["start_km"].to_numpy() + along.stretches["end_km"].to_numpy()) / 2
    _, until = span(selected)
    weekly = protect(selected, selected.ask("detections_by_border_week", until=until))
    stretch = along.stretch_of[weekly["border_segment"].to_numpy().astype(np.intp)]
    bouts = np.zeros((len(levelled), int(weekly["week"].to_numpy().max(initial=0)) + 1), dtype=np.int64)
    np.add.at(bouts, (stretch, weekly["week"].to_numpy()), weekly["n"].to_numpy())
    told = bouts.sum(axis=1) >= K
    alone = np.repeat(np.flatnonzero(~told), levelled[~told])
    at, _ = np.nonzero(bouts * told[:, None])
    sizes = bouts[told][bouts[told] > 0]
    km = np.concatenate([np.repeat(middles[at], sizes), middles[alone]])
    return km, np.concatenate([np.repeat(np.arange(len(at)), sizes), len(at) + np.arange(len(alone))])

"""The key figures of Overview: each count or share with its interval, and its change where reports are in."""

import math

import numpy as np
import pyarrow as pa

from dashboard.database import Selected
from dashboard.disclosure import Row
from dashboard.figures import kinds
from dashboard.figures.baseline import Settled
from dashboard.figures.change import MIN_FOR_RATIO
from dashboard.figures.period import is_comparable
from dashboard.figures.scatter import Scatter, of_labels
from dashboard.stats import small_numbers

# Each figure, and the count that it is a share of; None where it stands for itself.
FIGURES = {"n": None, "n_tip": None, "n_undetermined": "n", "n_exact": "n"}
COUNTS = ("n", "n_of", "n_told", "n_told_of", "n_before", "n_before_of")
CHANGES = ("ratio", "ratio_low", "ratio_high", "p")
# What is computed from which counts: withheld where one of them is (see `disclosure.disclose`).
KEY = dict.fromkeys(("low", "high"), ("n", "n_of")) | dict.fromkeys((*CHANGES, "verdict"), COUNTS[2:])


def figures(selected: Selected, settled: Settled, compared: Row) -> pa.Table:
    """One row a key figure: n (of n_of, where it is a share) in the period, with the exact 95 % limits of either.

    n_told, n_before, and what they are shares of: of the settled part and the period compared.   ratio, its limits, p,
    verdict: of these, by the day or as shares; the first row's are those of `compared`, its row of the whole.
    """
    totals = _totals(selected)
    told = totals if settled.told == selected else _totals(settled.told)
    before, wide = _totals(settled.told.compared()), of_labels(settled.told, settled.days)
    days = (settled.told.filters.days, settled.told.compared().filters.days)
    rows = [_counted(name, of, totals, told, before) for name, of in FIGURES.items()]
    can = settled.is_settled and is_comparable(settled.told)
    found = [row | (_changed(row, days, wide) if can else _unsaid("not_comparable")) for row in rows]
    found[0] |= {"ratio": compared["ratio"], "ratio_low": compared["low"], "ratio_high": compared["high"]}
    found[0] |= {"p": compared["p"], "verdict": compared["verdict"]}
    kinds = {"figure": pa.string()} | dict.fromkeys(COUNTS, pa.int64())
    kinds |= dict.fromkeys(("low", "high", *CHANGES), pa.float64()) | {"verdict": pa.string()}
    return pa.table({name: pa.array([row[name] for row in found], kind) for name, kind in kinds.items()})


def _totals(selected: Selected) -> Row:
    return dict(kinds.totals(selected).to_pylist()[0])


def _counted(name: str, of: str | None, totals: Row, told: Row, before: Row) -> Row:
    n, n_of = totals[name], totals[of] if of else None
    if n_of is None:
        low, high = (float(end) for end in small_numbers.count_interval(np.array(n)))
    else:
        low, high = small_numbers.share_interval(n, n_of)
    wholes = {"n_of": n_of, "n_told_of": told[of] if of else None, "n_before_of": before[of] if of else None}
    limits = {"low": _or_none(low), "high": _or_none(high)}
    return {"figure": name, "n": n, "n_told": told[name], "n_before": before[name]} | wholes | limits


def _changed(row: Row, days: tuple[int, int], wide: Scatter) -> Row:
    """The ratio of two rates a day, or of two shares: then what they are shares of takes the place of the days."""
    n, before = row["n_told"], row["n_before"]
    times = days if row["n_of"] is None else (row["n_told_of"], row["n_before_of"])
    if n + before < MIN_FOR_RATIO or not all(times):
        return _unsaid("too_few" if n + before else "none_in_either")
    found = small_numbers.change(n, times[0], before, times[1], *wide)
    told = dict(zip(CHANGES, (_or_none(each) for each in (found.ratio, found.low, found.high, found.p)), strict=True))
    return told | {"verdict": small_numbers.verdict(found, n, before)}


def _unsaid(verdict: str) -> Row:
    return dict.fromkeys(CHANGES) | {"verdict": verdict}


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else float(value)

"""Those origins that passed an operation's target before: do they pass another crossing more often now?"""

from collections.abc import Mapping, Sequence
from itertools import product
from math import nan

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dashboard.disclosure import K
from dashboard.figures.change import MIN_FOR_RATIO
from dashboard.figures.operations import Met, Operation, tabled
from dashboard.stats import gi_star, shift
from dashboard.stats.displacement import TREATED

MOST_TRIED = 1296  # sets of values that withheld counts could have, above which nothing is said
# What is computed from which counts: withheld where one of them is (see `disclosure.disclose`). The verdict stands
# where it would be the same whatever the withheld counts are, else it is null.
SHARED = dict.fromkeys(("share_before", "share", "p", "q"), ("n", "n_before", "n_any", "n_any_before"))
LEVEL = 0.05
ORIGIN = pa.schema(
    [("operation", pa.int64()), ("crossing", pa.string())]
    + [(name, pa.int64()) for name in ("n", "n_before", "n_any", "n_any_before")]
    + [(name, pa.float64()) for name in ("share_before", "share", "p", "q")]
    + [("verdict", pa.string())]
)

Counts = NDArray[np.int64]


def other_crossings(operations: Sequence[Operation]) -> pa.Table:
    """One row an operation and crossing that is not its target: n of n_any detections of the same origins, shares.

    operation: its number, from 1.   verdict: more, fewer, no_evidence, too_few.   q: over an operation's crossings.
    """
    rows = [
        row for number, each in enumerate(operations, start=1) if each.met for row in _tested(number, each, each.met)
    ]
    return tabled(rows, ORIGIN)


def _tested(number: int, operation: Operation, met: Met) -> list[dict[str, object]]:
    via = _by_crossing(operation, met)
    total = np.sum(list(via.values()), axis=0)
    others = {name: counts for name, counts in via.items() if name not in operation.areas[TREATED].crossings}
    found = {name: shift.origin_fixed(counts, total) for name, counts in others.items()}
    is_tested = {name: counts.sum() >= MIN_FOR_RATIO for name, counts in others.items()}
    p = [found[name].p if is_tested[name] else nan for name in others]
    rows = [
        _row(number, name, others[name].sum(axis=0), total.sum(axis=0), found[name], p_of, q, sum(is_tested.values()))
        for name, p_of, q in zip(others, p, gi_star.false_discovery(np.array(p, dtype=float)).tolist(), strict=True)
    ]
    return sorted(rows, key=lambda row: -int(str(row["n"])))


def _by_crossing(operation: Operation, met: Met) -> Mapping[str, Counts]:
    """Crossing to (origins, 2) detections before and after, of the origins that passed the target before."""
    side, area = operation.side(met.week), operation.area_at(met)
    crossing = [met.places[place]["crossing"] for place in met.place]
    entries = [at for at in np.flatnonzero(side >= 0) if crossing[at] and met.origin[at]]
    origins = sorted({met.origin[at] for at in entries if area[at] == TREATED and side[at] == 0})
    row_of = {origin: row for row, origin in enumerate(origins)}
    inside = [at for at in entries if met.origin[at] in row_of]
    via = {name: np.zeros((len(origins), 2), dtype=np.int64) for name in sorted({crossing[at] for at in inside})}
    for at in inside:
        via[crossing[at]][row_of[met.origin[at]], side[at]] += met.n[at]
    return via


def _row(
    number: int, name: str, n: Counts, total: Counts, found: shift.OriginFixed, p: float, q: float, tests: int
) -> dict[str, object]:
    return {
        "operation": number,
        "crossing": name,
        "n_before": int(n[0]),
        "n": int(n[1]),
        "n_any_before": int(total[0]),
        "n_any": int(total[1]),
        "share_before": found.share_before,
        "share": found.share_after,
        "p": p,
        "q": q,
        "verdict": _told(n, total, _said(n, found, q), tests),
    }


def _said(n: Counts, found: shift.OriginFixed, q: float) -> str:
    if n.sum() < MIN_FOR_RATIO:
        return "too_few"
    if not q <= LEVEL:
        return "no_evidence"
    return "more" if found.share_after > found.share_before else "fewer"


def _told(n: Counts, total: Counts, said: str, tests: int) -> str | None:
    """The verdict where it would be the same for all values of a withheld count, by the pooled shares, strictly."""
    if (K - 1) ** int(((n > 0) & (n < K)).sum()) > MOST_TRIED:
        return None
    values = [np.array(each) for each in product(*(range(1, K) if 0 < one < K else (int(one),) for one in n))]
    if len(values) == 1:
        return said
    pooled = [shift.origin_fixed(each[None, :], np.maximum(total, each)[None, :]) for each in values]
    possible = {_said(each, found, found.p * max(1, tests)) for each, found in zip(values, pooled, strict=True)}
    return said if possible == {said} else None

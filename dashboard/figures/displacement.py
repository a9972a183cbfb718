"""After an operation: did detections fall there, did they rise next door, and does effort explain it?"""

from collections.abc import Sequence
from datetime import timedelta
from itertools import product
from math import nan

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dashboard.database import Selected
from dashboard.disclosure import K
from dashboard.figures import origins
from dashboard.figures.operations import BLOCK, BLOCKS, LED_UP, WEEK, Operation, begun, tabled
from dashboard.stats import displacement, effort, gi_star, small_numbers
from dashboard.stats.displacement import TREATED, ZONE

COUNTS = tuple(f"n_{area}{side}" for area in ("target", "control", "zone", "zone_control") for side in ("_before", ""))
PARTS, FIGURES = ("local", "displacement", "total"), ("estimate", "se", "low", "high", "p")
MEASURES = (*(f"{part}_{figure}" for part in PARTS for figure in FIGURES), "wdq", "q_local", "q_displacement")
SAID = ("here", "next_door", "target_effort", "zone_effort", "verdict")
# What is computed from which counts: withheld where one of them is (see `disclosure.disclose`). What was said in words
# (here, next_door, verdict) stands where it would be the same whatever the withheld counts are, else it is null.
HERE, NEXT_DOOR = COUNTS[:4], COUNTS[4:]
MEASURED = dict.fromkeys(MEASURES, COUNTS)
MEASURED |= dict.fromkeys((*(f"local_{figure}" for figure in FIGURES), "q_local", "target_effort"), HERE)
MEASURED |= dict.fromkeys(
    (*(f"displacement_{figure}" for figure in FIGURES), "q_displacement", "zone_effort"), NEXT_DOOR
)
WEEKS_BEFORE = BLOCK * BLOCKS - LED_UP  # of the year before it that tell how widely weeks scatter
MEASURED |= {"moved_not_removed": COUNTS}
MOST_HIDDEN = 3  # counts of an operation under K, above which nothing is said

OPERATION = pa.schema(
    [("operation", pa.int64()), ("operation_type", pa.string()), ("agency", pa.string())]
    + [("date_start", pa.date32()), ("date_end", pa.date32()), ("is_invented", pa.bool_())]
    + [(name, pa.string()) for name in ("target", "control", "zone", "zone_control")]
    + [("weeks", pa.int64()), ("after_from", pa.date32()), ("before_from", pa.date32())]
    + [(name, pa.int64()) for name in COUNTS]
    + [(name, pa.float64()) for name in (*MEASURES, "target_hours_ratio", "zone_hours_ratio")]
    + [("moved_not_removed", pa.bool_())]
    + [(name, pa.string()) for name in (*SAID, "refused")]
)
CANDIDATE = pa.schema([("operation", pa.int64()), ("adm2", pa.string()), ("rank", pa.int64())])

Counts = NDArray[np.int64]


def displaced(selected: Selected) -> dict[str, pa.Table]:
    """Tables operations, origins and candidates, of the operations that began in the period in view, latest first.

    operations: operation (its number in these tables), what was told of it, the codes of its areas, the weeks compared,
    the counts of the four areas, WDD in three parts, WDQ, and what may be said; refused: why there are no figures.
    verdict: displacement_likely or diffusion_likely where statistic and effort agree, the same with _unsettled where
    effort does not; else fell, rose, no_evidence, too_few.   moved_not_removed: it fell here, rose next door, and
    both together show no fall; effort is not in it.
    origins: shares of the same origins' detections by each other crossing. verdict: more, fewer, no_evidence, too_few.
    candidates: border districts by how like the target they were in the year before; the likest is the default control.
    """
    operations = begun(selected)
    counts = [_counts(each) for each in operations]
    found = [
        None if each.refused else displacement.wdd(n, np.ones((4, 2)), _dispersion(each))
        for each, n in zip(operations, counts, strict=True)
    ]
    q_local = _q([each.local.p if each else nan for each in found])
    q_displacement = _q([each.displacement.p if each else nan for each in found])
    rows = [
        _told(number, each) | (_measured(each, n, wdd, q_local[number - 1], q_displacement[number - 1]) if wdd else {})
        for number, (each, n, wdd) in enumerate(zip(operations, counts, found, strict=True), start=1)
    ]
    candidates = [
        {"operation": number, "adm2": adm2, "rank": rank}
        for number, each in enumerate(operations, start=1)
        for rank, adm2 in enumerate(each.candidates, start=1)
    ]
    return {
        "operations": tabled(rows, OPERATION),
        "origins": origins.other_crossings(operations),
        "candidates": tabled(candidates, CANDIDATE),
    }


def _q(p: Sequence[float]) -> list[float]:
    return [float(q) for q in gi_star.false_discovery(np.array(p, dtype=float))]


def _counts(operation: Operation) -> Counts:
    """(4, 2) detections of the areas, before and after."""
    met, counts = operation.met, np.zeros((4, 2), dtype=np.int64)
    if met is None:
        return counts
    area, side = operation.area_at(met), operation.side(met.week)
    inside = (area >= 0) & (side >= 0)
    np.add.at(counts, (area[inside], side[inside]), met.n[inside])
    return counts


def _dispersion(operation: Operation) -> float:
    """Variance over mean of the areas' weekly counts in the year before, less the weeks that led up; at least 1."""
    met = operation.met
    if met is None:
        return 1.0
    area, n_weeks = operation.area_at(met), WEEKS_BEFORE
    week = met.week + BLOCK * BLOCKS
    inside = (area >= 0) & (week >= 0) & (week < n_weeks)
    weekly = np.zeros((4, n_weeks))
    np.add.at(weekly, (area[inside], week[inside]), met.n[inside])
    weekly = weekly[weekly.any(axis=1)]
    if not len(weekly):
        return 1.0
    mean = weekly.mean(axis=1, keepdims=True)
    return max(1.0, float(((weekly - mean) ** 2 / mean).sum() / (len(weekly) * (n_weeks - 1))))


def _told(number: int, operation: Operation) -> dict[str, object]:
    names = ("operation_type", "agency", "date_start", "date_end", "is_invented")
    codes = dict(
        zip(("target", "control", "zone", "zone_control"), (each.codes for each in operation.areas), strict=True)
    )
    return (
        {"operation": number, "refused": operation.refused}
        | {name: operation.told[name] for name in names}
        | {name: code or None for name, code in codes.items()}
        | {
            "weeks": operation.weeks,
            "after_from": operation.began,
            "before_from": operation.began + timedelta(days=7 * operation.before),
        }
    )


def _measured(
    operation: Operation, counts: Counts, wdd: displacement.Wdd, q_local: float, q_displacement: float
) -> dict[str, object]:
    said = displacement.reading(wdd, counts, q_local, q_displacement)
    target, zone = (_effort(operation, area, counts[area]) for area in (TREATED, ZONE))
    measures = {f"{part}_{figure}": getattr(getattr(wdd, part), figure) for part in PARTS for figure in FIGURES}
    is_told = _is_same_for_all(counts, said, _dispersion(operation))
    return {
        **dict(zip(COUNTS, (int(n) for n in counts.ravel()), strict=True)),
        **measures,
        "wdq": said.wdq,
        "q_local": q_local,
        "q_displacement": q_displacement,
        "moved_not_removed": said.moved_not_removed,
        "here": said.local if is_told else None,
        "next_door": said.next_door if is_told else None,
        "target_effort": target[0],
        "zone_effort": zone[0],
        "target_hours_ratio": target[1],
        "zone_hours_ratio": zone[1],
        "verdict": _verdict(said, counts, target[0], zone[0]) if is_told else None,
    }


def _is_same_for_all(counts: Counts, said: displacement.Reading, dispersion: float) -> bool:
    """Whether the same would be said whichever values of 1 to 4 the withheld counts had."""
    flat = counts.ravel()
    hidden = np.flatnonzero((flat > 0) & (flat < K))
    if len(hidden) > MOST_HIDDEN or (K - 1) ** len(hidden) > origins.MOST_TRIED:
        return False
    for values in product(range(1, K), repeat=len(hidden)):
        flat = flat.copy()
        flat[hidden] = values
        possible = flat.reshape(4, 2)
        wdd = displacement.wdd(possible, np.ones((4, 2)), dispersion)
        other = displacement.reading(wdd, possible, wdd.local.p, wdd.displacement.p)
        if (other.local, other.next_door) != (said.local, said.next_door):
            return False
    return True


def _verdict(said: displacement.Reading, counts: Counts, target_effort: str, zone_effort: str) -> str:
    """The one word of the card. Likely: what the statistic finds in both areas is beyond the change in effort.

    Never where a count is withheld: its figures could not be told with it.
    """
    if said.next_door in ("displacement", "diffusion"):
        is_shown = not ((counts > 0) & (counts < K)).any()
        agree = is_shown and target_effort == zone_effort == "beyond_effort"
        return f"{said.next_door}_{'likely' if agree else 'unsettled'}"
    return said.local


def _effort(operation: Operation, area: int, n: Counts) -> tuple[str, float]:
    """What patrol hours say of the change in an area, and the hours after over those before.

    A fall is read backwards, as a rise from after to before: beyond_effort then means that it fell by more than effort.
    """
    before, after = (effort.recorded(*_unit_weeks(operation, area, side)) for side in (0, 1))
    ratio = after.effort / before.effort if before.effort and not (before.withheld or after.withheld) else nan
    (early, n_early), (late, n_late) = (before, int(n[0])), (after, int(n[1]))
    if n[1] < n[0]:
        (early, n_early), (late, n_late), ratio_read = (after, int(n[1])), (before, int(n[0])), 1 / ratio
    else:
        ratio_read = ratio
    wide = (_dispersion(operation), WEEKS_BEFORE - 1)
    count = small_numbers.change(n_late, operation.weeks, n_early, operation.weeks, *wide)
    rate = (
        None
        if ratio != ratio
        else small_numbers.change(late.n_within, late.effort, early.n_within, early.effort, *wide)
    )
    return effort.explanation(count, rate, ratio_read), ratio


def _unit_weeks(operation: Operation, area: int, side: int) -> tuple[Counts, NDArray[np.float64]]:
    """(places, weeks) detections and patrol hours of an area in a period; hours NaN where none were recorded.

    A place is a crossing, or the district of what has none; every one with a detection or hours in either period.
    """
    met = operation.met
    if met is None:
        return np.zeros((0, 0), dtype=np.int64), np.zeros((0, 0))
    told = [row for row in operation.hours if operation.area_of(row) == area]
    mine = (operation.area_at(met) == area) & (operation.side(met.week) >= 0)
    names = [place["crossing"] or place["adm2"] for place in met.places]
    week_of = [(row["week"] - operation.began) // WEEK for row in told]
    in_view = [s >= 0 for s in operation.side(np.array(week_of, dtype=np.int64))]
    known = {row["crossing"] or row["adm2"] for row, is_in in zip(told, in_view, strict=True) if is_in}
    at = {name: i for i, name in enumerate(sorted(known | {names[p] for p in met.place[mine]}))}
    first = 0 if side else operation.before
    n, hours = np.zeros((len(at), operation.weeks), dtype=np.int64), np.full((len(at), operation.weeks), np.nan)
    for entry in np.flatnonzero(mine & (operation.side(met.week) == side)):
        n[at[names[met.place[entry]]], met.week[entry] - first] += met.n[entry]
    for row, week in zip(told, week_of, strict=True):
        if 0 <= week - first < operation.weeks:
            cell = (at[row["crossing"] or row["adm2"]], week - first)
            hours[cell] = np.nansum([hours[cell], row["patrol_hours"]])
    return n, hours

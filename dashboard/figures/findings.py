"""What changed in the last four settled weeks: each rise and fall with the check of season and of effort."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dashboard.database import Selected
from dashboard.disclosure import K, Row, protect
from dashboard.figures import hours
from dashboard.figures.change import CHANGED, MIN_FOR_RATIO, with_change
from dashboard.figures.hours import Place
from dashboard.figures.period import monday, regular_from, span
from dashboard.figures.scatter import Scatter, of_weeks
from dashboard.stats import effort, small_numbers

WEEKS, A_YEAR, REACH = 4, 52, 60  # of a period; back to a year earlier; and to the period before that one
MOST_MISSING = 0.2  # of district-weeks without effort on record, beyond which nothing is known of the whole
# What is computed from which counts: withheld where one of them is (see `disclosure.disclose`).
FOUND = CHANGED | dict.fromkeys(("effort", "season", "tag"), ("n", "n_before"))

EVERYWHERE: Place = ("total", None)
Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Findings:
    """table: the rises and falls, surest first. n_compared: rows that had enough to be compared, the family of q.

    withheld: why nothing was compared; None where it was.
    """

    table: pa.Table
    n_compared: int
    withheld: str | None


def findings(settled: Selected | None, scatter: Scatter) -> Findings:
    """The choice as a whole, its districts, crossings and labels: 28 days against the 28 before, one family of tests.

    The days end with the last Sunday of the period, whose reports are to be in.
    n_year, n_year_before: the same weeks a year earlier, null where reporting had not begun.
    season: usual where last year shows the same change and this year's is no evident step beyond it; not_usual;
    unknown. effort: of patrol hours, as `effort.explanation` says, for a fall the other way round.
    tag: season or effort where one of them explains the change, else rise or fall.
    """
    if settled is None:
        return Findings(_checked(_table([], {}), {}, {}), 0, "not_settled")
    last = monday(span(settled)[1] + timedelta(days=1)) - timedelta(days=1)
    seen = ((last - regular_from(settled.store, settled.principal)).days + 1) // 7
    if seen < 2 * WEEKS:
        return Findings(_checked(_table([], {}), {}, {}), 0, "too_short")
    past = replace(settled.filters, date_from=last - timedelta(days=7 * REACH - 1), date_to=last)
    wide = replace(settled, filters=past)
    weekly = _weekly(wide, last)
    scatters = _scatters(weekly) | {"total": scatter}
    changes = _table([_row(place, n, seen >= REACH) for place, n in sorted(weekly.items())], scatters)
    n_compared = sum(verdict not in ("too_few", "none_in_either") for verdict in changes["verdict"].to_pylist())
    changed = changes.filter(pc.is_in(changes["verdict"], pa.array(["rise", "fall"]))).sort_by("p")
    return Findings(_checked(changed, weekly, _hours(wide, weekly, last)), n_compared, None)


def _checked(changed: pa.Table, weekly: dict[Place, Counts], worked: dict[Place, Floats]) -> pa.Table:
    """The rises and falls with what season and effort say of each."""
    rows = changed.to_pylist()
    seasons = [_season(row) for row in rows]
    efforts = [_effort(row, weekly[row["list"], row["code"]], worked) for row in rows]
    tags = [_tag(*each) for each in zip(rows, seasons, efforts, strict=True)]
    for name, said in (("season", seasons), ("effort", efforts), ("tag", tags)):
        changed = changed.append_column(name, pa.array(said, pa.string()))
    return changed


def _weekly(wide: Selected, last: date) -> dict[Place, Counts]:
    """(REACH,) detections of each place a week, the newest first; 0 in the weeks that are not looked at."""
    counts: dict[Place, Counts] = defaultdict(lambda: np.zeros(REACH, dtype=np.int64))
    asked = wide.ask("detections_by_weeks_ago", last=last, weeks=2 * WEEKS, a_year=A_YEAR)
    for row in protect(wide, asked).to_pylist():
        counts[row["list"], row["code"]][row["ago"]] = row["n"]
    return dict(counts)


def _row(place: Place, n: Counts, is_year_known: bool) -> Row:
    now, before, year, year_before = (int(n[ago : ago + WEEKS].sum()) for ago in (0, WEEKS, A_YEAR, A_YEAR + WEEKS))
    row = {"list": place[0], "code": place[1], "n": now, "n_before": before}
    return row | {"n_year": year if is_year_known else None, "n_year_before": year_before if is_year_known else None}


def _scatters(weekly: dict[Place, Counts]) -> dict[str, Scatter]:
    """Of each list of places, pooled over its rows: the excess of the whole is not that of its parts."""
    n: dict[str, list[Counts]] = defaultdict(list)
    for (name, _), counts in weekly.items():
        n[name].append(np.concatenate([counts[: 2 * WEEKS], counts[A_YEAR:]]))
    return {name: of_weeks(np.array(each)) for name, each in n.items()}


def _table(rows: list[Row], scatters: dict[str, Scatter]) -> pa.Table:
    kinds = {"list": pa.string(), "code": pa.string()}
    kinds |= dict.fromkeys(("n", "n_before", "n_year", "n_year_before"), pa.int64())
    table = pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in kinds.items()})
    return with_change(table, 7 * WEEKS, scatter=[scatters[str(row["list"])] for row in rows])


def _season(row: Row) -> str:
    """Whether last year changed alike. Read from published counts only: one under 5 is not known."""
    year, year_before = row["n_year"], row["n_year_before"]
    if year is None or min(year, year_before) < K:
        return "unknown"
    then = small_numbers.rate_ratio(year, 1, year_before, 1)
    if year + year_before < MIN_FOR_RATIO or small_numbers.verdict(then, year, year_before) != row["verdict"]:
        return "not_usual"
    beyond = small_numbers.rate_ratio(row["n"], year, row["n_before"], year_before)
    return "not_usual" if beyond.p < small_numbers.LEVEL else "usual"


def _hours(wide: Selected, weekly: dict[Place, Counts], last: date) -> dict[Place, Floats]:
    """(8,) patrol hours, newest week first, of districts, crossings and everywhere, where they are known."""
    newest = np.datetime64(monday(last))
    told = hours.hours(wide, np.arange(newest - 7 * (2 * WEEKS - 1), newest + 1, 7))
    seen = [code for (name, code), n in weekly.items() if name == "district" and n[: 2 * WEEKS].any()]
    everywhere = hours.together(told, seen, MOST_MISSING)
    known = told if everywhere is None else told | {EVERYWHERE: everywhere}
    return {place: amount[::-1] for place, amount in known.items()}


def _effort(row: Row, n: Counts, known: dict[Place, Floats]) -> str:
    """What patrol hours say of the change; of a fall, what they would say of the same step upwards."""
    place = (row["list"], row["code"])
    worked = known.get(place if row["list"] in ("district", "crossing") else EVERYWHERE)
    if worked is None:
        return "unknown"
    halves = [slice(0, WEEKS), slice(WEEKS, 2 * WEEKS)]
    later, earlier = halves if row["verdict"] == "rise" else halves[::-1]
    now, before = (effort.recorded(n[each], worked[each]) for each in (later, earlier))
    if now.withheld or before.withheld:
        return "unknown"
    ratio = row["ratio"] if row["ratio"] is not None else np.inf
    step = small_numbers.RateRatio(ratio if row["verdict"] == "rise" else 1 / max(ratio, 1e-9), 0, 0, row["q"])
    rate = small_numbers.rate_ratio(now.n_within, now.effort, before.n_within, before.effort)
    return effort.explanation(step, rate, now.effort / before.effort)


def _tag(row: Row, season: str, worked: str) -> str:
    if season == "usual":
        return "season"
    return "effort" if worked == "explained_by_effort" else str(row["verdict"])

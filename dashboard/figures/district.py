"""One district: which one is asked for, its own past, what touches it, and what nobody knows there."""

from dataclasses import replace
from datetime import timedelta

import pyarrow as pa

from dashboard.database import Selected
from dashboard.disclosure import K, Row, protect
from dashboard.figures import change, period
from dashboard.figures.baseline import Settled
from dashboard.figures.trails import by_trail
from dashboard.filters import COMPARISONS

PAST = ("n", "n_before", "ratio", "low", "high", "p", "verdict")
# A trail's parts add up to the detections, so that one small part withholds what would give it back.
TRAILS = {
    "n_looked_for": ("n_not_looked_for",),
    "n_not_looked_for": ("n_looked_for",),
    "n_found": ("n_not_found", "n_looked_for", "n_not_looked_for"),
    "n_not_found": ("n_found", "n_looked_for", "n_not_looked_for"),
}
TRAIL = pa.schema([("trail_type", pa.string()), *((name, pa.int64()) for name in TRAILS)])
A_WEEK = timedelta(days=7)


def asked(selected: Selected) -> str | None:
    """The one district that the filters name and the principal may see; None where it is none or several."""
    chosen = selected.filters.choices.get("d", ())
    return chosen[0] if len(chosen) == 1 and in_view(selected, chosen) else None


def in_view(selected: Selected, codes: tuple[str, ...]) -> tuple[str, ...]:
    """Those of some districts that the principal may see."""
    seen = selected.principal.districts
    return codes if seen is None else tuple(code for code in codes if code in seen)


def past(settled: Settled) -> pa.Table:
    """Two rows, against the period before and the same days a year earlier: first and last day, n, n_before, change.

    All of the settled part of the period, date_to its last day.
    Both comparisons are planned beforehand, so each is read by its own p.
    """
    compared = settled.compared()
    planned = compared.take([compared["against"].to_pylist().index(against) for against in COMPARISONS])
    days = {"date_to": "date_to", "first_day": "date_from_before", "last_day": "date_to_before"}
    columns = {"against": planned["against"]} | {name: planned[day] for name, day in days.items()}
    return pa.table({**columns, **{name: planned[name] for name in PAST}})


def neighbours(settled: Settled, district: str) -> tuple[pa.Table, int]:
    """One row a district that touches it, with its change over the same days; and how many are not in view.

    They are other districts' records: asked anew with the same filters but for the district, within the same scope.
    """
    selected = settled.told
    touching = tuple(selected.ask("neighbours", district=district)["adm2"].to_pylist())
    seen = in_view(selected, touching)
    beside = replace(selected, filters=selected.filters.choose("d", seen))
    table = change.grouped_change(beside, "detections_by_neighbour", "adm2", settled.is_settled, neighbours=list(seen))
    return table, len(touching) - len(seen)


def trails(selected: Selected) -> pa.Table:
    """One row a trail: n_looked_for, n_found, n_not_found, n_not_looked_for, in detections."""
    rows = [{"trail_type": trail, **row} for trail, row in by_trail(selected).items()]
    return pa.Table.from_pylist([_looked_for(row) for row in rows], TRAIL)


def _looked_for(row: Row) -> Row:
    """The sum of found and not found; none where it would tell two small parts, as 8 tells that both are 4."""
    found, missed = row["n_found"], row["n_not_found"]
    if 0 < found < K and 0 < missed < K:
        return row | {"n_looked_for": None, "n_not_looked_for": None}
    return row | {"n_looked_for": found + missed}


def effort(selected: Selected) -> pa.Table:
    """One row: weeks_told, the whole weeks of the period with any effort reported, of weeks in all."""
    first, last = period.span(selected)
    monday = first + timedelta(days=-first.weekday() % 7)
    weeks = max(0, (last - monday + timedelta(days=1)) // A_WEEK)
    return selected.ask("effort_cover").append_column("weeks", pa.array([weeks], pa.int64()))


def timeliness(selected: Selected) -> pa.Table:
    """One row an agency: n dated to the day with a report's day, n_undated, and median and 90th percentile in days."""
    return protect(selected, selected.ask("timeliness"))

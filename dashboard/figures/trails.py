"""The trails of a crime: looked for or not, found or not, by stage; where nobody looked; which law reaches them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dashboard.database import Selected
from dashboard.disclosure import K, Row, merge_small, protect
from dashboard.figures.law import applied
from dashboard.figures.period import span
from dashboard.figures.published import STANDS_FOR, is_hidden

ANY, NOT_TOLD = "any", "not_told"  # over all stages; what was told of a trail without a stage
STAGES = ("recruit", "gather", "move", "cross", "hold", "exploit", "pay_out", NOT_TOLD)
PARTS = ("n_looked_for", "n_found", "n_not_found", "n_not_looked_for")
COUNTS = (*PARTS[1:], "n_flat_found", "n_flat_not_found")  # of a trail over all corridors
GRID = pa.schema([("trail_type", pa.string()), ("stage", pa.string()), *((name, pa.int64()) for name in PARTS)])
CODES = ("crossing", "adm2", "trail_type")
BLIND = pa.schema([*((name, pa.string()) for name in CODES), ("n_interceptions", pa.int64())])
# What was told and what was not add up to the detections: one small part withholds the other.
UNTOLD = {"n_untold": ("n_told",), "n_told": ("n_untold",)}

Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Told(NamedTuple):
    """Of a trail (any stage first, then STAGES) what may be told, (9,): whether it was looked for, and found or not."""

    looked: Mask
    found: Mask


def grid(selected: Selected) -> pa.Table:
    """One row a trail and stage, `any` first: of the detections n_looked_for, n_found, n_not_found, n_not_looked_for.

    An incident counts once a row. What nobody recorded as looked for, at a stage or at all, was not looked for.
    What may not be told stands as a count that `disclose` withholds.
    """
    by_stage = {
        (r["trail_type"], r["stage"]): r for r in protect(selected, selected.ask("trails_by_stage")).to_pylist()
    }
    rows: list[Row] = []
    for trail, row in by_trail(selected).items():
        n = row["n_found"] + row["n_not_found"] + row["n_not_looked_for"]
        told = [by_stage.get((trail, stage), {"n_found": 0, "n_not_found": 0}) for stage in STAGES]
        found, missed = (np.array([r[name] for r in (row, *told)]) for name in ("n_found", "n_not_found"))
        found[-1] += row["n_flat_found"]  # what the flat record tells, it tells of no stage
        missed[-1] += row["n_flat_not_found"]
        rows += _rows(trail, n, found, missed)
    return pa.Table.from_pylist(rows, GRID)


def by_trail(selected: Selected) -> dict[str, Row]:
    """Each trail, in the order of their list, to what was looked for and found, over all corridors."""
    found: dict[str, Row] = {}
    for row in protect(selected, selected.ask("trails")).to_pylist():
        summed = found.setdefault(row["trail_type"], dict.fromkeys(COUNTS, 0))
        summed.update({name: summed[name] + row[name] for name in COUNTS})
    return found


def _rows(trail: str, n: int, found: Counts, missed: Counts) -> list[Row]:
    told = tellable(n, found, missed)
    looked = np.where(told.looked, found + missed, STANDS_FOR)
    rest = np.where(told.looked, n - found - missed, STANDS_FOR)
    found, missed = (np.where(told.found, part, STANDS_FOR) for part in (found, missed))
    parts = np.column_stack([looked, found, missed, rest]).tolist()
    return [
        {"trail_type": trail, "stage": stage, **dict(zip(PARTS, counts, strict=True))}
        for stage, counts in zip((ANY, *STAGES), parts, strict=True)
    ]


def tellable(n: int, found: Counts, missed: Counts) -> Told:
    """Which counts of a trail may be told beside n, so that no sum or difference gives one of 1 to 4 back.

    found, missed: (m,) incidents, the first of any stage, then a stage each. It is taken that who reads them knows
    every incident to be told at one stage alone, so that the first is the sum of the others: else less follows.
    Found and not found are told of every stage or of none: which one is small would tell more.
    """
    looked, rest = found + missed, n - found - missed
    both = is_hidden(found[:1]) & is_hidden(missed[:1])  # whose sum would tell them: 8 says that both are 4
    told_looked = ~(is_hidden(looked) | is_hidden(rest))
    if (both | is_hidden(rest[:1]))[0]:  # then the sum is known within a few counts, and must not follow from its parts
        told_looked = looked == 0
    told_looked = _with_rest(told_looked, looked)
    is_large = ~(is_hidden(found) | is_hidden(missed))
    told_found = np.full(len(found), (told_looked & is_large)[1:].all())
    told_found[0] = told_looked[0] and is_large[0]
    return Told(told_looked, told_found)


def _with_rest(told: Mask, counts: Counts) -> Mask:
    """Fewer counts told, until what is not told of their sum is 0, or at least 5 and in two places or more.

    Neither may it be as many as the places, nor four times as many: each would hold 1, or 4. The smallest one of a
    stage is the next that is not told; where none is left, the sum.
    """
    told = told.copy()
    while told[0]:
        stages = told[1:]
        rest, places = int(counts[1:][~stages].sum()), int((~stages).sum())
        if rest == 0 or (rest >= K and places >= 2 and rest not in (places, places * (K - 1))):
            break
        left = np.where(stages & (counts[1:] > 0), counts[1:], np.iinfo(np.int64).max)
        if left.min() < np.iinfo(np.int64).max:
            stages[left.argmin()] = False
        else:
            told[0] = False
    return told


def untold(selected: Selected) -> pa.Table:
    """One row: n_untold, of which nobody said of any trail whether it was looked for, and n_told."""
    return protect(selected, selected.ask("trails_untold"))


def blind(selected: Selected) -> pa.Table:
    """One row a corridor and a trail that none of its detections looked for: n_interceptions there, most first.

    A corridor is a crossing, or a district on the border or coast. Those with under 5 interceptions are not listed; a
    count that would give such a one back from the sum of all stands as one that `disclose` withholds.
    """
    rows = protect(selected, selected.ask("trails")).to_pylist()
    n = {_place(row): row["n_interceptions"] for row in rows}
    shown = _listed([place for place in n if place is not None], n)
    found = [row for row in rows if _place(row) in shown and row["n_found"] == row["n_not_found"] == 0]
    found.sort(key=lambda row: -row["n_interceptions"])  # stable: trails in the order of their list
    told = [{name: row[name] for name in CODES} | {"n_interceptions": shown[_place(row)]} for row in found]
    return pa.Table.from_pylist(told, BLIND)


def _place(row: Row) -> str | None:
    place: str | None = row["crossing"] or row["adm2"]
    return place


def _listed(places: Sequence[str], n: dict[str | None, int]) -> dict[str | None, int]:
    """The places of 5 interceptions or more, each with what may be told of it beside the sum of all.

    None whose count is not told where what is not told is under 10: of 6, 5 and 1 would follow.
    """
    counts = np.array([[n[place] for place in places]], dtype=np.int64)
    *shown, rest = merge_small(counts, np.array([n.get(None, 0)], dtype=np.int64))[0]
    told = {place: int(count) for place, count in zip(places, shown, strict=True) if n[place] >= K}
    return {place: count if count >= K else STANDS_FOR for place, count in told.items() if count >= K or rest >= 2 * K}


def powers(selected: Selected) -> pa.Table:
    """One row a trail and a section that reaches it, of the laws that may have applied at the period's end."""
    _, day = span(selected)
    rows = [row for row in selected.ask("legal_sections").to_pylist() if row["trails"] and applied(row, day)]
    reached = [{"trail_type": trail, **row} for row in rows for trail in row["trails"].split(";")]
    schema = pa.schema([("trail_type", pa.string()), *selected.ask("legal_sections").schema])
    return pa.Table.from_pylist(reached, schema)


def enquiries(selected: Selected) -> pa.Table:
    """One row an enquiry that a section of such a law lets be made: trail_type, stage (any: at every one), say_en."""
    _, day = span(selected)
    known = {row["section_id"]: row for row in selected.ask("legal_sections").to_pylist()}
    table = selected.ask("enquiries")
    return table.filter(pa.array([applied(known[each], day) for each in table["section_id"].to_pylist()], pa.bool_()))

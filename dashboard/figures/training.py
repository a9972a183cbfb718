"""What each institution is to be trained in: the gaps that were measured, the widest first."""

from collections.abc import Collection, Sequence

import pyarrow as pa

from dashboard.disclosure import Row
from dashboard.figures import reference

# In the order of the screen; practice has the same names (`simanta practice --institution`).
INSTITUTIONS = ("border_force", "police", "coast_guard", "immigration", "prosecutor", "shelter")
STORIES = ("displacement", "centroid_hotspot", "blind_trail")  # what is planted in a practice copy
PRACTICE = "simanta practice --institution {institution}"
WORDS = ("title_en", "title_bn", "aim_en", "aim_bn", "story", "task_en", "task_bn")
OF_GAP = ("rule", "measure", "n", "n_part", "places", "share", "compare", "threshold", "statement", "say_en", "say_bn")
PLAN = pa.schema(
    {
        "institution": pa.string(),
        "priority": pa.int32(),
        **dict.fromkeys(("module", "title_en", "title_bn", "aim_en", "aim_bn"), pa.string()),
        **dict.fromkeys(("rule", "measure", "say_en", "say_bn"), pa.string()),
        **dict.fromkeys(("n", "n_part", "places"), pa.int64()),
        "share": pa.float64(),
        "compare": pa.string(),
        "threshold": pa.float64(),
        **dict.fromkeys(("statement", "story", "task_en", "task_bn", "practice"), pa.string()),
    }
)


def plan(statements: Sequence[Row], rejected: Collection[str]) -> pa.Table:
    """One row an institution and module for a gap that holds and nobody rejected; priority 1 is the widest gap.

    A gap is a weakness or a threat. Its width is how far the share lies beyond the rule's threshold; of several gaps
    that one module is for, the widest is its reason. Before is the share now, after the threshold.
    """
    gaps = {row["rule"]: row for row in statements if row["state"] == "holds" and row["part"] in ("W", "T")}
    gaps = {rule: row for rule, row in gaps.items() if rule not in rejected}
    made = []
    for institution in INSTITUTIONS:
        mine = [_module(row, gaps) for row in modules() if institution in row["institutions"].split(";")]
        found = sorted((row for row in mine if row), key=lambda row: -_width(row))
        practice = PRACTICE.format(institution=institution)
        made += [
            row | {"institution": institution, "priority": at, "practice": practice}
            for at, row in enumerate(found, start=1)
        ]
    return pa.Table.from_pylist(made, PLAN)


def modules() -> tuple[reference.Row, ...]:
    """The modules as they are listed."""
    return reference.rows("training_modules")


def _module(module: reference.Row, gaps: dict[str, Row]) -> Row | None:
    found = [gaps[rule] for rule in module["gaps"].split(";") if rule in gaps]
    if not found:
        return None
    widest = max(found, key=_width)
    return {name: module[name] for name in ("module", *WORDS)} | {name: widest[name] for name in OF_GAP}


def _width(row: Row) -> float:
    return abs(float(row["share"]) - float(row["threshold"]))

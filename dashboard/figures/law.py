"""The dated legal table: which law applied on a day, what each section reaches, what the records cite."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from dashboard.database import Selected
from dashboard.disclosure import merge_small, protect

MERGED = "merged"  # of a law's count that is under 5, and of what keeps it from being taken from the total


def applied(law: Mapping[str, Any], day: date) -> bool:
    """Whether a law, or a section or term of one, may have applied on a day: a day that was not seen refuses nothing.

    law: effective_from and effective_to, its first and last day, or None.
    """
    start, end = law["effective_from"], law["effective_to"]
    return (start is None or start <= day) and (end is None or day <= end)


def sections(selected: Selected) -> pa.Table:
    """One row a section of a law, of every day; `trails` with ; between. No record is asked."""
    return selected.ask("legal_sections")


def cited(selected: Selected) -> pa.Table:
    """One row a law that detections cite and how it stood on their days: legal_basis, standing, n; most first.

    Rows under 5, and what would give one back from the total, are one row `merged`.
    """
    rows = protect(selected, selected.ask("detections_by_legal_basis"))
    counts = rows["n"].to_numpy().astype(np.int64)
    *told, rest = merge_small(counts[None, :], np.zeros(1, dtype=np.int64))[0]
    kept = rows.filter(pa.array([n >= 0 for n in told], pa.bool_()))
    if not rest:
        return kept
    merged = {"legal_basis": [MERGED], "standing": [MERGED], "n": [int(rest)]}
    return pa.concat_tables([kept, pa.table(merged, schema=kept.schema)])

"""What the selected records add up to, from one statement that a page asks once."""

from collections.abc import Callable

import pyarrow as pa

from dashboard.database import Selected
from dashboard.disclosure import Row, protect

VICTIMS = ("TIP", "TIP_AND_SOM")
# Each total of records, and which kinds of them it counts.
KINDS: dict[str, Callable[[Row], bool]] = {
    "n": lambda kind: True,
    "n_district_only": lambda kind: kind["precision_code"] == 5,
    "n_interceptions": lambda kind: kind["event_type"].startswith("interception"),
    "n_tip": lambda kind: kind["crime_label"] in VICTIMS,
    "n_undetermined": lambda kind: kind["crime_label"] == "UNDETERMINED",
    "n_exact": lambda kind: kind["precision_code"] <= 2,
    "n_upazila": lambda kind: kind["precision_code"] in (3, 4),
    "n_coarse": lambda kind: kind["precision_code"] in (6, 7),
}


def totals(selected: Selected) -> pa.Table:
    """One row: n and its parts. Placed means: on a cell of the selection's resolution; outside: in no district."""
    kinds = protect(selected, selected.ask("kinds")).to_pylist()
    told = {name: sum(kind["n"] for kind in kinds if is_one(kind)) for name, is_one in KINDS.items()}
    told |= {name: sum(kind[name] for kind in kinds) for name in ("n_with_crossing", "n_invented")}
    told["n_outside"] = told["n"] - sum(kind["n_inside"] for kind in kinds)
    finest = selected.filters.resolution or 0
    told["n_placed"] = sum(kind["n_inside"] for kind in kinds if (kind["resolution"] or -1) >= finest)
    return pa.table({name: pa.array([n], pa.int64()) for name, n in told.items()})

"""How exactly the selected records are placed, and the smallest unit that most of them can be told of."""

import numpy as np
import pyarrow as pa

from dashboard.database import Selected
from dashboard.disclosure import protect
from dashboard.stats import imputation

DERIVED = {"smallest_unit": ("n",)}


def budget(selected: Selected) -> pa.Table:
    """One row: n, and the finest of place, union, upazila, district at which 80 % are known; null where none is."""
    codes = protect(selected, selected.ask("kinds"))
    each = np.repeat(codes["precision_code"].to_numpy(), codes["n"].to_numpy())  # a byte a record
    found = imputation.precision_budget(each)
    return pa.table({"n": pa.array([found.n]), "smallest_unit": pa.array([found.smallest_unit], pa.string())})

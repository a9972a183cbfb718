"""Parts of a total that is told: which of them may stand beside it."""

import numpy as np
from numpy.typing import NDArray

from dashboard.disclosure import merge_small

Counts = NDArray[np.int64]
WITHHELD = 1  # what is put in the place of a part that may not be told, so that disclosure withholds it


def beside_total(parts: Counts) -> Counts:
    """Parts (m, p) of m totals, WITHHELD in place of each that with its total would give one of 1 to 4 away.

    Where a small part is withheld, so is another, and every part that is none: which of them is the small one is not
    told.
    """
    merged = merge_small(parts, np.zeros(len(parts), dtype=np.int64))[:, :-1]
    return np.where(merged < 0, WITHHELD, merged)

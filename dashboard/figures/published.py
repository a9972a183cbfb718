"""Counts as they are published: what is computed from these alone cannot give a withheld count back."""

import numpy as np
from numpy.typing import NDArray

from dashboard.disclosure import K

STANDS_FOR = (K + 1) // 2  # 3 of under 5: where few counts are, most of those are 3 or 4, on their mean or above it

Counts = NDArray[np.int64]


def is_hidden(n: Counts) -> NDArray[np.bool_]:
    """Counts of 1 to 4, any shape."""
    return (n > 0) & (n < K)


def published(n: Counts) -> Counts:
    """The counts, any shape, with 3 in place of each that is withheld."""
    return np.where(is_hidden(n), STANDS_FOR, n)

"""Randomness that comes out the same for the same question: its seed is the question."""

import hashlib
import json

import numpy as np

from dashboard.database import Selected


def generator(selected: Selected, method: str) -> np.random.Generator:
    """A generator seeded by data version, filters, scope and method."""
    asked = [selected.store.version, selected.filters.to_link(), selected.principal.districts, method]
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))

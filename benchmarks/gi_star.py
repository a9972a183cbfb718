"""Seconds for Gi* with its exact p on hexagonal masks of sparse counts, beside 999 permutations of esda; 100 deals.

    .venv/bin/python benchmarks/gi_star.py [--write]

esda is no dependency: its columns are filled where it can be imported. --write keeps the table in GI_STAR.md.
"""

import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import h3
import numpy as np
from load import about

from dashboard.stats.gi_star import exact_tails, gi_star, hot_q_of_each

RINGS = {"4,000 cells": 36, "30,000 cells": 99}  # a disk of r rings has 1 + 3 r (r + 1) cells
HAS_ESDA = importlib.util.find_spec("esda") is not None


def mask(rings: int) -> np.ndarray:
    """(n, 7) neighbours of a disk of cells around Dhaka."""
    cells = h3.grid_disk(h3.latlng_to_cell(23.7, 90.4, 6), rings)
    position = {cell: i for i, cell in enumerate(cells)}
    return np.array([[position.get(c, -1) for c in h3.grid_disk(cell, 1)] for cell in cells])


def seconds(run: Callable[[], object], times: int) -> float:
    """The best of some runs."""
    taken = []
    for _ in range(times):
        start = perf_counter()
        run()
        taken.append(perf_counter() - start)
    return min(taken)


def ours(counts: np.ndarray, near: np.ndarray) -> None:
    gi_star(counts.astype(float), near)
    exact_tails(counts, near)


def permuted(counts: np.ndarray, near: np.ndarray) -> Callable[[], Any]:
    """esda's local G* with 999 conditional permutations, its weights made beforehand."""
    from esda.getisord import G_Local
    from libpysal.weights import W

    weights = W({i: [j for j in row if j >= 0] for i, row in enumerate(near.tolist())}, silence_warnings=True)
    return lambda: G_Local(counts.astype(float), weights, transform="B", permutations=999, star=True)


def beside(counts: np.ndarray, near: np.ndarray, own: float) -> str:
    """esda's seconds, how many times ours, and the largest difference of z."""
    if not HAS_ESDA:
        return "not installed | | "
    run = permuted(counts, near)
    taken, z = seconds(run, 1), gi_star(counts.astype(float), near)
    return f"{taken:.2f} | {taken / own:,.0f} | {np.abs(run().Zs - z).max():.0e}"


def report() -> list[str]:
    """A Markdown table."""
    lines = [
        "| mask | ours s | esda s, 999 permutations | times ours | largest difference of z | ours s, 100 deals |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, rings in RINGS.items():
        near = mask(rings)
        counts = np.random.default_rng(7).poisson(0.3, len(near))
        own = seconds(lambda c=counts, near=near: ours(c, near), 5)
        deals = np.random.default_rng(7).poisson(0.3, (100, len(near)))
        dealt = seconds(lambda d=deals, near=near: hot_q_of_each(d, near), 1)
        lines.append(f"| {name} | {own:.4f} | {beside(counts, near, own)} | {dealt:.2f} |")
    return lines


if __name__ == "__main__":
    header = [f"- {line}" for line in about(os.getloadavg()[0])]
    title = "# Benchmarks: Gi* with exact p\n\nWritten by `benchmarks/gi_star.py`."
    text = "\n\n".join([title, "\n".join(header), "\n".join(report())]) + "\n"
    print(text)  # noqa: T201
    if "--write" in sys.argv:
        Path(__file__).with_name("GI_STAR.md").write_text(text, encoding="utf-8")

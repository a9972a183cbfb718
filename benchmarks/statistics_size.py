"""How often each flag about places is raised where nothing is, and whether a planted truth is found.

`.venv/bin/python benchmarks/statistics_size.py` prints the part "Space" of STATISTICS.md. The data are invented:
sparse, over-dispersed, 60 % of the records known to their district only.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import sqrt

import h3
import numpy as np

from dashboard.stats import displacement, emerging, gi_star, near_repeat, small_numbers
from dashboard.stats.concentration import concentration
from dashboard.stats.imputation import at_centres, deal, naive_hot, share_hot
from dashboard.stats.mann_kendall import mann_kendall
from dashboard.stats.shift import centre_shift, origin_fixed

SEED = 20261125
DISTRICTS = 19
BESIDE_ITSELF = 4.0  # variance over mean of over-dispersed counts
DISTRICT_ONLY = 0.6
DRAWS = 100  # of an imputation
Rng = np.random.Generator
Raised = dict[str, float]  # of one made-up data set: 0 or 1 a flag, or a share of tests that raised it


@dataclass(frozen=True)
class Country:
    """Districts of 49 cells: neighbours (n, 7), the district of each cell, and each district's centre cell."""

    near: np.ndarray
    district: np.ndarray
    centres: np.ndarray


def country() -> Country:
    districts = h3.grid_disk(h3.latlng_to_cell(23.6, 89.6, 4), 2)
    cells = [cell for d in districts for cell in sorted(h3.cell_to_children(d, 6))]
    at = {cell: i for i, cell in enumerate(cells)}
    near = np.array([[at.get(c, -1) for c in h3.grid_disk(cell, 1)] for cell in cells])
    centres = np.array([at[h3.cell_to_center_child(d, 6)] for d in districts])
    return Country(near, np.repeat(np.arange(DISTRICTS), len(cells) // DISTRICTS), centres)


LAND = country()
CELLS = len(LAND.near)


def over_dispersed(rng: Rng, mean: float | np.ndarray, size: object, times: float = BESIDE_ITSELF) -> np.ndarray:
    """Negative binomial counts: variance `times` the mean."""
    return rng.negative_binomial(np.asarray(mean) / (times - 1), 1 / times, size)


def vague_of(rng: Rng, counts: np.ndarray, share: float | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Counts whose place is known, and how many of each district are known to the district only."""
    vague = rng.binomial(counts, share)
    return counts - vague, np.bincount(LAND.district, vague, DISTRICTS).astype(np.int64)


def p_hot(rng: Rng, exact: np.ndarray, vague: np.ndarray) -> np.ndarray:
    draws = exact + deal(vague, LAND.district, np.ones(CELLS), DRAWS, rng)
    return share_hot(gi_star.hot_q_of_each(draws, LAND.near)).hot


def one_map(counts: np.ndarray) -> Raised:
    p = gi_star.exact_tails(counts, LAND.near)
    hot, cold = (bool((gi_star.false_discovery(each) <= 0.05).any()) for each in p)
    naive = naive_hot(gi_star.gi_star(counts.astype(float), LAND.near))
    peak = small_numbers.is_peak(counts).any()
    return {
        "any hot cell": hot,
        "any cold cell": cold,
        "*any lone peak*": peak,
        "*any hot cell by normal p*": naive.any(),
    }


def poisson_map(rng: Rng) -> Raised:
    return one_map(rng.poisson(0.2, CELLS))


def over_dispersed_map(rng: Rng) -> Raised:
    return one_map(over_dispersed(rng, 0.3, CELLS))


def vague_map(rng: Rng) -> Raised:
    """The vague records dealt (ours), and put on the centres of their districts (naive)."""
    exact, vague = vague_of(rng, over_dispersed(rng, 0.6, CELLS), DISTRICT_ONLY)
    naive = naive_hot(gi_star.gi_star(at_centres(exact, vague, LAND.centres).astype(float), LAND.near))
    share = p_hot(rng, exact, vague)
    return {
        "any P(hot) of 0.8 or more": (share >= 0.8).any(),
        "any P(hot) of 0.5 or more": (share >= 0.5).any(),
        "*any hot cell by centroids and normal p*": naive.any(),
    }


def cube(rng: Rng) -> Raised:
    """24 months of over-dispersed counts: any class at all, and the share of cells with a trend."""
    counts = over_dispersed(rng, 0.1, (CELLS, 24))
    bins = emerging.cube_neighbours(LAND.near, 24)
    q = [gi_star.false_discovery(p).reshape(counts.shape) for p in gi_star.exact_tails(counts.ravel(), bins)]
    z = gi_star.gi_star(counts.astype(float).ravel(), emerging.slice_neighbours(LAND.near, 24))
    trend = mann_kendall(z.reshape(counts.shape))
    shown = emerging.shown_p(trend.p, counts, LAND.near)
    called = emerging.classes(emerging.signs(q[0], q[1], np.ones(counts.shape, dtype=bool)), trend.z, shown)
    trending = (shown < 0.05)[~np.isnan(shown)].mean()
    return {"any of the 16 classes in the cube": (called != "no_pattern").any(), "a trend, share of cells": trending}


def segments(rng: Rng) -> Raised:
    """60 records on 160 segments of the border, each as likely: called concentrated by an index."""
    found = concentration(rng.multinomial(60, np.full(160, 1 / 160)), rng)
    return {f"concentrated by {name}": measured.is_concentrated for name, measured in found.items()}


PLACES_KM = np.random.default_rng(1).uniform(0, 4000, 25)
LIKELY = np.random.default_rng(2).dirichlet(np.full(25, 0.5))


def bouts(rng: Rng, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Chainage and bout of incidents in n bouts of 1.7 incidents on average, over 25 unlike crossings."""
    sizes = rng.geometric(0.6, n)
    return np.repeat(rng.choice(PLACES_KM, n, p=LIKELY), sizes), np.repeat(np.arange(n), sizes)


def border(rng: Rng) -> Raised:
    (before_km, before_bout), (after_km, after_bout) = bouts(rng, 25), bouts(rng, 25)
    ours = centre_shift(before_km, before_bout, after_km, after_bout, rng)
    alone = [np.arange(len(km)) for km in (before_km, after_km)]
    plain = centre_shift(before_km, alone[0], after_km, alone[1], rng)
    return {
        "centre moved": ours.low_km > 0 or ours.high_km < 0,
        "*centre moved, bouts not told*": plain.low_km > 0 or plain.high_km < 0,
    }


def origins(rng: Rng) -> Raised:
    """Four origins of 5 to 30 detections a side, each with its own unchanged share by the crossing."""
    total = rng.integers(5, 31, (4, 2))
    return {
        "same origins, new crossing": origin_fixed(rng.binomial(total, rng.uniform(0.02, 0.4, (4, 1))), total).p < 0.05
    }


def operation(rng: Rng, means: np.ndarray, times: float, known: float) -> Raised:
    """A treated area, its control, the zone and its control; `known` is the dispersion that the interval is told."""
    counts = over_dispersed(rng, means, (4, 2), times) if times > 1 else rng.poisson(means, (4, 2))
    found = displacement.wdd(counts, np.ones((4, 2)), known)
    said = displacement.reading(found, counts, found.local.p, found.displacement.p)
    return {
        "fell or rose": said.local in ("fell", "rose"),
        "displacement": said.next_door == "displacement",
        "diffusion": said.next_door == "diffusion",
        "moved, not removed": said.moved_not_removed,
        "*moved, were the total alone asked*": said.local == "fell" and found.total.low < 0 < found.total.high,
    }


def fell(rng: Rng) -> Raised:
    raised = operation(rng, FELL, 2, 2)
    del raised["fell or rose"]  # it did
    return raised


NOTHING = np.full((4, 2), 40.0)
FELL = np.array([[60.0, 15], [60, 60], [60, 60], [60, 60]])


def near(rng: Rng) -> Raised:
    """150 records clustered in places and, apart from that, in time: no interaction."""
    place = rng.uniform(0, 100_000, (12, 2))[rng.integers(0, 12, 150)] + rng.normal(0, 3_000, (150, 2))
    day = rng.integers(0, 365, 20)[rng.integers(0, 20, 150)] + rng.integers(0, 10, 150)
    found = near_repeat.knox(place[:, 0], place[:, 1], day, near_repeat.SPACE_M, near_repeat.TIME_D, rng)
    q = gi_star.false_discovery(near_repeat.shown_p(found).ravel())
    return {"any near-repeat band": bool((q <= 0.05).any())}


def planted(rng: Rng) -> Raised:
    """A true cluster; and a district of 1.5 times the background, 95 % of its records known to the district only."""
    true_centre = int(np.flatnonzero(LAND.district == 1)[10])
    cluster, false = LAND.near[true_centre], LAND.district == 4
    mean, share = np.full(CELLS, 0.6), np.full(CELLS, DISTRICT_ONLY)
    mean[false], share[false] = 0.9, 0.95
    mean[cluster[cluster >= 0]] += 6
    exact, vague = vague_of(rng, rng.poisson(mean), share)
    naive = naive_hot(gi_star.gi_star(at_centres(exact, vague, LAND.centres).astype(float), LAND.near))
    found = p_hot(rng, exact, vague)
    good = found[true_centre] > 0.8, found[false].max() < 0.1
    return {
        "naive map hot at the centre of the vague district": naive[LAND.centres[4]],
        "P(hot) under 0.1 in every cell of the vague district": good[1],
        "P(hot) over 0.8 at the true centre": good[0],
        "both": all(good),
    }


def rates(one: Callable[[Rng], Raised], times: int, seed: int) -> dict[str, tuple[float, float]]:
    """Of each flag its mean over made-up data sets, and the standard error of that mean."""
    rng = np.random.default_rng([SEED, seed])
    runs = [one(rng) for _ in range(times)]
    values = {name: np.array([float(run[name]) for run in runs]) for name in runs[0]}
    return {name: (v.mean(), v.std() / sqrt(times)) for name, v in values.items()}


# how data are made up, how often, what they are, and the stated level; a flag in *asterisks* is shown to compare
STUDIES: list[tuple[Callable[[Rng], Raised], int, str, float | None]] = [
    (poisson_map, 1000, "Poisson, mean 0.2 a cell", 0.05),
    (over_dispersed_map, 1000, "over-dispersed, mean 0.3 a cell", 0.05),
    (vague_map, 60, "over-dispersed, mean 0.6 a cell, 60 % district-only", 0.05),
    (cube, 60, "over-dispersed, mean 0.1 a cell and month, 24 months", 0.05),
    (segments, 400, "60 records on 160 segments", 0.025),
    (border, 400, "25 bouts of 1.7 incidents a side, nothing moved", 0.05),
    (origins, 2000, "4 origins, 5 to 30 detections a side, no change", 0.05),
    (lambda rng: operation(rng, NOTHING, 1, 1), 2000, "operation without effect, Poisson, mean 40", 0.05),
    (lambda rng: operation(rng, NOTHING, 2, 2), 2000, "the same, variance twice the mean, and told so", 0.05),
    (lambda rng: operation(rng, NOTHING, 2, 1), 2000, "the same, variance twice the mean, *not told so*", None),
    (fell, 2000, "fell to a quarter, nothing next door, variance twice the mean", 0.05),
    (near, 150, "150 records in 12 places and 20 waves, apart from one another", 0.05),
]


def size_table() -> Iterator[str]:
    yield "| made-up data | flag | stated level | raised | runs |"
    yield "|---|---|---:|---:|---:|"
    for seed, (one, times, data, level) in enumerate(STUDIES):
        for flag, (rate, error) in rates(one, times, seed).items():
            stated = "-" if level is None or flag.startswith("*") else level
            yield f"| {data} | {flag} | {stated} | {rate:.3f} ± {error:.3f} | {times} |"


def planted_table(times: int = 40) -> Iterator[str]:
    yield f"| of {times} made-up countries | share |"
    yield "|---|---:|"
    for words, (share, _) in rates(planted, times, 99).items():
        yield f"| {words} | {share:.2f} |"


if __name__ == "__main__":
    print("\n".join(["### Flags raised where nothing is", "", *size_table(), ""]))  # noqa: T201
    print("\n".join(["### A planted truth", "", *planted_table()]))  # noqa: T201

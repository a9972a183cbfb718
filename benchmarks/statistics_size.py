"""How often each flag about places is raised where nothing is, and whether a planted truth is found.

`.venv/bin/python benchmarks/statistics_size.py` prints the part "Space" of STATISTICS.md. The data are invented:
sparse, over-dispersed, 60 % of the records known to their district only.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import sqrt

import h3
import numpy as np
import pyarrow as pa
from scipy.stats import nbinom

from dashboard.disclosure import levelled
from dashboard.figures import baseline, ribbon, times
from dashboard.figures.change import with_change
from dashboard.figures.scatter import WEEKS, of_weeks
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


def history(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(cells,) classes, (cells, months) signs, (cells,) p of the trend: of counts by cell and month, levelled."""
    bins = levelled(counts.ravel())
    q = [
        gi_star.false_discovery(p).reshape(counts.shape)
        for p in gi_star.exact_tails(bins, emerging.cube_neighbours(LAND.near, counts.shape[1]))
    ]
    z = gi_star.gi_star(bins.astype(float), emerging.slice_neighbours(LAND.near, counts.shape[1]))
    trend = mann_kendall(z.reshape(counts.shape))
    shown = emerging.shown_p(trend.p, bins.reshape(counts.shape), LAND.near)
    signs = emerging.signs(q[0], q[1], np.ones(counts.shape, dtype=bool))
    return emerging.classes(signs, trend.z, shown), signs, shown


def cube(rng: Rng) -> Raised:
    """24 months of over-dispersed counts: any class at all, and the share of cells with a trend."""
    called, _, shown = history(over_dispersed(rng, 0.1, (CELLS, 24)))
    trending = (shown < 0.05)[~np.isnan(shown)].mean()
    return {"any of the 16 classes in the cube": (called != "no_pattern").any(), "a trend, share of cells": trending}


def small_multiples(rng: Rng, mean: float, periods: int, scatter: tuple[float, float]) -> Raised:
    """64 unlike districts of this mean a period: an orange bar among the twelve that are drawn on Trends.

    scatter: between which each district's variance over mean lies. Beside it, one scatter for all and no t, as before.
    """
    means, times_mean = rng.gamma(0.5, mean / 0.5, (64, 1)), rng.uniform(*scatter, (64, 1))
    n = rng.negative_binomial(np.maximum(means, 1e-9) / (times_mean - 1), 1 / times_mean, (64, periods))
    drawn = n[np.argsort(-n.sum(axis=1), kind="stable")[: times.DISTRICTS]]
    _, _, _, q = times.newest(drawn)
    return {
        "any district outside its range": bool((q <= gi_star.LEVEL).any()),
        "*any, by one common scatter*": bool((gi_star.false_discovery(_by_common_scatter(drawn)) <= 0.05).any()),
    }


def _by_common_scatter(n: np.ndarray) -> np.ndarray:
    """Two-sided p of the newest period by a negative binomial of the earlier ones' mean and the scatter of all."""
    earlier, periods = n[:, :-1], n.shape[1] - 1
    mean = np.maximum(earlier.mean(axis=1), 0.5 / periods)
    chi2 = ((earlier - mean[:, None]) ** 2 / mean[:, None]).sum()
    scatter = max(1.0, chi2 / (len(n) * (periods - 1))) * (1 + 1 / periods)
    law = nbinom(mean / (scatter - 1), 1 / scatter)
    return np.minimum(1, 2 * np.minimum(law.cdf(n[:, -1]), law.sf(n[:, -1] - 1)))


def by_month(rng: Rng, months: int) -> Raised:
    """A season and no more, of 20 to 60 a month: the share of months outside their usual range."""
    firsts = (np.datetime64("2026-11") - np.arange(months)[::-1]).astype("datetime64[D]")
    season = np.exp(0.3 * np.cos(2 * np.pi * np.arange(months) / 12))
    n = over_dispersed(rng, rng.uniform(20, 60) * season, months)
    said, _ = baseline.usual_months(firsts, n, np.ones(months, dtype=bool))
    outside = [each for each in said["outside"].to_pylist() if each]
    return {"a month outside its range, share of months": np.mean([each != "inside" for each in outside])}


def along_border(rng: Rng, counts: np.ndarray) -> Raised:
    """160 stretches of 25 km: what is known to be on each is two fifths of all."""
    called = ribbon.classes(rng.binomial(counts, 1 - DISTRICT_ONLY), np.ones(len(counts), dtype=bool))
    return {"any hot stretch": "hot" in called, "*any lone peak of a stretch*": "peak" in called}


def even_border(rng: Rng) -> Raised:
    return along_border(rng, rng.poisson(0.5, 160))


def uneven_border(rng: Rng) -> Raised:
    return along_border(rng, over_dispersed(rng, rng.gamma(0.5, 4, 160), 160))


def crossings(rng: Rng) -> Raised:
    """25 unlike crossings, 12 weeks against the 12 before: an arrow of the ribbon's table, two fifths told of each."""
    weekly = over_dispersed(rng, np.repeat(40 * LIKELY[:, None], WEEKS, axis=1), (25, WEEKS))
    weeks = rng.binomial(weekly, 1 - DISTRICT_ONLY)
    table = pa.table({"n": weeks[:, -12:].sum(axis=1), "n_before": weeks[:, -24:-12].sum(axis=1)})
    said = with_change(table, 84, scatter=of_weeks(weeks))["verdict"].to_pylist()
    alone = with_change(table, 84)["verdict"].to_pylist()
    return {
        "any crossing rose or fell": not {"rise", "fall"}.isdisjoint(said),
        "*any, were counts Poisson*": not {"rise", "fall"}.isdisjoint(alone),
    }


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


def rates(one: Callable[[Rng], Raised], runs: int, seed: int) -> dict[str, tuple[float, float]]:
    """Of each flag its mean over made-up data sets, and the standard error of that mean."""
    rng = np.random.default_rng([SEED, seed])
    raised = [one(rng) for _ in range(runs)]
    values = {name: np.array([float(each[name]) for each in raised]) for name in raised[0]}
    return {name: (v.mean(), v.std() / sqrt(runs)) for name, v in values.items()}


# how data are made up, how often, what they are, and the stated level; a flag in *asterisks* is shown to compare
STUDIES: list[tuple[Callable[[Rng], Raised], int, str, float | None]] = [
    (poisson_map, 1000, "Poisson, mean 0.2 a cell", 0.05),
    (over_dispersed_map, 1000, "over-dispersed, mean 0.3 a cell", 0.05),
    (vague_map, 60, "over-dispersed, mean 0.6 a cell, 60 % district-only", 0.05),
    (cube, 60, "over-dispersed, mean 0.1 a cell and month, 24 months, levelled", 0.05),
    (segments, 400, "60 records on 160 segments", 0.025),
    (border, 400, "25 bouts of 1.7 incidents a side, nothing moved", 0.05),
    (origins, 2000, "4 origins, 5 to 30 detections a side, no change", 0.05),
    (lambda rng: operation(rng, NOTHING, 1, 1), 2000, "operation without effect, Poisson, mean 40", 0.05),
    (lambda rng: operation(rng, NOTHING, 2, 2), 2000, "the same, variance twice the mean, and told so", 0.05),
    (lambda rng: operation(rng, NOTHING, 2, 1), 2000, "the same, variance twice the mean, *not told so*", None),
    (fell, 2000, "fell to a quarter, nothing next door, variance twice the mean", 0.05),
    (near, 150, "150 records in 12 places and 20 waves, apart from one another", 0.05),
    (lambda rng: small_multiples(rng, 2, 5, (4, 4.001)), 600, "64 unlike districts, mean 2 a period, 5 periods", 0.05),
    (lambda rng: small_multiples(rng, 2, 9, (4, 4.001)), 600, "the same, 9 periods", 0.05),
    (lambda rng: small_multiples(rng, 24, 5, (4, 4.001)), 600, "the same, mean 24, 5 periods", 0.05),
    (lambda rng: small_multiples(rng, 24, 9, (4, 4.001)), 600, "the same, mean 24, 9 periods", 0.05),
    (lambda rng: small_multiples(rng, 2, 9, (1.001, 7)), 600, "mean 2, 9 periods, a scatter of 1 to 7 each", 0.05),
    (lambda rng: small_multiples(rng, 24, 5, (1.001, 7)), 600, "mean 24, 5 periods, a scatter of 1 to 7 each", 0.05),
    (lambda rng: by_month(rng, 24), 200, "24 months with a season, over-dispersed", 0.05),
    (lambda rng: by_month(rng, 60), 200, "60 months with a season, over-dispersed", 0.05),
    (even_border, 1000, "border of 160 stretches, Poisson, mean 0.5, 60 % district-only", 0.05),
    (uneven_border, 1000, "the same, over-dispersed, unlike stretches of mean 2", 0.05),
    (crossings, 400, "25 unlike crossings, over-dispersed, 60 % district-only, no change", 0.05),
]


def size_table() -> Iterator[str]:
    yield "| made-up data | flag | stated level | raised | runs |"
    yield "|---|---|---:|---:|---:|"
    for seed, (one, runs, data, level) in enumerate(STUDIES):
        for flag, (rate, error) in rates(one, runs, seed).items():
            stated = "-" if level is None or flag.startswith("*") else level
            yield f"| {data} | {flag} | {stated} | {rate:.3f} ± {error:.3f} | {runs} |"


FORMS = {
    "grows from month to month over the last year": np.concatenate([np.zeros(12), np.arange(1, 13) / 12]),
    "comes with the last three months": np.concatenate([np.zeros(21), np.ones(3)]),
    "comes with the last month": np.concatenate([np.zeros(23), np.ones(1)]),
    "is there all two years": np.ones(24),
}
TRUE_CENTRE = int(np.flatnonzero(LAND.district == 9)[24])
CLUSTER = LAND.near[TRUE_CENTRE]
AROUND = np.isin(LAND.near, LAND.near[CLUSTER]).any(axis=1)  # cells that share a neighbour with the cluster


def growth(rng: Rng, form: str, more: float) -> tuple[str, bool, bool]:
    """A 7-cell cluster of `more` a cell and month at its height, of which two fifths have a place.

    Its centre's class; whether the centre's last month is hot; whether any cell far from it has a class.
    """
    counts = over_dispersed(rng, 0.1 / (1 - DISTRICT_ONLY), (CELLS, 24))
    counts[CLUSTER] += rng.poisson(more * FORMS[form], (7, 24))
    called, signs, _ = history(rng.binomial(counts, 1 - DISTRICT_ONLY))
    far = ~AROUND
    return called[TRUE_CENTRE], signs[TRUE_CENTRE, -1] == "H", bool((called[far] != "no_pattern").any())


def growth_table(runs: int = 30) -> Iterator[str]:
    yield f"| a cluster of 7 cells | a cell and month | hot at the end | called, of {runs} | a class far from it |"
    yield "|---|---:|---:|---|---:|"
    for i, form in enumerate(FORMS):
        for more in (1.0, 2.5, 5.0, 10.0):
            rng = np.random.default_rng([SEED, 200 + i, int(10 * more)])
            names, hot, far = zip(*(growth(rng, form, more) for _ in range(runs)), strict=True)
            told = ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in Counter(names).most_common(3))
            yield f"| {form} | {more:g} | {np.mean(hot):.2f} | {told} | {np.mean(far):.2f} |"


def planted_table(runs: int = 40) -> Iterator[str]:
    yield f"| of {runs} made-up countries | share |"
    yield "|---|---:|"
    for words, (share, _) in rates(planted, runs, 99).items():
        yield f"| {words} | {share:.2f} |"


if __name__ == "__main__":
    print("\n".join(["### Flags raised where nothing is", "", *size_table(), ""]))  # noqa: T201
    print("\n".join(["### A planted truth", "", *planted_table(), ""]))  # noqa: T201
    print("\n".join(["### A planted growth, by month", "", *growth_table()]))  # noqa: T201

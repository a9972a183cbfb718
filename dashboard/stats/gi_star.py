"""Hot spots on a mask of cells: local Gi*, its exact randomisation p, false discovery, classes."""

from math import comb
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.fft import fft, irfft, next_fast_len
from scipy.stats import binom, false_discovery_control

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]
Number = TypeVar("Number", np.int64, np.float64)

LARGEST = 4_096  # a count; the law of sums grows as long as counts are large
LEVEL = 0.05  # of q, for hot and for cold
MIN_CELLS = 30
MIN_RECORDS = 20
MIN_NONZERO_CELLS = 5


def gi_star(values: Floats, neighbours: Indices) -> Floats:
    """Standard deviates of local Gi*, binary weights, each cell its own neighbour.

    values: (n,) counts, zeros included.
    neighbours: (n, k) indices into values, the cell itself among them, padded with -1.
    Returns (n,), unitless; NaN where undefined (all values equal, or every cell a neighbour).
    Source: Ord & Getis 1995, Geographical Analysis 27(4), eq. 14; population standard deviation.
    """
    n = len(values)
    if not _vary(values):
        return np.full(n, np.nan)
    near, m = _around(values, neighbours)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (near - values.mean() * m) / (values.std() * np.sqrt(m * (n - m) / (n - 1)))
    return np.where(np.isfinite(z), z, np.nan)


def exact_tails(values: Counts, neighbours: Indices) -> tuple[Floats, Floats]:
    """One-sided p of each neighbourhood's sum, were all values dealt to the cells anew, each deal as likely.

    values, neighbours: as for gi_star, but values are whole numbers from 0.
    Returns (p_hot, p_cold), (n,) each: the chance of a sum at least, and at most, as large as the one seen;
    NaN exactly where gi_star is. Only positive numbers are added and multiplied, so that a tail keeps its
    relative precision however small it is, down to the smallest float.
    Raises ValueError where a value is negative or not whole.
    Time O(d M min(M, c) s), memory O(M s): d distinct values, each in at most c cells, s the largest sum
    seen, M the largest neighbourhood (up to some 500 cells). A wide s costs time only from the first
    value on that can reach it; n counts only through d.
    Source: the statistic of Getis & Ord 1992, Geographical Analysis 24(3), under randomisation of all
    values. Its law by counting is ours: the coefficient of t^m x^s in prod_v (1 + t x^v)^c_v is the
    number of ways.
    """
    counts = _whole(values)
    near, m = _around(counts, neighbours)
    p_hot, p_cold = np.full(len(counts), np.nan), np.full(len(counts), np.nan)
    defined = (m > 0) & (m < len(counts)) & _vary(counts)
    if defined.any():
        law, beyond = _law_of_sums(counts, int(m[defined].max()), int(near[defined].max()))
        for size in np.unique(m[defined]):
            here = defined & (m == size)
            p_hot[here], p_cold[here] = _tails(law[size], beyond[size], near[here])
    return p_hot, p_cold


def false_discovery(p: Floats) -> Floats:
    """Benjamini-Hochberg q of one family of tests.

    p: (n,) in 0..1; NaN is no test, does not count in the family, and stays NaN.
    Raises ValueError where a p is outside 0..1.
    Source: Benjamini & Hochberg 1995, JRSS B 57(1).
    """
    q = np.full(len(p), np.nan)
    tested = ~np.isnan(p)
    q[tested] = false_discovery_control(p[tested], method="bh")
    return q


def hot_q_of_each(draws: Counts, neighbours: Indices) -> Floats:
    """q_hot (draws, n) of several deals of counts (draws, n) on one mask, each deal a family of its own.

    neighbours, errors, NaN: as for exact_tails. The law is the same, taken by one Fourier transform a deal: far
    faster where counts are large, its p within 1e-9 and no longer exact in proportion. Enough to say hot or not.
    Where counts go beyond LARGEST, all are tested in units of so many records that none does.
    """
    unit = max(1, -(-int(np.nanmax(draws, initial=0)) // LARGEST))
    in_units = (np.rint(_whole(counts) / unit).astype(np.int64) for counts in draws)
    return np.array([false_discovery(_hot_tails(counts, neighbours)) for counts in in_units])


def classes(q_hot: Floats, q_cold: Floats, effort_known: Flags, peak: Flags) -> NDArray[np.str_]:
    """What each cell is called: hot, peak, cold, none or undefined, the first that holds.

    q_hot, q_cold: (n,), NaN where there was no test.   effort_known: (n,), without it no cell is cold.
    peak: (n,), many in the cell itself (`small_numbers.is_peak`); a hot cell is hot and no peak.
    """
    untested = np.isnan(q_hot) | np.isnan(q_cold)
    choices = [untested, q_hot <= LEVEL, peak, effort_known & (q_cold <= LEVEL)]
    return np.select(choices, ["undefined", "hot", "peak", "cold"], default="none")


def enough_to_test(values: Counts) -> str | None:
    """Why a mask with these (n,) counts, zeros included, is too poor to be tested; None where it is not."""
    if len(values) < MIN_CELLS:
        return "too_few_cells"
    if values.sum() < MIN_RECORDS:
        return "too_few_records"
    if np.count_nonzero(values) < MIN_NONZERO_CELLS:
        return "too_few_nonzero_cells"
    return None


def _vary(values: NDArray[np.number]) -> bool:
    return len(np.unique(values)) > 1


def _whole(values: Counts) -> Counts:
    with np.errstate(invalid="ignore"):
        counts = values.astype(np.int64)
    if (counts != values).any() or (counts < 0).any():
        raise ValueError("values: the exact law needs whole numbers from 0; draw whole counts, or use z alone")
    return counts


def _around(values: NDArray[Number], neighbours: Indices) -> tuple[NDArray[Number], Indices]:
    """Of each neighbourhood the sum of its values, and how many cells of the mask it has."""
    real = neighbours >= 0
    return np.where(real, values[neighbours], 0).sum(axis=1), real.sum(axis=1)


def _law_of_sums(counts: Counts, draws: int, top: int) -> tuple[Floats, Floats]:
    """law[m, s], beyond[m]: how likely m cells are chosen and hold s records, or more than top.

    Each cell is chosen by a coin of its own, all alike. If m cells came up, every m of them are as
    likely, so a row divided by its sum is the law of m draws without replacement. The coin keeps the
    numbers within range. Values come in ascending order: the columns in use grow no sooner than they
    must.
    """
    law, beyond = np.zeros((draws + 1, top + 1)), np.zeros(draws + 1)
    law[0, 0] = 1.0
    distinct, cells = np.unique(counts, return_counts=True)
    chances = binom.pmf(np.arange(draws + 1), cells[:, None], draws / len(counts))
    for value, n_cells, chance in zip(distinct.tolist(), cells.tolist(), chances, strict=True):
        reach = min(draws * value, top) + 1
        _take_in(law[:, :reach], beyond, value, chance[: n_cells + 1])
    return law, beyond


def _take_in(law: Floats, beyond: Floats, value: int, chance: Floats) -> None:
    """Takes the cells of one value into the law, in place; chance[j] is that of choosing j of them."""
    draws, reach = law.shape
    for m in reversed(range(draws)):  # downwards: the rows below are still those without this value
        law[m] *= chance[0]
        beyond[m] *= chance[0]
        for j in range(1, min(m + 1, len(chance))):
            shift = min(j * value, reach)
            law[m, shift:] += chance[j] * law[m - j, : reach - shift]
            beyond[m] += chance[j] * (beyond[m - j] + law[m - j, reach - shift :].sum())


def _tails(row: Floats, beyond: np.float64, sums: Counts) -> tuple[Floats, Floats]:
    """P(S >= s) and P(S <= s) at each of sums, each tail added up from its own small end."""
    above = np.cumsum(np.append(row, beyond)[::-1])[::-1]
    below = np.cumsum(row)
    return above[sums] / above[0], below[sums] / (below[-1] + beyond)


def _hot_tails(counts: Counts, neighbours: Indices) -> Floats:
    """p_hot of exact_tails, to within 1e-9."""
    near, m = _around(counts, neighbours)
    defined = (m > 0) & (m < len(counts)) & _vary(counts)
    p = np.full(len(counts), np.nan)
    if not defined.any():
        return p
    if 2 * m[defined].max() > len(counts):
        p, _ = exact_tails(counts, neighbours)
        return p
    laws = _laws_by_frequency(counts, int(m[defined].max()))
    for size in np.unique(m[defined]):
        here = defined & (m == size)
        p[here] = np.cumsum(laws[size][::-1])[::-1][near[here]]
    return np.asarray(np.clip(p, 0, 1))


def _laws_by_frequency(counts: Counts, draws: int) -> Floats:
    """laws[m, s]: how likely m cells, all sets of m alike, hold s records.

    Newton's identities: with p_k the sum over cells of x^(k v), the sum over all sets of m cells of x^s is
    e_m = (e_{m-1} p_1 - e_{m-2} p_2 + ...) / m. At the roots of unity every p_k is read off one transform of the
    histogram. Each e_m is kept divided by its number of sets, so that it is a law. Well-behaved for m up to n / 2.
    """
    n = len(counts)
    length = next_fast_len(draws * int(counts.max()) + 1, real=True)
    spectrum, at = fft(np.bincount(counts) / n, length), np.arange(length // 2 + 1)
    powers = [spectrum[k * at % length] for k in range(1, draws + 1)]
    laws = [np.ones(len(at), dtype=np.complex128)]
    for m in range(1, draws + 1):
        law = np.zeros(len(at), dtype=np.complex128)
        for k in range(1, m + 1):
            sets = n * comb(n, m - k) / (m * comb(n, m))
            law += (-1) ** (k - 1) * sets * laws[m - k] * powers[k - 1]
        laws.append(law)
    return np.asarray(irfft(np.array(laws), length))

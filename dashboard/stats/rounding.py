"""Counts rounded by a phase that each keeps for ever: what is published, what it tells, and what an attacker gets."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array
from scipy.stats import norm

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


def phases(secret: bytes, atoms: Sequence[str], base: int) -> Counts:
    """(n,) one number of 0 to base - 1 an atom: HMAC-SHA256 of its name, big-endian, modulo base. The same for ever."""
    digests = (hmac.digest(secret, atom.encode(), hashlib.sha256) for atom in atoms)
    return np.array([int.from_bytes(digest, "big") % base for digest in digests], dtype=np.int64)


def rounded(counts: Counts, phase: Counts, base: int) -> Counts:
    """(n,) multiples of base: 0 stays 0, and the mean over all phases is the count itself (Hermite's identity)."""
    return base * ((counts + phase) // base)


def bounds(published: Counts, base: int, finer: int | None = None) -> tuple[Counts, Counts]:
    """Least and most that a count may be, given what is published of it; every whole number between them may be.

    finer: the base of what was rounded a second time to `base`; None where it was the count itself.
    """
    least, most = np.maximum(published - base + 1, 0), published + base - 1
    if finer is None:
        return least, most
    first, last = -(-least // finer) * finer, most // finer * finer  # the multiples of `finer` that round to it
    return np.maximum(first - finer + 1, 0), last + finer - 1


def variance(published: Counts, base: int, finer: int = 0) -> Floats:
    """(n,) of what is published about the count, as far as that tells it; never below the truth on average.

    A published `base` stands for all the counts below it, of which each was rounded up with probability x / base:
    base (base - 1) on it is base - 1 for each of their records, and x (base - x) is no more. Above, (base / 2)^2.
    """
    above = (base**2 + finer**2) / 4
    return np.where(published == 0, 0.0, np.where(published == base, base * (base - 1.0), above))


@dataclass(frozen=True)
class Told:
    """Sums of published counts, (m,) each: the sum, between what it is in 95 of 100 cases or more, its variance.

    Of a single count least and most are all that it can be.
    """

    n: Counts
    least: Counts
    most: Counts
    variance: Floats


def summed(published: Counts, base: int, finer: int | None = None) -> Told:
    """published: (m, k) m sets of k counts.

    The sums x for which what is published lies within 2 sd of them, and never beyond what is possible at all. Of what
    stands behind counts published as 0 or as base the variance is at most (base - 1) x, so that x is where
    (n - x)^2 = 4 (base - 1) x (a score interval, as Wilson's of a share). Of the others it is known. Distances of the
    two from n add up as squares do (Zou & Donner 2008, Statistics in Medicine 27).
    """
    least, most = bounds(published, base, finer)
    n, scatter = published.sum(axis=1), variance(published, base, finer or 0)
    if published.shape[1] == 1:
        return Told(n, least[:, 0], most[:, 0], scatter[:, 0])
    is_few = published <= base
    few, shift = (published * is_few).sum(axis=1), 2.0 * (base - 1)
    reach, known = 2 * np.sqrt((base - 1) * few + shift**2 / 4), 2 * np.sqrt((scatter * ~is_few).sum(axis=1))
    down, up = ((each * ~is_few).sum(axis=1) for each in (published - least, most - published))
    down_few, up_few = ((each * is_few).sum(axis=1) for each in (published - least, most - published))
    below = np.hypot(np.clip(reach - shift, 0, down_few), np.minimum(known, down))
    above = np.hypot(np.minimum(reach + shift, up_few), np.minimum(known, up))
    ends = np.ceil(n - below).astype(np.int64), np.floor(n + above).astype(np.int64)
    return Told(n, *ends, scatter.sum(axis=1))


def changed(now: Told, before: Told) -> tuple[Floats, Floats, Floats, Floats]:
    """Ratio of two published sums of periods of one length, 95 % limits and two-sided p, (m,) each.

    NaN where either is published as 0. The log of the ratio, with the variance of Poisson counts and of rounding.
    """
    none = (now.n == 0) | (before.n == 0)
    a, b = np.where(none, 1, now.n).astype(float), np.where(none, 1, before.n).astype(float)
    error = np.sqrt((a + now.variance) / a**2 + (b + before.variance) / b**2)
    log_ratio = np.log(a / b)
    p = 2 * norm.sf(np.abs(log_ratio) / error)
    ends = (np.exp(log_ratio + reach * error) for reach in (0.0, -1.96, 1.96))
    ratio, low, high, p = (np.where(none, np.nan, each) for each in (*ends, p))
    return ratio, low, high, p


def is_shown(leaves: Counts, months: Counts, base: int, least_leaves: int) -> bool:
    """Whether the months of a quarter may stand beside its leaves: a rule of published values alone.

    leaves: all of the quarter, as published.   months: those that have begun, as published.
    The months must leave the leaves' sum room for any one leaf at either end of its bounds. They must leave more than
    that, by one base: so that not to show them, which tells that the rule failed, tells no more than an unharmful value
    would have. docs/privacy.md has the proof.
    """
    (least, most), (least_months, most_months) = bounds(leaves, base), bounds(months, base)
    room = 3 * base - 2
    has_room = most_months.sum() >= least.sum() + room and least_months.sum() <= most.sum() - room
    return bool(has_room and (leaves > 0).sum() >= least_leaves)


def attack(target: Floats, sums: Floats | csr_array, told: Floats, least: Floats, most: Floats) -> tuple[float, float]:
    """The least and the most that target @ x can be, for any x that fits all that is known.

    target: (n,).   sums, told: (m, n) and (m,), sums @ x = told.   least, most: (n,) bounds of x; infinite where none.
    Raises ValueError where nothing fits. Linear programs, by HiGHS.
    """
    ends = []
    for sign in (1.0, -1.0):
        found = linprog(sign * target, A_eq=sums, b_eq=told, bounds=np.column_stack([least, most]), method="highs")
        if found.status == 3:
            ends.append(np.inf)
        elif not found.success:
            raise ValueError(f"no table fits what is known: {found.message}")
        else:
            ends.append(found.fun)
    low, high = ends[0], -ends[1]
    return (-np.inf if low == np.inf else float(low)), (np.inf if high == -np.inf else float(high))


def is_unsafe(low: float, high: float, threshold: int) -> bool:
    """Whether an attacker's interval gives a small count away: all of it in 1 to threshold - 1, or too narrow."""
    tolerance = 1e-6
    is_small = low > tolerance and high < threshold - tolerance
    return is_small or high - low < threshold - 1 - tolerance


def audit(leaves: Counts, months: Counts, base: int) -> list[tuple[float, float]]:
    """The attacker's interval for the least published leaf and month of either kind, none and some: the worst of all.

    A sum that is known twice takes from every count of equal width equally, so the least of each width stands for all.
    """
    counts = np.concatenate([leaves, months])
    least, most = (ends.astype(float) for ends in bounds(counts, base))
    same = np.concatenate([np.ones(len(leaves)), -np.ones(len(months))])[None, :]
    found = []
    for part in (range(len(leaves)), range(len(leaves), len(counts))):
        for is_some in (False, True):
            alike = [i for i in part if (counts[i] > 0) == is_some]
            if alike:
                target = np.zeros(len(counts))
                target[min(alike, key=lambda i: counts[i])] = 1.0
                found.append(attack(target, same, np.zeros(1), least, most))
    return found

"""How many persons were on none of three lists: log-linear capture-recapture, every model shown."""

import warnings
from dataclasses import dataclass
from itertools import combinations, product
from math import exp, inf, log, nan
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar
from scipy.special import gammaln, xlogy
from scipy.stats import chi2
from statsmodels.genmod.families import Poisson
from statsmodels.genmod.generalized_linear_model import GLM

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Reason = Literal["too_few_persons", "too_few_in_overlap", "too_few_seen_twice"]

HISTORIES = tuple(history for history in product((0, 1), repeat=3) if any(history))  # 001, 010, 011, ..., 111
PAIRS = ((0, 1), (0, 2), (1, 2))
MIN_PERSONS, MIN_OVERLAP, MIN_SEEN_TWICE = 100, 5, 10
DROP = float(chi2.ppf(0.95, 1)) / 2  # of log likelihood, at the 95 % limits
SETTLED, MAX_STEPS = 1e-10, 500
MOST = 1e3  # unseen per person seen, beyond which a limit has no end


@dataclass(frozen=True)
class Model:
    """One model of how the lists depend. pairs: of lists (0, 1, 2) that depend; three pairs is a bound only.

    unseen, total: estimated persons on no list, and in all; NaN where the model does not settle.
    low, high: 95 % profile-likelihood limits of the total; high is infinite where the lists set no upper limit.
    deviance, df: fit to the seven cells.   aic: deviance + 2 numbers fitted, to compare models by.
    """

    pairs: tuple[tuple[int, int], ...]
    unseen: float
    total: float
    low: float
    high: float
    deviance: float
    df: int
    aic: float
    is_bound_only: bool


@dataclass(frozen=True)
class Estimate:
    """All eight models, and Chao's lower bound of the total; no model and NaN where `withheld` names the floor."""

    n: int
    models: tuple[Model, ...]
    chao: float
    withheld: Reason | None


def estimate(counts: Counts) -> Estimate:
    """counts: (7,) persons by list history, in the order of HISTORIES (001, 010, 011, 100, 101, 110, 111).

    Supposes a closed population, right links, that everybody could be on every list, and the model's dependence. It
    tells of persons whom these lists can see, of no others. No model is the winner: all are to be shown.
    Withheld below 100 persons, 5 on each pair of lists, 10 on two or more.
    Raises ValueError unless there are seven counts from 0.
    Source: Fienberg 1972, Biometrika 59(3); limits: Cormack 1992, Biometrics 48(2); bound: Chao 1987, Biometrics
    43(4), bias-corrected.
    """
    if counts.shape != (len(HISTORIES),) or (counts < 0).any():
        raise ValueError("counts: seven, 0 or more, in the order of HISTORIES")
    n, reason = int(counts.sum()), _below_a_floor(counts)
    if reason is not None:
        return Estimate(n, (), nan, reason)
    sets = [pairs for size in range(4) for pairs in combinations(PAIRS, size)]
    return Estimate(n, tuple(_model(counts, pairs) for pairs in sets), chao(counts), None)


def chao(counts: Counts) -> float:
    """Lower bound of the total from those seen once and twice: n + f1 (f1 - 1) / (2 (f2 + 1))."""
    times = np.sum(HISTORIES, axis=1)
    once, twice = int(counts[times == 1].sum()), int(counts[times == 2].sum())
    return int(counts.sum()) + once * (once - 1) / (2 * (twice + 1))


def _below_a_floor(counts: Counts) -> Reason | None:
    seen = np.array(HISTORIES)
    if counts.sum() < MIN_PERSONS:
        return "too_few_persons"
    if min(counts[(seen[:, a] & seen[:, b]) == 1].sum() for a, b in PAIRS) < MIN_OVERLAP:
        return "too_few_in_overlap"
    return "too_few_seen_twice" if counts[seen.sum(axis=1) >= 2].sum() < MIN_SEEN_TWICE else None


def _design(pairs: tuple[tuple[int, int], ...]) -> Floats:
    """Columns: 1, each list, each pair that depends; 0 and 1, so that the first is the log mean of the unseen."""
    return np.array([[1, *history, *[history[a] * history[b] for a, b in pairs]] for history in HISTORIES], dtype=float)


def _fitted(counts: Counts, design: Floats) -> tuple[float, float] | None:
    """Log mean of the unseen, deviance; None where the fit does not settle."""
    with warnings.catch_warnings():  # told by None
        warnings.simplefilter("ignore")
        try:
            fit = GLM(counts, design, family=Poisson()).fit(scale=1.0, tol=1e-12, tol_criterion="params", maxiter=200)
        except ValueError:  # the fit ran away to infinite numbers
            return None
    if not fit.converged or not np.isfinite(fit.params).all():
        return None
    return float(fit.params[0]), float(fit.deviance)


def _model(counts: Counts, pairs: tuple[tuple[int, int], ...]) -> Model:
    bound_only, design = len(pairs) == len(PAIRS), _design(pairs)
    df = len(HISTORIES) - design.shape[1]
    fitted = _fitted(counts, design)
    if fitted is None:
        return Model(pairs, nan, nan, nan, nan, nan, df, nan, bound_only)
    log_unseen, deviance = fitted
    n, unseen = int(counts.sum()), exp(log_unseen)
    low, high = _limits(counts, pairs, unseen)
    aic = deviance + 2 * design.shape[1]
    return Model(pairs, unseen, n + unseen, n + low, n + high, deviance, df, aic, bound_only)


def _limits(counts: Counts, pairs: tuple[tuple[int, int], ...], unseen: float) -> tuple[float, float]:
    """Unseen at which the profile falls by 1.92 below its top, on either side."""

    def profile(log_unseen: float) -> float:
        return _profile(counts, exp(log_unseen), pairs)

    lowest, highest = log(1e-3), log(MOST * counts.sum())
    start = min(max(log(unseen), lowest + 1), highest - 1)
    peak = minimize_scalar(
        lambda x: -profile(x), bounds=(max(lowest, start - 1), min(highest, start + 1)), method="bounded"
    )
    level = -float(peak.fun) - DROP

    def beyond(x: float) -> float:
        return profile(x) - level

    low = exp(brentq(beyond, lowest, peak.x, xtol=1e-6)) if beyond(lowest) < 0 else 0.0
    high = exp(brentq(beyond, peak.x, highest, xtol=1e-6)) if beyond(highest) < 0 else inf
    return low, high


def _profile(counts: Counts, unseen: float, pairs: tuple[tuple[int, int], ...]) -> float:
    """Log likelihood of a total of n + unseen, multinomial over eight cells, the model fitted to them."""
    cells = np.array([unseen, *counts])
    likelihood = xlogy(cells, _shares(cells, pairs)).sum()
    return float(gammaln(cells.sum() + 1) - gammaln(unseen + 1) + likelihood)


def _shares(cells: Floats, pairs: tuple[tuple[int, int], ...]) -> Floats:
    """The model's shares of eight cells, by fitting its margins in turn (Deming & Stephan 1940)."""
    table = cells.reshape(2, 2, 2)
    alone = [(i,) for i in range(3) if not any(i in pair for pair in pairs)]
    others = [tuple(i for i in range(3) if i not in kept) for kept in (*pairs, *alone)]
    fitted = np.ones((2, 2, 2))
    for _ in range(MAX_STEPS):
        before = fitted
        for axes in others:
            margin = fitted.sum(axis=axes, keepdims=True)
            fitted = fitted * table.sum(axis=axes, keepdims=True) / np.where(margin > 0, margin, 1.0)
        if abs(fitted - before).max() <= SETTLED * cells.sum():
            break
    return np.asarray(fitted.ravel() / fitted.sum())

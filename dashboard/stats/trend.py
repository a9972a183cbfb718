"""The trend of weekly or monthly counts beyond season, Ramadan, Eid and effort: quasi-Poisson regression."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student
from statsmodels.genmod.families import Poisson
from statsmodels.genmod.generalized_linear_model import GLM

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Days = NDArray[np.datetime64]
Flags = NDArray[np.bool_]
Reason = Literal[
    "too_few_weeks",
    "too_few_incidents",
    "too_few_weeks_with_any",
    "too_few_months",
    "too_few_months_with_any",
    "no_fit",
]

YEAR_WEEKS = 52.1775
MIN_WEEKS, MIN_WEEKS_WITH_SEASON = 52, 104
MIN_INCIDENTS = 100
MIN_WEEKS_WITH_ANY = 10  # fewer weeks with a detection than the model has numbers are fitted, not explained
MIN_MONTHS, MIN_MONTHS_WITH_ANY = 24, 10  # of fewer months the model explains each, and a doubling is never seen
RECENT_WEEKS = 52
RAMADAN_DAYS = 4  # of a week, for it to be one of Ramadan: the greater part
LEVEL = 0.05


@dataclass(frozen=True)
class Trend:
    """A fitted trend; all numbers NaN where `withheld` says why.

    annual_ratio, low, high: expected count of a week over that of a year earlier, its 95 % t limits; p two-sided.
    dispersion: Pearson chi2 over degrees of freedom; below 1 the limits use 1.
    recent_dispersion: the same of the last 52 weeks, at least 1; recent_df: its degrees of freedom.
    expected, expected_low, expected_high: (weeks,) the mean of each week by the model, its 95 % limits; a single
    week scatters more widely than these.
    season: (weeks,) what the season, Ramadan and Eid multiply a week by; on average 1.
    has_season: whether two years and more allow a word on the season.   has_effort: whether effort was counted in.
    """

    annual_ratio: float
    low: float
    high: float
    p: float
    dispersion: float
    recent_dispersion: float
    recent_df: float
    expected: Floats
    expected_low: Floats
    expected_high: Floats
    season: Floats
    has_season: bool
    has_effort: bool
    withheld: Reason | None


def calendar_weeks(mondays: Days, ramadan: Days, eid: Days) -> tuple[Flags, Flags]:
    """Which weeks are of Ramadan (four days and more in it), and which have a day of Eid.

    mondays: (weeks,) first days.   ramadan, eid: days, any number, each once.
    Returns two arrays (weeks,).
    """
    return _days_within(mondays, ramadan) >= RAMADAN_DAYS, _days_within(mondays, eid) >= 1


def calendar_months(months: Days, ramadan: Days, eid: Days) -> tuple[Floats, Flags, Floats]:
    """(months,) each: the share of its days that are of Ramadan, whether it has a day of Eid, how many days it has.

    months: (months,) their first days.   ramadan, eid: as for calendar_weeks.
    """
    following = (months.astype("datetime64[M]") + 1).astype("datetime64[D]")
    lengths = (following - months).astype(float)
    fasting, feasting = (_days_from(months, following, days) for days in (ramadan, eid))
    return fasting / lengths, feasting >= 1, lengths


def trend(week: Counts, counts: Counts, ramadan: Flags, eid: Flags, effort: Floats | None) -> Trend:
    """log mean = a + b week / 52.1775 + harmonics + Ramadan + Eid, plus log effort where that is complete.

    week: (weeks,) running numbers, ascending; one that was dropped leaves a gap.   counts: (weeks,) incidents.
    ramadan, eid: (weeks,) flags of calendar_weeks.   effort: (weeks,) in any one unit, or None; an entry that is NaN
    or 0 makes it incomplete, and then it is left out.
    Two pairs of harmonics from 104 weeks on, one from 52. A flag that never or always holds is left out, and one
    whose weeks have no detection at all, for which no finite factor fits.
    Without 52 weeks, 100 incidents and 10 weeks with any, or where the fit does not settle, everything is withheld.
    Source: McCullagh & Nelder 1989, Generalized Linear Models, ch. 6 and 9.2 (quasi-likelihood).
    """
    has_season = len(counts) >= MIN_WEEKS_WITH_SEASON
    offset = _log_effort(effort)
    reason = _too_little(counts)
    if reason is None:
        design = _design(week / YEAR_WEEKS, counts, 2 if has_season else 1, [ramadan, eid])
        fit = _fit(counts, design, offset)
        if fit is not None:
            return _read(fit, counts, design, has_season, offset is not None)
        reason = "no_fit"
    return _withheld(reason, len(counts), has_season)


def of_months(month: Counts, counts: Counts, days: Floats, ramadan: Floats, eid: Flags) -> Trend:
    """The same of calendar months: log mean = log days + a + b month / 12 + two pairs + share in Ramadan + Eid.

    month: (months,) running numbers, ascending; one that was dropped leaves a gap.   counts: (months,) incidents.
    days, ramadan, eid: (months,) of calendar_months. Of `Trend`, a month takes the place of a week.
    Without 24 months, 100 incidents and 10 months with any, or where the fit does not settle, all is withheld.
    """
    reason = _too_few_months(counts)
    if reason is None:
        design = _design(month / 12, counts, 2, [ramadan, eid])
        fit = _fit(counts, design, np.log(days))
        if fit is not None:
            return _read(fit, counts, design, True, False)
        reason = "no_fit"
    return _withheld(reason, len(counts), False)


def _days_within(mondays: Days, days: Days) -> NDArray[np.intp]:
    return _days_from(mondays, mondays + np.timedelta64(7, "D"), days)


def _days_from(starts: Days, following: Days, days: Days) -> NDArray[np.intp]:
    ordered = np.sort(days)
    return np.asarray(np.searchsorted(ordered, following) - np.searchsorted(ordered, starts))


def _log_effort(effort: Floats | None) -> Floats | None:
    if effort is None or not (effort > 0).all():
        return None
    return np.log(effort)


def _too_little(counts: Counts) -> Reason | None:
    if len(counts) < MIN_WEEKS:
        return "too_few_weeks"
    if counts.sum() < MIN_INCIDENTS:
        return "too_few_incidents"
    return "too_few_weeks_with_any" if np.count_nonzero(counts) < MIN_WEEKS_WITH_ANY else None


def _too_few_months(counts: Counts) -> Reason | None:
    if len(counts) < MIN_MONTHS:
        return "too_few_months"
    if counts.sum() < MIN_INCIDENTS:
        return "too_few_incidents"
    return "too_few_months_with_any" if np.count_nonzero(counts) < MIN_MONTHS_WITH_ANY else None


def _design(years: Floats, counts: Counts, pairs: int, flags: Sequence[Flags | Floats]) -> Floats:
    """Columns: 1, years, sine and cosine of each pair, then each flag, or share, that can be fitted."""
    turns = [wave(2 * np.pi * k * years) for k in range(1, pairs + 1) for wave in (np.sin, np.cos)]
    fitted = [flag.astype(float) for flag in flags if counts[flag > 0].any() and counts[flag == 0].any()]
    return np.column_stack([np.ones(len(years)), years, *turns, *fitted])


def _fit(counts: Counts, design: Floats, offset: Floats | None) -> Any | None:
    """The fitted model as if Poisson; None where it does not settle."""
    with warnings.catch_warnings():  # told by None
        warnings.simplefilter("ignore")
        try:
            fit = GLM(counts, design, family=Poisson(), offset=offset).fit(scale=1.0, tol=1e-10, tol_criterion="params")
        except ValueError:  # the fit ran away to infinite numbers
            return None
    settled = fit.converged and np.isfinite(fit.params).all() and fit.fittedvalues.min() > 1e-6
    return fit if settled else None


def _read(fit: Any, counts: Counts, design: Floats, has_season: bool, has_effort: bool) -> Trend:
    pearson = (counts - fit.fittedvalues) ** 2 / fit.fittedvalues
    dispersion = float(pearson.sum() / fit.df_resid)
    recent = pearson[-RECENT_WEEKS:]
    recent_df = len(recent) * fit.df_resid / len(counts)
    covariance = fit.normalized_cov_params * max(dispersion, 1.0)
    slope, error, wide = fit.params[1], np.sqrt(covariance[1, 1]), student.isf(LEVEL / 2, fit.df_resid)
    reach = wide * np.sqrt(np.einsum("ij,jk,ik->i", design, covariance, design))
    seasonal = np.exp(design[:, 2:] @ fit.params[2:])
    return Trend(
        annual_ratio=float(np.exp(slope)),
        low=float(np.exp(slope - wide * error)),
        high=float(np.exp(slope + wide * error)),
        p=float(2 * student.sf(abs(slope) / error, fit.df_resid)),
        dispersion=dispersion,
        recent_dispersion=max(1.0, float(recent.sum() / recent_df)),
        recent_df=float(recent_df),
        expected=fit.fittedvalues,
        expected_low=fit.fittedvalues * np.exp(-reach),
        expected_high=fit.fittedvalues * np.exp(reach),
        season=seasonal / seasonal.mean(),
        has_season=has_season,
        has_effort=has_effort,
        withheld=None,
    )


def _withheld(reason: Reason, weeks: int, has_season: bool) -> Trend:
    unknown = np.full(weeks, np.nan)
    numbers = (nan, nan, nan, nan, nan, nan, nan)
    return Trend(*numbers, unknown, unknown, unknown, unknown, has_season, False, reason)

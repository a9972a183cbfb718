"""Reporting delay: against the oracle, by hand, and where it is not known."""

import csv
import json
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dashboard.stats.delay import Delay, completeness, delay, nowcast, provisional

REFS = Path(__file__).resolve().parents[2] / "refs" / "trend"
ORACLE = json.loads((REFS / "delay.json").read_text())
with (REFS / "delay.csv").open() as lines:
    EVENT, REPORT = np.array([[int(row["event_week"]), int(row["report_week"])] for row in csv.DictReader(lines)]).T
NOW = ORACLE["now"]


def found_in(event: np.ndarray | list[int], report: np.ndarray | list[int], now: int = NOW) -> Delay:
    """The delay of records of which each week's reports are one load."""
    return delay(np.array(event), np.array(report), np.array(report), now)


def test_oracle_delay():
    found = found_in(EVENT, REPORT)
    assert found.max_delay_weeks == ORACLE["max_delay"]
    known = ORACLE["completeness_by_weeks_elapsed"]
    np.testing.assert_allclose(found.completeness, [known[str(d)] for d in range(9)], rtol=1e-9)
    weeks = np.arange(NOW + 1)
    assert np.flatnonzero(provisional(completeness(found, weeks, NOW))).tolist() == ORACLE["flag_weeks"]


def test_oracle_delay_nowcast():
    found = found_in(EVENT, REPORT)
    weeks = np.array([int(week) for week in ORACLE["nowcast"]])
    rows = list(ORACLE["nowcast"].values())
    observed = np.array([row["observed"] for row in rows])
    assert np.bincount(EVENT)[weeks].tolist() == observed.tolist()
    share = completeness(found, weeks, NOW)
    np.testing.assert_allclose(share, [row["completeness"] for row in rows], rtol=1e-9)
    # the file guesses the last week too, of which only a third is in; ours does not
    expected = [row["estimate"] if row["completeness"] >= 0.5 else np.nan for row in rows]
    np.testing.assert_allclose(nowcast(observed, share, found.n_records), expected, rtol=1e-9)


def test_completeness_by_hand():
    # now = 40. Old events (weeks 0 to 9): six reported at once, three after one week, one after two: longest 2.
    # Week 39: two at once, one after one week. Week 40: one at once.
    event = [*range(10), 39, 39, 39, 40]
    report = [w + d for w, d in zip(range(10), [0] * 6 + [1] * 3 + [2], strict=True)] + [39, 39, 40, 40]
    found = found_in(event, report, now=40)
    # delay 2: 1 of 10 (week 39 is too young to tell). Delay 1: 3 + 1 of 9 + 3. F(1) = 0.9, F(0) = 0.9 * 2/3
    np.testing.assert_allclose(found.completeness, [0.6, 0.9, 1], rtol=1e-12)
    share = completeness(found, np.array([12, 38, 39, 40, 41]), 40)
    np.testing.assert_allclose(share, [1, 1, 0.9, 0.6, np.nan], rtol=1e-12)
    assert provisional(share).tolist() == [False, False, True, True, True]


def test_a_bulk_load_of_old_cases_tells_nothing_about_delay():
    usual = found_in(EVENT, REPORT)
    old = np.full(100, 5)
    event, report = np.append(EVENT, old), np.append(REPORT, np.full(100, 58))
    batch = np.append(np.zeros(len(EVENT), dtype=int), np.ones(100, dtype=int))
    found = delay(event, report, batch, NOW)
    assert found.n_bulk == 100
    np.testing.assert_array_equal(found.completeness, usual.completeness)


def test_a_single_late_record_is_no_bulk_load():
    found = delay(np.append(EVENT, 5), np.append(REPORT, 58), np.arange(len(EVENT) + 1), NOW)
    assert found.n_bulk == 0
    assert found.n_records == len(EVENT) + 1


def test_reports_before_the_event_or_in_the_future_are_left_out_and_counted():
    found = found_in([*EVENT, 30, 50], [*REPORT, 29, NOW + 1])
    assert found.n_impossible == 2
    np.testing.assert_array_equal(found.completeness, found_in(EVENT, REPORT).completeness)


def test_without_old_records_the_last_half_year_is_not_known_to_be_complete():
    for records in ([], [50, 52, 60]):
        found = found_in(records, records)
        assert found.withheld == "no_old_records"
        share = completeness(found, np.array([NOW - 27, NOW - 26, NOW - 25, NOW]), NOW)
        np.testing.assert_array_equal(share, [1, 1, np.nan, np.nan])
        assert provisional(share).tolist() == [False, False, True, True]
        assert np.isnan(nowcast(np.ones(4, dtype=int), share, found.n_records)).tolist() == [True] * 4


def test_all_at_once_leaves_no_week_provisional():
    found = found_in(range(61), range(61))
    assert found.max_delay_weeks == 0
    np.testing.assert_array_equal(completeness(found, np.arange(61), NOW), np.ones(61))


def test_a_nowcast_needs_fifty_records():
    share = np.array([0.8])
    assert np.isnan(nowcast(np.array([8]), share, 49)).all()
    np.testing.assert_allclose(nowcast(np.array([8]), share, 50), [10])


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 40)), max_size=80))
def test_completeness_never_falls_with_time_and_stays_within_nought_and_one(records):
    event, waited = np.array(records, dtype=int).reshape(-1, 2).T
    share = completeness(found_in(event, event + waited), np.arange(61), NOW)[::-1]  # by weeks elapsed
    known = share[~np.isnan(share)]
    assert ((known >= 0) & (known <= 1)).all()
    assert (np.diff(known) >= -1e-12).all()
    assert (share[26:] == 1).all()


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 12), st.integers(1, 30)), min_size=1, max_size=40))
def test_records_alike_may_be_given_once_with_their_number(rows):
    event, waited, n = (np.array(column) for column in zip(*rows, strict=True))
    counted = delay(event, event + waited, event + waited, 60, n)
    one_by_one = found_in(np.repeat(event, n), np.repeat(event + waited, n), now=60)
    assert counted.withheld == one_by_one.withheld
    assert (counted.n_records, counted.n_bulk, counted.n_impossible) == (
        one_by_one.n_records,
        one_by_one.n_bulk,
        one_by_one.n_impossible,
    )
    np.testing.assert_allclose(counted.completeness, one_by_one.completeness, rtol=1e-12)

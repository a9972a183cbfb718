"""Trends: what was planted is found, the same from every door, and no line gives a withheld count back."""

import ast
import json
import math
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from dashboard import ledger, snapshots
from dashboard import settings as configuration
from dashboard.access import local_user
from dashboard.answers import trends
from dashboard.charts import trends as charts
from dashboard.cli import ask
from dashboard.components import weeks
from dashboard.database import open_current
from dashboard.disclosure import HIDDEN, suppress
from dashboard.figures import baseline, change, daily, delay, findings, hours, period, scatter, times
from dashboard.filters import Filters
from dashboard.i18n import Text
from dashboard.pages import trends as page
from dashboard.settings import ROOT
from dashboard.stats import delay as delays
from dashboard.stats import trend
from dashboard.theme import LIGHT

EN, BN = Text("en"), Text("bn")
LAST = date(2026, 11, 22)  # a Sunday: the last day of both stores
KNOWN_LATE = delay.Reporting(delays.Delay(np.array([0.6, 0.9, 1.0]), 2, 500, 0, 0, None), 2967, LAST, 500, 0, None)
SETTLED = delay.Reporting(None, 0, None, 0, 0, "no_report_date")


@pytest.fixture(scope="module")
def store(sample_store):
    return open_current(sample_store)


@pytest.fixture(scope="module")
def planted(planted_store):
    return open_current(planted_store)


def settled(store, **filters):
    return period.settle(store.select(Filters(**filters), local_user()))[0]


# --- weeks ---


def test_a_week_counts_the_detections_of_its_days_and_no_month(store, facts):
    selected = settled(store, date_from=date(2026, 1, 1), date_to=date(2026, 11, 18))
    series = baseline.weekly(selected, daily.daily(selected))
    for monday, n in list(zip(series.mondays.astype(object), series.n, strict=True))[-40:]:
        assert monday.weekday() == 0
        (counted,) = facts.execute(
            "SELECT count(*) FROM incident WHERE event_type <> 'pushed_in' AND date_precision IN ('day', 'week') "
            "AND date_start BETWEEN ? AND ?",
            [monday, min(monday + timedelta(days=6), date(2026, 11, 18))],
        ).fetchone()
        assert counted == n


def test_a_week_that_the_period_cuts_is_part_of_a_week_and_in_no_fit(store):
    selected = settled(store, date_to=date(2026, 11, 18))  # a Wednesday
    made = baseline.baseline(selected, daily.daily(selected), SETTLED)
    last, before = made.weeks.to_pylist()[:-3:-1]
    assert (last["week"], last["is_whole"], last["expected"], last["outside"]) == (
        date(2026, 11, 16),
        False,
        None,
        None,
    )
    assert before["is_whole"]
    assert before["expected"] is not None


def test_the_baseline_is_the_models_on_whole_settled_weeks_as_published(store):
    selected = settled(store)
    series = baseline.weekly(selected, daily.daily(selected))
    made = baseline.baseline(selected, daily.daily(selected), KNOWN_LATE)
    used = series.mondays >= np.datetime64(period.regular_from(store, local_user()))
    used &= series.is_whole & (delay.week_no(series.mondays) <= 2967 - 2)  # at 0 and 1 weeks under 95 % are in
    told = np.where((series.n[used] > 0) & (series.n[used] < 5), 3, series.n[used])
    model = trend.trend(delay.week_no(series.mondays[used]), told, *baseline._flags(series.mondays[used]), None)
    (row,) = made.fit.to_pylist()
    assert (row["weeks"], row["annual_ratio"], row["p"]) == (used.sum(), model.annual_ratio, model.p)
    told = [r["expected"] for r in made.weeks.to_pylist() if r["expected"] is not None]
    np.testing.assert_array_equal(told, model.expected[-len(told) :])


def test_a_week_that_fills_up_is_marked_may_grow_and_has_no_baseline(store):
    selected = settled(store)
    made = baseline.baseline(selected, daily.daily(selected), KNOWN_LATE).weeks.to_pylist()
    assert [row["is_provisional"] for row in made[-4:]] == [False, False, True, True]
    assert [row["share"] for row in made[-2:]] == [0.9, 0.6]
    assert made[-1]["final"] == pytest.approx(made[-1]["n"] / 0.6)
    assert made[-1]["expected"] is made[-1]["outside"] is None
    assert all(row["final"] is None for row in made[:-2])


def test_a_week_that_no_report_reaches_yet_is_not_complete(store):
    selected = settled(store)
    early = replace(KNOWN_LATE, now=2966)  # the reports end a week before the events do
    last = baseline.baseline(selected, daily.daily(selected), early).weeks.to_pylist()[-1]
    assert (last["is_provisional"], last["share"], last["final"]) == (True, None, None)
    assert charts.reported(last, EN) == "reports do not reach it yet"


def test_where_no_delay_is_known_nothing_is_called_provisional(store):
    selected = settled(store)
    made = baseline.baseline(selected, daily.daily(selected), SETTLED).weeks.to_pylist()
    assert not any(row["is_provisional"] for row in made)
    assert baseline.settled_part(selected, SETTLED) == selected


def test_the_settled_part_ends_before_the_first_week_that_fills_up(store):
    selected = settled(store)
    assert baseline.settled_part(selected, KNOWN_LATE).filters.date_to == date(2026, 11, 8)
    short = settled(store, date_from=date(2026, 11, 10))
    assert baseline.settled_part(short, KNOWN_LATE) is None
    ahead = settled(store, date_from=date(2026, 8, 31), date_to=date(2026, 12, 20))  # the data end on 22 November
    assert baseline.settled_part(ahead, SETTLED).filters.date_to == LAST
    assert baseline.settled_part(settled(store, date_from=date(2027, 1, 4)), SETTLED) is None


def test_days_to_come_are_no_fall(planted):
    """A period that reaches beyond the data says what the data reach, and one that lies beyond them nothing."""
    ahead = trends.answer(settled(planted, date_from=date(2026, 8, 31), date_to=date(2026, 12, 20)))
    until_now = trends.answer(settled(planted, date_from=date(2026, 8, 31)))
    for name in ("findings", "periods", "labels", "districts"):
        assert ahead.tables[name].equals(until_now.tables[name]), name
    nothing = trends.answer(settled(planted, date_from=date(2027, 1, 4), date_to=date(2027, 3, 28)))
    assert nothing.tables["findings"].num_rows == nothing.tables["periods"].num_rows == 0
    assert nothing.notes["findings_withheld"] == "not_settled"


def test_a_fit_begins_where_regular_reporting_does(store, facts):
    """The public reports are years of silence with single cases: no rise from there."""
    weeks = [
        week
        for (week,) in facts.execute(
            "SELECT DISTINCT date_trunc('week', date_start)::DATE FROM incident WHERE event_type <> 'pushed_in' "
            "AND date_precision <> 'month' ORDER BY 1"
        ).fetchall()
    ]
    start = period.regular_from(store, local_user())
    at = weeks.index(start)
    assert (weeks[at] - weeks[at - 1]).days > 14
    assert max(b - a for a, b in zip(weeks[at:], weeks[at + 1 :], strict=False)) <= timedelta(days=14)


@settings(max_examples=25)
@given(st.data())
def test_no_line_nor_p_tells_one_withheld_count_from_another(store, data):
    selected = settled(store)
    days = daily.daily(selected)
    series = baseline.weekly(selected, days)
    hidden = np.flatnonzero((series.n > 0) & (series.n < 5) & series.is_whole)[-6:]
    assert len(hidden)
    other = replace(days, n=days.n.copy())
    for i in hidden:
        rows = np.flatnonzero(
            days.within(*(series.mondays[i].astype(object) + timedelta(days=d) for d in (0, 6)), "week")
        )
        other.n[rows] = 0
        other.n[rows[0]] = data.draw(st.integers(1, 4))
    told = []
    for each in (days, other):
        made = baseline.baseline(selected, each, SETTLED)
        told.append((suppress(made.weeks, baseline.WEEKS), made.fit, made.scatter))
    assert told[0][0].equals(told[1][0])
    assert told[0][1].equals(told[1][1])
    assert told[0][2] == told[1][2]


def test_with_many_weeks_withheld_there_is_no_baseline_and_it_says_so(store):
    answer = trends.answer(settled(store, choices={"d": ("BD4041",)}))
    (fit,) = answer.rows("trend")
    assert fit["withheld"] == "too_many_withheld"
    assert fit["annual_ratio"] is fit["p"] is fit["change_week"] is None
    assert all(row["expected"] is row["low"] is row["outside"] is None for row in answer.rows("weeks"))


def test_a_planted_level_is_found_in_its_week(planted):
    """From one week on, everything doubles: 72 weeks, so one pair of harmonics."""
    selected = settled(planted)
    days = daily.daily(selected)
    late = date(2026, 6, 1)
    doubled = replace(days, n=days.n * np.where(days.day >= np.datetime64(late), 2, 1))
    (fit,) = baseline.baseline(selected, doubled, SETTLED).fit.to_pylist()
    assert fit["has_season"] is False
    assert fit["p"] < 0.05
    assert fit["annual_ratio"] > 1


# --- months, days, districts ---


def test_months_are_counted_with_their_exact_interval(store, facts):
    answer = trends.answer(settled(store))
    rows = answer.rows("months")
    (october,) = (row for row in rows if row["month"] == date(2026, 10, 1))
    (n,) = facts.execute(
        "SELECT count(*) FROM incident WHERE event_type <> 'pushed_in' AND date_precision IN ('day', 'week', 'month') "
        "AND date_start BETWEEN '2026-10-01' AND '2026-10-31'"
    ).fetchone()
    assert october["n"] == n
    assert october["low"] < n < october["high"]
    assert [row["is_whole"] for row in rows[-2:]] == [True, False]  # November has eight days to come
    assert all(row["low"] is row["high"] is None for row in rows if row["n" + HIDDEN])


def planted_months(last=1.0, months=60):
    """First days, and counts about 40 that swing by a third with the season; the last month times `last`."""
    firsts = (np.datetime64("2026-11") - np.arange(months)[::-1]).astype("datetime64[D]")
    number = firsts.astype("datetime64[M]").astype(int)
    n = np.random.default_rng(5).poisson(40 * np.exp(0.3 * np.cos(2 * np.pi * number / 12)))
    n[-1:] = np.round(n[-1:] * last)
    return firsts, n, np.ones(months, dtype=bool)


def test_a_planted_month_is_outside_its_usual_range_and_a_season_is_not():
    for last, said in ((2.5, "above"), (0.1, "below"), (1.0, "inside")):
        columns, fit = baseline.usual_months(*planted_months(last))
        assert fit["withheld"].to_pylist() == [None]
        assert columns["outside"][-1].as_py() == said
        assert columns["outside"].to_pylist()[:-1].count("inside") >= 55
    highest = np.argmax(columns["expected"].to_numpy()[-12:])
    assert highest in (1, 2)  # of December to November, January is the height of the season


@pytest.mark.parametrize(("months", "reason"), [(23, "too_few_months"), (24, None), (0, "too_few_months")])
def test_a_monthly_baseline_wants_two_years(months, reason):
    columns, fit = baseline.usual_months(*planted_months(months=months))
    assert (fit["withheld"].to_pylist(), fit["months"].to_pylist()) == ([reason], [months])
    assert all((value is None) == (reason is not None) for value in columns["expected"].to_pylist())


@settings(max_examples=20)
@given(st.data())
def test_no_line_of_months_tells_one_withheld_count_from_another(data):
    firsts, n, is_told = planted_months()
    told = []
    for _ in range(2):
        n[[3, 17, 40]] = data.draw(st.lists(st.integers(1, 4), min_size=3, max_size=3))
        columns, fit = baseline.usual_months(firsts, n, is_told)
        told.append((pa.table(columns), fit))
    assert told[0][0].equals(told[1][0])
    assert told[0][1].equals(told[1][1])
    n[:20] = 3
    assert baseline.usual_months(firsts, n, is_told)[1]["withheld"].to_pylist() == ["too_many_withheld"]


def test_null_months_are_outside_no_more_often_than_one_in_twenty():
    rng, (firsts, _, is_told) = np.random.default_rng(5), planted_months()
    outside = []
    for _ in range(40):
        found = baseline.usual_months(firsts, rng.negative_binomial(20, 1 / 3, 60), is_told)[0]["outside"].to_pylist()
        outside += [each != "inside" for each in found]
    assert np.mean(outside) <= 0.05


def test_months_and_their_sentence_are_on_the_page_in_both_languages(store):
    answer = trends.answer(settled(store))
    (fit,) = answer.rows("month_fit")
    assert fit["withheld"] == "too_few_months"  # the sample is of under two years
    assert weeks.months_said(answer, EN).endswith("24 are needed.")
    assert weeks.months_said(answer, BN).endswith("দরকার ২৪টি।")
    for reason in (None, *weeks.NO_MONTHLY_BASELINE):
        row = pa.table({"months": pa.array([30]), "withheld": pa.array([reason], pa.string())})
        said = weeks.months_said(replace(answer, tables={**answer.tables, "month_fit": row}), BN)
        assert "৩০" in said


def test_months_are_drawn_as_weeks_are_and_few_bytes():
    columns, _ = baseline.usual_months(*planted_months(2.5))
    firsts, n, _ = planted_months(2.5)
    table = pa.table({"month": pa.array(firsts), "n": n, **columns})
    flags = {"is_whole": True, "is_provisional": False, "is_in_period": False, "n" + HIDDEN: False}
    rows = [row | flags for row in table.to_pylist()]
    drawn = charts.monthly(rows, EN, LIGHT, 140).to_dict()
    points = next(iter(drawn["datasets"].values())) if "datasets" in drawn else drawn["data"]["values"]
    assert len(points) == 60
    assert points[-1]["outside"] == "above"
    assert "usually" in points[-1]["tip"]
    assert len(json.dumps(drawn)) < 40_000


def test_the_calendar_has_every_day_and_only_days_known_to_the_day(store, facts):
    rows = trends.answer(settled(store)).rows("days")
    assert [row["day"] for row in rows] == [date(2026, 5, 25) + timedelta(days=i) for i in range(26 * 7)]
    counted = dict(
        facts.execute(
            "SELECT date_start, count(*) FROM incident WHERE event_type <> 'pushed_in' AND date_precision = 'day' "
            "GROUP BY 1"
        ).fetchall()
    )
    for row in rows:
        n = counted.get(row["day"], 0)
        assert row["least"] <= n
        assert row["most"] is None or n <= row["most"]
    assert {(row["least"], row["most"]) for row in rows} >= {(0, 0), (1, 4), (5, 9)}


def test_periods_of_a_district_are_those_of_the_file(store, facts):
    selected = settled(store)
    rows = times.by_district(selected).to_pylist()
    assert len({row["adm2"] for row in rows}) == 12
    assert len(rows) % 12 == 0
    for row in rows[::7]:
        assert (row["date_to"] - row["date_from"]).days == 83
        (n,) = facts.execute(
            "SELECT count(*) FROM incident WHERE event_type <> 'pushed_in' AND adm2 = ? AND date_start BETWEEN ? AND ?",
            [row["adm2"], row["date_from"], row["date_to"]],
        ).fetchone()
        assert row["n"] == n
    assert all((row["q"] is not None) == (row["date_to"] == LAST) for row in rows)


def test_a_district_is_outside_its_range_only_at_q_and_on_the_right_side(planted):
    rows = times.by_district(settled(planted, date_from=LAST - timedelta(days=27))).to_pylist()
    newest = {row["adm2"]: row["outside"] for row in rows if row["date_to"] == LAST}
    assert newest["BD4087"] == "above"
    assert newest["BD2022"] == "below"
    assert newest["BD5577"] == "inside"


# --- change ---


def test_rates_of_periods_of_unequal_length():
    # 20 in 10 days against 20 in 20 days is twice the rate; against 20 in 10 it is the same
    both = pa.table({"n": [20], "n_before": [20]})
    (twice,), (same,) = (change.with_change(both, 10, days_before=b).to_pylist() for b in (20, None))
    assert (twice["ratio"], same["ratio"]) == (2.0, 1.0)


def test_weeks_that_scatter_widen_the_interval_and_take_the_evidence():
    # 40 against 20: alone p = 0.013; with phi = 4, log 2 / sqrt(4 * (1/40 + 1/20)) = 1.27, p = 0.21
    both = pa.table({"n": [40], "n_before": [20]})
    (plain,), (wide,) = (
        change.with_change(both, 28, scatter=s).to_pylist() for s in (scatter.UNKNOWN, scatter.Scatter(4, 50))
    )
    assert (plain["verdict"], wide["verdict"]) == ("rise", "no_evidence")
    assert wide["p"] == pytest.approx(0.211, abs=0.001)
    assert wide["low"] < plain["low"] < plain["high"] < wide["high"]


def test_what_is_still_filling_up_is_compared_with_nothing(store, monkeypatch):
    monkeypatch.setattr(delay, "reporting", lambda _: KNOWN_LATE)
    answer = trends.answer(settled(store, date_from=date(2026, 11, 10)))
    assert {row["verdict"] for row in answer.rows("compared")} == {"not_comparable"}
    answer = trends.answer(settled(store))
    row = answer.rows("compared")[0]
    assert (row["date_to"], row["date_to_before"]) == (date(2026, 11, 8), date(2026, 8, 30))


def test_both_comparisons_stand_beside_the_one_that_was_asked_for(planted):
    answer = trends.answer(settled(planted, date_from=LAST - timedelta(days=27), against="2026-01-05..2026-03-01"))
    told = {row["against"]: (row["n"], row["n_before"], row["verdict"]) for row in answer.rows("compared")}
    assert told == {
        "2026-01-05..2026-03-01": (212, 288, "rise"),  # 8 weeks of 36, so 53 a week against 36
        "before": (212, 144, "rise"),
        "year_before": (212, 172, "rise"),
    }
    assert next(iter(told)) == "2026-01-05..2026-03-01"


def test_what_was_planted_is_found_with_its_reason(planted):
    found = findings.findings(settled(planted), scatter.UNKNOWN)
    rows = {row["code"]: row for row in found.table.to_pylist() if row["list"] == "district"}
    told = {code: (row["n"], row["n_before"], row["n_year"], row["n_year_before"]) for code, row in rows.items()}
    assert told == {
        "BD4041": (48, 20, 48, 20), "BD4044": (60, 20, 20, 20), "BD4087": (60, 20, 20, 20), "BD2022": (20, 60, 60, 60),
    }  # fmt: skip
    assert {code: (row["season"], row["effort"], row["tag"]) for code, row in rows.items()} == {
        "BD4041": ("usual", "unknown", "season"),
        "BD4044": ("not_usual", "explained_by_effort", "effort"),
        "BD4087": ("not_usual", "beyond_effort", "rise"),
        "BD2022": ("not_usual", "explained_by_effort", "effort"),
    }
    assert found.n_compared == 7  # five districts, one label, the whole
    # two of five districts tell no effort: of the whole, nothing is known
    assert {row["effort"] for row in found.table.to_pylist() if row["list"] != "district"} == {"unknown"}


def test_findings_are_one_family_and_need_eight_weeks(planted):
    found = findings.findings(settled(planted), scatter.UNKNOWN).table.to_pylist()
    assert all(row["q"] <= 0.05 for row in found)
    assert [row["p"] for row in found] == sorted(row["p"] for row in found)
    early = findings.findings(settled(planted, date_to=date(2025, 6, 15)), scatter.UNKNOWN)
    assert (early.table.num_rows, early.withheld) == (0, "too_short")
    assert {"season", "effort", "tag"} <= set(early.table.column_names)


def test_a_season_is_not_read_from_a_withheld_count():
    row = {"n": 60, "n_before": 20, "n_year": 40, "n_year_before": 4, "verdict": "rise"}
    assert findings._season(row) == "unknown"
    assert findings._season(row | {"n_year_before": 14}) == "usual"


def test_hours_that_fewer_units_told_are_not_known_and_none_stand_for_all_where_some_are_missing(planted):
    selected = settled(planted, date_from=LAST - timedelta(days=55))
    mondays = np.arange(np.datetime64(LAST - timedelta(days=62)), np.datetime64(LAST), 7)  # one more than was told
    told = hours.hours(selected, mondays)
    np.testing.assert_array_equal(told["district", "BD4044"], [np.nan, *[100] * 4, *[300] * 4])
    assert hours.together(told, ["BD5577"], 0.2) is None  # four districts, one of them silent, and a silent week
    np.testing.assert_array_equal(
        hours.together({k: v[1:] for k, v in told.items()}, ["BD2022"], 0), [300] * 4 + [300 + 100 + 40] * 4
    )


def test_complete_patrol_hours_are_counted_into_the_baseline(planted, monkeypatch):
    selected = settled(planted, choices={"d": ("BD4044",)})
    days, worked = daily.daily(selected), np.tile([100.0, 200.0], 40)
    steady = baseline.baseline(selected, days, SETTLED).fit.to_pylist()[0]
    monkeypatch.setattr(hours, "hours", lambda _, mondays: {("district", "BD4044"): worked[: len(mondays)]})
    counted = baseline.baseline(selected, days, SETTLED)
    assert (steady["has_effort"], counted.fit.to_pylist()[0]["has_effort"]) == (False, True)
    expected = [row["expected"] for row in counted.weeks.to_pylist()][-2:]
    assert expected[1] / expected[0] == pytest.approx(2, rel=0.1)  # twice the hours, twice the detections


# --- delay ---


def test_the_triangle_says_what_the_records_say_one_by_one(store, facts):
    late = delay.reporting(settled(store))
    rows = facts.execute(
        "SELECT datediff('day', DATE '1970-01-05', date_start) // 7, "
        "datediff('day', DATE '1970-01-05', report_date) // 7, coalesce(detecting_agency, '') FROM incident "
        "WHERE event_type <> 'pushed_in' AND date_precision IN ('day', 'week') AND report_date IS NOT NULL "
        "AND date_start BETWEEN ? AND ?",
        [late.known_on - timedelta(weeks=104), late.known_on],
    ).fetchall()
    event, report, agency = zip(*rows, strict=True)
    batch = np.unique([f"{a} {w}" for a, w in zip(agency, report, strict=True)], return_inverse=True)[1]
    by_hand = delays.delay(np.array(event), np.array(report), batch, late.now)
    assert (late.n_records, late.found.max_delay_weeks) == (len(rows), by_hand.max_delay_weeks)
    np.testing.assert_allclose(late.found.completeness, by_hand.completeness, rtol=1e-12)


def test_delay_is_learnt_from_all_places_but_of_the_agencies_asked_for(store):
    everywhere, one_place, one_agency = (
        delay.reporting(settled(store, choices=c)) for c in ({}, {"d": ("BD4041",)}, {"agency": ("bgb",)})
    )
    assert one_place is everywhere
    assert one_agency.n_records < everywhere.n_records


# --- the page ---

DISTRICTS = ("BD4041", "BD4044", "BD2022", "BD5577", "BD3026")


@st.composite
def asked(draw):
    start = draw(st.dates(date(2024, 12, 1), date(2026, 11, 20)))
    end = start + timedelta(days=draw(st.integers(0, 300)))
    against = draw(st.sampled_from(["before", "year_before", "2025-01-06..2025-06-29"]))
    return Filters(start, end, {"d": tuple(draw(st.sets(st.sampled_from(DISTRICTS), max_size=2)))}, against=against)


@settings(max_examples=25)
@given(asked())
def test_the_sentence_says_what_the_tables_hold(store, filters):
    answer = trends.answer(store.select(filters, local_user()))
    said = page.headline(answer, EN)
    if answer.figure("n") == 0:
        assert said.startswith("No detections match.")
        return
    row = answer.rows("compared")[0]
    n = "<5" if row["n" + HIDDEN] else f"{row['n']:,}"
    assert said.startswith(f"{n} detections from ")
    assert ("Evidence of a rise" in said) == (row["verdict"] == "rise")
    assert ("Evidence of a fall" in said) == (row["verdict"] == "fall")
    weeks = [w for w in answer.rows("weeks") if w["is_in_period"]]
    outside = [w for w in weeks if w["outside"] in ("above", "below")]
    if "No week of it is outside" in said:
        assert not outside
    for told in re.findall(r"(\d+) of (\d+) settled weeks", said):
        assert told == (str(len(outside)), str(sum(w["outside"] is not None for w in weeks)))
    lengths = [(row[f"date_to{e}"] - row[f"date_from{e}"]).days + 1 for e in ("", "_before")]
    assert (f"Compared by the day: {lengths[0]} days against {lengths[1]}." in said) == (lengths[0] != lengths[1])
    filling = sum(w["is_provisional"] for w in weeks)
    assert ("incomplete" in said) == (filling > 0)
    assert not re.search(r"\b(nan|None|inf)\b|\{", said + page.headline(answer, BN))


@settings(max_examples=25)
@given(asked())
def test_no_answer_tells_a_small_count_or_what_rests_on_it(store, filters):
    answer = trends.answer(store.select(filters, local_user()))
    for name in answer.tables:
        for row in answer.rows(name):
            for column in (c for c in row if c + HIDDEN in row):
                assert row[column] is None or row[column] == 0 or row[column] >= 5, (name, column)
            assert not any(isinstance(value, float) and math.isnan(value) for value in row.values()), name
    for row in answer.rows("weeks"):
        if row["n" + HIDDEN]:
            assert row["count_low"] is row["count_high"] is row["final"] is None


def data_of(drawn):
    """The rows behind the first layer."""
    return drawn["datasets"][(drawn["layer"][0].get("data") or drawn["data"])["name"]]


def test_a_day_that_is_not_told_is_drawn_and_said_as_such_and_never_as_none():
    """Steps are told by number, colours and words by the browser: here as it reads them."""
    ends = [(0, 0), (1, 4), (5, 9), (100, None), (0, 4), (0, None)]
    rows = [{"day": LAST + timedelta(days=i), "least": least, "most": most} for i, (least, most) in enumerate(ends)]
    drawn = charts.calendar(rows, EN, LIGHT, 160).to_dict()
    (squares,) = drawn["datasets"].values()
    by_name = {each["as"]: each["calculate"] for each in drawn["transform"]}
    colours, said = (
        ast.literal_eval(re.search(r"\[.*\](?=\[datum.step\])", by_name[name])[0]) for name in ("colour", "tip")
    )
    assert [said[each["step"]] for each in squares] == ["0", "1–4", "5–9", "100+", "0–4", "withheld"]
    shown = [colours[each["step"]] for each in squares]
    assert shown[0] == LIGHT.panel
    assert shown[4] == shown[5] == LIGHT.before not in shown[:4]
    assert [charts.is_untold(row) for row in rows] == [False] * 4 + [True] * 2


def test_the_drawn_line_ends_before_the_weeks_that_fill_up(store, monkeypatch):
    monkeypatch.setattr(delay, "reporting", lambda _: KNOWN_LATE)
    rows = trends.answer(settled(store, date_to=date(2026, 11, 18))).rows("weeks")
    drawn = charts.weekly(rows, date(2026, 6, 1), EN, LIGHT, 200).to_dict()
    weeks = data_of(drawn)
    assert [week.get("state") for week in weeks[-3:]] == [None, "filling", "part"]
    lines = [
        each
        for each in drawn["layer"]
        if each.get("mark", {}).get("strokeWidth") == 1.8 and "strokeDash" not in each["mark"]
    ]
    assert [line["transform"] for line in lines] == [[{"filter": "!datum.state"}]]
    assert weeks[-2]["to_come"] > 0.06
    assert all(None not in week.values() for week in weeks)  # what is nothing is not sent


@pytest.mark.parametrize(("at", "is_drawn"), [(-1, False), (0, True), (10, True)])
def test_a_change_of_level_is_drawn_among_the_weeks_in_view_and_makes_no_room_before_them(store, at, is_drawn):
    rows = trends.answer(settled(store)).rows("weeks")
    drawn = json.dumps(charts.weekly(rows, rows[0]["week"] + timedelta(weeks=at), EN, LIGHT, 200).to_dict())
    assert ("level changed" in drawn) == is_drawn
    assert min(int(x) for x in re.findall(r'"x": (\d{6})', drawn)) >= rows[0]["week"].toordinal()


def test_a_withheld_count_is_drawn_at_the_stub_and_nowhere_else(store):
    rows = trends.answer(settled(store, choices={"d": ("BD4041",)})).rows("weeks")
    drawn = charts.weekly(rows, None, EN, LIGHT, 200).to_dict()
    for row, week in zip(rows, data_of(drawn), strict=True):
        assert week["n"] == (2.5 if row["n" + HIDDEN] else row["n"])


def front_door(store, monkeypatch, **query):
    monkeypatch.setenv("SIMANTA_STORE", str(store))
    configuration.settings.cache_clear()
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    configuration.settings.cache_clear()
    return app


@pytest.mark.parametrize(
    "chosen",
    [
        Filters(),
        Filters(date(2026, 11, 22), date(2026, 11, 22)),
        Filters(date(2031, 1, 1), date(2031, 3, 1)),
        Filters(date(2001, 1, 1), date(2001, 3, 1)),
        Filters(date(2018, 1, 1), date(2026, 11, 22), against="2017-01-01..2017-03-01"),
        Filters(choices={"d": ("BD1004",), "label": ("NEITHER",)}),
        Filters(date(2026, 8, 31), LAST, against="year_before"),
    ],
    ids=["default", "one day", "future", "long ago", "eight years", "nothing", "a year before"],
)
def test_the_page_opens_whatever_is_asked(store, sample_store, chosen, monkeypatch):
    answer = trends.answer(store.select(chosen, local_user()))
    made, _ = snapshots.freeze(
        ledger.open_ledger(sample_store), "trends", answer, "t", datetime(2026, 11, 24, tzinfo=UTC)
    )
    app = front_door(sample_store, monkeypatch, snapshot=made, lang="bn")
    assert not app.exception
    assert app.subheader[0].value == page.headline(answer, BN)


def test_the_page_names_what_was_planted_with_its_checks(planted, planted_store, monkeypatch):
    answer = trends.answer(settled(planted))
    made, _ = snapshots.freeze(
        ledger.open_ledger(planted_store), "trends", answer, "t", datetime(2026, 11, 24, tzinfo=UTC)
    )
    app = front_door(planted_store, monkeypatch, snapshot=made, lang="en")
    assert not app.exception
    written = " ".join(each.value for each in [*app.markdown, *app.caption])
    assert ":orange-badge[effort] **Jhenaidah** 20 → 60" in written
    assert ":orange-badge[rise] **Satkhira** 20 → 60" in written
    assert "explained by patrol hours" in written
    checks = next(table.value for table in app.dataframe if "Checks" in table.value.columns)
    jashore = checks[checks["Where"] == "Jashore"].iloc[0]
    assert (jashore["A year earlier"], jashore["Checks"]) == ("20 → 48", "usual for this season · effort unknown")


def test_another_period_is_chosen_in_the_sentence_and_kept_in_the_address(sample_store, monkeypatch):
    app = front_door(sample_store, monkeypatch, vs="2026-01-05..2026-03-01")
    assert not app.exception
    assert not app.warning
    parts = ("vs-from-day", "vs-from-month", "vs-from-year", "vs-to-day", "vs-to-month", "vs-to-year")
    assert [app.selectbox(key=part).value for part in parts] == [5, 1, 2026, 1, 3, 2026]
    monkeypatch.setenv("SIMANTA_STORE", str(sample_store))
    configuration.settings.cache_clear()
    for part, value in zip(parts, (3, 2, 2025, 30, 3, 2025), strict=True):
        app.selectbox(key=part).set_value(value)
    next(each for each in app.button if each.form_id == "vs-days").click().run()
    assert app.query_params["vs"] in ("2025-02-03..2025-03-30", ["2025-02-03..2025-03-30"])
    configuration.settings.cache_clear()


def test_the_command_line_prints_the_pages_numbers(sample_store, store):
    told = json.loads(json.dumps(ask.as_json(ask.asked("trends", sample_store, {}, "")), default=str))
    answer = trends.answer(settled(store))
    for name in ("weeks", "trend", "months", "month_fit", "compared", "periods", "findings", "districts"):
        assert len(told[name]) == answer.tables[name].num_rows
    assert [row["n"] for row in told["weeks"]] == answer.tables["weeks"]["n"].to_pylist()
    assert told["trend"][0]["annual_ratio"] == answer.rows("trend")[0]["annual_ratio"]

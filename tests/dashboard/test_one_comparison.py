"""One link, one comparison: every page compares the part of the period that reports are in for, and says so."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from dashboard.access import local_user
from dashboard.answers import corridors, district, hotspots, overview, trends
from dashboard.components import words
from dashboard.database import open_current
from dashboard.disclosure import HIDDEN
from dashboard.figures import baseline, daily, delay, key, operations, period, times
from dashboard.filters import Filters
from dashboard.i18n import Text
from dashboard.pages import overview as page
from dashboard.pages import trends as trends_page
from dashboard.stats import delay as delays
from dashboard.stats import small_numbers

EN = Text("en")
LAST, TOLD_UNTIL = date(2026, 11, 22), date(2026, 11, 8)
# Weeks are 95 % in from the third on: the last two are filling up.
LATE = delay.Reporting(
    delays.Delay(np.array([0.5, 0.9, 1.0]), 2, 500, 0, 0, None),
    (LAST - delay.MONDAY).days // 7, LAST, 500, 0, None,
)  # fmt: skip
ASKED = Filters(date(2026, 8, 31), LAST)


@pytest.fixture(scope="module")
def store(sample_store):
    return open_current(sample_store)


@pytest.fixture(autouse=True)
def late(monkeypatch):
    monkeypatch.setattr(delay, "reporting", lambda _: LATE)


def asked(store, **more):
    return period.settle(store.select(replace(ASKED, **more), local_user()))[0]


@pytest.mark.parametrize("code", [None, "BD4041"])
@pytest.mark.parametrize("against", ["before", "year_before"])
def test_every_page_has_the_same_comparison_of_the_same_link(store, against, code):
    chosen = asked(store, against=against, choices={"d": (code,)} if code else {})
    told = [each.answer(chosen).rows("compared")[0] for each in (overview, corridors, district, trends)]
    assert told[0]["date_to"] == TOLD_UNTIL
    assert all(each == told[0] for each in told)
    assert told[0]["n"] < overview.answer(chosen).figure("n")  # what is still coming is counted, and not compared


def test_the_sentence_says_up_to_which_day(store):
    answer = overview.answer(asked(store))
    row = answer.rows("compared")[0]
    assert f"Up to 8 Nov 2026, where reports are in, {row['n']}; {row['n_before']} in the" in page.headline(answer, EN)
    assert "8 Nov 2026" in words.still_coming(answer, EN)


def test_rows_are_of_the_settled_part_too(store):
    chosen = asked(store)
    settled = replace(chosen, filters=replace(chosen.filters, date_to=TOLD_UNTIL))
    counts = {row["crossing"]: row["n"] for row in settled.ask("detections_by_crossing").to_pylist()}
    for row in corridors.answer(chosen).rows("crossings"):
        assert row["n" + HIDDEN] or row["n"] == counts.get(row["crossing"], 0)
    assert hotspots.answer(chosen).notes["effort_until"] == TOLD_UNTIL.isoformat()


def test_bars_that_fill_up_are_marked(store):
    rows = overview.answer(asked(store)).rows("times")
    assert [row["day"] for row in rows if row["is_provisional"]] == [LAST - timedelta(days=7), LAST]
    assert "shaded" in words.shaded(rows, EN)
    assert words.shaded(rows[:-2], EN) == ""


def test_a_month_whose_last_week_fills_up_says_so(store):
    chosen = asked(store, date_to=date(2026, 10, 31))
    known = replace(LATE, now=(date(2026, 11, 1) - delay.MONDAY).days // 7)
    rows = baseline.monthly(chosen, daily.daily(chosen), known).months.to_pylist()
    assert [row["is_provisional"] for row in rows[-2:]] == [False, True]
    assert rows[-1]["is_whole"]
    assert trends_page._month_state(rows[-1], EN) == "reports still coming"


def test_an_operation_is_measured_up_to_what_is_settled(store):
    began = date(2026, 9, 28)
    assert operations._weeks(asked(store), began)[0] == 6  # to 8 November, not eight to the 22nd


def test_key_figures_are_those_of_the_counts(store):
    chosen = asked(store)
    answer = overview.answer(chosen)
    rows, (totals,) = {row["figure"]: row for row in answer.rows("key")}, answer.rows("totals")
    assert list(rows) == list(key.FIGURES)
    for name, row in rows.items():
        assert row["n"] == totals[name]
    share = rows["n_undetermined"]
    assert (share["low"], share["high"]) == small_numbers.share_interval(share["n"], share["n_of"])
    ratio = (share["n_told"] / share["n_told_of"]) / (share["n_before"] / share["n_before_of"])
    assert share["ratio"] == pytest.approx(ratio)
    compared = answer.rows("compared")[0]
    assert (rows["n"]["ratio"], rows["n"]["verdict"]) == (compared["ratio"], compared["verdict"])


def test_a_key_figure_goes_with_its_counts(store):
    answer = overview.answer(asked(store, choices={"d": ("BD4044",)}, date_from=date(2026, 11, 1)))
    for row in answer.rows("key"):
        if any(row[name + HIDDEN] for name in ("n_told", "n_before", "n_told_of", "n_before_of")):
            assert row["ratio"] is row["p"] is row["verdict"] is None
        if row["n" + HIDDEN]:
            assert row["low"] is row["high"] is None


def test_where_all_is_in_all_is_compared(store):
    early = asked(store, date_to=date(2026, 10, 25))
    answer = overview.answer(early)
    assert words.still_coming(answer, EN) == ""
    assert answer.rows("compared")[0]["n"] == answer.figure("n")
    settled = baseline.settled(early)
    series = times.over_time(early, settled.told, settled.days)
    assert not any(row["is_provisional"] for row in series.all.to_pylist())

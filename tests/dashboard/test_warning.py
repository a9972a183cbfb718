"""Early warning: the monitor by hand, on what was known then; the maps by hand; and the page on a planted rise."""

import csv
import json
import re
from collections import Counter
from datetime import date, timedelta
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from dashboard.access import Principal, local_user
from dashboard.answers import corridors, hotspots, overview, trends, warning
from dashboard.cli import ask
from dashboard.components import ahead, nearby
from dashboard.database import open_current
from dashboard.disclosure import HIDDEN, K
from dashboard.figures import alerts, clusters, forecast, judged, monitor, repeats
from dashboard.figures import known as known_then
from dashboard.figures.judged import KnownMonths
from dashboard.figures.monitor import Known, Origin
from dashboard.filters import Filters, default_types
from dashboard.i18n import Text
from dashboard.pages import warning as page
from etl import build

UNTIL = date(2026, 11, 22)
EN, BN = Text("en"), Text("bn")
DERIVED = {
    "alerts": alerts.WARNED,
    "weeks": alerts.RARE,
    "record": alerts.FOLLOWED,
    "places": clusters.CLUSTERED,
    "repeats": repeats.REPEATED,
    "backtest": forecast.JUDGED,
}


# The monitor, by hand


def known(rows, n_weeks, n_series=1):
    """rows: series, event, known, n."""
    series, event, told, n = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    return Known(series, event, told, n, np.ones(len(n), dtype=bool), n_series, n_weeks)


ROWS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 39), st.integers(0, 9), st.integers(1, 9)), min_size=1)


@given(ROWS.map(lambda rows: [(i, event, min(event + late, 39), n) for i, event, late, n in rows]))
def test_weeks_unfolded_one_after_another_are_each_what_was_known_then(rows):
    records = known(rows, 40, 3)
    found = list(monitor.unfolded(records, range(5, 40)))
    assert [at for at, _ in found] == list(range(5, 40))
    assert all(np.array_equal(counts, monitor.counts_known(records, at)) for at, counts in found)


@given(ROWS, st.integers(1, 30))
def test_delays_are_told_by_the_same_records_counted_as_one_by_one(rows, most):
    _, event, late, n = (np.array(column) for column in zip(*rows, strict=True))
    with patch("dashboard.figures.monitor.FOR_DELAY", most):
        drawn = monitor._drawn_evenly(event, event + late, n)
    step = -(-int(n.sum()) // most)
    one_by_one = np.repeat(np.column_stack([event, event + late]), n, axis=0)[step - 1 :: step]
    assert sorted(np.repeat(np.column_stack(drawn[:2]), drawn[2], axis=0).tolist()) == sorted(one_by_one.tolist())


def test_what_was_told_later_was_not_known_then():
    # Series 0: three of week 0 told at once, two more of it told in week 2. Series 1: one of week 1, told in week 1.
    records = known([(0, 0, 0, 3), (0, 0, 2, 2), (1, 1, 1, 1)], n_weeks=3, n_series=2)
    assert monitor.counts_known(records, 1).tolist() == [[3, 0], [0, 1]]
    assert monitor.counts_known(records, 2).tolist() == [[5, 0, 0], [0, 1, 0]]


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=15)
def test_what_is_told_after_a_week_changes_nothing_of_what_the_monitor_said_in_it(seed):
    rng = np.random.default_rng(seed)
    counts = rng.poisson(rng.gamma(0.5, 4, (5, 1)), (5, 60))
    series, event = (np.repeat(axis, counts.ravel()) for axis in np.indices(counts.shape).reshape(2, -1))
    told = event + rng.geometric(0.5, len(event)) - 1
    cut = 50
    then = told <= cut
    ones = np.ones(len(event), dtype=np.int64)
    later = Known(series, event, told, ones, ones.astype(bool), 5, 60)
    earlier = Known(series[then], event[then], told[then], ones[then], ones[then].astype(bool), 5, cut + 1)
    (at_the_time,) = [origin for origin in monitor.rolled(earlier, 0) if origin.at == cut]
    (looking_back,) = [origin for origin in monitor.rolled(later, 0) if origin.at == cut]
    assert at_the_time.last == looking_back.last
    np.testing.assert_array_equal(at_the_time.tested.n, looking_back.tested.n)
    np.testing.assert_array_equal(at_the_time.tested.q, looking_back.tested.q)


def test_weeks_that_are_still_filling_up_are_not_tested():
    # Half of each week is told at once, half two weeks later: the newest two weeks are half empty.
    rows = [(0, week, week + late, 5) for week in range(60) for late in (0, 2) if week + late < 60]
    assert monitor.last_settled(known(rows, 60), 59) == (57, True)


def test_without_a_report_date_the_newest_week_is_taken_and_that_is_said():
    records = known([(0, week, week, 5) for week in range(60)], 60)
    silent = Known(records.series, records.event, records.known, records.n, ~records.is_reported, 1, 60)
    assert monitor.last_settled(silent, 59) == (59, False)


def test_a_steady_district_is_silent_and_a_risen_one_rings():
    counts = np.full((2, 60), 3)
    counts[1, -4:] = 12  # 48 in four weeks where 12 are usual
    found = monitor.tested(counts)
    assert (found.method, found.span) == ("ears", 4)
    assert found.rings.tolist() == [False, True]
    assert found.n.tolist() == [12, 48]


def test_a_long_history_is_tested_by_its_own_past_years_and_a_week_under_five_never_rings():
    counts = np.zeros((2, 200), dtype=np.int64)
    counts[:, ::4] = 1
    counts[0, -1], counts[1, -4:] = 12, (2, 2, 2, 4)  # 10 in four weeks, but 4 in the week itself
    found = monitor.tested(counts)
    assert found.method == "farrington"
    assert found.state.tolist() == ["tested", "quiet"]
    assert found.rings.tolist() == [True, False]


def origin(at, rings, expected=4.0):
    """The monitor at week `at`, its newest settled week the one before; one series a flag."""
    n = np.full(len(rings), 9)
    q = np.where(rings, 0.01, 1.0)
    mean = np.full(len(rings), expected)
    state = np.full(len(rings), "tested")
    return Origin(at, at - 1, monitor.Tested("ears", 4, n, mean, mean, q, q, state), np.ones(len(rings)))


def test_an_alarm_that_pauses_for_four_weeks_is_one_and_is_judged_by_the_four_weeks_after_it_began():
    origins = [origin(10, [True]), origin(14, [True]), origin(19, [True]), origin(37, [True])]
    counts = np.zeros((1, 40), dtype=np.int64)
    counts[0, 11:15] = (3, 3, 3, 3)  # 12 after week 10, where 4 are expected: P(12 or more) = 0.001
    counts[0, 20:24] = (1, 2, 2, 2)  # 7 after week 19: P(7 or more) = 0.11
    found = monitor.alarms(origins, counts, settled=39)
    assert [(alarm.origin.at, alarm.weeks) for alarm in found] == [(10, 5), (19, 1), (37, 1)]
    assert [(alarm.n_after, alarm.went_on) for alarm in found] == [(12, True), (7, False), (None, None)]


def test_the_same_is_counted_after_weeks_that_did_not_ring():
    origins = [origin(10, [True, False]), origin(14, [False, False]), origin(37, [False, False])]
    counts = np.zeros((2, 40), dtype=np.int64)
    counts[1, 11:15] = 3  # 12 after week 10, without an alarm
    # judged: series 1 after week 10, both after week 14; week 37 is still open
    assert monitor.without_alarm(origins, counts, settled=39) == (3, 1)


# The maps, by hand


def test_a_map_knows_no_month_from_its_own_on_and_nothing_told_since():
    rows = KnownMonths(
        cell=np.array([0, 0, 1, 1]),
        months_ago=np.array([0, 1, 1, 2]),
        known_ago=np.array([0, 1, 0, 2]),  # the third, of last month, was told this month only
        n=np.array([9, 4, 7, 5]),
        n_cells=2,
    )
    assert rows.month(0).tolist() == [9, 0]
    assert rows.before(0)[:, -2:].tolist() == [[0, 4], [5, 0]]
    assert rows.before(-1)[:, -3:].tolist() == [[0, 4, 9], [5, 7, 0]]


def test_our_map_weighs_recent_months_and_a_tenth_of_the_neighbourhood():
    past = np.zeros((2, 24), dtype=np.int64)
    past[0, -1], past[0, -10] = 10, 10  # the second, nine months older, weighs half: 15
    near = np.array([[0, 1], [1, 0]])  # each has the other: mean 7.5
    assert np.allclose(judged.recent_and_near(past, near), [0.9 * 15 + 0.1 * 7.5, 0.1 * 7.5])


def months_of(counts):
    cell, month = np.nonzero(counts)
    ago = counts.shape[1] - 1 - month
    return KnownMonths(cell, ago, ago, counts[cell, month], len(counts))


@pytest.mark.parametrize("seed", range(4))
def test_the_plain_count_is_drawn_unless_our_map_is_better(seed):
    rng = np.random.default_rng(seed)
    counts = rng.poisson(rng.gamma(0.3, 0.5, (200, 1)), (200, 36))
    found, reason = judged.judge(months_of(counts), 36, None, 0.1, rng)
    assert reason is None
    assert found["uniform"].pai == pytest.approx(1)
    assert judged.chosen(found) == ("recent_and_near" if found["recent_and_near"].verdict == "better" else "last_year")
    assert judged.chosen({}) == "last_year"


def test_our_map_is_drawn_where_two_years_tell_more_than_one():
    # Fifty places of a thousand have one detection every seven months, for ever: two years show more of them than one.
    rng = np.random.default_rng(7)
    mean = np.where(np.arange(1000) < 50, 0.15, 0.002)[:, None]
    found, _ = judged.judge(months_of(rng.poisson(mean, (1000, 36))), 36, None, 0.05, rng)
    assert found["recent_and_near"].verdict == "better"
    assert judged.chosen(found) == "recent_and_near"


@pytest.mark.parametrize(("months", "n", "reason"), [(19, 100, "too_few_months"), (30, 1, "too_few_records")])
def test_too_little_is_not_judged(months, n, reason):
    rows = KnownMonths(np.array([0]), np.array([3]), np.array([3]), np.array([n]), 50)
    assert judged.judge(rows, months, None, 0.05, np.random.default_rng(1)) == ({}, reason)


# The page on a planted rise


def write(file, rows):
    with file.open("w", encoding="utf-8", newline="") as lines:
        sheet = csv.DictWriter(lines, list(rows[0]), lineterminator="\n")
        sheet.writeheader()
        sheet.writerows(rows)
    return file


PLACES = {"BD4041": (23.05, 88.95), "BD6091": (24.9, 91.87)}


def incidents(weeks=120, rise=4):
    """Jashore: 2 a week at one place, 12 in the last weeks. Cox's Bazar: 3 a week, 14 in the last, district only.
    Sylhet: 2 a week at one place.

    Three of Jashore's, five weeks before the end, are told on the last day only.
    """
    for week in range(weeks):
        is_last = week >= weeks - rise
        for district, n in (("BD4041", 12 if is_last else 2), ("BD2022", 14 if is_last else 3), ("BD6091", 2)):
            told_late = 3 if district == "BD4041" and week == weeks - 5 else 0
            for i in range(n + told_late):
                day = UNTIL - timedelta(days=7 * (weeks - 1 - week) + i % 7)
                lat, lon = PLACES.get(district, ("", ""))
                yield {
                    "source_ref": f"{district}-{week}-{i}",
                    "event_type": "interception_at_border",
                    "date_start": day.isoformat(),
                    "report_date": (UNTIL if i >= n else day).isoformat(),
                    "adm2": district,
                    "lat": lat,
                    "lon": lon,
                    "precision_code": 1 if lat else 5,
                }


def effort():
    """Both have 50 patrol hours a week; in Cox's Bazar five times as many in the last four."""
    for week in range(16):
        for district, hours in (("BD4041", 50), ("BD2022", 250 if week < 4 else 50)):
            monday = UNTIL - timedelta(days=7 * week + 6)
            yield {"unit": district, "adm2": district, "week": monday.isoformat(), "patrol_hours": hours}


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("planted")
    files = [write(folder / "incidents.csv", list(incidents())), write(folder / "effort.csv", list(effort()))]
    build.load(files, folder / "store", today=UNTIL)
    return folder / "store"


@pytest.fixture(scope="module")
def planted_answer(planted):
    return warning.answer(open_current(planted).select(Filters(), local_user()))


@pytest.fixture(scope="module")
def store(sample_store):
    return open_current(sample_store)


def test_a_planted_rise_rings_in_both_districts_and_effort_explains_one(planted_answer):
    rows = {row["adm2"]: row for row in planted_answer.rows("alerts")}
    assert {code for code, row in rows.items() if row["rings"]} == {"BD4041", "BD2022"}
    assert (rows["BD4041"]["n"], rows["BD4041"]["effort"]) == (48, "beyond_effort")
    assert (rows["BD2022"]["n"], rows["BD2022"]["effort"]) == (56, "explained_by_effort")
    assert (rows["BD4041"]["n_district_only"], rows["BD2022"]["n_district_only"]) == (0, 56)
    assert rows["BD4041"]["recurrence_weeks"] == pytest.approx(1 / rows["BD4041"]["p"])


def test_the_headline_names_who_rings_how_often_chance_would_and_what_effort_says(planted_answer):
    said = page.headline(planted_answer, EN)
    assert said.startswith("2 districts ring. Alarm in ")
    assert "Jashore" in said
    assert "Cox's Bazar" in said
    assert "More patrols can explain 1 of them." in said
    assert "Chance alone rings in about 3 weeks a year at most." in said


def test_district_only_records_are_in_no_scan_no_cell_and_no_near_repeat(planted_answer):
    assert {row["adm2"] for row in planted_answer.rows("cells")} == {"BD4041", "BD6091"}
    assert {row["adm2"] for row in planted_answer.rows("places")} == {"BD4041"}
    # 52 weeks: Jashore's 2 a week, the three told late, 12 in each of the last four; Sylhet's 2 a week
    assert planted_answer.figure("n_eligible") == 48 * 2 + 3 + 4 * 12 + 52 * 2


def test_the_scan_finds_the_place_and_weeks_of_a_planted_burst(planted_answer):
    # 12 in each of the last four weeks, and 2 and the three told late in the one before
    (row,) = planted_answer.rows("places")
    assert (row["rings"], row["weeks"], row["n"]) == (True, 5, 53)
    assert "Alarm at a place in Jashore: 53 detections in 5 weeks" in page.headline(planted_answer, EN)


def test_effort_is_told_of_no_district_out_of_scope(planted):
    opened = open_current(planted)
    bound = {"last_day": UNTIL, "agencies": []}
    for districts, seen in ((None, {"BD4041", "BD2022"}), (("BD2022",), {"BD2022"}), ((), set())):
        rows = opened.select(Filters(), Principal("p", "planner", districts)).ask("effort_by_week", **bound)
        assert set(rows["adm2"].to_pylist()) == seen


def test_an_answer_about_a_past_day_knows_nothing_that_was_told_after_it(tmp_path, planted_answer, planted):
    then = UNTIL - timedelta(days=14)
    told = [row for row in incidents() if row["report_date"] <= then.isoformat()]
    build.load([write(tmp_path / "then.csv", told), write(tmp_path / "effort.csv", list(effort()))],
               tmp_path / "store", today=UNTIL)  # fmt: skip
    past = Filters(date_from=then - timedelta(days=83), date_to=then)
    at_the_time, looking_back = (
        warning.answer(open_current(folder).select(past, local_user())) for folder in (tmp_path / "store", planted)
    )
    for name in ("monitor", "alerts", "weeks", "record", "places", "repeats", "cells", "districts", "backtest"):
        assert at_the_time.tables[name].equals(looking_back.tables[name]), name
    assert not at_the_time.tables["alerts"].equals(planted_answer.tables["alerts"])


# The page under any filter


@st.composite
def asked(draw):
    end = draw(st.dates(date(2024, 12, 1), date(2026, 12, 1)))
    start = end - timedelta(days=draw(st.integers(0, 400)))
    districts = draw(st.sets(st.sampled_from(("BD4041", "BD4044", "BD2022", "BD3026")), max_size=2))
    labels = draw(st.sets(st.sampled_from(("TIP", "SOM")), max_size=1))
    return Filters(start, end, {"d": tuple(districts), "label": tuple(labels)})


@given(asked())
@settings(max_examples=25)
def test_sentence_and_numbers_agree_and_nothing_small_is_told(store, filters):
    answer = warning.answer(store.select(filters, local_user()))
    said = page.headline(answer, EN)
    for text in (EN, BN):
        for sentence in (page.headline(answer, text), ahead.judged(answer, text), nearby.repeated(answer, text)):
            assert not re.search(r"\b(nan|None|null|inf)\b|[{}]", sentence)
    _agrees(answer, said)
    _withholds(answer)


def _agrees(answer, said):
    (row,) = answer.rows("monitor")
    rings, record = [r for r in answer.rows("alerts") if r["rings"]], answer.rows("record")
    if answer.figure("n") == 0:
        assert said.startswith("No detections match.")
    elif row["history_weeks"] < 26:
        assert said.startswith(f"No early warning yet: {row['history_weeks']} settled weeks")
    else:
        assert ("No alarm" in said) == (not rings)
        assert ("districts ring" in said) == (len(rings) > 1)
        assert all(answer.label("en")("district", r["adm2"]) in said for r in rings[:3])
        became = [r["outcome"] for r in record]
        counted = [row[name] for name in ("went_on", "did_not", "open", "withheld")]
        assert counted == [became.count(name) for name in ("went_on", "did_not", "open", None)]
        assert ("it never rang" in said) == (row["record_weeks"] >= 2 and not record)
        if len(record) > 1:
            assert f"it rang {len(record)} times" in said
    judged_right = ahead.judged(answer, EN)
    assert ("so it is drawn" in judged_right) == (answer.notes["shown"] == "recent_and_near")


def _withholds(answer):
    for name, table in answer.tables.items():
        for row in table.to_pylist():
            counts = [c for c in row if (c == "n" or c.startswith("n_")) and not c.endswith(HIDDEN)]
            assert all(row[c] is None or row[c] == 0 or row[c] >= K for c in counts), (name, row)
            for column, sources in DERIVED.get(name, {}).items():
                assert row[column] is None or not any(row[c + HIDDEN] for c in sources), (name, column, row)


@pytest.mark.parametrize(
    "filters",
    [
        Filters(date(1990, 1, 1), date(1990, 12, 31)),
        Filters(date(2026, 11, 16), date(2026, 11, 22)),
        Filters(date(2026, 1, 1), date(2099, 12, 31)),
        Filters(date(2025, 1, 1), date(2025, 2, 1)),
        Filters(choices={"x": ("x-hili",), "label": ("NEITHER",)}),
        Filters(precision=1, resolution=7),
        Filters(resolution=3),
        Filters(choices={"d": ("BD3026",)}),
    ],
    ids=["before any data", "one week", "to come", "too short", "nothing matches", "exact only", "coarse", "few"],
)
def test_whatever_is_asked_every_view_is_drawn_in_words(store, filters):
    app = AppTest.from_function(drawn, default_timeout=60)
    app.session_state["answer"] = answer = warning.answer(store.select(filters, local_user()))
    app.run()
    assert app.subheader[0].value == page.headline(answer, BN)
    for view in page.VIEWS:
        app.button_group(key="warning-view").set_value(view).run()
        assert not app.exception
        shown = [each.value for kind in (app.subheader, app.caption, app.markdown) for each in kind]
        assert not any(re.search(r"\b(nan|None|inf)\b", words) for words in shown)


def drawn():
    """The page's own drawing of an answer, as a script."""
    import streamlit as st

    from dashboard.i18n import Text
    from dashboard.pages import warning

    warning.draw(st.session_state["answer"], Text("bn"))


@pytest.mark.parametrize("rows", [1, 30, 60])
def test_few_records_of_one_place_are_answered_in_words(tmp_path, rows):
    told = list(incidents())[-rows:]
    build.load([write(tmp_path / "few.csv", told)], tmp_path / "store", today=UNTIL)
    answer = warning.answer(open_current(tmp_path / "store").select(Filters(), local_user()))
    assert page.headline(answer, EN).startswith("No early warning yet: ")
    assert ahead.judged(answer, EN).startswith("Maps are not judged: 20 months of data are needed")
    assert answer.notes["unscanned"] == "too_few_weeks"


def test_the_same_question_has_the_same_answer(store):
    first, again = (warning.answer(store.select(Filters(), local_user())) for _ in range(2))
    assert all(first.tables[name].equals(again.tables[name]) for name in first.tables)


def test_the_command_prints_the_numbers_of_the_page(planted, planted_answer):
    told = ask.as_json(ask.asked("warning", planted, {}, None))
    assert json.loads(json.dumps(told, default=str))["version"] == planted_answer.version
    rings = {row["adm2"]: row["rings"] for row in told["alerts"]}
    assert rings == {row["adm2"]: row["rings"] for row in planted_answer.rows("alerts")}
    assert told["monitor"][0]["ring"] == sum(rings.values()) == 2
    assert set(ask.ANSWERS) == set(ask.MAIN)
    assert all(module.answer in ask.ANSWERS.values() for module in (overview, hotspots, corridors, trends, warning))


# Statements that say in a shorter way what a plain one says


LAST_DAYS = (date(2026, 11, 22), date(2026, 9, 30), date(2026, 2, 28), date(2024, 2, 29), date(2025, 12, 31))


@pytest.mark.parametrize("last_day", LAST_DAYS)
def test_months_are_whole_ones_as_the_database_tells_them(sample_store, facts, last_day):
    known_by = last_day + timedelta(days=40)
    bound = {"resolution": 5, "districts": [], "last_day": last_day, "known_by": known_by}
    told = open_current(sample_store).select(Filters(), local_user()).ask("detections_known_by_month", **bound)
    plain = facts.execute(
        "SELECT adm2, datesub('month', date_start, $last_day) AS ago, datesub('month', known_on, $last_day) AS known, "
        "count(*) FROM (SELECT *, greatest(coalesce(report_date, date_end), date_start) AS known_on "
        "FROM published.incident) WHERE adm2 IS NOT NULL AND date_precision IN ('day', 'week') "
        "AND list_contains($types, event_type) AND date_start <= $last_day "
        "AND date_start > $last_day::DATE - INTERVAL 36 MONTH AND known_on <= $known_by GROUP BY ALL",
        {"last_day": last_day, "known_by": known_by, "types": list(default_types())},
    ).fetchall()
    found = Counter()
    for row in told.to_pylist():
        found[row["adm2"], row["months_ago"], row["known_months_ago"]] += row["n"]
    assert plain
    assert found == {tuple(keys): n for *keys, n in plain}


@pytest.mark.parametrize("districts", [[], ["BD4041"]])
@pytest.mark.parametrize("resolution", [4, 6])
def test_cells_held_are_those_that_are_counted(sample_store, resolution, districts):
    selected = open_current(sample_store).select(Filters(), local_user())
    held, counted = (
        selected.ask(name, resolution=resolution, districts=districts) for name in ("cells_held", "detections_by_cell")
    )
    counted = counted.filter(counted["adm2"].is_valid()).select(["cell", "adm2"])
    assert held.num_rows
    assert held.equals(counted)


@pytest.mark.parametrize("days", [-2000, 0, 27])
def test_main_reporters_are_found_to_begin_where_they_do(sample_store, days):
    """However long the beginning is that is looked at first, before all days are."""
    store = open_current(sample_store)
    history = known_then.history(warning.period.settle(store.select(Filters(), local_user()))[0])
    with patch("dashboard.figures.known.BEGINNING_D", days):
        assert known_then._first_week(history.selected, history.known.n_weeks) == history.first
    reporters = history.selected.ask("reporters", last_day=history.last_day).to_pylist()
    least = max(1, known_then.MAIN_REPORTER * sum(row["n"] for row in reporters))
    began = max(row["first_day"] for row in reporters if row["n"] >= least)
    assert history.first == history.known.n_weeks - ((history.last_day - began).days + 1) // 7

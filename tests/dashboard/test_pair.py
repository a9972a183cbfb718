"""Two districts side by side: both sentences, one scale, a difference by its exact interval, and no small count."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from dashboard import ledger, snapshots
from dashboard.access import Principal, local_user
from dashboard.answers import district as question
from dashboard.components import pair
from dashboard.database import open_current
from dashboard.figures import scatter
from dashboard.figures.pair import asked
from dashboard.filters import Filters
from dashboard.i18n import Text
from dashboard.pages import district
from dashboard.settings import settings
from dashboard.stats import small_numbers

DOOR = str(Path(__file__).resolve().parents[2] / "streamlit_app.py")
EN, BN = Text("en"), Text("bn")
JASHORE, JHENAIDAH, DHAKA = "BD4041", "BD4044", "BD3026"
PERIOD = {"date_from": date(2026, 8, 31), "date_to": date(2026, 11, 22)}


@pytest.fixture(scope="module")
def store(sample_store):
    return open_current(sample_store)


def of(store, *codes, **more):
    return question.answer(store.select(Filters(choices={"d": codes}, **(PERIOD | more)), local_user()))


@st.composite
def two(draw):
    start = draw(st.dates(date(2025, 1, 1), date(2026, 10, 1)))
    codes = draw(st.sets(st.sampled_from((JASHORE, JHENAIDAH, DHAKA, "BD2022", "BD4087")), min_size=2, max_size=2))
    return Filters(start, start + timedelta(days=draw(st.integers(6, 120))), {"d": tuple(codes)})


def counted(facts, filters, code):
    sql = "SELECT count(*) FROM incident WHERE adm2 = ? AND event_type <> 'pushed_in' AND date_start BETWEEN ? AND ?"
    return facts.execute(sql, [code, *filters.span]).fetchone()[0]


@hypothesis_settings(max_examples=20)
@given(two())
def test_the_sentence_says_what_the_file_holds_and_gives_no_small_count_back(store, facts, filters):
    answer = question.answer(store.select(filters, local_user()))
    told = replace(answer.filters, date_to=answer.rows("pair")[0]["date_to"])  # of which reports are in
    ns = [counted(facts, told, code) for code in answer.filters.choices["d"]]
    (totals,), (row,) = answer.rows("totals"), answer.rows("difference")
    said = district.headline(answer, EN)
    for n, each in zip(ns, answer.rows("pair"), strict=True):
        assert each["n"] == (None if 0 < n < 5 else n)
    if any(0 < counted(facts, answer.filters, code) < 5 for code in answer.filters.choices["d"]):
        assert totals["n"] is None  # with the other's count and both together the small one would be known
    if any(0 < n < 5 for n in ns):
        assert (row["ratio"], row["verdict"]) == (None, None)
        assert "withheld" in said
    elif sum(ns) >= 10 and ns[1]:
        wide = scatter.of_rows(store.select(told, local_user()), "adm2")
        exact = small_numbers.change(ns[0], 1, ns[1], 1, *wide)
        assert (row["ratio"], row["low"], row["high"]) == pytest.approx((exact.ratio, exact.low, exact.high))
        assert ("More are detected" in said) == (exact.p < 0.05 and ns[0] > ns[1])
        assert ("Fewer are detected" in said) == (exact.p < 0.05 and ns[0] < ns[1])
    for text in (EN, BN):
        assert not re.search(r"\b(nan|None|null|inf)\b|[{}]", district.headline(answer, text))


def test_both_columns_have_the_scales_of_the_higher_one(store, sample_store, monkeypatch):
    monkeypatch.setenv("SIMANTA_STORE", str(sample_store))
    settings.cache_clear()
    made, _ = snapshots.freeze(
        ledger.open_ledger(sample_store), "district", of(store, JASHORE, JHENAIDAH), "test", datetime.now(UTC)
    )
    app = AppTest.from_file(DOOR, default_timeout=60)
    app.query_params["snapshot"] = made
    app.run()
    settings.cache_clear()
    assert not app.exception
    specs = [json.loads(chart.proto.spec) for chart in app.get("vega_lite_chart")]
    tops = [set(re.findall(r'"domain": \[0, ([\d.]+)\]', json.dumps(spec))) for spec in specs]
    assert len(tops) == 4
    assert tops[0] == tops[2] != set()
    assert tops[1] == tops[3] != set()


def test_only_two_that_are_both_in_view_are_a_pair(store):
    def seen(codes, districts):
        return asked(store.select(Filters(choices={"d": codes}), Principal("p", "commander", districts)))

    assert seen((JASHORE, JHENAIDAH), (JASHORE, JHENAIDAH, DHAKA)) == (JASHORE, JHENAIDAH)
    assert seen((JASHORE, JHENAIDAH), (JASHORE,)) is None
    assert seen((JASHORE,), None) is seen((JASHORE, JHENAIDAH, DHAKA), None) is None


def test_nothing_in_the_second_is_said_and_no_ratio_is_made_up(store):
    held = set(store.select(Filters(**PERIOD), local_user()).ask("detections_by_district")["adm2"].to_pylist())
    answer = of(store, JASHORE, max(store.codes["district"] - held))
    assert "no ratio can be told" in pair.said(answer, EN)

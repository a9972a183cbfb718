"""Data quality: rows add up as the store says, refusals as the command lists them, nothing of a row is shown."""

import csv
import html
import io
import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from dashboard.access import Principal, local_user
from dashboard.answers import quality as question
from dashboard.answers import response
from dashboard.cli import commands
from dashboard.components import untold
from dashboard.components.advice import ADVICE
from dashboard.database import open_current
from dashboard.disclosure import K, disclose
from dashboard.exports import as_csv, cell
from dashboard.filters import Filters
from dashboard.i18n import Text
from dashboard.pages import quality
from dashboard.settings import settings
from etl import build
from etl.validate import RULES

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2026, 11, 22)
HEADER = "source_ref,event_type,date_start,district,precision_code,detecting_agency,report_date"
EN = Text("en")


def sheet(folder, name, rows):
    """A small sheet: reference, day, district, report's day."""
    lines = [f"{ref},interception_at_border,{day},{district},5,bgb,{told}" for ref, day, district, told in rows]
    file = folder / name
    file.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """20 good rows, ten of them reported within 1 to 10 days; four refusals; two of these again, one of them mended."""
    folder = tmp_path_factory.mktemp("quality")
    good = [(f"A{i}", "2026-10-01", "Jessore", f"2026-10-{1 + i:02d}" if 1 <= i <= 10 else "") for i in range(20)]
    bad = [
        ("B1", "2026-02-31", "Jashore", ""),
        ("B2", "2026-02-31", "Jashore", ""),
        ("B3", "2026-13-45", "Jashore", ""),
        ("B4", "2026-10-02", "Nowhere", ""),
    ]
    build.load([sheet(folder, "first.csv", good)], folder / "store", today=TODAY)
    build.load([sheet(folder, "second.csv", bad)], folder / "store", today=TODAY)
    mended = [("B1", "2026-02-28", "Jashore", ""), ("B2", "2026-02-30", "Jashore", "")]
    build.load([sheet(folder, "third.csv", mended)], folder / "store", today=TODAY)
    return folder / "store"


@pytest.fixture(scope="module")
def answer(loaded):
    return question.answer(open_current(loaded).select(Filters(), local_user()))


def test_the_rows_of_every_file_add_up_as_they_were_loaded(answer):
    rows = {row["file"]: row for row in answer.rows("loads")}
    assert [row["load_id"] for row in answer.rows("loads")] == [3, 2, 1]
    assert (rows["first.csv"]["rows_in"], rows["first.csv"]["loaded"]) == (20, 20)
    assert (rows["second.csv"]["rows_in"], rows["second.csv"]["quarantined"]) == (4, 4)
    assert (rows["third.csv"]["loaded"], rows["third.csv"]["quarantined"]) == (1, 1)


def test_the_sentence_is_about_the_last_load_and_what_still_waits(answer):
    # B1 came right, B2 came again and was refused again: its later row waits, with B3 and B4.
    assert quality.headline(answer, EN) == (
        "Last load: 2 rows in, 1 loaded, 1 quarantined. Nothing was lost: the row equation holds. "
        "3 refused rows of all loads wait for correction."
    )


COUNTS = st.integers(0, 2000)
FILES = st.lists(st.tuples(st.integers(1, 2), st.lists(COUNTS, min_size=5, max_size=5), st.integers(0, 1)), min_size=1)


@hypothesis_settings(max_examples=50)
@given(FILES, st.lists(COUNTS, max_size=4))
def test_the_sentence_adds_up_whatever_the_store_holds(answer, files, waiting):
    """Files of loads 1 and 2 whose rows in are the sum of their parts, or one more; refusals of which some wait."""
    names = ("rows_in", *quality.PARTS)
    loads = [
        {"load_id": no, **dict(zip(names, (sum(parts) + off, *parts), strict=True))}
        for no, parts, off in sorted(files, key=lambda file: -file[0])
    ]
    refusals = pa.table({"open_rows": pa.array(waiting, pa.int64())})
    told = replace(answer, tables={"loads": pa.Table.from_pylist(loads), "refusals": refusals})
    last = [row for row in loads if row["load_id"] == loads[0]["load_id"]]
    rows_in, loaded, quarantined = (sum(row[name] for row in last) for name in ("rows_in", "loaded", "quarantined"))
    holds = rows_in == sum(row[part] for row in last for part in quality.PARTS)
    said = quality.headline(told, EN)
    assert said.startswith(f"Last load: {rows_in:,} rows in, {loaded:,} loaded, {quarantined:,} quarantined.")
    assert ("the row equation holds" in said) == holds
    assert ("does not hold" in said) != holds
    assert said.endswith(f" {sum(waiting):,} refused rows of all loads wait for correction.") == (sum(waiting) > 0)


def test_a_row_waits_here_where_the_command_calls_it_open(answer, loaded):
    told = CliRunner().invoke(commands(), ["quarantine", "list", "--open", "--json", "--store", str(loaded)])
    listed = {}
    for row in json.loads(told.stdout)["rows"]:
        listed[row["rule"], row["field"]] = listed.get((row["rule"], row["field"]), 0) + 1
    shown = {(row["rule"], row["field"]): row["open_rows"] for row in answer.rows("refusals") if row["open_rows"]}
    assert shown == listed
    assert sum(row["refused_rows"] for row in answer.rows("refusals")) == 5


def test_nothing_that_was_written_in_a_refused_row_is_in_the_answer(answer):
    told = " ".join(str(answer.rows(name)) for name in ("refusals", "loads", "readings"))
    assert not any(word in told for word in ("Nowhere", "2026-13-45", "B3", "B4"))


def test_every_rule_that_the_loading_half_documents_has_advice_here():
    lines = (ROOT / "docs" / "sheet.md").read_text(encoding="utf-8").splitlines()
    documented = {line.split("`")[1] for line in lines if line.startswith("| `") and line.count(" | ") == 2}
    assert {rule.name for rule in RULES} | {"erased_reference", "still_redacted"} <= documented
    assert documented ^ set(ADVICE) == set()


def test_spellings_that_were_read_as_another_name(answer):
    (row,) = answer.rows("readings")
    assert (row["typed"], row["name_en"], row["name_bn"], row["method"]) == ("Jessore", "Jashore", "যশোর", "alias")
    assert row["read_rows"] == 20


def test_days_to_report_by_hand(answer):
    (row,) = answer.rows("delays")
    # ten reports after 1, 2, ..., 10 days: the median is 5.5; nine tenths of the way from the first to the tenth, 9.1
    assert (row["n"], row["n_undated"]) == (10, 11)
    assert row["median_d"] == pytest.approx(5.5)
    assert row["p90_d"] == pytest.approx(9.1)


def test_the_page_looks_at_everything_in_scope_whatever_the_filters_say(loaded):
    narrow = Filters(date(2026, 1, 1), date(2026, 1, 2), {"label": ("TIP",)})
    store = open_current(loaded)
    assert question.answer(store.select(narrow, local_user())) == question.answer(store.select(Filters(), local_user()))


def test_the_range_of_totals_is_the_stores_own(sample_store, facts):
    answer = question.answer(open_current(sample_store).select(Filters(), local_user()))
    ranges = facts.execute("SELECT event_type, n_most, n_least FROM published.incident_range").fetchall()
    assert sum(most - least for _, most, least in ranges) > 100
    for kind, most, least in ranges:
        (row,) = [row for row in answer.rows("doubles") if row["event_type"] == kind]
        is_small = [0 < n < K for n in (most, most - least)]
        assert row["n_most"] == (None if is_small[0] else most)
        assert row["least"] == (None if any(is_small) else least)


def test_who_is_held_to_districts_sees_no_count_of_rows(loaded, monkeypatch):
    monkeypatch.setattr(question, "protect", lambda _, table: table)
    monkeypatch.setattr("dashboard.figures.district.protect", lambda _, table: table)
    held = Principal("p", "data_officer", ("BD4041",))
    answer = question.answer(open_current(loaded).select(Filters(), held))
    assert [answer.tables[name].num_rows for name in ("loads", "refusals", "readings")] == [0, 0, 0]
    assert answer.figure("n") == 21
    assert quality.headline(answer, EN).startswith("Loads are shown to those who may see every district.")


@hypothesis_settings(max_examples=50)
@given(st.one_of(st.text(max_size=12), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.none()))
def test_no_cell_of_a_download_calculates(value):
    written = cell(value)
    assert not written.lstrip().startswith(("=", "@", "＝", "＠")) or written.startswith("'")
    if isinstance(value, int | float):
        assert type(value)(written) == value


@pytest.mark.parametrize("risky", ["=1+1", " =HYPERLINK()", "+cmd", "-2+3", "@SUM", "\t=1", "＝1"])
def test_what_begins_like_a_formula_is_written_as_text(risky):
    assert cell(risky) == "'" + risky


def test_a_download_has_no_withheld_count_and_says_so(loaded):
    selected = open_current(loaded).select(Filters(), local_user())
    answer = disclose("quality", selected, {"t": pa.table({"file": ["=a.csv", "খ"], "n": [3, 12]})})
    rows = list(csv.reader(io.StringIO(as_csv(answer, "t").decode("utf-8-sig"))))
    assert rows == [["file", "n", "suppressed"], ["'=a.csv", "", "yes"], ["খ", "12", "no"]]


def test_the_command_prints_the_pages_numbers(answer, loaded):
    said = json.loads(CliRunner().invoke(commands(), ["quality", "--store", str(loaded), "--json"]).stdout)
    assert [row["quarantined"] for row in said["loads"]] == [row["quarantined"] for row in answer.rows("loads")]
    assert said["n"] == answer.figure("n")


@pytest.mark.parametrize("language", ["en", "bn"])
def test_the_page_opens_with_refusals_and_without(answer, sample_store, language):
    clean = question.answer(open_current(sample_store).select(Filters(), local_user()))
    for each in (answer, clean):
        door = AppTest.from_function(drawn, args=(each, language), default_timeout=60).run()
        assert not door.exception
        assert door.subheader[0].value == quality.headline(each, Text(language))
    assert quality.headline(clean, EN).endswith("No refused row waits.")


@pytest.mark.parametrize(
    "name",
    ["![a](http:&#47;&#47;evil.example&#47;x.png).csv", ":red[a] $b$ :smile:.csv", "<b>a_b_c\\`d`.csv", "=1+1.csv"],
)
def test_a_file_is_named_as_it_is_called_and_is_no_markup(tmp_path, name):
    build.load([sheet(tmp_path, name, [("A1", "2026-10-01", "Jashore", "")])], tmp_path / "store", today=TODAY)
    answer = question.answer(open_current(tmp_path / "store").select(Filters(), local_user()))
    door = AppTest.from_function(drawn, args=(answer, "en"), default_timeout=60).run()
    told = door.caption[0].value
    assert MarkdownIt().render(told).startswith(f"<p>{html.escape(name)} · v000001 · ")
    assert not re.search(r"(?<!\\)[:$]", told)  # of these Streamlit makes colours, signs and formulas
    (loads,) = [each.value for each in door.dataframe if "File" in each.value.columns]
    assert list(loads["File"]) == [cell(name)]


def drawn(answer, language):
    from dashboard.i18n import Text
    from dashboard.pages import quality

    quality.draw(answer, Text(language))


def test_a_visit_of_a_page_without_filters_keeps_the_ones_in_hand(sample_store, monkeypatch):
    monkeypatch.setenv("SIMANTA_STORE", str(sample_store))
    settings.cache_clear()
    door = AppTest.from_function(visit_quality, default_timeout=60)
    door.session_state["chosen"] = Filters(choices={"d": ("BD4041",)})
    door.run()
    settings.cache_clear()
    assert not door.exception
    assert door.session_state["chosen"] == Filters(choices={"d": ("BD4041",)})
    assert set(door.query_params) == {"v", "lang"}


def visit_quality():
    from dashboard.components import frame
    from dashboard.pages import quality

    frame.run(quality.PAGE, {})


def test_what_makes_no_duration_is_counted_and_said(sample_store):
    answer = question.answer(open_current(sample_store).select(Filters(), local_user()))
    same = response.answer(question._everything(open_current(sample_store).select(Filters(), local_user())))
    assert answer.tables["left_out"].equals(same.tables["left_out"])
    assert untold.left_out(answer, "handover", Text("en")) == "Nothing is left out of durations."

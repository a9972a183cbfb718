"""The district brief: one district, its pasts, its neighbours, and no small count that its parts give back."""

import csv
import io
import json
import re
import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from dashboard.access import Principal, local_user
from dashboard.answers import district as question
from dashboard.cli import commands
from dashboard.database import open_current
from dashboard.disclosure import K, suppress
from dashboard.figures import district as figures
from dashboard.filters import Filters
from dashboard.i18n import Text
from dashboard.pages import district
from dashboard.settings import settings
from etl import build

ROOT = Path(__file__).resolve().parents[2]
EN, BN = Text("en"), Text("bn")
JASHORE, JHENAIDAH, NARAIL, DHAKA = "BD4041", "BD4044", "BD4065", "BD3026"
TOUCHING = {"BD4044", "BD4055", "BD4065", "BD4047", "BD4087"}  # Jhenaidah, Magura, Narail, Khulna, Satkhira


@pytest.fixture(autouse=True)
def _of_the_sample(sample_store, monkeypatch):
    monkeypatch.setenv("SIMANTA_STORE", str(sample_store))
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture(scope="module")
def store(sample_store):
    return open_current(sample_store)


def asked_of(store, *codes, principal=None, **more):
    return question.answer(store.select(Filters(choices={"d": codes}, **more), principal or local_user()))


@st.composite
def of_one_district(draw):
    start = draw(st.dates(date(2024, 12, 1), date(2026, 10, 1)))
    end = start + timedelta(days=draw(st.integers(6, 200)))
    return Filters(start, end, {"d": (draw(st.sampled_from((JASHORE, JHENAIDAH, DHAKA, "BD2022", "BD4087"))),)})


@hypothesis_settings(max_examples=30)
@given(of_one_district())
def test_the_sentence_says_what_the_numbers_under_it_say(store, filters):
    answer = question.answer(store.select(filters, local_user()))
    said, (totals,) = district.headline(answer, EN), answer.rows("totals")
    if totals["n"] is None:
        assert ": <5 detections in" in said
    elif totals["n"] or any(row["n_before"] != 0 for row in answer.rows("past")):
        assert f": {totals['n']:,} detections in" in said or (totals["n"] == 0 and "0 detections in" in said)
    verdicts = [row["verdict"] for row in answer.rows("past")]
    assert said.count("Evidence of a rise") == verdicts.count("rise")
    assert said.count("Evidence of a fall") == verdicts.count("fall")
    name, neighbours = answer.label("en"), answer.rows("neighbours")
    for verdict in ("rise", "fall"):
        told = re.search(f"Neighbours with evidence of a {verdict}: ([^.]*)\\.", said)
        places = [name("district", row["adm2"]) for row in neighbours if row["verdict"] == verdict]
        assert (told.group(1).split(", ") if told else []) == places
    for text in (EN, BN):
        assert not re.search(r"\b(nan|None|null|inf)\b|[{}]", district.headline(answer, text))


def test_both_pasts_are_those_of_the_file(store, facts):
    answer = asked_of(store, JASHORE, date_from=date(2026, 8, 31), date_to=date(2026, 11, 22))
    until = answer.rows("past")[0]["date_to"]
    days = until - date(2026, 8, 31)
    assert date(2026, 10, 25) < until < date(2026, 11, 22)  # the sample's last weeks are still filling up
    ends = ((date(2026, 8, 30) - days, date(2026, 8, 30)), (date(2025, 9, 1), date(2025, 9, 1) + days))
    for row, (first, last) in zip(answer.rows("past"), ends, strict=True):
        assert (row["first_day"], row["last_day"]) == (first, last)
        assert row["n_before"] == counted(facts, JASHORE, first, last)


def counted(facts, adm2, first, last):
    sql = "SELECT count(*) FROM incident WHERE adm2 = ? AND event_type <> 'pushed_in' AND date_start BETWEEN ? AND ?"
    return facts.execute(sql, [adm2, first, last]).fetchone()[0]


def test_neighbours_are_those_that_touch_with_their_own_records(store, facts):
    answer = asked_of(store, JASHORE)
    first, last = answer.filters.span[0], answer.rows("compared")[0]["date_to"]
    found = {row["adm2"]: row for row in answer.rows("neighbours")}
    assert set(found) == TOUCHING
    for adm2, row in found.items():
        n = counted(facts, adm2, first, last)
        assert (row["n"], row["n_hidden"]) == ((None, True) if 0 < n < K else (n, False))


def test_a_neighbour_out_of_view_is_not_counted_and_not_shown_as_none(store):
    held = Principal("p", "commander", (JASHORE, JHENAIDAH))
    selected = store.select(
        Filters(choices={"d": (JASHORE,)}, date_from=date(2026, 1, 1), date_to=date(2026, 3, 1)), held
    )
    touching = tuple(selected.ask("neighbours", district=JASHORE)["adm2"].to_pylist())
    assert figures.in_view(selected, touching) == (JHENAIDAH,)
    beside = replace(selected, filters=selected.filters.choose("d", touching))
    shown = beside.ask("detections_by_neighbour", neighbours=[JHENAIDAH])["adm2"].to_pylist()
    assert shown == [JHENAIDAH]
    assert figures.asked(selected) == JASHORE
    assert figures.asked(replace(selected, filters=selected.filters.choose("d", (NARAIL,)))) is None


@hypothesis_settings(max_examples=15)
@given(of_one_district())
def test_the_total_less_the_labels_that_are_told_leaves_more_than_one_of_them(store, filters):
    answer = question.answer(store.select(filters, local_user()))
    (totals,), compared, rows = answer.rows("totals"), answer.rows("compared")[0], answer.rows("labels")
    assert "n_tip" not in totals
    for count in ("n", "n_before"):
        withheld = [row for row in rows if row[f"{count}_hidden"]]
        assert len(withheld) != 1 or compared[count] is None
        assert all(row["is_part_hidden"] for row in withheld)
    said = " ".join(district.unknown(answer, EN))
    undetermined = [row["n"] for row in rows if row["crime_label"] == "UNDETERMINED" and row["n"]]
    assert ("undetermined" in said) == bool(undetermined)


def test_without_one_district_the_page_offers_the_choice(store):
    answer = asked_of(store)
    assert answer.notes["district"] is None
    assert district.headline(answer, EN) == "Choose one district: this page is about one at a time."
    assert len(answer.rows("choice")) == 64


@pytest.mark.parametrize("language", ["en", "bn"])
def test_a_district_is_found_by_every_name_and_old_spelling(store, language):
    also = {row["adm2"]: row["spellings"] for row in asked_of(store).rows("choice")}
    named = district._named(JASHORE, also[JASHORE], asked_of(store), Text(language))
    assert all(name in named for name in ("Jashore", "যশোর", "Jessore", "যশোহর"))
    assert named.startswith("Jashore" if language == "en" else "যশোর")
    assert "Zila" not in named


@pytest.mark.parametrize("total", range(K, 19))
def test_no_part_of_a_trail_gives_a_small_one_back(total):
    """Whoever knows the total and reads what is shown finds at least two values for each part of 1 to 4.

    A total of 1 to 4 is withheld itself; every way to part a total is tried.
    """
    parts = [(f, m, total - f - m) for f in range(total + 1) for m in range(total - f + 1)]
    looking_alike = {}
    for part, shown in zip(parts, as_shown(parts), strict=True):
        looking_alike.setdefault(tuple(shown.items()), []).append(part)
    for alike in looking_alike.values():
        for place in range(3):
            values = {part[place] for part in alike}
            assert len(values) > 1 or not 0 < min(values) < K


def as_shown(parts):
    """Trails with these parts as an Answer has them, with their hidden twins."""
    names = ("n_found", "n_not_found", "n_not_looked_for")
    rows = [figures._looked_for({"trail_type": "finance", **dict(zip(names, part, strict=True))}) for part in parts]
    return suppress(pa.Table.from_pylist(rows, figures.TRAIL), figures.TRAILS).to_pylist()


def test_a_trail_is_counted_once_an_incident_over_its_stages(store, facts):
    answer = asked_of(store, JASHORE)
    first, last = figures.period.span(store.select(answer.filters, local_user()))
    n = counted(facts, JASHORE, first, last)
    rows = answer.rows("trails")
    assert [row["trail_type"] for row in rows] == [
        "advertising", "rental_premises", "transport", "communications", "finance", "documents",
    ]  # fmt: skip
    for row in rows:
        if row["n_looked_for"] is not None:
            assert row["n_looked_for"] + row["n_not_looked_for"] == n


def test_trails_are_counted_as_the_published_view_tells_them(tmp_path):
    """Also where only one of the two lists is filled, and where a sheet of trails tells more than the flat record."""
    flat = [("A", "", ""), ("B", "finance", ""), ("C", "", "finance"), ("D", "finance;transport", "transport")]
    sheets = {
        "flat.csv": ["source_ref,event_type,date_start,adm2,trails_looked_for,trails_found"]
        + [f"{ref},interception_inland,2026-03-02,{JASHORE},{looked},{found}" for ref, looked, found in flat],
        "trails.csv": [
            "source_ref,trail_type,stage,looked_for,found",
            "A,transport,move,yes,yes",
            "A,transport,hold,no,",
            "D,transport,move,yes,no",
        ],
    }
    for name, lines in sheets.items():
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        build.load([tmp_path / name], tmp_path / "store", today=date(2026, 11, 22))
    counted = open_current(tmp_path / "store").select(Filters(), local_user()).ask("trails").to_pylist()
    copy = shutil.copy(tmp_path / "store" / "facts" / "v000002.duckdb", tmp_path / "copy.duckdb")
    with duckdb.connect(copy, read_only=True) as connection:
        sql = "SELECT incident_id, trail_type, list(state) FROM published.trail GROUP BY ALL"
        states = [(trail, set(states)) for _, trail, states in connection.execute(sql).fetchall()]
    for row in counted:
        mine = [states_ for trail, states_ in states if trail == row["trail_type"]]
        assert len(mine) == 4
        assert row["n_found"] == sum("found" in each for each in mine)
        assert row["n_not_looked_for"] == sum(each == {"not_looked_for"} for each in mine)
    assert {row["trail_type"]: row["n_found"] for row in counted if row["n_found"]} == {"finance": 1, "transport": 1}


@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize("codes", [[], [JASHORE], [DHAKA]])
def test_the_page_opens_on_every_state(store, language, codes):
    answer = asked_of(store, *codes)
    door = AppTest.from_function(drawn, args=(answer, language), default_timeout=60).run()
    assert not door.exception
    assert door.subheader[0].value == district.headline(answer, Text(language))


def drawn(answer, language):
    from dashboard.i18n import Text
    from dashboard.pages import district

    district.choose(answer, Text(language))
    district.draw(answer, Text(language))


def test_the_command_prints_the_numbers_of_the_page(store):
    told = CliRunner().invoke(commands(), ["brief-data", "--district", "Jessore", "--format", "json"])
    answer, said = asked_of(store, JASHORE), json.loads(told.stdout)
    assert said["district"] == JASHORE
    assert said["n"] == answer.figure("n")
    assert [row["n"] for row in said["neighbours"]] == [row["n"] for row in answer.rows("neighbours")]
    assert [row["n_before"] for row in said["past"]] == [row["n_before"] for row in answer.rows("past")]


def test_the_commands_csv_has_every_table_under_one_header():
    told = CliRunner().invoke(commands(), ["brief-data", "--district", JASHORE, "--format", "csv"])
    rows = list(csv.DictReader(io.StringIO(told.stdout)))
    assert {row["table"] for row in rows} >= {"past", "labels", "neighbours", "trails", "agencies", "effort"}
    assert sum(row["table"] == "neighbours" for row in rows) == len(TOUCHING)


def test_neighbours_touch_both_ways_and_nobody_is_alone():
    with (ROOT / "data" / "reference" / "neighbours.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["adm2"], row["neighbour"], row["shared_km"]) for row in csv.DictReader(file)]
    assert {(b, a, km) for a, b, km in rows} == set(rows)
    assert all(a != b for a, b, _ in rows)
    assert len({a for a, *_ in rows}) == 64
    assert {b for a, b, _ in rows if a == JASHORE} == TOUCHING

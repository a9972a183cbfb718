"""Inspecting a file: what it is taken to be, what would be refused, a draft of its mapping; nothing is loaded."""

import json
import re
import tomllib
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import proposal
from etl.errors import LoadError
from etl.inspection import LOOKED_AT, inspect, propose
from etl.mapping import read_mapping
from etl.proposal import meaning_of_header
from etl.source import same_header

FOLDER = Path(__file__).parent / "fieldformat"
TODAY = date(2026, 11, 24)
MAPPED = {
    "bn_interceptions.xlsx": "bn_interceptions",
    "bn_utf16.csv": "bn_utf16",
    "en_cp1252.csv": "en_cp1252",
    "en_incidents.csv": "en_incidents",
    "points.geojson": "points",
    "points.gpkg": "points",
    "points.kml": "points",
}


def test_a_file_is_told_by_type_header_columns_and_first_problems(sheet):
    file = sheet("a.csv", {"weather": "rain"}, {"persons": "x"}, {"persons": "y"}, {"adm2": "Gotham"})
    told = inspect(file, today=TODAY)
    (table,) = told.tables
    assert (told.file, told.mapping, told.is_refused) == ("a.csv", None, False)
    assert table.taken_as == "text in utf-8, cells parted by commas"
    assert (table.header_row, table.source, table.rows_looked_at) == (1, "simanta_sheet", 4)
    assert {each.header: each.becomes for each in table.columns}["weather"] is None
    assert table.rules == {"number_unreadable": 2, "unknown_place": 1}
    assert [(each.row, each.field) for each in table.problems] == [(3, "persons"), (4, "persons"), (5, "adm2")]
    assert json.loads(json.dumps(told.as_dict()))["tables"][0]["error"] is None


def test_only_the_first_rows_are_looked_at(sheet):
    file = sheet("a.csv", *({"source_ref": str(n)} for n in range(LOOKED_AT + 5)))
    assert inspect(file, today=TODAY).tables[0].rows_looked_at == LOOKED_AT


def test_a_mapping_says_what_each_column_becomes():
    mapping = read_mapping(FOLDER / "mappings" / "bn_interceptions.toml")
    told = inspect(FOLDER / "bn_interceptions.xlsx", mapping=mapping, today=TODAY)
    (table,) = told.tables
    assert told.mapping == mapping.named()
    assert (table.source, table.header_row, table.rows_looked_at) == ("bn_interceptions", 5, 90)
    assert [each.becomes for each in table.columns[:3]] == ["ignored", "source_ref", "date_start"]
    assert all(each.becomes for each in table.columns)


def test_a_file_that_would_be_refused_is_told_with_its_header(tmp_path):
    (tmp_path / "a.csv").write_text("district,male,when\nJessore,1,2026-01-01\n", encoding="utf-8")
    told = inspect(tmp_path / "a.csv", today=TODAY)
    assert told.is_refused
    assert told.tables[0].error["code"] == "MISSING_COLUMN"
    assert [each.becomes for each in told.tables[0].columns] == ["adm2", "male", None]


def test_personal_data_in_a_header_is_not_shown(tmp_path):
    (tmp_path / "a.csv").write_text("district,male,call 01700000000\nJessore,1,x\n", encoding="utf-8")
    told = inspect(tmp_path / "a.csv", today=TODAY)
    assert told.tables[0].error["code"] == "PERSONAL_DATA"
    assert "01700000000" not in json.dumps(told.as_dict())
    with pytest.raises(LoadError, match="personal data"):
        propose(tmp_path / "a.csv")


# --- a draft of a mapping ------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(MAPPED))
def test_a_draft_maps_most_of_a_field_sheet_rightly_and_nothing_wrongly(name, tmp_path):
    draft = propose(FOLDER / name)
    drafted, right = tomllib.loads(draft), tomllib.loads((FOLDER / "mappings" / f"{MAPPED[name]}.toml").read_text())
    said = {same_header(header): column for header, column in drafted["columns"].items()}
    meant = {same_header(header): column for header, column in right["columns"].items()}
    wrong = {header: column for header, column in said.items() if meant.get(header, column) != column}
    assert wrong == {}
    # Headers of the file, mapped or not, and without the number that only the sheet knows.
    headers = drafted["columns"].keys() | set(re.findall(r'^# "([^"]*)" = ', draft, re.MULTILINE))
    assert len(said) >= 0.8 * len(headers)
    for column, words in drafted.get("codes", {}).items():
        assert {word: right["codes"][column].get(word) for word in words} == words
    assert drafted.get("date_order") in (None, right.get("date_order"))
    assert set(drafted.get("ignored", [])) == set(right.get("ignored", []))


def test_a_draft_is_a_mapping_that_holds(tmp_path):
    (tmp_path / "draft.toml").write_text(propose(FOLDER / "bn_interceptions.xlsx"), encoding="utf-8")
    mapping = read_mapping(tmp_path / "draft.toml")
    assert mapping.told.totals == {"ক্রমিক নং": ["মোট"]}
    assert mapping.told.codes["precision_code"] == {"জিপিএস": "1"}


@pytest.mark.parametrize(
    ("header", "column", "is_sure"),
    [
        ("Date of Incidents", "date_start", True),
        ("DISTRICT NAME", "adm2", True),
        ("Lattitude", "lat", True),
        ("মোট ব্যাক্তি", "persons", True),  # a common slip
        ("Upazilla / Thana", "adm3", False),
        ("Total Victims", "persons", False),
        ("Reporting Officer", "report_date", False),
    ],
)
def test_a_likeness_is_nearly_certain_or_left_to_a_person(header, column, is_sure):
    guess = meaning_of_header(header)
    assert guess is None or guess[2] == is_sure
    assert not is_sure or guess[0] == column


@pytest.mark.parametrize("header", ["Weather", "Officer", "Camp", "আবহাওয়া", "Blood group", "x" * 500, "", "?"])
def test_what_is_like_nothing_is_not_guessed(header):
    guess = meaning_of_header(header)
    assert guess is None or not guess[2]


def test_a_draft_quotes_no_personal_data_and_steers_no_terminal(tmp_path):
    rows = [
        "ref no,district,type,date",
        "1,Jessore,call 01700000000,01/02/2026",
        '2,Jessore,"R\x1b[2J""aid",02/01/2026',
    ]
    (tmp_path / "01700 a.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    draft = propose(tmp_path / "01700 a.csv")
    assert "01700000000" not in draft
    assert "\x1b" not in draft
    assert 'name = "new_sheet"' in draft
    assert '# date_order = "dmy"' in draft  # both days can be read both ways
    tomllib.loads(draft)


HEADERS = st.one_of(st.text(max_size=20), st.sampled_from(["Date", "Ref No", "জেলা", "Type", "Total", 'a"b\\c', "sl"]))


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(HEADERS, st.lists(st.text(max_size=15), min_size=3, max_size=3), min_size=1, max_size=6))
def test_a_draft_is_toml_whatever_the_sheet_holds(cells):
    draft = proposal.draft("any", {header: pl.Series(below, dtype=pl.String) for header, below in cells.items()})
    assert set(tomllib.loads(draft)["columns"]) <= cells.keys()


def test_a_draft_says_what_it_did_not_find(tmp_path):
    (tmp_path / "a.csv").write_text("name,date,district\n1,2026-01-01,Jessore\n", encoding="utf-8")
    assert "# Not found, and needed: source_ref, event_type." in propose(tmp_path / "a.csv")


def test_two_headers_of_one_meaning_are_left_to_a_person(tmp_path):
    (tmp_path / "a.csv").write_text(
        "ref no,date,incident date,district\n1,2026-01-01,2026-01-02,Jessore\n", encoding="utf-8"
    )
    said = tomllib.loads(propose(tmp_path / "a.csv"))["columns"]
    assert [header for header, column in said.items() if column == "date_start"] in (["date"], ["incident date"])

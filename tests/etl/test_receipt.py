"""The receipt: one line an incoming row, whole or not at all, and nothing in it that calculates or is personal."""

import csv
from datetime import date

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from etl.build import load
from etl.errors import LoadError
from etl.outgoing import guarded, unguarded

TODAY = date(2026, 11, 24)
HEADER = (
    "file,sheet,row,verdict,rule,field,fix,adm2,precision_code,date_start,date_precision,event_type,crime_label,"
    "resolution"
)
AREA = {"lat": "", "lon": "", "precision_code": ""}


def lines(file):
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_receipt_tells_of_every_row_of_every_file_in_their_order(sheet, tmp_path):
    first = sheet("z.csv", {"source_ref": "A"}, {"source_ref": "B", "date_start": "2026-02-31"}, {"source_ref": "A"})
    second = sheet("a.csv", {"source_ref": "C", **AREA}, {"source_ref": "D", "persons": "x"})
    report = load([first, second], tmp_path / "s", today=TODAY, receipt_to=tmp_path / "r.csv")
    assert (tmp_path / "r.csv").read_text().splitlines()[0] == HEADER
    told = lines(tmp_path / "r.csv")
    assert [(each["file"], each["row"], each["verdict"], each["rule"], each["field"]) for each in told] == [
        ("z.csv", "2", "loaded", "", ""),
        ("z.csv", "3", "quarantined", "impossible_date", "date_start"),
        ("z.csv", "4", "duplicate", "", ""),
        ("a.csv", "2", "loaded", "", ""),
        ("a.csv", "3", "quarantined", "number_unreadable", "persons"),
    ]
    assert told[1]["fix"] == "There is no such day: correct it."
    stored = [told[3][each] for each in ("adm2", "precision_code", "date_start", "date_precision", "resolution")]
    assert stored == ["BD4041", "5", "2026-03-02", "day", ""]
    assert (told[0]["resolution"], told[0]["crime_label"]) == ("9", "UNDETERMINED")
    assert len(told) == report.rows_in


def test_a_row_is_named_by_its_sheet_too(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        for name in ("north", "=south"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["source_ref", "event_type", "date_start", "adm2"])
            sheet.write_row(1, 0, [name.strip("="), "interception_inland", "2026-03-02", "BD4041"])
    load([tmp_path / "a.xlsx"], tmp_path / "s", today=TODAY, receipt_to=tmp_path / "r.csv")
    told = [(each["sheet"], each["row"], each["verdict"]) for each in lines(tmp_path / "r.csv")]
    assert told == [("north", "2", "loaded"), ("'=south", "2", "loaded")]


def test_a_dry_run_writes_one_and_a_refused_load_none(sheet, tmp_path):
    file, bad = sheet("a.csv", {}), tmp_path / "b.csv"
    bad.write_bytes(b"\x89PNG")
    load([file], tmp_path / "s", today=TODAY, dry_run=True, receipt_to=tmp_path / "r.csv")
    assert [each["verdict"] for each in lines(tmp_path / "r.csv")] == ["loaded"]
    with pytest.raises(LoadError):
        load([file, bad], tmp_path / "s", today=TODAY, receipt_to=tmp_path / "q.csv")
    assert not list(tmp_path.glob("q.csv*"))


@pytest.mark.parametrize("place", ["s/r.csv", "s.keys/r.csv", "a.csv", "none/r.csv", "s"])
def test_a_receipt_lies_neither_in_the_store_nor_over_a_source(place, sheet, tmp_path):
    file = sheet("a.csv", {})
    load([file], tmp_path / "s", today=TODAY)
    before = file.read_bytes()
    with pytest.raises(LoadError) as refused:
        load([file], tmp_path / "s", today=TODAY, receipt_to=tmp_path / place)
    assert refused.value.code == "OUTPUT_UNWRITABLE"
    assert file.read_bytes() == before
    assert not (tmp_path / "s" / "r.csv").exists()


def test_a_name_that_calculates_is_made_harmless(sheet, tmp_path):
    load([sheet("=cmd.csv", {})], tmp_path / "s", today=TODAY, receipt_to=tmp_path / "r.csv")
    assert lines(tmp_path / "r.csv")[0]["file"] == "'=cmd.csv"


def test_nothing_personal_is_in_a_receipt(sheet, tmp_path):
    rows = [{"source_ref": "01700000000"}, {"source_ref": "B", "place_name": "Md. Invented Person"}]
    load([sheet("a.csv", *rows)], tmp_path / "s", today=TODAY, receipt_to=tmp_path / "r.csv")
    told = (tmp_path / "r.csv").read_text()
    assert "01700000000" not in told
    assert "Invented" not in told
    assert [each["rule"] for each in lines(tmp_path / "r.csv")] == ["pii_in_text"] * 2


@given(st.text(max_size=12) | st.sampled_from(["=1+1", "+88", "-23.1", "@x", "\t=", "＝1", "'=1", "-2+3", "  =1"]))
def test_what_is_made_harmless_begins_with_no_sign_and_can_be_made_as_it_was(text):
    made = pl.DataFrame({"text": [text]}).select(guarded(pl.col("text")).alias("out"))
    back = made.select(unguarded(pl.col("out")))
    out = made["out"][0]
    is_number = out.lstrip("+-").replace(".", "", 1).isdecimal()
    assert is_number or out.lstrip(" ")[:1] not in set("=+-@\t\r＝＋－＠")
    assert back.item() == text or text.startswith("'")

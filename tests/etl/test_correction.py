"""Refused rows as a workplace: out as a workbook, corrected by a person, back in under their own identity."""

import re
import zipfile
from datetime import date

import duckdb
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from etl.build import load
from etl.errors import LoadError
from etl.facts import opened
from etl.quarantine import write_workbook
from etl.store import current, version_file

TODAY = date(2026, 11, 24)
UNTOLD = "Zq-7/kx"  # a reference that is shown as kind and length alone


def refusals(store, rule=None, file=None):
    with opened(store, current(store)) as facts:
        return list(facts.refusals(rule, file))


def exported(store, file):
    """The workbook of all open rows, and its rows as a person sees them."""
    write_workbook(file, store, [each for each in refusals(store) if each.status == "open"])
    header, *rows = CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python()
    return [dict(zip(header, row, strict=True)) for row in rows]


def saved(file, rows):
    """What a person saves: each cell as text."""
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([dict(zip(rows[0], rows[0], strict=True)), *rows]):
            for at, cell in enumerate(row.values()):
                sheet.write_string(number, at, str(cell))
    return file


def stored(store):
    with duckdb.connect(version_file(store, current(store)), read_only=True) as con:
        return con.execute("SELECT source, persons, date_start::VARCHAR, hex(incident_id) FROM incident").fetchall()


def traced(store):
    with duckdb.connect(version_file(store, current(store)), read_only=True) as con:
        return con.execute("SELECT quarantine_id, load_id, file, sheet, row_no, verdict FROM correction").fetchall()


def test_a_corrected_row_keeps_the_identity_that_it_had(sheet, tmp_path):
    store = tmp_path / "s"
    load([sheet("a.csv", {"source_ref": UNTOLD, "date_start": "2026-02-31"})], store, today=TODAY)
    (row,) = exported(store, tmp_path / "c.xlsx")
    assert (row["quarantine_id"], row["rule"], row["source_ref"]) == ("Q1-1", "impossible_date", "<text:7>")
    saved(tmp_path / "c.xlsx", [row | {"date_start": "2026-02-28"}])
    assert load([tmp_path / "c.xlsx"], store, today=TODAY).files[0].loaded == 1
    assert traced(store) == [("Q1-1", 2, "c.xlsx", "Sheet1", 2, "loaded")]
    (first,) = refusals(store)
    assert (first.status, first.status_in) == ("corrected", 2)
    right = sheet("b.csv", {"source_ref": UNTOLD, "date_start": "2026-02-28"})
    assert load([right], store, today=TODAY).files[0].unchanged == 1  # the same record, sent by its reference
    assert load([tmp_path / "c.xlsx"], store, today=TODAY).files[0].unchanged == 1


def test_a_row_goes_back_to_the_source_that_it_came_from(tmp_path):
    store, file = tmp_path / "s", tmp_path / "mm.csv"
    file.write_text(
        "Web ID,Reported Date,Total Dead and Missing,Location Coodinates,Country of Incident\n"
        '2026.MM7,2026-02-31,3,"12.5, 92.7",India\n'
    )
    assert load([file], store, today=TODAY).files[0].source == "missing_migrants"
    (row,) = exported(store, tmp_path / "c.xlsx")
    saved(tmp_path / "c.xlsx", [row | {"date_start": "2026-02-28"}])
    report = load([tmp_path / "c.xlsx"], store, today=TODAY)
    assert (report.files[0].loaded, report.files[0].rules, report.files[0].warnings) == (1, {}, ())
    assert [each[:3] for each in stored(store)] == [("missing_migrants", 3, "2026-02-28")]
    file.write_text(file.read_text().replace("02-31", "02-28"))
    assert load([file], store, today=TODAY).files[0].unchanged == 1


def test_a_cell_that_still_is_redacted_is_refused_and_named(sheet, tmp_path):
    store = tmp_path / "s"
    rows = [{"source_ref": UNTOLD, "adm2": "Atlantis", "lat": "", "lon": "", "precision_code": ""}]
    load([sheet("a.csv", *rows, {"source_ref": "01700000000"})], store, today=TODAY)
    out = exported(store, tmp_path / "c.xlsx")
    assert [(row["adm2"], row["source_ref"]) for row in out] == [("<text:8>", "<text:7>"), ("BD4041", "<mobile:11>")]
    report = load([saved(tmp_path / "c.xlsx", out)], store, today=TODAY)
    assert report.files[0].rules == {"still_redacted": 2}
    assert [(each.status, each.status_in) for each in refusals(store, file="a.csv")] == [("resent", 2)] * 2
    again = exported(store, tmp_path / "d.xlsx")
    assert [(row["field"], row["quarantine_id"]) for row in again] == [("adm2", "Q2-1"), ("source_ref", "Q2-2")]
    right = [again[0] | {"adm2": "Jashore"}, again[1] | {"source_ref": "P-2"}]
    assert load([saved(tmp_path / "d.xlsx", right)], store, today=TODAY).files[0].loaded == 2
    assert not [each for each in refusals(store) if each.status == "open"]


def test_a_number_that_no_refused_row_has_is_refused(sheet, tmp_path):
    store = tmp_path / "s"
    file = sheet("a.csv", {"quarantine_id": "Q9-9"}, {"source_ref": "B", "quarantine_id": ""})
    report = load([file], store, today=TODAY)
    assert (report.files[0].loaded, report.files[0].rules) == (1, {"unknown_quarantine_id": 1})


def test_rows_that_the_store_could_not_take_come_back_too(sheet, tmp_path):
    store = tmp_path / "s"
    both = [{"source_ref": UNTOLD, "persons": n, "trails_found": "finance;transport"} for n in ("1", "2")]
    load([sheet("a.csv", *both)], store, today=TODAY)
    out = exported(store, tmp_path / "c.xlsx")
    assert [(row["rule"], row["source_ref"]) for row in out] == [("reference_conflict", "<text>")] * 2
    right = [row | {"report_date": f"2026-03-0{n}"} for n, row in enumerate(out, 4)]
    report = load([saved(tmp_path / "c.xlsx", right)], store, today=TODAY)
    assert (report.files[0].loaded, report.files[0].superseded) == (1, 1)
    assert [each[1] for each in stored(store)] == [2]


def test_a_row_that_is_sent_again_right_is_no_longer_open(sheet, tmp_path):
    store = tmp_path / "s"
    load([sheet("a.csv", {"source_ref": UNTOLD, "date_start": "2026-02-31"})], store, today=TODAY)
    load([sheet("b.csv", {"source_ref": UNTOLD, "date_start": "2026-02-31"})], store, today=TODAY)
    assert [(each.quarantine_id, each.status) for each in refusals(store)] == [("Q1-1", "resent"), ("Q2-1", "open")]
    load([sheet("c.csv", {"source_ref": UNTOLD})], store, today=TODAY)
    assert {(each.status, each.status_in) for each in refusals(store)} == {("corrected", 3)}


def test_what_an_officer_writes_beside_the_cells_is_not_kept(sheet, tmp_path):
    store = tmp_path / "s"
    load([sheet("a.csv", {"date_start": "2026-02-31"})], store, today=TODAY)
    (row,) = exported(store, tmp_path / "c.xlsx")
    told = row | {"date_start": "2026-02-28", "fix": "asked Md. Invented, 01700000000"}
    assert load([saved(tmp_path / "c.xlsx", [told])], store, today=TODAY).files[0].loaded == 1
    told = row | {"place_name": "at 01700000000"}
    assert load([saved(tmp_path / "c.xlsx", [told])], store, today=TODAY).files[0].rules == {"pii_in_text": 1}
    assert b"01700000000" not in version_file(store, current(store)).read_bytes()


def test_the_workbook_calculates_nothing_links_nowhere_and_names_nobody(sheet, tmp_path):
    store = tmp_path / "s"
    load([sheet("a.csv", {"persons": "=1+1"}, {"source_ref": "B", "lat": "-23.1"})], store, today=TODAY)
    out = exported(store, tmp_path / "c.xlsx")
    assert [row["persons"] or row["lat"] for row in out] == ["'=1+1", "-23.1"]
    with zipfile.ZipFile(tmp_path / "c.xlsx") as book:
        parts = {name: book.read(name).decode() for name in book.namelist()}
    assert not re.search(r"<f[ >]", parts["xl/worksheets/sheet1.xml"])
    assert "hyperlink" not in parts["xl/worksheets/sheet1.xml"]
    assert re.search(r"<dc:creator>\s*</dc:creator>|<dc:creator/>", parts["docProps/core.xml"])
    back = load([tmp_path / "c.xlsx"], store, today=TODAY)
    assert back.files[0].rules == {"number_unreadable": 1, "coord_sign": 1}
    assert [each.kept.get("persons") for each in refusals(store, "number_unreadable")] == ["=1+1", "=1+1"]


def test_a_workbook_does_not_lie_in_the_store(sheet, tmp_path):
    load([sheet("a.csv", {"date_start": "2026-02-31"})], tmp_path / "s", today=TODAY)
    with pytest.raises(LoadError) as refused:
        exported(tmp_path / "s", tmp_path / "s" / "c.xlsx")
    assert refused.value.code == "OUTPUT_UNWRITABLE"

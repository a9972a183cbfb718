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
from etl.mapping import read_mapping
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
        return con.execute("SELECT source, persons, date_start::VARCHAR, incident_id FROM incident").fetchall()


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


MAPPING = """
name = "range"
version = "1"
source = "range_register"
date_order = "dmy"
[columns]
"Ref" = "source_ref"
"Date" = "date_start"
"Kind" = "event_type"
"District" = "adm2"
"Persons" = "persons"
[codes.event_type]
"Held" = "interception_at_border"
[reference]
shape = '2026[0-9]{6}'
reason = "year and number of the register"
"""


@pytest.fixture
def mapped(tmp_path):
    """A mapping whose references have ten digits and whose days are written day first, and a sheet's rows -> a load."""
    (tmp_path / "range.toml").write_text(MAPPING)

    def load_mapped(name, *lines, mapping=MAPPING):
        (tmp_path / "range.toml").write_text(mapping)
        (tmp_path / name).write_text("\n".join(["Ref,Date,Kind,District,Persons", *lines]) + "\n")
        return load([tmp_path / name], tmp_path / "s", mapping=read_mapping(tmp_path / "range.toml"), today=TODAY)

    return load_mapped


def test_a_corrected_row_is_judged_on_the_terms_of_its_mapping(mapped, tmp_path):
    store, row = tmp_path / "s", "2026000007,03/04/2026,Held,Jashore,{}"
    assert mapped("a.csv", row.format("two"), row.format("2").replace("0007", "0008")).files[0].loaded == 1
    (out,) = exported(store, tmp_path / "c.xlsx")
    assert (out["rule"], out["date_start"]) == ("number_unreadable", "03/04/2026")
    right = saved(tmp_path / "c.xlsx", [out | {"persons": "2", "source_ref": "2026000007"}])  # typed anew
    assert (load([right], store, today=TODAY).files[0].rules, len(stored(store))) == ({}, 2)
    assert {each[:3] for each in stored(store)} == {("range_register", 2, "2026-04-03")}
    assert mapped("b.csv", row.format("2")).files[0].unchanged == 1  # exactly what the first load would have made


def test_the_terms_stay_with_a_row_that_is_refused_again(mapped, tmp_path):
    store = tmp_path / "s"
    mapped("a.csv", "2026000007,03/04/2026,Held,Jashore,two")
    for name, persons in (("c.xlsx", "two"), ("d.xlsx", "2")):
        (out,) = exported(store, tmp_path / name)
        report = load([saved(tmp_path / name, [out | {"persons": persons}])], store, today=TODAY)
    assert (report.files[0].loaded, stored(store)[0][2]) == (1, "2026-04-03")
    assert load([sheet_of(tmp_path, "2026000009")], store, today=TODAY).files[0].rules == {"pii_in_text": 1}


def sheet_of(tmp_path, reference):
    """Our own sheet, whose references of ten digits are taken for identity numbers."""
    file = tmp_path / "own.csv"
    file.write_text(f"source_ref,event_type,date_start,adm2\n{reference},interception_at_border,2026-03-02,BD4041\n")
    return file


def test_the_order_that_a_file_proved_is_that_of_its_corrections(sheet, tmp_path):
    store = tmp_path / "s"
    rows = [{"date_start": "21/04/2026"}, {"source_ref": "B", "date_start": "03/04/2026", "persons": "x"}]
    load([sheet("a.csv", *rows)], store, today=TODAY)
    (out,) = exported(store, tmp_path / "c.xlsx")
    assert load([saved(tmp_path / "c.xlsx", [out | {"persons": "3"}])], store, today=TODAY).files[0].loaded == 1
    assert {each[2] for each in stored(store)} == {"2026-04-21", "2026-04-03"}


def test_rows_of_another_area_stay_of_that_area(mapped, tmp_path):
    store = tmp_path / "s"
    world = MAPPING.replace('date_order = "dmy"', 'area = "world"')
    world = world.replace('"District" = "adm2"', '"Country" = "country"\n"Lat" = "lat"\n"Lon" = "lon"')
    (tmp_path / "range.toml").write_text(world + '[defaults]\nprecision_code = "4"\n')
    (tmp_path / "w.csv").write_text("Ref,Date,Kind,Country,Persons,Lat,Lon\nW1,2026-02-31,Held,India,2,12.5,92.7\n")
    load([tmp_path / "w.csv"], store, mapping=read_mapping(tmp_path / "range.toml"), today=TODAY)
    (out,) = exported(store, tmp_path / "c.xlsx")
    report = load([saved(tmp_path / "c.xlsx", [out | {"date_start": "2026-02-28"}])], store, today=TODAY)
    assert (report.files[0].loaded, report.files[0].rules) == (1, {})

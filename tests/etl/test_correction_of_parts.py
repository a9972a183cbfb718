"""Refused rows of further sheets: out on sheets of their own, corrected by a person, back in and traced."""

from datetime import date

import duckdb
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from etl.build import load
from etl.facts import opened
from etl.kinds import KINDS
from etl.mapping import read_mapping
from etl.quarantine import write_workbook
from etl.store import current, version_file

TODAY = date(2026, 11, 24)
PERSONS = ("source_ref", "role", "n")
EFFORT = ("unit", "crossing", "week", "patrol_hours")


def refusals(store):
    with opened(store, current(store)) as facts:
        return list(facts.refusals())


def exported(store, file):
    """The workbook of all open rows: name of a sheet -> its rows as a person sees them."""
    write_workbook(file, store, [each for each in refusals(store) if each.status == "open"])
    book = CalamineWorkbook.from_path(file)
    told = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    return {name: [dict(zip(rows[0], row, strict=True)) for row in rows[1:]] for name, rows in told.items()}


def saved(file, sheets):
    """What a person saves: each cell as text."""
    with xlsxwriter.Workbook(file) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate([dict(zip(rows[0], rows[0], strict=True)), *rows] if rows else []):
                for at, cell in enumerate(row.values()):
                    sheet.write_string(number, at, str(cell))
    return file


def table(file, header, *rows):
    file.write_text("\n".join(",".join(row) for row in (header, *rows)) + "\n", encoding="utf-8")
    return file


def asked(store, statement):
    with duckdb.connect(version_file(store, current(store)), read_only=True) as con:
        return con.execute(statement).fetchall()


@pytest.fixture
def store(sheet, tmp_path):
    """A store with one incident, whose reference is shown as kind and length alone."""
    load([sheet("a.csv", {"source_ref": "Zq-7/kx"})], tmp_path / "s", today=TODAY)
    return tmp_path / "s"


def test_each_kind_comes_on_a_sheet_of_its_own_and_back(sheet, store, tmp_path):
    wrong = [
        table(tmp_path / "p.csv", PERSONS, ("Zq-7/kx", "presumed_victim", "two"), ("Zq-7/kx", "suspect", "1")),
        table(tmp_path / "e.csv", EFFORT, ("Zk-4/qq", "Benapole", "2026-03-05", "-3")),
        sheet("b.csv", {"source_ref": "B", "date_start": "2026-02-31"}),
    ]
    load(wrong, store, today=TODAY)
    out = exported(store, tmp_path / "c.xlsx")
    assert {name: [row["rule"] for row in rows] for name, rows in out.items()} == {
        "corrections": ["impossible_date"], "persons": ["number_unreadable"], "effort": ["count_negative"],
    }  # fmt: skip
    assert (out["persons"][0]["source_ref"], out["effort"][0]["unit"]) == ("<text:7>", "<text:7>")
    out["corrections"][0]["date_start"] = "2026-02-28"
    out["persons"][0]["n"] = "2"  # its reference stays as it is shown: it is known whose row it is
    out["effort"][0] |= {"patrol_hours": "3"}
    again = load([saved(tmp_path / "c.xlsx", out)], store, today=TODAY).files[0]
    assert (again.loaded, again.rules) == (2, {"still_redacted": 1})  # a unit is known by nothing else: type it anew
    out = exported(store, tmp_path / "d.xlsx")
    assert [(row["field"], row["quarantine_id"]) for row in out["effort"]] == [("unit", "Q3-1")]
    out["effort"][0]["unit"] = "Zk-4/qq"
    assert load([saved(tmp_path / "d.xlsx", out)], store, today=TODAY).files[0].loaded == 1
    assert [each.status for each in refusals(store)] == ["corrected", "resent", "corrected", "corrected"]
    traced = asked(store, "SELECT quarantine_id, load_id, file, sheet, verdict FROM correction ORDER BY ALL")
    assert traced == [
        ("Q2-1", 3, "c.xlsx", "persons", "loaded"),
        ("Q2-2", 3, "c.xlsx", "effort", "quarantined"),
        ("Q2-3", 3, "c.xlsx", "corrections", "loaded"),
        ("Q3-1", 4, "d.xlsx", "effort", "loaded"),
    ]
    # The same rows sent right are the same rows.
    right = [
        table(tmp_path / "p.csv", PERSONS, ("Zq-7/kx", "presumed_victim", "2")),
        table(tmp_path / "e.csv", EFFORT, ("Zk-4/qq", "Benapole", "2026-03-05", "3")),
    ]
    assert load(right, store, today=TODAY).as_dict()["unchanged"] == 2


def test_rows_whose_incident_comes_later_go_back_as_they_are(sheet, store, tmp_path):
    leg = ("source_ref", "seq", "from_adm2", "duration_days", "abuse_codes")
    load([table(tmp_path / "l.csv", leg, ("C", "1", "Jashore", "3", "Threats;FalsePromises"))], store, today=TODAY)
    (row,) = exported(store, tmp_path / "c.xlsx")["legs"]
    assert (row["rule"], row["field"], row["source_ref"]) == ("unknown_reference", "source_ref", "<text>")
    assert (row["duration_days"], row["abuse_codes"]) == ("2-7", "FalsePromises;Threats")  # as a sheet writes it
    load([sheet("c.csv", {"source_ref": "C"})], store, today=TODAY)
    assert load([tmp_path / "c.xlsx"], store, today=TODAY).files[0].loaded == 1
    ((joined,),) = asked(store, "SELECT count(*) FROM leg JOIN incident USING (incident_id)")
    assert joined == 1


def test_a_number_of_another_kind_is_no_number(store, tmp_path):
    load([table(tmp_path / "p.csv", PERSONS, ("Zq-7/kx", "presumed_victim", "two"))], store, today=TODAY)
    header = ("quarantine_id", "source_ref", "step", "status")
    report = load([table(tmp_path / "o.csv", header, ("Q2-1", "Zq-7/kx", "sheltered", "done"))], store, today=TODAY)
    assert report.files[0].rules == {"unknown_quarantine_id": 1}


def test_a_mapped_agencys_further_row_stays_its_own(tmp_path):
    store, toml = tmp_path / "s", tmp_path / "m.toml"
    toml.write_text(
        'name = "range"\nversion = "1"\nsource = "range_register"\n[columns]\n"Ref" = "source_ref"\n'
        '"Day" = "date_start"\n"Kind" = "event_type"\n"District" = "adm2"\n'
    )
    incidents = table(tmp_path / "a.csv", ("Ref", "Day", "Kind", "District"),
                      ("Zq-7/kx", "2026-03-02", "interception_at_border", "Jashore"))  # fmt: skip
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        for name, rows in (("Incidents", [line.split(",") for line in incidents.read_text().split()]),
                           ("persons", [PERSONS, ("Zq-7/kx", "presumed_victim", "two")])):  # fmt: skip
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    toml.write_text(toml.read_text().replace("[columns]", 'sheets = ["Incidents"]\n[columns]'))
    load([tmp_path / "a.xlsx"], store, mapping=read_mapping(toml), today=TODAY)
    out = exported(store, tmp_path / "c.xlsx")
    out["persons"][0] |= {"n": "2", "source_ref": "Zq-7/kx"}  # typed anew: the register of that agency
    assert load([saved(tmp_path / "c.xlsx", out)], store, today=TODAY).files[0].loaded == 1


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_sheet_of_every_kind_is_known_when_it_comes_back(store, tmp_path, kind):
    row = dict.fromkeys(kind.texts, "")
    row |= {kind.columns[0].name: "Zq-7/kx", kind.required[-1]: "?"}
    load([table(tmp_path / f"{kind.name}.csv", tuple(row), tuple(row.values()))], store, today=TODAY)
    out = exported(store, tmp_path / "c.xlsx")
    assert [len(rows) for name, rows in out.items() if name == kind.name] == [1]
    back = load([tmp_path / "c.xlsx"], store, today=TODAY).files[0]
    assert (back.rows_in, back.quarantined, [each.code for each in back.warnings]) == (1, 1, [])
    assert [(each.status, each.kind) for each in refusals(store)] == [("resent", kind.name), ("open", kind.name)]

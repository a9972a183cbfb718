"""An erasure: out of every version and every refused row, barred for good, counted still."""

import struct
from dataclasses import replace
from datetime import UTC, date, datetime

import duckdb
import pytest

from etl import erase as erasing
from etl import store as stores
from etl.build import load
from etl.check import check
from etl.erase import erase
from etl.errors import LoadError
from etl.facts import opened
from etl.quarantine import write_workbook
from etl.store import version_file, versions

TODAY, NOW = date(2026, 11, 24), datetime(2026, 11, 24, 12)
SECRET = {"source_ref": "E-1", "lat": "23.03127", "lon": "88.90219", "persons": "7"}
NUMBER = struct.pack("<d", 23.03127)
WORDS = b"=7654321/7"  # kept of a refused row as it was typed


@pytest.fixture(scope="module")
def made(write_sheet, tmp_path_factory):
    """Three versions: the record in all, refused in the second too; another row in the third."""
    folder = tmp_path_factory.mktemp("made")
    rows = [SECRET, {"source_ref": "A"}], [{"source_ref": "E-1", "persons": WORDS.decode()}], [{"source_ref": "C"}]
    for name, told in zip("abc", rows, strict=True):
        load([write_sheet(folder / f"{name}.csv", *told)], folder / "s", today=TODAY)
    return folder / "s"


@pytest.fixture
def store(made, copy_of):
    """A copy of it."""
    return copy_of(made)


def erased(folder, reference="E-1", source=None):
    return erase(folder, reference, source, "a court order", NOW)


def holds(folder):
    return [line for line in check(folder, datetime.now(UTC).replace(tzinfo=None), deep=True) if not line.holds]


def bytes_of(folder):
    return b"".join(each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file())


def test_not_a_byte_of_the_record_is_left_in_any_version(store):
    before = bytes_of(store)
    assert NUMBER in before
    assert WORDS in before
    done = erased(store)
    assert (done.source, done.held, done.rewritten) == ("simanta_sheet", (3, 2, 1), (3, 2, 1))
    after = bytes_of(store)
    assert NUMBER not in after
    assert WORDS not in after
    assert versions(store) == (1, 2, 3)
    for version, rows in ((1, 1), (2, 1), (3, 2)):
        with duckdb.connect(version_file(store, version), read_only=True) as con:
            assert con.execute("SELECT count(*) FROM published.incident").fetchone() == (rows,)
            assert con.execute("SELECT erased_at, reason, n_incidents FROM erased").fetchall() == [
                (NOW, "a court order", 1)
            ]
    assert holds(store) == []


def test_the_refused_row_stays_in_the_count_and_nothing_of_it_stays(store):
    erased(store)
    with opened(store, 3) as facts:
        (row,) = facts.refusals()
    assert (row.rule, row.value, row.kept, row.is_identified, row.status) == (
        "erased_reference",
        "",
        {},
        False,
        "erased",
    )
    assert (row.quarantine_id, row.file, row.row) == ("Q2-1", "b.csv", 2)


def test_the_reference_may_not_come_back(store, sheet, tmp_path):
    erased(store)
    rows = [SECRET, SECRET, SECRET | {"persons": "8"}, SECRET | {"date_start": "2026-02-31"}, {"source_ref": "D"}]
    report = load([sheet("d.csv", *rows)], store, today=TODAY, receipt_to=tmp_path / "r.csv")
    assert (report.files[0].loaded, report.files[0].rules) == (1, {"erased_reference": 4})
    assert NUMBER not in bytes_of(store)
    with opened(store, 4) as facts:
        assert [(each.kept, each.value) for each in facts.refusals("erased_reference", "d.csv")] == [({}, "")] * 4
    assert holds(store) == []


def test_nor_after_a_rollback_to_a_version_that_never_held_it(store, sheet):
    load([sheet("d.csv", {"source_ref": "F-9"})], store, today=TODAY)
    assert erased(store, "F-9").held == (4,)
    stores.rollback(store, 1)
    report = load([sheet("d.csv", {"source_ref": "F-9"})], store, today=TODAY)
    assert report.files[0].rules == {"erased_reference": 1}


def test_an_erasure_that_died_goes_on_when_asked_again(store, monkeypatch):
    whole, seen = erasing.replace_file, []

    def dies(*given):
        seen.append(given)
        if len(seen) == 2:
            raise OSError(28, "No space left on device")
        whole(*given)

    monkeypatch.setattr(erasing, "replace_file", dies)
    with pytest.raises(LoadError) as refused:
        erased(store)
    assert refused.value.code == "STORE_UNWRITABLE"
    assert [line.name for line in holds(store)] == ["erasures"]
    monkeypatch.undo()
    again, once_more = erased(store), erased(store)
    assert (again.held, again.rewritten, once_more.held, once_more.rewritten) == ((2, 1), (2, 1), (), ())
    assert NUMBER not in bytes_of(store)
    assert holds(store) == []


def test_every_table_with_an_identity_is_cleared(store):
    con = duckdb.connect(version_file(store, 3))
    con.execute(
        "CREATE TABLE pair AS SELECT incident_id AS incident_id_a, '\\x01'::BLOB AS incident_id_b FROM incident"
    )
    con.execute("CREATE TABLE one_more AS SELECT incident_id, persons FROM incident")
    con.close()
    erased(store)
    with duckdb.connect(version_file(store, 3), read_only=True) as con:
        assert con.execute("SELECT (SELECT count(*) FROM pair), (SELECT count(*) FROM one_more)").fetchone() == (2, 2)


@pytest.mark.parametrize(
    ("reference", "source", "reason", "code"),
    [
        ("E-2", None, "order", "UNKNOWN_REFERENCE"),
        ("E-1", "missing_migrants", "order", "UNKNOWN_REFERENCE"),
        ("E-1", None, " ", "REASON_MISSING"),
        ("E-1", None, "asked by Md. Invented", "PERSONAL_DATA"),
    ],
)
def test_what_cannot_be_erased_is_said_and_nothing_changes(store, reference, source, reason, code):
    before = bytes_of(store)
    with pytest.raises(LoadError) as refused:
        erase(store, reference, source, reason, NOW)
    assert refused.value.code == code
    assert bytes_of(store) == before


def test_a_reference_that_two_sources_have_needs_its_source(store, tmp_path):
    (tmp_path / "mm.csv").write_text(
        "Web ID,Reported Date,Total Dead and Missing,Location Coodinates,Country of Incident\n"
        'E-1,2026-02-28,3,"12.5, 92.7",India\n'
    )
    load([tmp_path / "mm.csv"], store, today=TODAY)
    with pytest.raises(LoadError, match="missing_migrants, simanta_sheet") as refused:
        erased(store)
    assert refused.value.code == "AMBIGUOUS_REFERENCE"
    assert erased(store, source="missing_migrants").held == (4,)
    assert erased(store).source == "simanta_sheet"


SLIP = "Jashoree"  # as only the record wrote it: one letter off Jashore


def names(folder, version):
    with duckdb.connect(version_file(folder, version), read_only=True) as con:
        return con.execute("SELECT file, typed, n FROM place_log ORDER BY ALL").fetchall()


def test_a_name_that_only_the_record_wrote_goes_with_it(write_sheet, tmp_path):
    folder = tmp_path / "s"
    mine, others = {"source_ref": "E-1", "adm2": SLIP}, {"source_ref": "A", "adm2": "Jessore"}
    both = write_sheet(
        tmp_path / "a.csv", mine, others, {"source_ref": "E-1", "adm2": SLIP}, {**mine, "adm2": "Jessore"}
    )
    load([both], folder, today=TODAY)
    load([write_sheet(tmp_path / "b.csv", {"source_ref": "B", "adm2": "Jashoree "})], folder, today=TODAY)
    assert names(folder, 2) == [("a.csv", SLIP, 2), ("a.csv", "Jessore", 2), ("b.csv", SLIP, 1)]
    erased(folder)
    assert names(folder, 1) == [("a.csv", "Jessore", 1)]
    assert names(folder, 2) == [("a.csv", "Jessore", 1), ("b.csv", SLIP, 1)]  # another record's own
    assert SLIP.encode() not in version_file(folder, 1).read_bytes()
    load([write_sheet(tmp_path / "c.csv", mine, {"source_ref": "C", "adm2": "Jessore"})], folder, today=TODAY)
    assert [row for row in names(folder, 3) if row[0] == "c.csv"] == [("c.csv", "Jessore", 1)]  # nor does it come back


def test_a_name_in_a_corrected_row_goes_with_its_record(write_sheet, tmp_path):
    folder, book = tmp_path / "s", tmp_path / "c.xlsx"
    load([write_sheet(tmp_path / "a.csv", {"source_ref": "Zq-7/kx", "date_start": "2026-02-31"})], folder, today=TODAY)
    with opened(folder, 1) as facts:
        (refused,) = facts.refusals()
    write_workbook(book, folder, [replace(refused, kept={**refused.kept, "date_start": "2026-02-28", "adm2": SLIP})])
    load([book], folder, today=TODAY)
    assert names(folder, 2) == [("c.xlsx", SLIP, 1)]
    erased(folder, "Zq-7/kx")
    assert names(folder, 2) == []

"""Each source reads its own sample: what is placed, what is refused, and that it is recognised by its header."""

import json
from datetime import date
from pathlib import Path

import duckdb
import pytest

from etl.build import load
from etl.sources import all_sources
from etl.store import version_file

HERE = Path(__file__).parent / "sources"
REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "mmp" / "missing_migrants_2014_2022.csv"
TODAY = date(2026, 11, 24)


def stored(store, version=1):
    with duckdb.connect(version_file(store, version), read_only=True) as con:
        names = [row[0] for row in con.execute("DESCRIBE incident").fetchall()]
        incidents = [
            dict(zip(names, row, strict=True))
            for row in con.execute("FROM incident ORDER BY table_no, row_no").fetchall()
        ]
        refused = con.execute("SELECT row_no, rule, field FROM quarantine ORDER BY row_no").fetchall()
    return incidents, refused


@pytest.mark.parametrize("source", all_sources(), ids=lambda source: source.name)
def test_a_source_reads_its_sample_as_expected(source, tmp_path):
    sample = next((HERE / source.name).glob("sample.*"))
    expected = json.loads((HERE / source.name / "expected.json").read_text(encoding="utf-8"))
    report = load([sample], tmp_path / "store", today=TODAY)
    assert report.files[0].source == source.name
    assert report.rows_in == expected["rows_in"]
    incidents, refused = stored(tmp_path / "store")
    assert {str(row): [rule, field] for row, rule, field in refused} == expected["quarantined"]
    assert len(incidents) == len(expected["good"])
    for incident, wanted in zip(incidents, expected["good"].values(), strict=True):
        told = {
            key: incident[key].isoformat() if key.startswith("date_") and key != "date_precision" else incident[key]
            for key in wanted
        }
        assert told == wanted


@pytest.fixture(scope="module")
def missing_migrants(tmp_path_factory):
    if not REAL.exists():
        pytest.skip("the shared data pack is not beside the repository")
    store = tmp_path_factory.mktemp("mmp") / "store"
    return store, load([REAL], store, today=TODAY)


def test_every_row_of_the_real_missing_migrants_file_is_accounted_for(missing_migrants):
    _, report = missing_migrants
    told = report.files[0]
    assert told.rows_in == 13_148
    assert told.rows_in == told.loaded + told.unchanged + told.superseded + told.duplicate + told.quarantined
    assert told.rules["missing_date"] == 15
    assert told.rules["required_missing"] == 1
    assert set(told.rules) <= {"missing_date", "required_missing", "reference_conflict", "pii_in_text"}
    assert told.loaded > 12_000


def test_no_death_is_an_interception_and_abroad_has_a_country_and_a_cell_but_no_district(missing_migrants):
    store, _ = missing_migrants
    with duckdb.connect(version_file(store, 1), read_only=True) as con:
        assert con.execute("SELECT DISTINCT event_type, crime_label FROM incident").fetchall() == [
            ("death_or_missing", "UNDETERMINED")
        ]
        assert con.execute("SELECT count(*) FROM incident WHERE country <> 'BD' AND adm2 IS NOT NULL").fetchone() == (
            0,
        )
        assert con.execute("SELECT count(*) FROM incident WHERE country IS NULL OR cell IS NULL").fetchone() == (0,)
        assert con.execute("SELECT count(*) > 20 FROM incident WHERE adm2 IS NOT NULL").fetchone() == (True,)

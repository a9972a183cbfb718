"""Every row of the invented field sheets becomes what `expected` says: verdict, rule, place, days, persons, codes."""

import csv
import sys
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from etl import scrub
from etl.build import load
from etl.mapping import read_mapping
from etl.records import parted
from etl.reference import folded
from etl.store import current, site_key, version_file

FOLDER = Path(__file__).parent / "fieldformat"
TODAY = date(2026, 11, 24)
MAPPINGS = {
    "bn_interceptions.xlsx": "bn_interceptions",
    "bn_utf16.csv": "bn_utf16",
    "en_cp1252.csv": "en_cp1252",
    "en_incidents.csv": "en_incidents",
    "points.geojson": "points",
    "points.gpkg": "points",
    "points.kml": "points",
}
DEGREES = 2e-5  # as far as seconds with one decimal, or five decimals of a degree, say it
SAME = ("adm2", "precision_code", "date_start", "date_end", "date_precision", "persons", "event_type", "crime_label")


def expected(name):
    """The rows of expected/NAME.csv under the product's names, each cell a text, nothing where it is not said."""
    with (FOLDER / "expected" / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            row["adm2"] = row.pop("adm2_pcode")
            if row["rule"].startswith("duplicate_of_row"):
                row["verdict"], row["rule"] = "duplicate", ""
            yield row


def loaded(name, store, reference):
    """(report of the file, incident by source_ref, refused row by number) after a load into a fresh store."""
    mapping = read_mapping(FOLDER / "mappings" / f"{MAPPINGS[name]}.toml")
    report = load([FOLDER / name], store, mapping=mapping, today=TODAY).files[0]
    references = pl.Series([row["source_ref"] for row in expected(name) if row["source_ref"]])
    digests = scrub.pseudonyms(site_key(store), mapping.told.source, references)
    with duckdb.connect(version_file(store, current(store)), read_only=True) as con:
        stored = con.sql("SELECT * REPLACE (incident_id::BLOB AS incident_id) FROM incident")
        incidents = {row["incident_id"]: row for row in stored.pl().to_dicts()}
        refused = con.execute("SELECT row_no, rule, kept FROM quarantine").fetchall()
    by_reference = {ref: incidents.get(digest) for ref, digest in zip(references, digests, strict=True)}
    return report, by_reference, {row_no: (rule, parted(kept)) for row_no, rule, kept in refused}


@pytest.mark.parametrize("name", sorted(MAPPINGS))
def test_every_row_of_a_field_sheet_becomes_what_is_expected(name, tmp_path, reference):
    report, incidents, refused = loaded(name, tmp_path / "store", reference)
    rows = list(expected(name))
    wrong = [why for row in rows for why in misses(row, incidents, refused, reference)]
    counts = {
        verdict: sum(row["verdict"] == verdict for row in rows) for verdict in ("load", "quarantine", "duplicate")
    }
    told = {"load": report.loaded, "quarantine": report.quarantined, "duplicate": report.duplicate}
    sys.stdout.write(f"{name}: {told}\n")
    assert (wrong, told, report.rows_in) == ([], counts, sum(counts.values()))


def misses(row, incidents, refused, reference):
    """What is not as expected of one row."""
    number, incident = int(row["row"]), incidents.get(row["source_ref"])
    rule, kept = refused.get(number, ("", {}))
    if rule != row["rule"] and row["verdict"] != "not_a_record":
        yield f"row {number}: {rule or 'not refused'}, not {row['rule'] or row['verdict']}"
    elif row["verdict"] == "not_a_record" and number in refused:
        yield f"row {number}: refused, and no record"
    elif row["verdict"] == "quarantine":
        yield from (f"row {number}: {why}" for why in kept_otherwise(row, kept, reference))
    elif row["verdict"] in ("load", "duplicate"):
        yield from (f"row {number}: {why}" for why in stored_otherwise(row, incident or {}))


def stored_otherwise(row, incident):
    for name in SAME:
        if row[name] != str(incident.get(name, "")):
            yield f"{name} {incident.get(name)}, not {row[name]}"
    for axis in ("lat", "lon"):
        if row[axis] and abs(float(row[axis]) - (incident.get(axis) or 0)) > DEGREES:
            yield f"{axis} {incident.get(axis)}, not {row[axis]}"


def kept_otherwise(row, kept, reference):
    """Of a refused row: its district and precision, as kept for its correction."""
    districts = reference.place_names["adm2"].get(folded(kept.get("adm2", "")), ())
    if row["adm2"] and districts != (row["adm2"],):
        yield f"district {kept.get('adm2')}, not {row['adm2']}"
    if row["precision_code"] == "1" and kept.get("precision_code") != "1":
        yield f"precision {kept.get('precision_code')}, not 1"

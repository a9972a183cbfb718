"""Sheets as a force might send them: every row gets the verdict, rule, place and dates that are expected of it.

Columns are named here, so that the heart is tested apart from mappings and readers of files.
"""

import csv
import json
import re
from datetime import date
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from etl import dates
from etl.index import index_batch
from etl.records import TEXTS

HERE = Path(__file__).parent / "fieldformat"
COLUMNS = {
    "Ref No": "source_ref", "Date of Incident": "date_start", "Reported On": "report_date", "Type": "event_type",
    "Crime": "crime_label", "Place": "place_name", "District": "adm2", "Lat": "lat", "Long": "lon", "Male": "male",
    "Female": "female", "Child": "children", "Total Persons": "persons", "Remarks": "narrative",
    "সূত্র নম্বর": "source_ref", "ঘটনার তারিখ": "date_start", "প্রতিবেদনের তারিখ": "report_date", "ঘটনার ধরন": "event_type",
    "অপরাধ": "crime_label", "ঘটনাস্থল": "place_name", "জেলা": "adm2", "অক্ষাংশ": "lat", "দ্রাঘিমাংশ": "lon",
    "পুরুষ": "male", "নারী": "female", "শিশু": "children", "মোট ব্যক্তি": "persons", "মন্তব্য": "narrative",
    "date": "date_start", "place": "place_name", "district": "adm2", "women": "female", "men": "male",
    "note": "narrative",
}  # fmt: skip
CODES = {
    "Rescue": "rescue_from_exploitation", "Push-in": "pushed_in", "Return / repatriation": "return_repatriation",
    "Interception at border": "interception_at_border", "Trafficking in persons": "TIP",
    "উদ্ধার": "rescue_from_exploitation",
    "Smuggling of migrants": "SOM", "প্রত্যাবাসন": "return_repatriation", "অভ্যন্তরে আটক": "interception_inland",
    "সমুদ্রে আটক": "interception_at_sea",
}  # fmt: skip
ORDERS = {"en_incidents.csv": "mixed"}


def _told(row, cells, exact):
    """Cells by header -> a row for the heart; coordinates said to be by GPS are precision 1."""
    named = {COLUMNS.get(header, header): CODES.get(cell, cell) or None for header, cell in cells.items()}
    return {**named, "row_no": row, "precision_code": "1" if exact else None}


def _delimited(file, encoding, separator):
    with (HERE / file).open(encoding=encoding, newline="") as lines:
        for row, cells in enumerate(csv.DictReader(lines, delimiter=separator), start=2):
            yield _told(row, cells, cells.get("Location Source") or cells.get("অবস্থানের উৎস"))


def _workbook(file, _encoding, _separator):
    rows = CalamineWorkbook.from_path(HERE / file).get_sheet_by_index(0).to_python()
    header = next(row for row in rows if "জেলা" in row)
    for row, cells in enumerate(rows, start=1):
        yield _told(row, dict(zip(header, cells, strict=True)), cells[header.index("অবস্থানের উৎস")])


def _geojson(file, _encoding, _separator):
    for row, feature in enumerate(json.loads((HERE / file).read_text(encoding="utf-8"))["features"], start=1):
        lon, lat = map(str, (feature["geometry"] or {}).get("coordinates") or ("", ""))
        cells = {name: None if value is None else str(value) for name, value in feature["properties"].items()}
        yield _told(row, {**cells, "lat": lat, "lon": lon}, lat)


FILES = [
    ("en_incidents.csv", _delimited, "utf-8", ","), ("en_cp1252.csv", _delimited, "cp1252", ";"),
    ("bn_utf16.csv", _delimited, "utf-16", "\t"), ("bn_interceptions.xlsx", _workbook, "", ""),
    ("points.geojson", _geojson, "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("file", "rows_of", "encoding", "separator"), FILES, ids=[file for file, *_ in FILES])
def test_every_row_ends_as_expected(file, rows_of, encoding, separator, raw, terms, reference):
    with (HERE / "expected" / f"{file}.csv").open(encoding="utf-8", newline="") as lines:
        expected = {int(row["row"]): row for row in csv.DictReader(lines) if row["verdict"] != "not_a_record"}
    told = [row for row in rows_of(file, encoding, separator) if row["row_no"] in expected]
    assert [row["row_no"] for row in told] == sorted(expected)
    known = _heart(file, told, raw, terms, reference)
    wrong = {row: (known[row], wanted) for row, wanted in expected.items() if not _agrees(known[row], wanted)}
    assert wrong == {}


def _heart(file, told, raw, terms, reference):
    rows = raw(*({name: cell for name, cell in row.items() if name in ("row_no", *TEXTS)} for row in told))
    order = ORDERS.get(file) or (dates.settled(found, file) if (found := dates.orders(rows)) else None)
    asked = type(terms)(terms.source, terms.area, terms.key, date(2026, 11, 24), order)
    judged = index_batch(rows, asked, reference)
    good = {row["row_no"]: {**row, "rule": ""} for row in judged.good.to_pylist()}
    return good | {row["row_no"]: row for row in judged.quarantined.to_pylist()}


def _agrees(known, wanted):
    """A repeat is as good as its first for the heart: what is a duplicate, the store knows."""
    rule = re.sub(r"duplicate_of_row_\d+", "", wanted["rule"])
    if known["rule"] != rule:
        return False
    if rule:
        return True
    columns = ("date_start", "date_end", "date_precision", "event_type", "crime_label", "persons")
    same = all(str(known[name]) == wanted[name] for name in columns)
    place = (known["adm2"], str(known["precision_code"])) == (wanted["adm2_pcode"], wanted["precision_code"])
    near = (
        not wanted["lat"] or abs(known["lat"] - float(wanted["lat"])) + abs(known["lon"] - float(wanted["lon"])) < 4e-5
    )
    return same and place and near

"""--crs on sheets: columns in metres, or in degrees of another datum, come out in degrees of WGS 84."""

from datetime import date

import duckdb
import pyproj
import pytest
import xlsxwriter

from etl.build import load
from etl.errors import LoadError
from etl.facts import opened
from etl.inspection import inspect
from etl.quarantine import write_workbook
from etl.store import current, version_file
from etl.table import Reading

TODAY = date(2026, 11, 24)
LAT, LON = 23.0312, 88.9021  # of the good row


def told_in(crs, lat=LAT, lon=LON):
    """(first, second) as that system counts them: east, north."""
    return pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)


def loaded(file, store, crs, **options):
    return load([file], store, reading=Reading(crs=crs), today=TODAY, **options).files[0]


def points(store):
    with duckdb.connect(version_file(store, current(store)), read_only=True) as con:
        return con.execute("SELECT lat, lon FROM incident ORDER BY lat").fetchall()


@pytest.mark.parametrize("crs", ["EPSG:32645", "EPSG:32646", "EPSG:3106", "EPSG:4682"])
def test_columns_of_a_sheet_in_another_system_are_transformed(sheet, tmp_path, crs):
    x, y = told_in(crs)
    file = sheet("a.csv", {"lat": f"{y:.7f}", "lon": f"{x:.7f}"})
    assert loaded(file, tmp_path / "s", crs).loaded == 1
    ((lat, lon),) = points(tmp_path / "s")
    assert (lat, lon) == (pytest.approx(LAT, abs=2e-6), pytest.approx(LON, abs=2e-6))
    if crs == "EPSG:4682":  # degrees of the old datum are some 300 m away: taken as they are they would pass
        assert abs(x - LON) > 1e-3 or abs(y - LAT) > 1e-3


def test_a_workbook_may_call_them_easting_and_northing(tmp_path):
    x, y = told_in("EPSG:32645")
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["source_ref", "event_type", "date_start", "Easting", "Northing", "precision_code"])
        sheet.write_row(1, 0, ["T-1", "interception_at_border", "2026-03-02", x, y, 1])
    assert loaded(tmp_path / "a.xlsx", tmp_path / "s", "EPSG:32645").loaded == 1
    assert points(tmp_path / "s") == [(pytest.approx(LAT, abs=1e-6), pytest.approx(LON, abs=1e-6))]
    found = inspect(tmp_path / "a.xlsx", reading=Reading(crs="EPSG:32645"), today=TODAY).tables[0]
    assert (found.error, found.problems) == (None, [])
    assert [(each.header, each.becomes) for each in found.columns][3:5] == [("Easting", "lon"), ("Northing", "lat")]


def test_bangla_digits_are_read_and_another_way_of_writing_is_refused(sheet, tmp_path):
    bangla = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")
    x, y = (f"{each:.2f}" for each in told_in("EPSG:32645"))
    rows = [
        {"lat": y.translate(bangla), "lon": x.translate(bangla)},
        {"source_ref": "B", "lat": "23°1'52\"N", "lon": "88°54'8\"E"},  # would be taken for degrees of WGS 84
        {"source_ref": "C", "lat": y, "lon": ""},
        {"source_ref": "D", "lat": "", "lon": "", "precision_code": ""},
    ]
    report = loaded(sheet("a.csv", *rows), tmp_path / "s", "EPSG:32645")
    assert report.rules == {"coord_unreadable": 1, "coord_incomplete": 1}
    assert report.loaded == 2


def test_a_system_that_cannot_be_meant_refuses_the_file(sheet, tmp_path):
    file = sheet("a.csv", {})
    for crs, code in (("EPSG:32645", "CRS_CONFLICT"), ("EPSG:99999", "CRS_UNKNOWN")):  # these are degrees
        with pytest.raises(LoadError) as refused:
            loaded(file, tmp_path / "s", crs)
        assert (refused.value.code, refused.value.file) == (code, "a.csv")
    assert loaded(file, tmp_path / "s", "EPSG:4326").loaded == 1
    both = sheet("b.csv", {"x": "1", "y": "2"})  # which of the two is in that system?
    with pytest.raises(LoadError) as refused:
        loaded(both, tmp_path / "s", "EPSG:32645")
    assert refused.value.code == "DUPLICATE_HEADER"


def test_a_sheet_without_coordinates_says_that_the_system_is_not_used(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("source_ref,event_type,date_start,adm2\nT-1,interception_at_border,2026-03-02,BD4041\n")
    report = loaded(file, tmp_path / "s", "EPSG:32645")
    assert (report.loaded, [each.code for each in report.warnings]) == (1, ["CRS_NOT_USED"])


def test_a_refused_row_comes_back_in_degrees(sheet, tmp_path):
    x, y = told_in("EPSG:32645")
    store, book = tmp_path / "s", tmp_path / "c.xlsx"
    file = sheet("a.csv", {"lat": f"{y:.3f}", "lon": f"{x:.3f}", "date_start": "2026-02-31"})
    assert loaded(file, store, "EPSG:32645").rules == {"impossible_date": 1}
    with opened(store, 1) as facts:
        (refused,) = facts.refusals()
        assert float(refused.kept["lat"]) == pytest.approx(LAT, abs=1e-6)
        write_workbook(book, store, [refused])
    with pytest.raises(LoadError) as wrong:
        loaded(book, store, "EPSG:32645")
    assert wrong.value.code == "CRS_CONFLICT"

"""Every format as a table: its header, its rows, its points in degrees, and what is said of it."""

import csv
import sqlite3
import zipfile
from datetime import date, datetime
from pathlib import Path

import geopandas
import polars as pl
import pytest
from shapely import MultiPoint, Point

from etl.build import load
from etl.errors import LoadError
from etl.files import open_tables
from etl.sources import all_sources
from etl.table import Reading

HERE = Path(__file__).parent
BAD, FIELD, FORMATS = HERE / "badinput", HERE / "fieldformat", HERE / "formats"
TODAY = date(2026, 11, 24)
GOOD = list(csv.DictReader((BAD / "control_good.csv").open(encoding="utf-8")))
DEGREES = [(str(float(row["lat"])), str(float(row["lon"]))) for row in GOOD]


def known(header):
    return max(source.known(header) for source in all_sources())


def tables(file, knows=known, **reading):
    return open_tables(Path(file), knows, Reading(**reading))


def rows(table):
    """The rows with their columns named."""
    read = pl.concat(list(table.batches))
    return read.rename({str(at): name for at, name in enumerate(table.header)}).to_dicts()


def codes(table):
    return [warning.code for warning in table.warnings]


def refusal(file, **reading):
    with pytest.raises(LoadError) as refused:
        tables(file, **reading)
    assert refused.value.fix
    return refused.value.code


@pytest.fixture(scope="session")
def layer():
    """The ten good rows as a layer of points."""
    told = [{key: value for key, value in row.items() if key not in ("lat", "lon")} for row in GOOD]
    return geopandas.GeoDataFrame(told, geometry=[Point(float(lon), float(lat)) for lat, lon in DEGREES], crs=4326)


# --- sheets as forces send them --------------------------------------------------------

FIELD_WORDS = {"জেলা", "সূত্র নম্বর", "district", "ref no", "event_type", "type"}


@pytest.mark.parametrize(
    "file", sorted(FIELD.glob("*_*.*")) + sorted(FIELD.glob("points.*")), ids=lambda file: file.name
)
def test_every_record_of_a_field_sheet_stands_in_its_row(file):
    (table,) = tables(file, lambda header: sum(cell.strip().lower() in FIELD_WORDS for cell in header))
    found = {row["row_no"]: row for row in rows(table)}
    expected = list(csv.DictReader((FIELD / "expected" / f"{file.name}.csv").open(encoding="utf-8")))
    records = [each for each in expected if each["verdict"] != "not_a_record"]
    assert [each["source_ref"] in found[int(each["row"])].values() for each in records] == [True] * len(records)
    others = found.keys() - {int(each["row"]) for each in records}
    assert len(others) == (2 if file.suffix == ".xlsx" else 0)  # its sub-title and its totals: the mapping names them


# --- sheets ----------------------------------------------------------------------------


def test_an_old_workbook_gives_all_its_sheets_and_says_what_it_leaves_out():
    first, second = tables(FORMATS / "good.xls")
    assert (first.sheet, second.sheet, codes(first)) == (
        "জানুয়ারি", "Feb", ["HIDDEN_ROWS", "HIDDEN_SHEET", "SHEET_NOT_READ"],
    )  # fmt: skip
    assert [row["row_no"] for row in rows(first)] == [4, 5, 6, 7, 8]
    assert [row["source_ref"] for row in rows(first) + rows(second)] == [row["source_ref"] for row in GOOD]
    assert (rows(first)[1]["date_start"], rows(first)[1]["n_female"]) == ("2025-01-17", "2")  # native cells


def test_cells_of_an_old_workbook_that_its_reader_passes_over_are_faults_of_their_rows():
    (table,) = tables(FORMATS / "broken.xls")
    assert {row["row_no"]: row["fault"] for row in rows(table) if row["fault"]} == {6: "cell_error", 9: "merged_cell"}


def test_rows_of_each_sheet_are_counted_and_numbered_on_their_own(tmp_path):
    report = load([FORMATS / "good.xls", FORMATS / "broken.xls"], tmp_path / "s", today=TODAY)
    assert [file.rows_in for file in report.files] == [10, 10]
    assert [(each.file, each.sheet, each.row) for each in report.refused] == [
        ("broken.xls", "S", 6), ("broken.xls", "S", 9),
    ]  # fmt: skip


def test_a_sheet_of_another_kind_is_left_out_and_one_that_lacks_a_single_column_is_refused(tmp_path):
    def book(name, *headers):
        with zipfile.ZipFile(BAD / "xlsx_two_sheets.xlsx") as two, zipfile.ZipFile(tmp_path / name, "w") as made:
            for member in two.namelist():
                content = two.read(member)
                if member == "xl/worksheets/sheet2.xml":
                    for header in headers:
                        content = content.replace(f"<t>{header}</t>".encode(), f"<t>x_{header}</t>".encode(), 1)
                made.writestr(member, content)
        return tmp_path / name

    other = load([book("a.xlsx", "source_ref", "date_start")], tmp_path / "s", today=TODAY, dry_run=True).files[0]
    assert (other.rows_in, "SHEET_NOT_READ" in {warning.code for warning in other.warnings}) == (5, True)
    with pytest.raises(LoadError) as refused:
        load([book("b.xlsx", "date_start")], tmp_path / "s", today=TODAY)
    assert refused.value.code == "MISSING_COLUMN"


def test_personal_data_in_the_name_of_a_sheet_is_refused_and_not_repeated(tmp_path):
    with zipfile.ZipFile(BAD / "control_good.xlsx") as good, zipfile.ZipFile(tmp_path / "x.xlsx", "w") as made:
        for member in good.namelist():
            made.writestr(member, good.read(member).replace(b'name="Sheet"', b'name="01700000000"'))
    with pytest.raises(LoadError) as refused:
        tables(tmp_path / "x.xlsx")
    assert refused.value.code == "PERSONAL_DATA"
    assert "01700000000" not in str(refused.value)


# --- separators and encodings ------------------------------------------------------------


def _text(change=lambda text: text):
    return change((BAD / "control_good.csv").read_text(encoding="utf-8"))


def _file(folder, content):
    (folder / "x.csv").write_bytes(content)
    return folder / "x.csv"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_separators_newlines_and_marked_encodings_in_all_their_pairs(separator, newline, encoding, tmp_path):
    text = _text().replace("Jashore", "যশোর").replace(",", separator).replace("\n", newline)
    (table,) = tables(_file(tmp_path, text.encode(encoding)))
    read = rows(table)
    assert ([row["row_no"] for row in read], read[0]["district"]) == (list(range(2, 12)), "যশোর")
    assert (read[9]["narrative"], codes(table)) == ("", [])


def test_a_line_that_names_the_separator_is_no_record_and_any_sign_may_be_named(tmp_path):
    (table,) = tables(_file(tmp_path, b"sep=^\n" + _text().replace(",", "^").encode()))
    assert [row["row_no"] for row in rows(table)] == list(range(2, 12))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32"])
def test_an_encoding_without_a_mark_is_read_where_it_is_said_and_else_refused(encoding, tmp_path):
    file = _file(tmp_path, _text().encode(encoding))
    assert refusal(file) == "ENCODING_UNKNOWN"
    if encoding != "utf-32":
        assert len(rows(tables(file, encoding=encoding)[0])) == 10


def test_what_was_said_of_the_encoding_and_is_not_so_is_refused(tmp_path):
    file = _file(tmp_path, _text().replace("Jashore", "যশোর").encode())
    assert refusal(file, encoding="ascii") == "ENCODING_BROKEN"
    assert refusal(file, encoding="rot13") == refusal(file, encoding="no such") == "UNKNOWN_ENCODING"


def test_a_quotation_mark_is_counted_in_the_text_and_not_in_its_bytes(tmp_path):
    # U+2200 and U+0022 share a byte in UTF-16; one quotation mark is one too many.
    assert len(rows(tables(_file(tmp_path, _text().replace("Boda", "\u2200").encode("utf-16")))[0])) == 10
    assert refusal(_file(tmp_path, _text().replace("Boda", '"').encode("utf-16"))) == "QUOTE_UNCLOSED"


# --- layers ------------------------------------------------------------------------------


def zipped(folder, made):
    """The files of a folder as an archive."""
    with zipfile.ZipFile(made, "w") as archive:
        for file in folder.iterdir():
            archive.write(file, file.name)
    return made


@pytest.fixture
def shapefile(layer, tmp_path):
    """A zipped Shapefile of the good rows, in the system of this number."""

    def make(crs, drop=()):
        folder = tmp_path / f"shp{crs}"
        folder.mkdir()
        layer.rename(columns=lambda name: name[:10]).to_crs(crs).to_file(folder / "points.shp")
        for suffix in drop:
            (folder / f"points{suffix}").unlink()
        return zipped(folder, tmp_path / "x.zip")

    return make


def _points(table):
    return [(row["lat"], row["lon"]) for row in rows(table)]


@pytest.mark.parametrize("crs", [4326, 32645, 3106])
@pytest.mark.parametrize("suffix", [".gpkg", ".parquet", ".geojson"])
def test_a_layer_in_another_system_comes_out_in_degrees(layer, suffix, crs, tmp_path):
    file = tmp_path / f"x{suffix}"
    moved = layer.to_crs(crs)
    moved.to_parquet(file) if suffix == ".parquet" else moved.to_file(file)
    (table,) = tables(file)
    assert (_points(table), codes(table)) == (DEGREES, [])
    assert rows(table)[3]["date_start"] == GOOD[3]["date_start"]


def test_a_zipped_shapefile_comes_out_in_degrees_and_needs_its_system(shapefile):
    assert _points(tables(shapefile(32646))[0]) == DEGREES
    bare = shapefile(32645, drop=[".prj"])
    assert refusal(bare) == "CRS_UNKNOWN"
    assert _points(tables(bare, crs="EPSG:32645")[0]) == DEGREES
    assert refusal(bare, crs="EPSG:4326") == "CRS_CONFLICT"  # metres are no degrees
    assert refusal(bare, crs="EPSG:99999") == refusal(bare, crs="/etc/passwd") == "CRS_UNKNOWN"


def test_a_system_that_contradicts_the_file_is_refused(layer, tmp_path):
    layer.to_file(tmp_path / "x.gpkg")
    assert refusal(tmp_path / "x.gpkg", crs="32646") == "CRS_CONFLICT"
    assert refusal(BAD / "control_good.kml", crs="EPSG:32646") == "CRS_CONFLICT"
    assert len(tables(BAD / "control_good.kml", crs="EPSG:4326")) == 1


def test_a_shapefile_without_its_parts_is_refused(shapefile):
    assert refusal(shapefile(4326, drop=[".shx"])) == "SHAPEFILE_INCOMPLETE"


def test_a_kmz_is_its_kml(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.kmz", "w") as archive:
        archive.write(BAD / "control_good.kml", "doc.kml")
        archive.writestr("files/other.kml", "<kml/>")
    assert _points(tables(tmp_path / "x.kmz")[0]) == DEGREES


def _kml(folder, old, new):
    content = (BAD / "control_good.kml").read_text(encoding="utf-8")
    assert old in content
    (folder / "x.kml").write_text(content.replace(old, new, 1), encoding="utf-8")
    return folder / "x.kml"


def test_a_description_is_scanned_with_all_that_is_marked_up_in_it(tmp_path):
    described = "<ExtendedData>", "<description>call <b>017</b>00000000</description><ExtendedData>"
    told = load([_kml(tmp_path, *described)], tmp_path / "s", today=TODAY, dry_run=True).files[0]
    assert (told.rules, told.loaded) == ({"pii_in_text": 1}, 9)


def test_a_placemark_that_says_a_thing_twice_is_refused(tmp_path):
    twice = '<Data name="district"><value>Khulna</value></Data><Data name="district">'
    assert refusal(_kml(tmp_path, '<Data name="district">', twice)) == "DUPLICATE_HEADER"


def test_one_point_in_a_multipoint_is_a_point_and_a_line_is_none(layer, tmp_path):
    shapes = [MultiPoint([point]) for point in layer.geometry]
    shapes[1] = MultiPoint([(89, 23), (90, 24)])
    shapes[2] = None
    layer.set_geometry(shapes, crs=4326).to_file(tmp_path / "x.gpkg")
    read = rows(tables(tmp_path / "x.gpkg")[0])
    assert [row["fault"] for row in read[:4]] == [None, "geometry_type", None, None]
    assert [(row["lat"], row["lon"]) for row in read[:3]] == [DEGREES[0], (None, None), (None, None)]


def test_all_layers_with_a_known_header_are_read_and_views_are_not(layer, tmp_path):
    file = tmp_path / "x.gpkg"
    layer.to_file(file, layer="first")
    layer.to_file(file, layer="second")
    with sqlite3.connect(file) as con:
        con.execute("CREATE VIEW sight AS SELECT * FROM first")
        con.execute("INSERT INTO gpkg_contents SELECT 'sight', data_type, 'sight', '', last_change, "
                    "min_x, min_y, max_x, max_y, srs_id FROM gpkg_contents WHERE table_name = 'first'")  # fmt: skip
    con.close()
    first, second = tables(file)
    assert (first.sheet, second.sheet, codes(first)) == ("first", "second", ["SHEET_NOT_READ"])
    assert "sight" in first.warnings[0].message
    assert _points(second) == DEGREES


def test_a_database_that_is_no_geopackage_is_refused(tmp_path):
    with sqlite3.connect(tmp_path / "x.gpkg") as con:
        con.execute("CREATE TABLE incidents (source_ref TEXT)")
    con.close()
    assert refusal(tmp_path / "x.gpkg") == "WRONG_TYPE"


def test_columns_of_a_parquet_are_written_as_people_write_them(tmp_path):
    moments = [datetime(2025, 1, 6), datetime(2025, 1, 6, 7, 30), None]
    told = pl.DataFrame({
        "source_ref": pl.Series(["a", "b", None], dtype=pl.Categorical), "event_type": [True, False, None],
        "date_start": moments, "persons": [2.0, 2.5, None], "male": [1, None, 3],
        "date_end": [date(2025, 1, 6), None, None],
    })  # fmt: skip
    told.write_parquet(tmp_path / "x.parquet")
    read = [list(row.values())[:6] for row in rows(tables(tmp_path / "x.parquet")[0])]
    assert read == [
        ["a", "yes", "2025-01-06", "2", "1", "2025-01-06"],
        ["b", "no", "2025-01-06 07:30:00", "2.5", None, None],
        [None, None, None, None, "3", None],
    ]

"""Every file that leaves opens in its own program, says what the Answer says, and holds nothing that was withheld."""

import csv
import io
import json
import shutil
import sqlite3
import subprocess
import warnings
import zipfile
from datetime import UTC, datetime
from functools import cache
from xml.etree import ElementTree

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from PIL import Image
from python_calamine import CalamineWorkbook

from dashboard import exports, geodata, workbook
from dashboard.access import local_user
from dashboard.components import caveat, handout, pictures, recorder
from dashboard.database import open_current
from dashboard.disclosure import ALIKE, HIDDEN
from dashboard.filters import Filters
from dashboard.i18n import Text
from dashboard.pages import BY_NAME

SHAREABLE = ("overview", "hotspots", "corridors", "trends", "warning", "district", "trails", "law")
MADE_AT = datetime(2026, 11, 29, 12, tzinfo=UTC)
BANGLADESH = (86.0, 20.0, 94.0, 27.5)  # with the stubs and cells that reach over its border


@pytest.fixture(scope="module")
def store(sample_store):
    return open_current(sample_store)


@cache
def answered(store, name):
    filters = Filters().choose("d", ["BD4041"]) if name == "district" else Filters()
    return BY_NAME[name].answer(store.select(filters, local_user()))


def made(kind, store, name):
    answer = answered(store, name)
    return handout.made(kind, BY_NAME[name], answer, exports.main(answer), MADE_AT)


@pytest.mark.parametrize("name", SHAREABLE)
def test_a_workbook_opens_in_two_programs_and_says_what_the_answer_says(store, name, tmp_path):
    answer, file = answered(store, name), made("xlsx", store, name)
    book, other = openpyxl.load_workbook(io.BytesIO(file)), CalamineWorkbook.from_filelike(io.BytesIO(file))
    assert book.sheetnames == other.sheet_names == [workbook.ABOUT, *exports.tables(answer)]
    if office := shutil.which("soffice"):
        (tmp_path / "made.xlsx").write_bytes(file)
        convert = [office, "--headless", "--convert-to", "csv", "--outdir", tmp_path, tmp_path / "made.xlsx"]
        subprocess.run(convert, check=True, capture_output=True)
        assert (tmp_path / "made.csv").exists()
    else:
        warnings.warn(
            "no LibreOffice here: opened by two libraries alone", stacklevel=1
        )  # told, and no skip: CI has none
    for table in exports.tables(answer):
        head, *rows = [[cell.value for cell in row] for row in book[table].iter_rows()] or [[]]
        assert len(rows) == answer.tables[table].num_rows
        for row, full in zip(rows, answer.rows(table), strict=True):
            told = dict(zip(head, row, strict=True))
            for column, value in full.items():
                if column.endswith(HIDDEN) and column != ALIKE:  # alike: `<5` would be untrue of some
                    said = "withheld" if full.get(ALIKE) else "<5"
                    assert (told[column.removesuffix(HIDDEN)] == said) == value
                elif column.startswith("n") and not full.get(column + HIDDEN) and isinstance(value, int):
                    assert told[column] == value


@pytest.mark.parametrize("name", SHAREABLE)
def test_a_workbook_says_in_both_languages_what_it_is_its_limits_its_duties_and_how_to_cite_it(store, name):
    sheet = openpyxl.load_workbook(io.BytesIO(made("xlsx", store, name)))[workbook.ABOUT]
    told = "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value)
    answer = answered(store, name)
    for code in ("en", "bn"):
        text = Text(code)
        assert answer.filters.sentence(text, answer.label(code)) in told
        assert text.number(answer.figure("n")) in told
        limits, duties = caveat.about(answer, text), caveat.duties(answer, text)
        assert min(len(limits), len(duties)) > 0
        assert [line for line in (*limits, *duties, caveat.made_of(answer, text, MADE_AT)) if line not in told] == []
    assert f"v{answer.version:06d}" in told


def test_a_workbook_names_nobody(store):
    book = openpyxl.load_workbook(io.BytesIO(made("xlsx", store, "overview")))
    assert not (book.properties.creator)
    assert not (book.properties.lastModifiedBy)


FORMULAS = ("=1+1", "+1+1", "-1+cmd", "@SUM(A1)", "\t=1", "＝1", '=HYPERLINK("http://x")')


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_cell_that_begins_like_a_formula_is_text(store, formula):
    import dataclasses

    answer = answered(store, "overview")
    labels = answer.labels.to_pylist()
    for row in labels:
        row["label_en"] = row["label_bn"] = formula
    hostile = dataclasses.replace(answer, labels=pa.Table.from_pylist(labels, answer.labels.schema))
    told = handout.about(BY_NAME["overview"], hostile, MADE_AT)
    book = openpyxl.load_workbook(io.BytesIO(workbook.as_xlsx(hostile, told, MADE_AT)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink] == []
    assert any(cell.value == formula for cell in cells)


@pytest.mark.parametrize("name", SHAREABLE)
def test_csv_and_parquet_hold_the_same_rows(store, name):
    table = pq.read_table(io.BytesIO(made("parquet", store, name)))
    rows = list(csv.DictReader(io.StringIO(made("csv", store, name).decode("utf-8-sig"))))
    assert table.num_rows == len(rows) > 0
    if "n" in table.column_names:
        assert [str(n) if n is not None else "" for n in table["n"].to_pylist()] == [row["n"] for row in rows]
    assert b"simanta" in table.schema.metadata


def test_a_parquet_of_places_is_geoparquet(store):
    table = pq.read_table(io.BytesIO(made("parquet", store, "hotspots")))
    geo = json.loads(table.schema.metadata[b"geo"])
    assert (geo["primary_column"], geo["columns"]["geometry"]["encoding"]) == ("geometry", "WKB")
    assert {shape.geom_type for shape in shapely.from_wkb(table["geometry"].to_pylist())} == {"Polygon"}


@pytest.mark.parametrize("name", SHAREABLE)
def test_maps_for_other_programs_hold_the_same_places(store, name, tmp_path):
    answer = answered(store, name)
    files = {kind: tmp_path / f"made.{kind}" for kind in ("gpkg", "geojson", "kml")}
    for kind, file in files.items():
        file.write_bytes(made(kind, store, name))
    expected = {layer: len(rows) for layer, rows in geodata.layers(answer).items()}
    if ogrinfo := shutil.which("ogrinfo"):
        subprocess.run([ogrinfo, "-al", "-so", files["gpkg"]], check=True, capture_output=True)
    else:
        warnings.warn("no ogrinfo here: opened by pyogrio alone", stacklevel=1)
    listed = dict(pyogrio.list_layers(files["gpkg"]))
    assert listed.keys() == expected.keys() | {"about"}
    for layer, n in expected.items():
        info = pyogrio.read_info(files["gpkg"], layer=layer)
        assert info["features"] == n
        assert "4326" in info["crs"] or "CRS84" in info["crs"]
    features = json.loads(files["geojson"].read_text())["features"]
    assert len(features) == pyogrio.read_info(files["geojson"])["features"] == sum(expected.values())
    marks = ElementTree.parse(files["kml"]).getroot().iter(f"{{{geodata.KML}}}Placemark")
    assert len(list(marks)) == sum(expected.values())
    west, south, east, north = BANGLADESH
    inside = [f for f in features if (f["properties"].get("adm2"))]
    for feature in inside:
        x0, y0, x1, y1 = shapely.geometry.shape(feature["geometry"]).bounds
        assert west < x0 <= x1 < east
        assert south < y0 <= y1 < north


def test_a_geopackage_says_what_it_is(store, tmp_path):
    (tmp_path / "made.gpkg").write_bytes(made("gpkg", store, "overview"))
    with sqlite3.connect(tmp_path / "made.gpkg") as opened:
        told = [line for (line,) in opened.execute("SELECT said FROM about WHERE language = 'en'")]
    assert any("not persons and not prevalence" in line for line in told)


def test_markup_in_a_name_is_no_markup_in_kml(store):
    import dataclasses

    answer = answered(store, "overview")
    labels = answer.labels.to_pylist()
    for row in labels:
        row["label_en"] = "]]></name><NetworkLink/>&lol;"
    hostile = dataclasses.replace(answer, labels=pa.Table.from_pylist(labels, answer.labels.schema))
    root = ElementTree.fromstring(geodata.as_kml(hostile, {"en": ["]]>"]}))
    assert not list(root.iter(f"{{{geodata.KML}}}NetworkLink"))


def test_every_picture_opens(store):
    page, answer, text = BY_NAME["overview"], answered(store, "overview"), Text("bn")
    for kind in ("png", "svg"):
        with zipfile.ZipFile(io.BytesIO(handout.all_pictures(page, answer, text, kind))) as file:
            assert len(file.namelist()) == len(handout.pictures(page, answer, text))
            for name in file.namelist():
                data = file.read(name)
                if kind == "png":
                    picture = Image.open(io.BytesIO(data))
                    assert picture.width > 600
                    assert picture.getextrema() != ((255, 255),) * 3
                    assert "author" not in {key.lower() for key in picture.info}
                else:
                    root = ElementTree.fromstring(data)
                    assert not [each for each in root.iter() if each.tag.endswith("}script")]
                    assert b"http://" not in data.replace(b"http://www.w3.org/", b"")


def test_no_file_holds_a_withheld_count(store):
    """Where a count is withheld, its cell is empty or says <5, in every format that holds tables."""
    answer = answered(store, "overview")
    for table in exports.tables(answer):
        for row, full in zip(exports.plain(answer, table), answer.rows(table), strict=True):
            for column in full:
                if column.endswith(HIDDEN) and column != ALIKE and full[column]:
                    assert row[column.removesuffix(HIDDEN)] is None
                    assert row["suppressed"]


def test_every_chart_is_one_that_vega_lite_knows(store, monkeypatch):
    """Pages draw them unchecked (`pictures.draw`): each is checked here against the whole schema."""
    checked = []
    monkeypatch.setattr(pictures, "draw", lambda chart, alt: checked.append((chart.to_dict(validate=True), alt)))
    for name in ("overview", "corridors", "trends", "warning", "district", "quality", "response"):
        before = len(checked)
        recorder.heard(BY_NAME[name], answered(store, name), Text("en"))
        assert len(checked) > before, name
    assert all(spec and alt for spec, alt in checked)

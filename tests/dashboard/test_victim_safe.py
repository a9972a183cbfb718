"""No file tells where somebody lives, is cared for or asked for help; what happened at sea is told coarsely."""

import csv
import io
import json
import zipfile
from datetime import UTC, date, datetime
from xml.etree import ElementTree

import h3
import openpyxl
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard import exports, geodata
from dashboard.access import local_user
from dashboard.components import handout
from dashboard.database import open_current
from dashboard.filters import RESOLUTIONS, Filters
from dashboard.i18n import Text
from dashboard.pages import BY_NAME
from etl import build
from tests.dashboard.conftest import HOMES

MADE_AT = datetime(2026, 11, 29, 12, tzinfo=UTC)
TODAY = date(2026, 11, 22)
# Six of each, exactly placed, each kind at a place of its own in a district where nothing else is.
PLANTED = {
    "return_repatriation": (24.8481, 89.3730, "BD5010"),
    "recruitment_lead": (25.7439, 89.2752, "BD5585"),
    "hotline_report": (24.7471, 90.4203, "BD4561"),
    "complaint_or_case_filed": (22.7010, 90.3535, "BD1006"),
    "interception_at_sea": (20.9000, 92.2000, "BD2022"),
    "interception_at_border": (23.0400, 88.8950, "BD4041"),
}
QUIET = [kind for kind in PLANTED if kind in HOMES]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("safe")
    rows = [
        f"{kind}-{i},{kind},2026-11-{10 + i:02d},{lat},{lon},1,50"
        for kind, (lat, lon, _) in PLANTED.items()
        for i in range(6)
    ]
    sheet = "source_ref,event_type,date_start,lat,lon,precision_code,uncertainty_m\n" + "\n".join(rows)
    (folder / "planted.csv").write_text(sheet + "\n")
    report = build.load([folder / "planted.csv"], folder / "store", today=TODAY)
    assert report.files[0].loaded == len(rows)
    return open_current(folder / "store")


FILTERS = st.builds(
    lambda kinds, resolution, precision: Filters(
        date(2026, 11, 1), TODAY, choices={"type": tuple(sorted(kinds))}, resolution=resolution, precision=precision
    ),
    st.sets(st.sampled_from(sorted(PLANTED)), min_size=1),
    st.sampled_from([None, *RESOLUTIONS]),
    st.integers(1, 7),
)


def shapes(file: bytes):
    for feature in json.loads(file)["features"]:
        yield shapely.geometry.shape(feature["geometry"]), feature["properties"]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FILTERS, st.sampled_from(["overview", "hotspots", "corridors", "district"]))
def test_no_file_has_a_place_of_a_home(store, filters, name):
    page = BY_NAME[name]
    if name == "district":
        filters = filters.choose("d", ["BD5010"])
    answer = page.answer(store.select(filters, local_user()))
    for shape, told in shapes(handout.made("geojson", page, answer, exports.main(answer), MADE_AT)):
        # `unknown` is all of the area without effort on record, of which no count is told
        if shape.geom_type == "Polygon" and told["table"] != "unknown" and told.get("n") != 0:
            assert not any(shape.covers(shapely.Point(PLANTED[kind][1], PLANTED[kind][0])) for kind in QUIET)
    for row in answer.rows("cells") if "cells" in answer.tables else ():
        at_sea = h3.latlng_to_cell(*PLANTED["interception_at_sea"][:2], h3.get_resolution(h3.int_to_str(row["cell"])))
        if h3.int_to_str(row["cell"]) == at_sea and (row["n"] or row["n_hidden"]):
            assert h3.get_resolution(at_sea) <= 4
    for table in exports.tables(answer):
        told = list(csv.DictReader(io.StringIO(exports.as_csv(answer, table).decode("utf-8-sig"))))
        assert not {"lat_deg", "lon_deg", "uncertainty_m", "adm3", "source_ref"} & set(told[0] if told else {})


KINDS = ("geojson", "kml", "gpkg", "parquet", "xlsx", "csv")
ON_MAPS = ("overview", "hotspots", "corridors", "trends", "district")
NEAR_DEG = 0.02  # some two kilometres
COARSE_DEG2 = 0.05  # a cell of resolution 4 is three times as large, one of 5 half


@pytest.fixture(scope="module")
def journeys(tmp_path_factory):
    """The same six places, and each record with an origin, a crossing, and so a corridor."""
    folder = tmp_path_factory.mktemp("journeys")
    rows = [
        f"{kind}-{i},{kind},2026-11-{10 + i:02d},{lat},{lon},1,50,BD5010,x-benapole"
        for kind, (lat, lon, _) in PLANTED.items()
        for i in range(6)
    ]
    head = "source_ref,event_type,date_start,lat,lon,precision_code,uncertainty_m,origin_adm2,crossing"
    (folder / "planted.csv").write_text("\n".join([head, *rows]) + "\n")
    assert build.load([folder / "planted.csv"], folder / "store", today=TODAY).files[0].loaded == len(rows)
    return open_current(folder / "store")


def in_file(kind, page, answer):
    """What has a place in the file, or all files, of a kind: (geometry, table, its n as text)."""
    if kind in ("csv", "parquet"):
        for table in exports.tables(answer):
            file = io.BytesIO(handout.made(kind, page, answer, table, MADE_AT))
            rows = csv.DictReader(io.StringIO(file.read().decode("utf-8-sig"))) if kind == "csv" else None
            for row in rows if rows is not None else pq.read_table(file).to_pylist():
                yield from in_row(row, table)
        return
    file = handout.made(kind, page, answer, exports.main(answer), MADE_AT)
    if kind == "geojson":
        for shape, told in shapes(file):
            yield shape, told["table"], str(told.get("n"))
    elif kind == "kml":
        for folder in ElementTree.fromstring(file).iter(f"{{{geodata.KML}}}Folder"):
            for mark in folder.iter(f"{{{geodata.KML}}}Placemark"):
                yield in_mark(mark), folder[0].text, str(mark.findtext(f".//*[@name='n']/{{{geodata.KML}}}value"))
    elif kind == "gpkg":
        for layer, geometry in pyogrio.list_layers(file):
            for row in pyogrio.read_dataframe(file, layer=layer).to_dict("records") if geometry else ():
                yield row["geometry"], layer, str(row.get("n"))
    else:
        for sheet in openpyxl.load_workbook(io.BytesIO(file), read_only=True):
            head, *rows = [*sheet.iter_rows(values_only=True)] or [()]
            for row in rows:
                yield from in_row(dict(zip(head, row, strict=False)), sheet.title)


def in_mark(mark):
    """The geometry of a placemark of KML."""
    where = mark.find(f".//{{{geodata.KML}}}coordinates")
    points = [tuple(map(float, point.split(","))) for point in where.text.split()]
    if len(points) == 1:
        return shapely.Point(points[0])
    is_area = mark.find(f"{{{geodata.KML}}}Polygon") is not None
    return shapely.Polygon(points) if is_area else shapely.LineString(points)


def in_row(row, table):
    """The geometries of a row of a table: by its geometry, a cell's number, and each pair of coordinates."""
    n = str(row.get("n"))
    if isinstance(row.get("geometry"), bytes):
        yield shapely.from_wkb(row["geometry"]), table, n
    elif row.get("cell"):
        told = str(row["cell"])
        cell = int(told) if len(told) > 15 else int(told, 16)  # a CSV writes the number, all others as H3 does
        yield shapely.Polygon(geodata.ring(cell)), table, n
    for name in row:
        if name and name.endswith("lon") and row[name] not in (None, ""):
            yield shapely.Point(float(row[name]), float(row[f"{name[:-3]}lat"])), table, n


def tells(shape, table, n, at):
    """Whether what a file says with this geometry tells of this place."""
    if shape.geom_type != "Polygon":
        return min(shapely.Point(point).distance(at) for point in shape.coords) < NEAR_DEG
    return table != "unknown" and n not in ("0", "0.0") and shape.covers(at)


@pytest.mark.filterwarnings("ignore:File /vsimem")  # a GeoPackage in memory has no ending
@pytest.mark.parametrize("name", ON_MAPS)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filters=FILTERS)
def test_no_file_of_any_kind_has_a_home_a_point_at_sea_or_an_origin_nearer_than_its_district(journeys, filters, name):
    filters = filters.choose("d", ["BD5010"]) if name == "district" else filters
    answer = BY_NAME[name].answer(journeys.select(filters, local_user()))
    homes = [shapely.Point(PLANTED[kind][1], PLANTED[kind][0]) for kind in QUIET]
    at_sea = shapely.Point(PLANTED["interception_at_sea"][1], PLANTED["interception_at_sea"][0])
    for kind in KINDS:
        for shape, table, n in in_file(kind, BY_NAME[name], answer):
            assert [home for home in homes if tells(shape, table, n, home)] == [], (kind, table)
            is_coarse = shape.geom_type == "Polygon" and shape.area > COARSE_DEG2
            assert is_coarse or not tells(shape, table, n, at_sea), (kind, table)


@pytest.mark.filterwarnings("ignore:File /vsimem")
@pytest.mark.parametrize("kind", KINDS)
def test_the_same_search_finds_what_may_be_told_in_every_kind_of_file(journeys, kind):
    """The control: a border interception's cell, and the corridor from its origin's district, are found."""
    filters = Filters(date(2026, 11, 1), TODAY, choices={"type": ("interception_at_border",)}, resolution=6)
    answer = BY_NAME["overview"].answer(journeys.select(filters, local_user()))
    found = [*in_file(kind, BY_NAME["overview"], answer)]
    at = shapely.Point(PLANTED["interception_at_border"][1], PLANTED["interception_at_border"][0])
    assert any(tells(*each, at) for each in found)
    (corridor,) = answer.rows("corridors")
    assert any(tells(*each, shapely.Point(corridor["origin_lon"], corridor["origin_lat"])) for each in found)
    tabular = {"Polygon", "Point"}
    assert {shape.geom_type for shape, _, _ in found} >= (
        tabular if kind in ("xlsx", "csv") else tabular | {"LineString"}
    )


def test_the_control_is_drawn_so_the_test_above_can_fail(store):
    page = BY_NAME["hotspots"]
    filters = Filters(date(2026, 11, 1), TODAY, choices={"type": ("interception_at_border",)}, resolution=6)
    answer = page.answer(store.select(filters, local_user()))
    at = shapely.Point(PLANTED["interception_at_border"][1], PLANTED["interception_at_border"][0])
    found = [
        told for shape, told in shapes(handout.made("geojson", page, answer, "cells", MADE_AT)) if shape.covers(at)
    ]
    assert any(told.get("n") == 6 for told in found)


def test_the_districts_of_homes_still_count(store):
    filters = Filters(date(2026, 11, 1), TODAY, choices={"type": tuple(sorted(QUIET))})
    answer = BY_NAME["overview"].answer(store.select(filters, local_user()))
    assert answer.figure("n") == 6 * len(QUIET)
    assert answer.figure("n_placed") == 0


def test_no_picture_draws_one(store):
    page = BY_NAME["hotspots"]
    filters = Filters(date(2026, 11, 1), TODAY, choices={"type": tuple(sorted(QUIET))}, resolution=6)
    answer = page.answer(store.select(filters, local_user()))
    assert [row for row in answer.rows("cells") if row["n"] or row["n_hidden"]] == []
    with zipfile.ZipFile(io.BytesIO(handout.all_pictures(page, answer, Text("en"), "svg"))) as file:
        assert file.namelist()

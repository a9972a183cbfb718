"""No file tells where somebody lives, is cared for or asked for help; what happened at sea is told coarsely."""

import csv
import io
import json
import zipfile
from datetime import UTC, date, datetime

import h3
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard import exports
from dashboard.access import local_user
from dashboard.components import handout
from dashboard.database import HOMES, open_current
from dashboard.filters import RESOLUTIONS, Filters
from dashboard.i18n import Text
from dashboard.pages import BY_NAME
from etl import build

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

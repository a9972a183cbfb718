"""Where along the border a record is, and which crossing it stands at."""

import csv

import numpy as np
import pyproj
import pytest
import shapely

from etl.atlas import metres
from etl.border import border_of
from etl.index import index_batch
from etl.reference import NO_SEGMENT, PLACES

FLAT = pyproj.Transformer.from_crs("EPSG:4326", "+proj=laea +lat_0=23.7 +lon_0=90.35 +units=m", always_xy=True)


def test_the_line_goes_clockwise_from_the_sundarbans_by_land_and_back_by_sea(reference):
    kinds = [segment.kind for segment in reference.border]
    assert kinds == ["land"] * 724 + ["sea"] * 152
    assert [s.border_segment for s in reference.border] == list(range(876))
    assert np.ptp(np.diff([s.chainage_km for s in reference.border[:723]])) < 0.002
    first, last = reference.border[0], reference.border[723]
    assert (round(first.lon), round(first.lat), round(last.lon), round(last.lat)) == (89, 22, 92, 21)
    assert max(reference.border, key=lambda segment: segment.lat).border_segment in range(200, 300)


def test_each_segment_has_its_district_and_on_land_the_state_across(reference):
    states = [code.code for code in reference.codes if code.list == "neighbour"]
    assert {s.adm2 for s in reference.border} <= set(reference.districts)
    assert {s.neighbour for s in reference.border if s.kind == "land"} == set(states)
    assert {s.neighbour for s in reference.border if s.kind == "sea"} == {None}
    for crossing in ("x-benapole", "x-hili", "x-akhaura", "x-shukani-tetulia"):
        found = reference.crossings[crossing]
        assert reference.border[found.border_segment].adm2 == found.adm2


def test_the_segment_of_a_point_is_the_nearest_of_its_box(reference):
    line = shapely.LineString(np.column_stack(FLAT.transform(*np.array([(s.lon, s.lat) for s in reference.border]).T)))
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(88, 92.7, 4_000), rng.uniform(20.6, 26.7, 4_000)
    found = border_of(reference).segments(lon, lat)
    middles = np.column_stack(FLAT.transform(*np.array([(s.lon, s.lat) for s in reference.border]).T))
    points = np.column_stack(FLAT.transform(lon, lat))
    near = found != NO_SEGMENT
    assert 400 < near.sum() < 1_600
    # A segment is at most 5 km long, so its middle is at most 2.5 km from any of its points.
    assert np.hypot(*(middles[found[near]] - points[near]).T).max() < 10_000 + 2_500 + 600
    far = shapely.distance(line, shapely.points(points[~near]))
    assert np.percentile(far, 5) > 8_000


def test_the_table_of_crossings_boxes_agrees_with_measuring(reference):
    border = border_of(reference)
    rng = np.random.default_rng(6)
    crossings = list(reference.crossings.values())
    near = rng.integers(0, len(crossings), 3_000)
    spread = np.array([c.precision_m for c in crossings])[near] * 1.3 / 111_000
    lon = np.array([c.lon for c in crossings])[near] + rng.uniform(-1, 1, 3_000) * spread
    lat = np.array([c.lat for c in crossings])[near] + rng.uniform(-1, 1, 3_000) * spread
    inside = (lon > 87.6) & (lon < 93) & (lat > 20.2) & (lat < 27)
    found = border.crossings(lon[inside], lat[inside])
    apart = np.hypot(*(metres(np.column_stack([lon, lat]))[inside, None] - border._points).transpose(2, 0, 1))
    reach = apart <= border._radii
    assert (found == np.where(reach.sum(1) == 1, reach.argmax(1), -1)).all()
    assert (found >= 0).sum() > 300
    assert (reach.sum(1) > 1).sum() > 50


def test_each_crossing_but_an_airport_has_its_place_on_the_line(reference):
    with (PLACES / "border_crossings.csv").open(encoding="utf-8") as lines:
        told = {row["crossing_id"]: int(row["border_segment"]) for row in csv.DictReader(lines)}
    ports = {c.crossing: c for c in reference.crossings.values() if c.kind != "airport"}
    assert told.keys() == ports.keys()
    for name, segment in told.items():
        middle, port = reference.border[segment], ports[name]
        assert abs(middle.chainage_km - port.chainage_km) <= 2.5
        assert (
            np.hypot(*np.subtract(FLAT.transform(middle.lon, middle.lat), FLAT.transform(port.lon, port.lat))) < 20_000
        )
        assert (middle.kind == "sea") <= (port.kind == "sea_departure")


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"lat": "23.0400", "lon": "88.8870"}, ("x-benapole", "located")),
        ({"lat": "23.0400", "lon": "88.8870", "crossing": "x-goga"}, ("x-goga", "named")),
        ({"lat": "23.0400", "lon": "88.8870", "event_type": "interception_inland"}, (None, None)),
        ({"lat": "23.0400", "lon": "88.8870", "precision_code": "4"}, (None, None)),
        ({"lat": "23.1700", "lon": "89.2100"}, (None, None)),
        ({"lat": None, "lon": None, "precision_code": None, "crossing": "Benapole"}, ("x-benapole", "named")),
    ],
)
def test_a_crossing_is_named_or_located(cells, told, raw, terms, reference, good_row):
    row = index_batch(raw({**good_row, **cells}), terms, reference).good.to_pylist()[0]
    assert (row["crossing"], row["crossing_basis"]) == told


def test_a_segment_is_given_to_exact_points_and_named_crossings_only(raw, terms, reference, good_row):
    rows = [
        {"lat": "23.0400", "lon": "88.8870"},
        {"lat": "23.0400", "lon": "88.8870", "precision_code": "3"},
        {"lat": "23.1700", "lon": "89.2100"},
        {"lat": None, "lon": None, "precision_code": "4", "crossing": "Benapole"},
        {"lat": None, "lon": None, "precision_code": None},
    ]
    good = index_batch(raw(*({**good_row, **cells} for cells in rows)), terms, reference).good
    benapole = reference.crossings["x-benapole"].border_segment
    told = good["border_segment"].to_pylist()
    assert told[1:] == [None, None, benapole, None]
    assert abs(told[0] - benapole) <= 1

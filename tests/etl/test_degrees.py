"""Coordinates as people write them."""

import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.degrees import pair
from etl.index import index_batch

READ = [
    ("26°11'11.8\"N", "88°34'23.2\"E", 26.186611, 88.573111), ("26°11′11.8″N", "88°34′23.2″E", 26.186611, 88.573111),
    ("22°15'49.5\" উ", "91°47'20.3\" পূ", 22.26375, 91.788972), ("N23.1423", "E89.2567", 23.1423, 89.2567),
    ("23° 8.533' N", "89°15.4'E", 23.142217, 89.256667), ("23.1423°", "89.2567", 23.1423, 89.2567),
    ("23°08'32\"N 89°15'24\"E", None, 23.142222, 89.256667), (None, "23.1423, 89.2567", 23.1423, 89.2567),
    ("89.2567E; 23.1423N", None, 23.1423, 89.2567), ("23.5 S", "88.5", -23.5, 88.5),
    ("88°34'E", "26°11'N", 88.566667, 26.183333),  # exchanged: seen by its rule, never mended
]  # fmt: skip


@pytest.mark.parametrize(("lat", "lon", "y", "x"), READ)
def test_a_pair_is_read(lat, lon, y, x):
    assert pair(lat, lon) == (pytest.approx(y, abs=1e-6), pytest.approx(x, abs=1e-6))


@pytest.mark.parametrize(
    ("lat", "lon"),
    [
        ("23,1423", "89,2567"), ("23,1423", None), ("nan", "inf"), ("23°61'N", "23°10'61\"N"), ("-23.1N", "N23N"),
        ("1 2", None), ("47Q 730000 2560000", None), ("x" * 5_000, None), ("23.5°10'", "2.897e6"),
    ],
)  # fmt: skip
def test_what_is_no_coordinate_is_not_read(lat, lon):
    assert pair(lat, lon) == (None, None)


@given(st.floats(88.1, 92.6), st.floats(20.8, 26.5))
def test_a_grid_reference_is_read_to_a_metre(lon, lat):
    zone = 45 if lon < 90 else 46
    east, north = pyproj.Transformer.from_crs("EPSG:4326", f"EPSG:326{zone}", always_xy=True).transform(lon, lat)
    assert pair(f"{zone}Q {east:06.0f} {north:07.0f}", None) == (
        pytest.approx(lat, abs=1e-5),
        pytest.approx(lon, abs=1e-5),
    )


@given(st.text(st.sampled_from("0123456789.°'\" NSEWউপূ,;-45Q"), max_size=30), st.text(max_size=8) | st.none())
def test_nothing_raises(lat, lon):
    assert all(value is None or abs(value) < 1_001 for value in pair(lat, lon))


def test_degrees_in_words_load_like_decimals_and_bangla_digits_too(raw, terms, reference, good_row):
    written = [("২৩°০১'৫২.৩\" উ", "৮৮°৫৪'০৭.৬\" পূ"), ("23°01'52.3\"N 88°54'07.6\"E", None), ("২৩.০৩১১৯", "৮৮.৯০২১১")]
    judged = index_batch(raw(*({**good_row, "lat": a, "lon": b} for a, b in written)), terms, reference)
    assert judged.quarantined.num_rows == 0
    assert [(round(row["lat"], 4), round(row["lon"], 4)) for row in judged.good.to_pylist()] == [(23.0312, 88.9021)] * 3

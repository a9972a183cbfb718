"""Makes border.csv, border_crossings.csv and border_boxes.npz from the outline of the country.

The outline is walked clockwise from the mouth of the river that parts the Sundarbans: the land border round to the
Naf's mouth at Teknaf, then the coast back. It is cut into segments of 5 km; the last of the land and of the sea is
shorter. A segment has the district nearest to its middle and, on land, the state across. A box of 0.005 degrees
belongs to the segment nearest to its middle, or to none beyond 10 km. Islands apart from the main land are left out.
Lengths are those of this outline in Lambert's equal-area projection.

Run it anew when the outline, the crossings or the box round the country change: python data/reference/make_border.py
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pyproj
import shapely

HERE = Path(__file__).parent
WEST, SOUTH, EAST, NORTH = 87.6, 20.2, 93.0, 27.0  # as in etl/atlas.py
STEP = 0.005  # degrees, as in etl/border.py
SEGMENT_M, REACH_M = 5_000.0, 10_000.0
CROSSING_REACH_M = 25_000.0  # an island that boats leave from may be farther off
NONE = 65_535
START, TURN = (89.092, 21.699), (92.3687, 20.7178)  # the mouths of the two border rivers
FLAT = pyproj.Transformer.from_crs("EPSG:4326", "+proj=laea +lat_0=23.7 +lon_0=90.35 +units=m", always_xy=True)


def outline() -> np.ndarray:
    """(n, 2) degrees of the main land, clockwise from START and back to it."""
    features = json.loads((HERE / "bgd_adm0_simple.geojson").read_text(encoding="utf-8"))["features"]
    country = shapely.from_geojson(json.dumps(features[0]["geometry"]))
    main = max(shapely.get_parts(country), key=shapely.area)
    ring = np.array(shapely.normalize(main).exterior.coords)[:-1]  # normalize: clockwise
    ring = np.roll(ring, -nearest(ring, START), axis=0)
    return np.vstack([ring, ring[:1]])


def nearest(ring: np.ndarray, point: tuple[float, float]) -> int:
    """The number of the vertex nearest to a point."""
    return int(np.hypot(*(ring - point).T).argmin())


def cuts(land_m: float, whole_m: float) -> np.ndarray:
    """Where each segment begins, and the end of the last."""
    return np.concatenate([np.arange(0, land_m, SEGMENT_M), np.arange(land_m, whole_m, SEGMENT_M), [whole_m]])


def write_rows(name: str, header: list[str], rows: list[list[object]]) -> None:
    """One CSV file, as the others of this folder."""
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([header, *rows])


def boxes(line: shapely.LineString, begins: np.ndarray) -> np.ndarray:
    """(rows, columns) the segment of each box from south and west, NONE beyond REACH_M."""
    columns, rows = round((EAST - WEST) / STEP), round((NORTH - SOUTH) / STEP)
    lon, lat = np.meshgrid(WEST + STEP * (np.arange(columns) + 0.5), SOUTH + STEP * (np.arange(rows) + 0.5))
    points = shapely.points(np.column_stack(FLAT.transform(lon.ravel(), lat.ravel())))
    shapely.prepare(line)
    near = np.flatnonzero(shapely.dwithin(line, points, REACH_M))
    found = np.full(len(points), NONE, np.uint16)
    found[near] = segments(shapely.line_locate_point(line, points[near]), begins)
    return found.reshape(rows, columns)


def segments(chainage_m: np.ndarray, begins: np.ndarray) -> np.ndarray:
    """The segment that holds each place on the line."""
    return np.clip(np.searchsorted(begins, chainage_m, side="right") - 1, 0, len(begins) - 2)


def main() -> None:
    """Write the three files."""
    ring = outline()
    line = shapely.LineString(np.column_stack(FLAT.transform(*ring.T)))
    turn = shapely.Point(line.coords[nearest(ring, TURN)])
    begins = cuts(land_m := line.project(turn), line.length)
    middles = (begins[:-1] + begins[1:]) / 2
    lon, lat = FLAT.transform(*shapely.get_coordinates(line.interpolate(middles)).T, direction="INVERSE")
    adm2 = nearest_area("bgd_adm2_simple.geojson", "adm2_pcode", lon, lat)
    across = nearest_area("context_border_states.geojson", "iso_3166_2", lon, lat)
    rows = zip(range(len(middles)), middles, lon, lat, adm2, across, strict=True)
    write_rows(
        "border.csv",
        ["border_segment", "kind", "chainage_km", "lon", "lat", "adm2", "neighbour"],
        [
            [
                n,
                "land" if at < land_m else "sea",
                f"{at / 1000:.3f}",
                f"{x:.5f}",
                f"{y:.5f}",
                a,
                b if at < land_m else "",
            ]
            for n, at, x, y, a, b in rows
        ],
    )
    write_rows("border_crossings.csv", ["crossing_id", "border_segment", "chainage_km"], crossings(line, begins))
    np.savez_compressed(HERE / "border_boxes.npz", segment=boxes(line, begins))


def nearest_area(file: str, code: str, lon: np.ndarray, lat: np.ndarray) -> list[str]:
    """The code of the area that lies nearest to each point."""
    features = json.loads((HERE / file).read_text(encoding="utf-8"))["features"]
    areas = [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in features]
    flat = shapely.transform(areas, lambda degrees: np.column_stack(FLAT.transform(*degrees.T)))
    points = shapely.points(np.column_stack(FLAT.transform(lon, lat)))
    apart = np.array([shapely.distance(area, points) for area in flat])
    return [str(features[number]["properties"][code]) for number in apart.argmin(axis=0)]


def crossings(line: shapely.LineString, begins: np.ndarray) -> list[list[object]]:
    """The place of each crossing on the line: the point of the line nearest to it; airports have none."""
    with (HERE / "crossings.csv").open(encoding="utf-8-sig", newline="") as file:
        listed = [row for row in csv.DictReader(file) if row["kind"] != "airport"]
    points = shapely.points(
        np.column_stack(FLAT.transform([float(r["lon"]) for r in listed], [float(r["lat"]) for r in listed]))
    )
    chainage_m = shapely.line_locate_point(line, points)
    far = [
        row["crossing_id"]
        for row, d in zip(listed, shapely.distance(line, points), strict=True)
        if d > CROSSING_REACH_M
    ]
    if far:
        raise SystemExit(f"too far from the border: {far}")
    numbers = segments(chainage_m, begins)
    rows = zip(listed, numbers, chainage_m, strict=True)
    return [[row["crossing_id"], int(n), f"{at / 1000:.3f}"] for row, n, at in rows]


if __name__ == "__main__":
    main()

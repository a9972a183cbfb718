"""Makes neighbours.csv: which districts touch, and over how many kilometres.

The districts of bgd_adm2_detail.parquet leave no gap and do not overlap, so two of them are neighbours where their
outlines share a line; a point that four share makes none. Lengths are in Lambert's equal-area projection.

Run it anew when the districts change: python data/reference/make_neighbours.py
"""

from __future__ import annotations

import csv
from itertools import combinations
from pathlib import Path

import geopandas
import shapely

HERE = Path(__file__).parent
FLAT = "+proj=laea +lat_0=23.7 +lon_0=90.35 +units=m"
LEAST_KM = 0.1  # a corner that rounding drew out is no border


def neighbours() -> list[list[object]]:
    """adm2, neighbour, shared_km, a row for either direction, in the order of the codes."""
    districts = geopandas.read_parquet(HERE / "bgd_adm2_detail.parquet", columns=["adm2_pcode", "geometry"])
    shapes = districts.set_index("adm2_pcode").geometry.to_crs(FLAT)
    rows: list[list[object]] = []
    for one, other in combinations(sorted(shapes.index), 2):
        shared_km = round(shapely.length(shapely.intersection(shapes[one], shapes[other])) / 1000, 1)
        if shared_km >= LEAST_KM:
            rows += [[one, other, shared_km], [other, one, shared_km]]
    return sorted(rows)


def main() -> None:
    """Writes the file."""
    with (HERE / "neighbours.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([["adm2", "neighbour", "shared_km"], *neighbours()])


if __name__ == "__main__":
    main()

"""Exact answers: the fast path against a plain reference, on every row of a generated file.

    .venv/bin/python benchmarks/agreement.py [--rows 1000000] [--seed 7] [--write]

The rows are loaded by the product. Then each stored point is placed anew the slow and obvious way: h3 in a loop at the
finest resolution whose edge is not below the uncertainty, and geopandas' sjoin against the 64 district polygons. Prints
how many rows were compared and how many differ in cell, resolution or district; ends with 1 where one does.
--write keeps it in benchmarks/AGREEMENT.md.
"""

import argparse
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import geopandas
import h3
import numpy as np
import pandas as pd
from load import about

from etl.atlas import Atlas
from etl.build import load
from etl.reference import load_reference

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "AGREEMENT.md"
DISTRICTS = HERE.parent / "data" / "reference" / "bgd_adm2_detail.parquet"
EDGES_M = [h3.average_hexagon_edge_length(resolution, unit="m") for resolution in range(10)]
TODAY = date(2025, 12, 31)  # after the last report of the generated rows


def stored(folder: Path, rows: int, seed: int) -> pd.DataFrame:
    """The placed records of a store that the product made of generated rows."""
    words = ["--rows", str(rows), "--seed", str(seed), "--out", str(folder / "full.csv")]
    subprocess.run([sys.executable, HERE / "scale" / "generate.py", *words], check=True)
    load([folder / "full.csv"], folder / "store", today=TODAY)
    with duckdb.connect(folder / "store" / "facts" / "v000001.duckdb", read_only=True) as connection:
        return connection.execute(
            "SELECT lat, lon, uncertainty_m, resolution, cell FROM incident WHERE cell IS NOT NULL"
        ).df()


def plain_cells(placed: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Resolution and cell of each row, one by one."""
    points = zip(placed["lat"], placed["lon"], placed["uncertainty_m"], strict=True)
    found = [_cell(lat, lon, radius_m) for lat, lon, radius_m in points]
    return np.array([resolution for resolution, _ in found]), np.array([cell for _, cell in found], np.uint64)


def _cell(lat: float, lon: float, radius_m: float) -> tuple[int, int]:
    finest = max(resolution for resolution, edge_m in enumerate(EDGES_M) if edge_m >= radius_m)
    return finest, h3.str_to_int(h3.latlng_to_cell(lat, lon, finest))


def plain_districts(placed: pd.DataFrame) -> np.ndarray:
    """The polygon that holds each point, '' for none. A point on a common edge has two: either is right."""
    points = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(placed["lon"], placed["lat"]), crs="EPSG:4326")
    districts = geopandas.read_parquet(DISTRICTS)[["adm2_pcode", "geometry"]]
    joined = geopandas.sjoin(points, districts, how="left", predicate="intersects")
    return joined["adm2_pcode"].fillna("").groupby(level=0).agg("|".join).to_numpy()


def fast_districts(placed: pd.DataFrame) -> list[str]:
    """What the product's table of boxes and its polygons say."""
    atlas = Atlas(load_reference())
    found = atlas.district_of(placed["lon"].to_numpy(), placed["lat"].to_numpy())
    return [code or "" for code in atlas.codes(found).to_list()]


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="The fast path against plain h3 and shapely, row by row.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--write", action="store_true", help=f"also write {RESULTS.name}")
    given = parser.parse_args()
    with TemporaryDirectory(prefix="simanta-agree-") as made:
        placed = stored(Path(made), given.rows, given.seed)
    resolution, cell = plain_cells(placed)
    districts = zip(fast_districts(placed), plain_districts(placed), strict=True)
    differ = {
        "resolution": int((placed["resolution"].to_numpy() != resolution).sum()),
        "cell": int((placed["cell"].to_numpy() != cell).sum()),
        "district": sum(fast not in plain.split("|") for fast, plain in districts),
    }
    rows = [f"| {what} | {len(placed):,} | {n:,} |" for what, n in differ.items()]
    table = "\n".join([f"| of {given.rows:,} rows | compared | differ |", "|---|---:|---:|", *rows])
    title = "# Benchmarks: agreement\n\nWritten by `benchmarks/agreement.py`; how to read it: `benchmarks/README.md`."
    text = "\n\n".join([title, "\n".join(f"- {line}" for line in about(os.getloadavg()[0])), table]) + "\n"
    print(text)  # noqa: T201
    if given.write:
        RESULTS.write_text(text, encoding="utf-8")
    return int(any(differ.values()))


if __name__ == "__main__":
    sys.exit(main())

"""Makes ../contract/cells.toml: the cells of which protected figures are told, and what may lie in each.

A cell of H3 at resolution 4 stands by itself where at least half of it is land of the country. What lies in any other
cell that holds land of the country is counted with the nearest of these, so that no figure is of a strip of land.
A district is of a cell where at least a fiftieth of a cell's area is land of both.

The policy's name stands for all of this: give it another when you run it anew and anything changes
(docs/privacy.md): python data/reference/make_cells.py
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import geopandas
import h3
import shapely

HERE = Path(__file__).parent
POLICY, RESOLUTION = "cells-1", 4
FLAT = "+proj=laea +lat_0=23.7 +lon_0=90.35 +units=m"
OF_ITS_OWN, OF_BOTH = 1 / 2, 1 / 50  # of a cell's area
HEAD = f"""# The cells of H3 of which protected figures are told (docs/privacy.md), by data/reference/make_cells.py.
# A policy of its own: what stands here is never changed without another name, for a cell that changes its meaning is a
# second look at the same records.
policy = "{POLICY}"
resolution = {RESOLUTION}
"""


def land() -> geopandas.GeoDataFrame:
    """A row a cell and district: the area of both, in shares of a cell, and its middle."""
    districts = geopandas.read_parquet(HERE / "bgd_adm2_detail.parquet", columns=["adm2_pcode", "geometry"])
    box = shapely.box(*districts.total_bounds).buffer(0.5)
    cells = h3.h3shape_to_cells(h3.geo_to_h3shape(box), RESOLUTION)
    shapes = [shapely.Polygon([(lon, lat) for lat, lon in h3.cell_to_boundary(cell)]) for cell in cells]
    table = geopandas.GeoDataFrame({"cell": cells}, geometry=shapes, crs="EPSG:4326").to_crs(FLAT)
    table["area"] = table.area
    both = geopandas.overlay(table, districts.to_crs(FLAT), how="intersection")
    both["share"] = both.area / both["area"]
    return both


def joined(both: geopandas.GeoDataFrame) -> dict[str, str]:
    """Each cell to the one with which it is counted: itself, where enough of it is land of the country."""
    share = both.groupby("cell")["share"].sum()
    middle = both.dissolve("cell").centroid
    own = {cell for cell in share.index if share[cell] >= OF_ITS_OWN}
    return {
        cell: cell if cell in own else min(sorted(own), key=lambda each: middle[cell].distance(middle[each]))
        for cell in sorted(share.index)
    }


def main() -> None:
    """Writes the file."""
    both = land()
    counted_with = joined(both)
    shares: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in both.itertuples():
        shares[counted_with[row.cell]][row.adm2_pcode] += row.share
    with (HERE / "crossings.csv").open(encoding="utf-8") as file:
        crossings = [row for row in csv.DictReader(file) if row["adm2_pcode"]]
    lines = [
        HEAD,
        "# Each cell that stands by itself, and the districts of which it may hold records, most land first.",
    ]
    lines.append("[districts]")
    for cell in sorted(shares):
        order = sorted(shares[cell], key=lambda code: -shares[cell][code])
        kept = [f'"{code}"' for code in order if shares[cell][code] >= OF_BOTH]
        lines.append(f'"{cell}" = [{", ".join(kept)}]')
    lines += ["", "# Each other cell with land of the country, and the one with which it is counted.", "[joined]"]
    lines += [f'"{cell}" = "{other}"' for cell, other in counted_with.items() if cell != other]
    lines += ["", "# The cell with which each crossing is counted.", "[crossings]"]
    for row in sorted(crossings, key=lambda each: each["crossing_id"]):
        cell = h3.latlng_to_cell(float(row["lat"]), float(row["lon"]), RESOLUTION)
        lines.append(f'{row["crossing_id"]} = "{counted_with[cell]}"')
    (HERE.parent / "contract" / "cells.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

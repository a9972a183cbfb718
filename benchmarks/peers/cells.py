"""H3 cells of many points at once, for the databases that have no H3 of their own."""

import polars as pl
import polars_h3 as plh3
from questions import FINEST


def cells(rows: pl.DataFrame) -> pl.Series:
    """lat, lon, precision_code -> the cell that the precision allows; null where there is no point."""
    cell = pl.lit(None, pl.UInt64)
    for code, resolution in FINEST.items():
        found = plh3.latlng_to_cell("lat", "lon", resolution).cast(pl.UInt64)
        cell = pl.when(pl.col("precision_code") == code).then(found).otherwise(cell)
    placed = pl.when(pl.col("lat").is_not_null()).then(cell)
    return rows.select(placed.cast(pl.Int64)).to_series()

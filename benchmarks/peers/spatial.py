"""DuckDB with its spatial extension, by hand: a script of SQL; cells by a vectorised function of Python."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path

import duckdb
import polars as pl
from cells import cells
from clock import Clock
from questions import ALIASES, DISTRICTS, SQL, Rows, all_three

TITLE = "DuckDB and spatial, by hand"
NOT_DONE = (
    "It refuses no row (an impossible date becomes none, an unknown district none), keeps duplicates and both versions "
    "of a re-send, keeps the narratives, withholds no small count; no page. The h3 extension of DuckDB's community is "
    "on no registry of packages, so polars-h3 makes the cells. Against whole districts the spatial join took 3.5 s of "
    "CPU for 60,000 points; it joins to pieces of them, which takes 0.7 s with the cutting."
)
EXTENSION = Path(__file__).resolve().parents[2] / "build" / "peers" / "spatial" / "duckdb_extension_spatial"
# Pieces of 0.2 degrees, cut where no coordinate of five decimals lies: the join looks at every corner of a shape.
PIECES = """
CREATE TEMP TABLE piece AS
WITH strip AS (
    SELECT adm2_pcode, ST_Intersection(geometry, ST_MakeEnvelope(x, 20, x + 0.2, 27)) AS shape
    FROM read_parquet($districts), (SELECT 88.0000037 + i * 0.2 AS x FROM range(24) AS t(i))
    WHERE ST_Intersects_Extent(geometry, ST_MakeEnvelope(x, 20, x + 0.2, 27))
),
cut AS (
    SELECT adm2_pcode, ST_Intersection(shape, ST_MakeEnvelope(88, y, 93, y + 0.2)) AS shape
    FROM strip, (SELECT 20.5000037 + i * 0.2 AS y FROM range(32) AS t(i))
    WHERE ST_Intersects_Extent(shape, ST_MakeEnvelope(88, y, 93, y + 0.2))
)
SELECT adm2_pcode, shape FROM cut WHERE NOT ST_IsEmpty(shape)
"""
LOCATED = """
CREATE TABLE located AS
WITH row AS (SELECT *, row_number() OVER () AS no FROM read_csv($file, types = {'date_start': 'VARCHAR'})),
alias AS (
    SELECT lower(alias) AS alias, any_value(code) AS code FROM read_csv($aliases) WHERE level = 'adm2' GROUP BY 1
),
inside AS (
    SELECT row.no AS no, any_value(adm2_pcode) AS adm2_at
    FROM row JOIN piece ON ST_Within(ST_Point(row.lon, row.lat), piece.shape)
    WHERE row.lat IS NOT NULL GROUP BY row.no
)
SELECT
    row.* EXCLUDE (no, adm2, date_start), try_cast(date_start AS DATE) AS date_start,
    adm2_at, coalesce(alias.code, adm2_at) AS adm2, cell_of(lat, lon, precision_code) AS cell
FROM row LEFT JOIN inside USING (no) LEFT JOIN alias ON alias.alias = lower(row.adm2)
"""


def load(place: Path, file: Path, clock: Clock) -> dict[str, int]:
    """One table in a database file."""
    with clock, duckdb.connect(place / "by_hand.duckdb", config={"threads": "2"}) as con:
        con.execute(f"LOAD '{EXTENSION}/extensions/v{duckdb.__version__}/spatial.duckdb_extension'")
        taken = ["DOUBLE", "DOUBLE", "BIGINT"]
        con.create_function("cell_of", _cell_of, taken, "BIGINT", type="arrow", null_handling="special")
        con.execute(PIECES, {"districts": str(DISTRICTS)})
        con.execute(LOCATED, {"file": str(file), "aliases": str(ALIASES)})
        con.execute("CHECKPOINT")
        rows, located = con.sql("SELECT count(*), count(adm2_at) FROM located").fetchone() or (0, 0)
    return {"rows": rows, "located": located}


def _cell_of(lat: object, lon: object, precision: object) -> object:
    return cells(pl.DataFrame({"lat": lat, "lon": lon, "precision_code": precision})).to_arrow()


@contextmanager
def opened(place: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Read-only."""
    with duckdb.connect(place / "by_hand.duckdb", read_only=True, config={"threads": "2"}) as con:
        yield con


def _answered(con: duckdb.DuckDBPyConnection, question: str) -> Rows:
    """One of the statements of questions.py."""
    return [list(row) for row in con.sql(SQL[question]).fetchall()]


hexes, trend, corridors = (partial(_answered, question=question) for question in SQL)


def first_view(place: Path) -> dict[str, list[float]]:
    """It has no page."""
    with opened(place) as con:
        return all_three(con, (hexes, trend, corridors))


def versions() -> str:
    """What it is made of."""
    return f"duckdb {duckdb.__version__}, its spatial extension, polars-h3 {version('polars-h3')}"

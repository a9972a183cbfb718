"""PostgreSQL with PostGIS, by hand: polars reads dates and cells, COPY, then SQL. A server of its own, on a socket."""

from __future__ import annotations

import os
import pwd
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import geopandas
import polars as pl
import psycopg
from cells import cells
from clock import Clock
from questions import ALIASES, DISTRICTS, SQL, Rows, all_three

TITLE = "PostgreSQL and PostGIS, by hand"
NOT_DONE = (
    "It refuses no row (an impossible date becomes none, an unknown district none), keeps duplicates and both versions "
    "of a re-send, keeps the narratives, withholds no small count; no page. No package of Debian 12 brings H3 to "
    "PostgreSQL, so polars-h3 makes the cells on the way in. But it is a server: many write to it at once, each row by "
    "itself, and what they wrote outlasts a crash."
)
BIN = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/usr/bin"))
SETTINGS = {  # what a page of advice would say for 2 cores; it keeps fsync
    "listen_addresses": "",
    "shared_buffers": "1GB",
    "work_mem": "256MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "8GB",
}
TYPES = {"lat": "float8", "lon": "float8", "precision_code": "int", "date_start": "date", "report_date": "date",
         "persons": "int", "female": "int", "male": "int", "children": "int", "cell": "bigint"}  # fmt: skip
# Districts in pieces of few corners, behind an index, as its handbook advises.
PIECES = """
CREATE TEMP TABLE piece AS
    SELECT adm2_pcode, ST_Subdivide(ST_GeomFromWKB(shape, 4326), 64) AS shape FROM district;
CREATE INDEX ON piece USING gist (shape);
ANALYZE piece;
ANALYZE raw
"""
LOCATED = """
CREATE TABLE located AS
SELECT {columns}, adm2_at, coalesce(alias.code, adm2_at) AS adm2
FROM raw
LEFT JOIN LATERAL (
    SELECT adm2_pcode AS adm2_at FROM piece
    WHERE ST_Intersects(piece.shape, ST_SetSRID(ST_MakePoint(lon, lat), 4326))
    LIMIT 1
) AS inside ON true
LEFT JOIN alias ON alias.alias = lower(raw.adm2);
DROP TABLE raw;
ANALYZE located
"""


def load(place: Path, file: Path, clock: Clock) -> dict[str, int]:
    """One table in a database of a cluster made and started before the clock."""
    with opened(place) as con:
        with clock:
            _located(con, file)
        rows, located = con.execute("SELECT count(*), count(adm2_at) FROM located").fetchone() or (0, 0)
    return {"rows": rows, "located": located}


def _located(con: psycopg.Connection, file: Path) -> None:
    rows = pl.read_csv(file, schema_overrides={"date_start": pl.String})
    rows = rows.with_columns(pl.col("date_start").str.to_date(strict=False), cells(rows).alias("cell"))
    _copied(con, "raw", rows, TYPES)
    aliases = pl.read_csv(ALIASES).filter(level="adm2").select(pl.col("alias").str.to_lowercase(), "code")
    _copied(con, "alias", aliases.unique("alias"), {})
    con.execute("CREATE TEMP TABLE district (adm2_pcode text, shape bytea)")
    districts = geopandas.read_parquet(DISTRICTS)
    shapes = zip(districts["adm2_pcode"], districts.geometry.to_wkb(), strict=True)
    con.cursor().executemany("INSERT INTO district VALUES (%s, %s)", list(shapes))
    con.execute(PIECES)
    con.execute(LOCATED.format(columns=", ".join(f"raw.{name}" for name in rows.columns if name != "adm2")))
    con.commit()


def _copied(con: psycopg.Connection, name: str, rows: pl.DataFrame, types: dict[str, str]) -> None:
    columns = ", ".join(f"{column} {types.get(column, 'text')}" for column in rows.columns)
    con.execute(f"CREATE TABLE {name} ({columns})")
    with con.cursor().copy(f"COPY {name} FROM STDIN (FORMAT csv)") as copy:
        for part in rows.iter_slices(50_000):
            copy.write(part.write_csv(include_header=False))


@contextmanager
def opened(place: Path) -> Iterator[psycopg.Connection]:
    """Its server runs meanwhile, as a child of this process, so that it is measured with it."""
    socket = Path(tempfile.mkdtemp(prefix="peers-pg-"))
    _of_postgres(socket)
    if not (place / "pg").exists():
        (place / "pg").mkdir()
        _of_postgres(place / "pg")
        words = [*_as_postgres(), BIN / "initdb", "-D", place / "pg", "-A", "trust", "-U", "postgres"]
        subprocess.run([*words, "-E", "UTF8", "--locale=C"], check=True, stdout=subprocess.DEVNULL, cwd="/")
    given = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
    with (place / "pg.log").open("w") as log:
        words = [*_as_postgres(), BIN / "postgres", "-D", place / "pg", "-k", socket, *given]
        server = subprocess.Popen(words, cwd="/", stderr=log, stdout=log)
    try:
        with _connected(f"host={socket} dbname=postgres user=postgres") as con:
            con.execute("CREATE EXTENSION IF NOT EXISTS postgis")
            yield con
    finally:
        server.terminate()
        server.wait()
        socket.rmdir()


def _connected(where: str) -> psycopg.Connection:
    for _ in range(600):
        try:
            return psycopg.connect(where)
        except psycopg.OperationalError:  # it is starting
            time.sleep(0.1)
    raise SystemExit("PostgreSQL did not start within a minute: see pg.log in the folder of the run.")


def _of_postgres(folder: Path) -> None:
    folder.chmod(0o700)
    if os.geteuid() == 0:
        os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)


def _as_postgres() -> list[str]:
    """As root it refuses."""
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []


def _answered(con: psycopg.Connection, question: str) -> Rows:
    """One of the statements of questions.py."""
    return [list(row) for row in con.execute(SQL[question]).fetchall()]


hexes, trend, corridors = (partial(_answered, question=question) for question in SQL)


def first_view(place: Path) -> dict[str, list[float]]:
    """It has no page."""
    with opened(place) as con:
        return all_three(con, (hexes, trend, corridors))


def versions() -> str:
    """The server's, and PostGIS's."""
    told = subprocess.run([BIN / "postgres", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    control = next(Path("/usr/share/postgresql").glob("*/extension/postgis.control")).read_text()
    version = control.partition("default_version = '")[2].partition("'")[0]
    return f"{told}, PostGIS {version}"

"""A version of a shared store as a closed connection: what is asked of it reads as from a file of one."""

from contextlib import suppress
from pathlib import Path

import duckdb

from dashboard.extension import load_extension
from dashboard.shared import Shared

CONTRACT = Path(__file__).resolve().parents[1] / "data" / "contract"
LISTS = "SELECT name, list(label ORDER BY position) FROM lake.enum_label GROUP BY name"


def show(connection: duckdb.DuckDBPyConnection, shared: Shared, snapshot: int) -> None:
    """Shows one snapshot in a database in memory, and lets nothing else in but the folder of its files.

    PostgreSQL is let in first: it is refused once external access is off. The folder of the files must then be
    allowed, and by that could be written: an account that only reads it is what keeps it.
    """
    for name in ("ducklake", "postgres_scanner"):
        load_extension(connection, name)
    catalogue, data = (str(each).replace("'", "''") for each in (shared.catalogue, shared.data))
    connection.execute(
        f"ATTACH 'ducklake:postgres:{catalogue}' AS lake (READ_ONLY, CREATE_IF_NOT_EXISTS false, "
        f"METADATA_SCHEMA 'ducklake', DATA_PATH '{data}', OVERRIDE_DATA_PATH true, SNAPSHOT_VERSION {snapshot})"
    )
    schema = int(connection.execute("SELECT schema_version FROM lake.version").fetchall()[0][0])
    if schema == int((CONTRACT / "VERSION").read_text()):
        _show(connection)
    else:  # its number is all that this program can read of it
        connection.execute("CREATE SCHEMA published; CREATE VIEW published.version AS FROM lake.version")
    folder = str(shared.data).replace("'", "''")
    connection.execute(f"SET allowed_directories = ['{folder}']")


def _show(connection: duckdb.DuckDBPyConnection) -> None:
    """The contract's tables, each replaced by a view on that of the lake."""
    connection.execute("BEGIN")  # in one transaction the catalogue is asked once
    try:
        connection.execute("SET VARIABLE codes = $codes", {"codes": dict(connection.execute(LISTS).fetchall())})
        connection.execute((CONTRACT / "schema.sql").read_text(encoding="utf-8"))
        puts = connection.execute((CONTRACT / "lake.sql").read_text(encoding="utf-8")).fetchall()
        connection.execute("".join(put for (put,) in puts))
        connection.execute("COMMIT")
    finally:  # where PostgreSQL is gone, a rollback that closing does by itself ends the whole process
        with suppress(duckdb.Error):
            connection.execute("ROLLBACK")

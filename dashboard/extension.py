"""An extension of DuckDB, out of its pinned package: never from the network, and its signature is checked."""

from importlib.util import find_spec
from pathlib import Path

import duckdb

from dashboard.errors import SimantaError


def file_of(name: str) -> Path | None:
    """The file of an extension as its package carries it, signed by DuckDB; None where it is not installed."""
    found = find_spec(f"duckdb_extension_{name}")
    folders = found.submodule_search_locations if found else None
    files = (Path(each, "extensions", f"v{duckdb.__version__}", f"{name}.duckdb_extension") for each in folders or ())
    return next((file for file in files if file.is_file()), None)


def load_extension(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Loads an extension by its name. Raises SimantaError EXTENSION where its package is missing or not as signed."""
    file = file_of(name)
    quoted = str(file).replace("'", "''")
    try:
        con.execute(f"LOAD '{quoted}'")
    except duckdb.Error as error:
        package = f"duckdb-extension-{name.replace('_', '-')}"
        fix = f"Install {package} {duckdb.__version__} again, from the lock file."
        raise SimantaError("EXTENSION", f"The extension {name} of DuckDB cannot be loaded.", fix) from error

"""An extension of DuckDB, out of its pinned package: never from the network, and its signature is checked."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import duckdb

from etl.errors import LoadError


def load_extension(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load an extension by its name. Raises LoadError EXTENSION where its package is missing or is not as signed."""
    package = f"duckdb_extension_{name}"
    found = find_spec(package)
    try:
        folder = Path((found.submodule_search_locations or [])[0]) if found else Path(package)
        file = folder / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
        quoted = str(file).replace("'", "''")
        con.execute(f"LOAD '{quoted}'")
    except duckdb.Error as error:
        fix = f"Install {package.replace('_', '-')} {duckdb.__version__} again, from the lock file."
        raise LoadError("EXTENSION", f"The extension {name} of DuckDB cannot be loaded.", fix) from error

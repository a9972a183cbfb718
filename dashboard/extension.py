"""An extension of DuckDB, out of its pinned package: never from the network, and its signature is checked."""

from importlib.util import find_spec
from pathlib import Path

import duckdb

from dashboard.errors import SimantaError


def load_extension(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Loads an extension by its name. Raises SimantaError EXTENSION where its package is missing or not as signed."""
    package = f"duckdb_extension_{name}"
    found = find_spec(package)
    try:
        folder = Path((found.submodule_search_locations or [])[0]) if found else Path(package)
        file = folder / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
        quoted = str(file).replace("'", "''")
        connection.execute(f"LOAD '{quoted}'")
    except duckdb.Error:
        fix = f"Install {package.replace('_', '-')} {duckdb.__version__} again, from the lock file."
        raise SimantaError("EXTENSION", f"The extension {name} of DuckDB cannot be loaded.", fix) from None

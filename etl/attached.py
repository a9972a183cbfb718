"""A file of facts under a name in a connection, with the key that it has or is to have."""

from __future__ import annotations

from pathlib import Path

import duckdb

from etl import extension
from etl.errors import LoadError
from etl.facts_key import KEY, key_for, no_cipher, wrong_key

OF_THE_NETWORK = "HTTPFileSystem,S3FileSystem,HuggingFaceFileSystem"
CIPHER = "httpfs"


def attach(con: duckdb.DuckDBPyConnection, file: Path, name: str, *, read_only: bool, key_in: str = KEY) -> None:
    """A file under a name; its key is bound, and stands in no statement.

    What is written is a half-made version, which no crash is to bring back: it has no WAL.
    Raises LoadError FACTS_KEY_MISSING, FACTS_KEY_INVALID, FACTS_KEY_WRONG or CIPHER_MISSING.
    """
    key = key_for(file, key_in)
    if key is not None:
        _spill_encrypted(con, is_written=not read_only)
    quoted = str(file).replace("'", "''")
    how = "READ_ONLY" if read_only else "RECOVERY_MODE no_wal_writes"
    how += ", ENCRYPTION_KEY $key" if key else ""
    try:
        con.execute(f"ATTACH '{quoted}' AS {name} ({how})", {"key": key} if key else {})
    except duckdb.InvalidInputException:
        if key is None:
            raise
        raise wrong_key(key_in) from None


def _spill_encrypted(con: duckdb.DuckDBPyConnection, *, is_written: bool) -> None:
    """Load what encrypts, which is an extension for the network: of that, nothing is left to it.

    Without it a version can be read, and what would have to spill is refused.
    """
    con.execute("SET temp_file_encryption = true")
    if not is_written and extension.file_of(CIPHER) is None:
        return
    try:
        extension.load_extension(con, CIPHER)
    except LoadError:
        raise no_cipher() from None
    con.execute(f"SET disabled_filesystems = '{OF_THE_NETWORK}'")

"""The words of a command as files, and the one way in which a file from outside is opened."""

from __future__ import annotations

import errno
import fcntl
import glob
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from etl.errors import LoadError

MOST_BYTES = 4_000_000_000
PIECE = 1 << 20
NO_FILE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO, errno.EISDIR, errno.ENODEV, errno.ENAMETOOLONG}
TABLES = (
    ".csv",
    ".tsv",
    ".txt",
    ".xlsx",
    ".xlsm",
    ".xls",
    ".geojson",
    ".json",
    ".kml",
    ".kmz",
    ".gpkg",
    ".zip",
    ".parquet",
)


def named_files(words: Sequence[str]) -> list[Path]:
    """Each word as files: an existing path literally, a folder's files by name, else a pattern of names.

    A link is followed where it is named itself, for then the person has seen it, and is known by what it leads to. One
    that lies in a folder or meets a pattern may have been put there by somebody else: opening it is refused.
    Raises LoadError NOT_A_FILE.
    """
    return [file for word in words for file in _named(word)]


def _named(word: str) -> list[Path]:
    path = Path(word)
    if not os.path.lexists(word):
        return _files(Path(found) for found in glob.glob(word)) or [path]
    try:
        path = path.resolve(strict=True) if path.is_symlink() else path
        return _in_folder(path) if _is_folder(path) else [path]
    except (OSError, RuntimeError) as error:
        raise _no_file(path) from error


def _in_folder(folder: Path) -> list[Path]:
    found = _files(each for each in folder.iterdir() if not each.name.startswith("."))
    if not found:
        raise LoadError("NOT_A_FILE", "The folder holds no files.", "Name a folder with tables in it.", folder.name)
    return found


def _files(paths: Iterable[Path]) -> list[Path]:
    """All but folders, by name; what else is no ordinary file is refused when it is opened."""
    return sorted(path for path in paths if not _is_folder(path))


def _is_folder(path: Path) -> bool:
    """Whether files are to be looked for in it; one that is named as a table is no folder and no table."""
    return path.is_dir() and not path.is_symlink() and path.suffix.lower() not in TABLES


def opened(file: Path) -> BufferedReader:
    """An ordinary file to be read; waits for no pipe, follows no link.

    Raises LoadError NOT_A_FILE or FILE_UNREADABLE.
    """
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise (_no_file(file) if error.errno in NO_FILE else unreadable(file)) from error
    except ValueError as error:
        raise _no_file(file) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _no_file(file)
    return open(descriptor, "rb")


def unreadable(file: Path) -> LoadError:
    """The file is there, and may not or cannot be read."""
    fix = "Check that the file is there and may be read."
    return LoadError("FILE_UNREADABLE", "The file cannot be read.", fix, file.name)


def _no_file(file: Path) -> LoadError:
    return LoadError("NOT_A_FILE", "There is no ordinary file here.", "Name a CSV or XLSX file.", file.name)


@contextmanager
def spooled(stream: BinaryIO, store: Path, most_bytes: int = MOST_BYTES) -> Iterator[Path]:
    """Standard input as a file of the store's folder, gone afterwards.

    Raises LoadError TOO_LARGE or STORE_UNWRITABLE.
    """
    try:
        store.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(store)
        with tempfile.TemporaryDirectory(prefix="input-", dir=store) as folder:
            file = Path(folder) / "standard_input"
            with file.open("wb") as spool:
                fcntl.flock(spool, fcntl.LOCK_SH)
                _copy(stream, spool, most_bytes)
                yield file
    except OSError as error:
        fix = f"Check the rights and the free space of {store}."
        raise LoadError("STORE_UNWRITABLE", "What comes in cannot be kept while it is read.", fix) from error


def _copy(stream: BinaryIO, spool: BinaryIO, most_bytes: int) -> None:
    while piece := stream.read(PIECE):
        if spool.tell() + len(piece) > most_bytes:
            raise too_large("standard input", most_bytes)
        spool.write(piece)
    spool.flush()


def too_large(name: str, most_bytes: int) -> LoadError:
    """More bytes than a file of its kind may have."""
    most = f"The file is larger than {most_bytes // 1_000_000:,} MB."
    return LoadError("TOO_LARGE", most, "Split it, or save it as CSV UTF-8.", name)


def _sweep(store: Path) -> None:
    """What a command that was killed left behind; that of one at work is locked."""
    for left in store.glob("input-*/standard_input"):
        with left.open("rb") as spool:
            try:
                fcntl.flock(spool, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(left.parent)

"""An archive, unpacked in memory as far as it is safe: no member is written, and none is larger than allowed."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import BinaryIO

from etl.errors import LoadError

MOST_MEMBERS = 2_000
LARGEST_MEMBER, MOST_UNPACKED = 1_000_000_000, 2_000_000_000
RATIO, RATIO_FROM = 200, 10_000_000
LOCAL_HEADER = 30  # bytes, before the name
ARCHIVES = (".zip", ".kmz", ".7z", ".rar", ".gz", ".bz2", ".xz", ".tar", ".tgz")
BROKEN = (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, OSError, zlib.error)
ANEW = "Open it, save it anew and send it again."


def unpack(stream: BinaryIO) -> dict[str, bytes]:
    """Name -> content of every member, whole.

    Raises LoadError ARCHIVE_MEMBERS, ARCHIVE_PATH, ARCHIVE_RATIO, TOO_LARGE, FILE_ENCRYPTED or FILE_DAMAGED.
    """
    try:
        with zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
            _check_names(members)
            _check_sizes(members)
            # A member is read no further than the size that it declares, and checked against its sum.
            return {member.filename: archive.read(member) for member in members if not member.is_dir()}
    except BROKEN as error:
        raise LoadError("FILE_DAMAGED", "The archive is damaged and cannot be read.", ANEW) from error


def check_not_nested(members: Mapping[str, bytes]) -> None:
    """Raises LoadError ARCHIVE_NESTED."""
    if any(name.lower().endswith(ARCHIVES) or content.startswith(b"PK\3\4") for name, content in members.items()):
        raise LoadError("ARCHIVE_NESTED", "The archive holds another archive.", "Send the files themselves.")


def repacked(members: dict[str, bytes]) -> io.BytesIO:
    """An archive of these members and nothing else, so that a reader sees what was checked. Empties `members`."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        while members:
            archive.writestr(*members.popitem())
    made.seek(0)
    return made


def _check_names(members: Sequence[zipfile.ZipInfo]) -> None:
    if len(members) > MOST_MEMBERS:
        raise LoadError("ARCHIVE_MEMBERS", "The archive holds more than 2,000 files.", "Send only the table.")
    names = [member.orig_filename for member in members]
    if len(set(names)) < len(names) or any(_is_unsafe(member) for member in members):
        fix = "Pack the files anew, without folders and links."
        raise LoadError("ARCHIVE_PATH", "The archive holds a file whose path is not allowed.", fix)


def _is_unsafe(member: zipfile.ZipInfo) -> bool:
    name = member.orig_filename
    escapes = name.startswith("/") or ".." in name.split("/") or any(sign in name for sign in "\\:\0")
    return escapes or stat.S_ISLNK(member.external_attr >> 16)


def _check_sizes(members: Sequence[zipfile.ZipInfo]) -> None:
    if any(member.flag_bits & 1 for member in members):
        raise LoadError("FILE_ENCRYPTED", "The archive has a password.", "Save it without one.")
    sizes = [(member.file_size, member.compress_size) for member in members]
    total = sum(unpacked for unpacked, _ in sizes), sum(packed for _, packed in sizes)
    if _overlap(members) or any(u > RATIO_FROM and u > RATIO * max(p, 1) for u, p in (*sizes, total)):
        raise LoadError("ARCHIVE_RATIO", "The file unpacks to far more than it is.", ANEW)
    if total[0] > MOST_UNPACKED or any(unpacked > LARGEST_MEMBER for unpacked, _ in sizes):
        raise LoadError("TOO_LARGE", "The file is too large to be read once unpacked.", "Save it as CSV UTF-8.")


def _overlap(members: Sequence[zipfile.ZipInfo]) -> bool:
    """Whether two members share bytes of the file, as only a bomb's do."""
    spans = sorted((m.header_offset, m.header_offset + LOCAL_HEADER + m.compress_size) for m in members)
    return any(end > start for (_, end), (start, _) in pairwise(spans))

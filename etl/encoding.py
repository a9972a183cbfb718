"""How the text of a file is encoded: by its mark, by what it is told, by its bytes; guessed only where that is safe."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from etl.errors import LoadError
from etl.inputs import opened
from etl.table import CSV_ADVICE, Warning

UTF8, GUESSED = "utf-8", "cp1252"
MARKS = ((codecs.BOM_UTF8, UTF8), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
PIECE = 1 << 20
LOST_BLOCK = b"\0" * 64
QUOTE = ord('"')
# Signs of two and more bytes that only UTF-8 makes: Windows-1252 would show them as gibberish.
MANY_BYTES = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
# At the very end: a sign of which not every byte is there.
BEGUN = re.compile(rb"(?:[\xc0-\xff]|[\xe0-\xff][\x80-\xbf]|[\xf0-\xff][\x80-\xbf]{2})?\Z")
SAY_IT = "Save it as CSV UTF-8, or say its encoding, for example --encoding utf-16-le."


@dataclass(frozen=True)
class Encoding:
    """The codec of a file, and whether its quotation marks come in pairs."""

    name: str
    is_paired: bool
    warnings: tuple[Warning, ...] = ()


def encoding_of(file: Path, said: str | None) -> Encoding:
    """One pass over the file, whole.

    Raises LoadError NOT_TEXT, ENCODING_UNKNOWN, ENCODING_BROKEN or UNKNOWN_ENCODING.
    """
    with opened(file) as stream:
        head = stream.read(4_000)
        stream.seek(0)
        name = _marked(file, head, said)
        try:
            return Encoding(name, _quotes(file, stream, name) % 2 == 0)
        except UnicodeDecodeError as error:
            if said or name != UTF8:
                raise _broken(file) from error
    return _guessed(file, head)


def _marked(file: Path, head: bytes, said: str | None) -> str:
    if head.count(LOST_BLOCK):
        raise _lost(file)
    marked = next((name for mark, name in MARKS if head.startswith(mark)), None)
    if marked == "utf-16" and head.startswith(codecs.BOM_UTF32_LE):
        raise _unknown(file)
    if marked or said:
        return marked or _codec(file, str(said))
    if head.count(0) * 5 > len(head):
        raise _unknown(file)
    return UTF8


def _codec(file: Path, said: str) -> str:
    try:
        found = codecs.lookup(said)
    except (LookupError, ValueError):
        found = None
    if found is None or not found._is_text_encoding or found.incrementaldecoder is None:
        fix = "Name one such as utf-8, utf-16-le or cp1252."
        raise LoadError("UNKNOWN_ENCODING", "There is no such encoding.", fix, file.name)
    return UTF8 if found.name == "utf-8-sig" else found.name


def _quotes(file: Path, stream: BinaryIO, name: str) -> int:
    """How many quotation marks there are. Raises UnicodeDecodeError where the bytes are not of this encoding."""
    blocks = _blocks(file, stream)
    if name == UTF8:
        return sum(int(np.count_nonzero(np.frombuffer(text, np.uint8) == QUOTE)) for text in _checked(blocks))
    decoder = codecs.getincrementaldecoder(name)()
    return sum(decoder.decode(block).count('"') for block in blocks) + decoder.decode(b"", final=True).count('"')


def _checked(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Bytes that were found to be UTF-8, each piece ending with a sign; Arrow looks at many of them at once."""
    begun = b""
    for block in blocks:
        text = begun + block
        begun = BEGUN.findall(text, max(0, len(text) - 3))[0]
        yield _utf8(text.removesuffix(begun))
    yield _utf8(begun)


def _utf8(text: bytes) -> bytes:
    """Raises UnicodeDecodeError."""
    ends = pa.py_buffer(np.array([0, len(text)], np.int64))
    try:
        pa.LargeBinaryArray.from_buffers(pa.large_binary(), 1, [None, ends, pa.py_buffer(text)]).cast(pa.large_string())
    except pa.ArrowInvalid:
        text.decode(UTF8)
    return text


def _blocks(file: Path, stream: BinaryIO) -> Iterator[bytes]:
    while block := stream.read(PIECE):
        if 0 in block and LOST_BLOCK in block:  # the first of the two is the faster one to find
            raise _lost(file)
        yield block


def _guessed(file: Path, head: bytes) -> Encoding:
    """A file that is not UTF-8 and nowhere looks like it; what Windows-1252 cannot read is no guess either."""
    control = sum(byte < 9 or 13 < byte < 32 for byte in head)
    if control * 20 > len(head):
        raise LoadError("NOT_TEXT", "The file is not text.", CSV_ADVICE, file.name)
    with opened(file) as stream:
        if any(MANY_BYTES.search(block) for block in _blocks(file, stream)):
            raise _broken(file)
        stream.seek(0)
        try:
            quotes = _quotes(file, stream, GUESSED)
        except UnicodeDecodeError as error:
            raise _unknown(file) from error
    told = "The file is not UTF-8; it was read as Windows-1252. Check its special letters, or say --encoding."
    return Encoding(GUESSED, quotes % 2 == 0, (Warning("ENCODING_GUESSED", told),))


def _lost(file: Path) -> LoadError:
    return LoadError("NOT_TEXT", "A part of the file is lost or not text.", "Send it again.", file.name)


def _unknown(file: Path) -> LoadError:
    return LoadError("ENCODING_UNKNOWN", "The encoding of the file is not known.", SAY_IT, file.name)


def _broken(file: Path) -> LoadError:
    fix = "Send it again, save it anew as CSV UTF-8, or say its encoding with --encoding."
    return LoadError("ENCODING_BROKEN", "The file has broken characters.", fix, file.name)

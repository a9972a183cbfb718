"""Text in UTF-8 that was once read as Windows-1252 and saved so."""

from __future__ import annotations

LOOKS = "à[¦§]|â€|[ÃÂ][\u0080-\u00bf\u0152-\u0178\u2013-\u2122]"  # the first bytes of Bangla, dashes, accents


def mended(text: str) -> str | None:
    """The text as it was meant, or None where it is no such text."""
    try:
        meant = b"".join(map(_byte, text)).decode("utf-8")
    except UnicodeError:
        return None
    return meant if meant != text else None


def _byte(sign: str) -> bytes:
    """As Windows-1252; its five free places stand for themselves."""
    return sign.encode("latin-1") if "\x80" <= sign <= "\x9f" else sign.encode("cp1252")

"""No personal data in: the screen over every text cell, redaction, and pseudonyms."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path

import polars as pl
import polars_hash

from etl.records import CELLS_JOINED_BY, LONGEST_CELL

FREE_TEXT = frozenset({"narrative", "other_text"})  # no honorifics in columns of the gazetteer
REFERENCES = frozenset({"source_ref", "operation_ref", "unit"})  # kept as keyed digests
SHORTEST = 6  # bytes: no pattern is shorter
LONGEST_KEPT = 100
MOST_DIGITS_KEPT = 9  # beside days

MOBILE = re.compile(r"(?<!\d)(?:\+?88|0088)?0?1[3-9]\d{8}(?!\d)")
ABROAD = re.compile(r"(?<!\d)(?:\+\d{8,15}|00[1-9]\d{8,13})(?!\d)")
NID_SHORT = re.compile(r"(?<!\d)\d{10}(?!\d)")
NID_LONG = re.compile(r"(?<!\d)(?:\d{13}|\d{17})(?!\d)")
AADHAAR = re.compile(
    r"(?<!\d)(?!(?:(?:19|20)\d\d[ \-_]){2})\d{4}([ \-_])\d{4}\1\d{4}(?!\d)|(?:aadha+r|আধার)\D{0,20}\d{12}(?!\d)",
    re.IGNORECASE,
)
PASSPORT = re.compile(r"(?<![A-Za-z0-9])(?:[A-Za-z]{2}[ \-]?\d{7}|[A-Za-z][ \-]?\d{8})(?!\d)")
# With spaces around the sign only before what looks like a domain: "30 persons @ 500.00" is a fee.
EMAIL = re.compile(r"\S@\S{1,254}\.\S|\S {0,2}@ {0,2}[^\W\d]\S{0,253}\.[^\W\d]{2}")
LINK = re.compile(r"https?://|www\.|\b(?:facebook|fb|t|wa|instagram|tiktok)\.(?:com|me)\b", re.IGNORECASE)
WALLET = re.compile(
    r"(?<!\d)\d{11}(?!\d).{0,200}(?:bkash|nagad|rocket|বিকাশ|নগদ)|(?:bkash|nagad|rocket|বিকাশ|নগদ)\D{0,200}\d{11}(?!\d)",
    re.IGNORECASE | re.DOTALL,
)
MARKS = Path(__file__).resolve().parents[1] / "data" / "contract" / "name_marks.csv"


def _marks() -> dict[str, str]:
    """Where a word stands to the name that it marks, to all such words as one pattern."""
    with MARKS.open(encoding="utf-8", newline="") as file:
        rows = [(row["position"], re.escape(row["word"])) for row in csv.DictReader(file)]
    return {position: "|".join(word for at, word in rows if at == position) for position, _ in rows}


MARK = _marks()
BEFORE, AROUND, KIN, KIN_SHORT = (MARK[name] for name in ("before", "around", "kin", "kin_short"))
SIGN_BN, BEFORE_BN, AROUND_BN, KIN_BN = (MARK[name] for name in ("sign_bn", "before_bn", "around_bn", "kin_bn"))
LETTER_BN, ENDING_BN = "[\u0980-\u09ff]", "(?:র|ের|কে|ও)?"  # মিয়া is a name, মিয়ানমার and বেগমগঞ্জ are none
NAME = re.compile(
    unicodedata.normalize(
        "NFKC",
        rf"\b(?:{BEFORE})\b\.?\s*\S|\b(?:{AROUND})\b[\s,]+\S|\S\s+(?:{AROUND})\b|\b[A-Za-z]{{3,}}uddin\b"
        rf"|\b(?:{KIN}) of (?-i:[A-Z])|(?-i:\b(?:{KIN_SHORT})\b[\s.:]*[A-Z])"
        rf"|(?<!{LETTER_BN})(?:{KIN_BN})\s*[:ঃ\-]\s*{LETTER_BN}|{LETTER_BN}{{2}} এর (?:{KIN_BN})(?!{LETTER_BN})"
        rf"|(?:{SIGN_BN})\s*\S|(?<!{LETTER_BN})(?:{BEFORE_BN}){ENDING_BN}(?!{LETTER_BN})\W*{LETTER_BN}"
        rf"|(?<!{LETTER_BN})(?:{AROUND_BN}){ENDING_BN}\s+\S|\S\s+(?:{AROUND_BN}){ENDING_BN}(?!{LETTER_BN})"
        rf"|{LETTER_BN}{{2}}(?:উদ্দিন|উদ্দীন){ENDING_BN}(?!{LETTER_BN})",
    ),
    re.IGNORECASE,
)
# A place that bears somebody's name: Begum Rokeya Sarani, Uddin Para, Mia Bazar.
NAMED_PLACE = re.compile(
    unicodedata.normalize(
        "NFKC",
        rf"\b(?:{BEFORE}|{AROUND}|[A-Za-z]{{3,}}uddin)\b\.?(?: [A-Za-z]+)? "
        r"(?:bazar|bazaar|hat|ghat|para|pur|nagar|road|sarani|ganj|char|tola|mor|bridge|school|college|madrasa)\b"
        rf"|(?:{AROUND_BN})(?: {LETTER_BN}+)? (?:বাজার|হাট|ঘাট|পাড়া|পুর|নগর|সড়ক|সরণি|গঞ্জ|চর|টোলা|মোড়)",
    ),
    re.IGNORECASE,
)
DATE = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d-[01]\d-[0-3]\d"
    r"|(?:[0-3]?\d ?[-\u2013] ?)?[0-3]?\d([./-])[0-3]?\d\1(?:19|20)\d\d)(?!\d)"
)
DECIMAL_CELL = re.compile(rf"(?:^|(?<={CELLS_JOINED_BY}))[+-]?(?:0|[1-9]\d{{0,2}})\.\d+(?=$|{CELLS_JOINED_BY})")
ASCII_WORD = re.compile("[a-z]+")
PLAIN_NUMBER = re.compile(r"[+-]?[0-9]{1,3}\.[0-9]{1,6}|-?[0-9]{1,8}|[0-9]{4}-[0-9]{2}-[0-9]{2}")
BETWEEN_DIGITS = re.compile(r"(?<=[\d+])[ ._\-/()\u2010-\u2015\u2212]{1,3}(?=\d)")

# What may hide something: wider than all patterns above, and cheap. Beyond ASCII all is looked at closely.
SUSPECT_NUMBER = r"[^\x00-\x7F]|[0-9](?:[ ._\-/()]{0,3}[0-9]){9}|\+(?:[ ._\-/()]{0,3}[0-9]){8}|@"
SUSPECT = rf"{SUSPECT_NUMBER}|[A-Za-z][ \-]?[0-9]{{7}}|(?i:https?:|www\.|\.(?:com|me)\b)"
SUSPECT_NAME = rf"(?i:\b(?:{BEFORE}|{AROUND}|{KIN_SHORT})\b|uddin\b|\b(?:{KIN}) of )"


Kind = Callable[[str], "str | None"]


def plain(text: str) -> str:
    """NFKC, without invisible signs, every decimal digit as ASCII."""
    folded = unicodedata.normalize("NFKC", text)
    if folded.isascii():
        return folded
    seen = (c for c in folded if not _invisible(c))
    return "".join(str(unicodedata.decimal(c)) if unicodedata.category(c) == "Nd" else c for c in seen)


def _invisible(sign: str) -> bool:
    return unicodedata.category(sign) == "Cf" or "\ufe00" <= sign <= "\ufe0f"


def identifier(text: str) -> str | None:
    """The kind of a number or address that points at one person, or None."""
    bare = DATE.sub(" ; ", DECIMAL_CELL.sub(" ; ", plain(text)))
    for read in (bare, BETWEEN_DIGITS.sub("", bare)):
        if MOBILE.search(read):
            return "mobile"
        if ABROAD.search(read):
            return "phone"
        if NID_LONG.search(read) or NID_SHORT.search(read):
            return "nid"
        if AADHAAR.search(read):
            return "nid"
    if PASSPORT.search(bare):
        return "passport"
    return "email" if EMAIL.search(bare) else None


def in_reference(text: str) -> str | None:
    """As `identifier`, for a reference: letters with digits, and digits in groups, are what references look like."""
    bare = plain(text)
    for read in (bare, BETWEEN_DIGITS.sub("", bare)):
        if MOBILE.search(read):
            return "mobile"
        if NID_LONG.search(read) or NID_SHORT.search(bare):
            return "nid"
    return "email" if EMAIL.search(bare) else None


def in_cell(text: str) -> str | None:
    """As `identifier`, and a mobile wallet besides."""
    return identifier(text) or ("wallet" if WALLET.search(plain(text)) else None)


def in_free_text(text: str) -> str | None:
    """As `in_cell`, and a link, or an honorific with a name, besides."""
    bare = plain(text)
    return in_cell(text) or ("link" if LINK.search(bare) else "name" if NAME.search(bare) else None)


def in_place(text: str) -> str | None:
    """As `in_free_text`, but a road, market or school may be named after somebody."""
    return in_free_text(NAMED_PLACE.sub(" ", plain(text)))


def in_file_name(name: str) -> str | None:
    """As `in_cell`, and an honorific with a name besides; signs between words are spaces.

    Between digits a line below parts a day, an hour and a running number: across it only a mobile number is looked for.
    """
    bare = plain(name)
    if MOBILE.search(BETWEEN_DIGITS.sub("", bare)):
        return "mobile"
    return in_cell(bare.replace("_", " ; ")) or ("name" if NAME.search(re.sub(r"[_\-.]+", " ", plain(name))) else None)


def kind_for(column: str, hard_identifiers_only: bool) -> Kind:
    """Which of the screens above a column gets."""
    if column in REFERENCES:
        return in_reference
    if hard_identifiers_only:
        return identifier
    if column == "place_name":
        return in_place
    return in_free_text if column in FREE_TEXT else in_cell


def unexempt(reference: pl.Expr, shape: str | None) -> pl.Expr:
    """References, null where they fit the shape that their mapping gives a reason for and say no more than it."""
    if shape is None:
        return reference
    short = (reference.str.count_matches(r"\p{Nd}") <= 10) & ~reference.str.contains("@", literal=True)
    return pl.when(~(reference.str.contains(shape) & short).fill_null(False)).then(reference)


def suspect(text: pl.Expr, kind: Kind) -> pl.Expr:
    """Which texts may be personal: none that `confirmed` would find is missing."""
    pattern = SUSPECT_NUMBER if kind is in_reference else SUSPECT
    if kind in (in_free_text, in_place):
        pattern = f"{SUSPECT}|{SUSPECT_NAME}"
    return text.str.len_bytes().is_between(SHORTEST, LONGEST_CELL) & text.str.contains(pattern)


def confirmed(texts: pl.Series, suspects: pl.Series, judge: Kind) -> pl.Series:
    """Of the suspect texts those that are what they look like."""
    at = suspects.arg_true()
    found = [judge(text) is not None for text in texts.gather(at)]
    return pl.zeros(len(texts), dtype=pl.Boolean, eager=True).scatter(
        at.filter(pl.Series(found, dtype=pl.Boolean)), True
    )


def hits(texts: pl.Series, kind: Kind) -> pl.Series:
    """Which of some texts are personal."""
    suspects = texts.to_frame().select(suspect(pl.first(), kind).fill_null(False)).to_series()
    return confirmed(texts, suspects, kind)


def vocabulary(names: Iterable[str]) -> frozenset[str]:
    """The words that a redacted value may still show."""
    return frozenset(word for name in names for word in _words(plain(name).casefold()))


def redacted(values: pl.Series, words: frozenset[str]) -> pl.Series:
    """Values, each if made of digits, signs and known words and nothing hit it; else its kind and length."""
    if values.null_count() == len(values):
        return values
    told = values.drop_nulls().unique()
    doubtful = told.filter(~told.str.contains(f"^(?:{PLAIN_NUMBER.pattern})$"))
    if not len(doubtful):
        return values
    hit, public = hits(doubtful, in_free_text), _may_be_public(doubtful, words)
    shown = [
        value if may and not found and _is_public(value, words) else f"<{_kind(value, found)}:{len(value)}>"
        for value, found, may in zip(doubtful, hit, public, strict=True)
    ]
    return values.replace(doubtful, pl.Series(shown, dtype=pl.String))


def _kind(value: str, is_hit: bool) -> str:
    return (in_free_text(value) if is_hit else None) or "text"


def _may_be_public(values: pl.Series, words: frozenset[str]) -> pl.Series:
    """Not those that begin with an unknown word of plain letters: most of what is typed in a register."""
    first = values.str.extract("^[^A-Za-z]*([A-Za-z]+)(?:[^\\p{L}\\p{M}]|$)").str.to_lowercase()
    return first.is_null() | first.is_in(list(words))


def _is_number(text: str) -> bool:
    """So many digits that they may be somebody's, however they are written."""
    return (
        sum(map(str.isdigit, text)) > MOST_DIGITS_KEPT and sum(map(str.isdigit, DATE.sub("", text))) > MOST_DIGITS_KEPT
    )


def _words(text: str) -> list[str]:
    return "".join(c if unicodedata.category(c)[0] in "LM" else " " for c in text).split()


def _is_public(value: str, words: frozenset[str]) -> bool:
    text = plain(value).casefold()
    if len(value) > LONGEST_KEPT or _is_number(text):
        return False
    if text.isascii():
        return text.isprintable() and words.issuperset(ASCII_WORD.findall(text))
    return all(unicodedata.category(c)[0] != "C" for c in text) and words.issuperset(_words(text))


def pseudonyms(key: bytes, source: str, references: pl.Series) -> pl.Series:
    """The first 16 bytes of HMAC-SHA-256 (RFC 2104) of source, zero byte, reference, for each reference."""
    told = references.rename("told").to_frame().select(told=pl.lit(f"{source}\0") + pl.col("told"))
    digits = polars_hash.col("told").chash.hmac_sha256(key=key.hex()).str.head(32)
    return told.select(digits.str.decode("hex")).to_series()

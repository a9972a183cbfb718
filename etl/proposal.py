"""A draft of a mapping: what a header, and the words below it, most likely mean. A person decides.

Whatever is not nearly certain is written as a comment with its likeness, of 100, and so does nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import polars as pl
from rapidfuzz import fuzz

from etl import scrub
from etl.headings import HEADINGS, NO_COLUMN, WORDS
from etl.misfits import NEEDED
from etl.reference import Reference, folded_code, load_reference
from etl.source import same_header
from etl.sources.simanta_sheet import SOURCE as OWN_SHEET
from etl.validate import TOTALS
from etl.values import ASCII, BANGLA, CODED

CERTAIN, WORTH_A_LOOK = 88, 70
APART = 8  # the next best meaning is at least so much less like it
LONGEST_WORD, MOST_WORDS = 60, 40
UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
SHORT_DATE = r"^(\d{1,2})[./-](\d{1,2})[./-]\d{2,4}$"

Cells = Mapping[str, pl.Series]  # header -> the first cells below it
Guess = tuple[str, float, bool]  # meaning, likeness, whether it is nearly certain


def knows(header: Sequence[str]) -> int:
    """How many cells of a header look like one that some office writes."""
    return sum(guess[2] for cell in header if (guess := meaning_of_header(cell)))


@lru_cache(maxsize=10_000)
def meaning_of_header(cell: str) -> Guess | None:
    """The column that a header most likely names, or NO_COLUMN."""
    return _best(_words(cell), _headers()) if len(cell) <= LONGEST_WORD else None


def draft(name: str, cells: Cells) -> str:
    """The text of a mapping file, for a person to read, correct and keep."""
    columns = _columns(list(cells))
    sure = {column: header for header, (column, _, is_sure) in columns.items() if is_sure and column != NO_COLUMN}
    return "\n".join(
        [
            "# A draft by likeness. Read each line; take the # away where a line with a likeness is right.",
            f"name = {_text(name)}",
            'version = "1"',
            f"source = {_text(name)}  # whose references these are: keep it for all later files of this agency",
            *_date_order(cells, sure),
            *_ignored(columns),
            *_missing(sure),
            "",
            "[columns]",
            *(_line(header, columns.get(header)) for header in cells if not _is_ignored(columns.get(header))),
            *_totals(cells),
            *(line for column in CODED if column in sure for line in _codes(column, cells[sure[column]])),
            *_precision(sure),
            "",
        ]
    )


# --- headers -------------------------------------------------------------------------


def _headers() -> dict[str, str]:
    told = {_words(text): column for column, texts in HEADINGS.items() for text in (column, *texts)}
    return told | {_words(header): column for header, column in OWN_SHEET.columns.items()}


def _columns(headers: Sequence[str]) -> dict[str, Guess]:
    """The best header of each column is taken as such; another that means the same is left to a person."""
    guesses = {header: guess for header in headers if (guess := meaning_of_header(header))}
    ranked = sorted(guesses, key=lambda header: guesses[header][1])
    best = {guesses[header][0]: header for header in ranked}
    return {
        header: (column, likeness, is_sure and (column == NO_COLUMN or best[column] == header))
        for header, (column, likeness, is_sure) in guesses.items()
    }


def _missing(sure: Mapping[str, str]) -> list[str]:
    missing = [column for column in NEEDED if column not in sure]
    return [f"# Not found, and needed: {', '.join(missing)}. Name the header of each below."] if missing else []


def _is_ignored(guess: Guess | None) -> bool:
    return guess is not None and guess[0] == NO_COLUMN and guess[2]


def _ignored(columns: Mapping[str, Guess]) -> list[str]:
    headers = [_text(header) for header, guess in columns.items() if _is_ignored(guess)]
    return [f"ignored = [{', '.join(headers)}]"] if headers else []


def _line(header: str, guess: Guess | None) -> str:
    if guess is None:
        return f"# {_text(header)} =   # no likeness found"
    column, likeness, is_sure = guess
    return f"{_text(header)} = {_text(column)}" if is_sure else f"# {_text(header)} = {_text(column)}  # {likeness:.0f}"


# --- cells ---------------------------------------------------------------------------


def _codes(column: str, cells: pl.Series) -> Iterator[str]:
    """Translations of the words of a coded column that its code list does not know."""
    reference = load_reference()
    known = reference.code_names[CODED[column]]
    words = [word for word in _distinct(cells) if folded_code(word) not in known]
    if not words:
        return
    yield from ("", f"[codes.{column}]")
    if len(words) > MOST_WORDS:
        yield f"# {len(words)} different words: is this the right column?"
        return
    for word in words:
        yield _line(word, _best(_words(word), _labels(CODED[column], reference)))


def _labels(code_list: str, reference: Reference) -> dict[str, str]:
    codes = [code for code in reference.codes if code.list == code_list]
    texts = ((text, code.code) for code in codes for text in (code.code, code.label_en, code.label_bn))
    return {_words(text): code for text, code in texts} | {
        _words(word): code.code for code in codes for word in WORDS.get(code.code, ())
    }


def _distinct(cells: pl.Series) -> list[str]:
    """The words of a column, but those that may be about a person."""
    said = cells.drop_nulls().str.strip_chars().unique(maintain_order=True)
    short = said.filter((said != "") & (said.str.len_chars() <= LONGEST_WORD))
    return [word for word in short if not scrub.in_free_text(word) and not UNSHOWN.search(word)]


def _date_order(cells: Cells, sure: Mapping[str, str]) -> Iterator[str]:
    """By the rows that can be read in one way only."""
    days = [cells[sure[column]] for column in ("date_start", "date_end", "report_date") if column in sure]
    told = pl.concat(days).drop_nulls().str.strip_chars() if days else pl.Series([], dtype=pl.String)
    pairs = told.str.replace_many(list(BANGLA), list(ASCII)).str.extract_groups(SHORT_DATE)
    first, second = (pairs.struct.field(n).cast(pl.Int32).drop_nulls() for n in ("1", "2"))
    orders = [order for order, part in (("dmy", first), ("mdy", second)) if (part > 12).any()]
    if len(orders) == 1:
        yield f"date_order = {_text(orders[0])}"
    elif orders:
        yield 'date_order = "mixed"  # days before months, and months before days: ask who writes which'
    elif len(first):
        yield '# date_order = "dmy"  # every short date here can be read both ways: ask'


def _totals(cells: Cells) -> Iterator[str]:
    for header, below in cells.items():
        totals = [text for text in _distinct(below) if text in TOTALS]
        if totals:
            yield from ("", "[totals]", f"{_text(header)} = [{', '.join(map(_text, totals))}]")
            return


def _precision(sure: Mapping[str, str]) -> list[str]:
    if "lat" not in sure or "precision_code" in sure:
        return []
    return ["", "# [defaults]", '# precision_code = "1"  # 1 if each point was taken by GPS, 2 if a village']


# --- likeness ------------------------------------------------------------------------


def _best(words: str, names: Mapping[str, str]) -> Guess | None:
    """The meaning most like these words; certain only if far more like them than any other."""
    by_meaning: dict[str, float] = {}
    for name, meaning in names.items():
        by_meaning[meaning] = max(by_meaning.get(meaning, 0), _likeness(words, name))
    ranked = sorted(by_meaning.items(), key=lambda each: -each[1])
    (meaning, likeness), next_best = ranked[0], ranked[1][1] if len(ranked) > 1 else 0
    is_sure = words in names or (likeness >= CERTAIN and likeness - next_best >= APART)
    return (meaning, likeness, is_sure) if words and likeness >= WORTH_A_LOOK else None


def _likeness(words: str, name: str) -> float:
    return max(fuzz.ratio(words, name), fuzz.token_sort_ratio(words, name))


def _words(text: str) -> str:
    return re.sub(r"[\s_./:#]+", " ", same_header(text)).strip()


def _text(text: str) -> str:
    """A TOML text, without signs that steer a terminal."""
    return '"' + UNSHOWN.sub(" ", text).replace("\\", "\\\\").replace('"', '\\"') + '"'

"""An empty workbook of Simanta's sheet, with drop-down lists, and notes in English and Bangla."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from etl.errors import LoadError
from etl.kinds import KINDS, Kind
from etl.records import SHEET
from etl.reference import ROOT, Reference, load_reference
from etl.sources.simanta_sheet import BANGLA
from etl.values import CODED, LISTED

NOTES_CSV = ROOT / "contract" / "sheet.csv"
DAYS = ("date_start", "date_end", "report_date")
LISTS, ABOUT = "lists", "notes"
FILLED_TO = 5_000  # rows that have drop-down lists
MOST_MESSAGE, WIDTH = 255, 20  # letters
FIRST_ROWS = (
    ("How to fill this workbook", "এই ওয়ার্কবুক কীভাবে পূরণ করবেন"),
    ("One row an incident. Leave the header as it is.", "প্রতি সারিতে একটি ঘটনা। শিরোনাম যেমন আছে তেমন রাখুন।"),
    ("Never write names, phones or identity numbers.", "নাম, ফোন বা পরিচয়পত্রের নম্বর লিখবেন না।"),
)


PLACES_LISTED = {"district": "adm2", "crossing": "crossing", "country": "country"}
# How the cells of a further sheet are filled, by what they hold.
HOW = {
    "reference": ("Its number in your register. No name, no phone number.", "রেজিস্টারের নম্বর। নাম বা ফোন নম্বর নয়।"),
    "code": ("Choose from the list.", "তালিকা থেকে বেছে নিন।"),
    "codes": ("Choose from the list; several with a semicolon between.", "তালিকা থেকে; একাধিক হলে মাঝে সেমিকোলন।"),
    "band": ("A whole number, or a band of the list. The band alone is kept.", "পূর্ণ সংখ্যা বা তালিকার সীমা। শুধু সীমাটি রাখা হয়।"),
    "count": ("A whole number, 0 or more.", "পূর্ণ সংখ্যা, ০ বা বেশি।"),
    "day": ("The day, as 2026-03-21.", "দিনটি, যেমন 2026-03-21।"),
    "moment": ("The day, with the hour if known: 2026-03-21 14:30.", "দিনটি, জানা থাকলে সময়সহ: 2026-03-21 14:30।"),
    "week": ("Any day of the week, as 2026-03-21.", "সপ্তাহের যেকোনো দিন, যেমন 2026-03-21।"),
    "yes_no": ("yes or no.", "হ্যাঁ বা না।"),
    "district": ("The district.", "জেলা।"),
    "upazila": ("The upazila, in the district beside it.", "পাশের জেলার উপজেলা।"),
    "crossing": ("The place where the border is passed.", "সীমান্ত পারাপারের স্থান।"),
    "country": ("The country.", "দেশ।"),
}  # fmt: skip


@dataclass(frozen=True)
class Heading:
    """A column of a sheet. `listed`: the code list or level of places (adm2, crossing) that its drop-down offers."""

    name: str
    bangla: str
    listed: str = ""
    holds: str = ""  # day, where its cells are days
    is_one_of_list: bool = True  # false where a cell may hold several
    needed: str = ""
    note_en: str = ""
    note_bn: str = ""


def sheets() -> tuple[tuple[str, tuple[Heading, ...]], ...]:
    """(name, columns) of every sheet to fill; the first is the one that is needed."""
    further = ((kind.name, tuple(_further_headings(kind))) for kind in KINDS)
    return (("incidents", tuple(_incident_headings())), *further)


def write_template(file: Path) -> None:
    """Raises LoadError FILE_EXISTS, NOT_XLSX or FILE_UNWRITABLE."""
    _check_name(file)
    book = xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False})
    pages = {name: book.add_worksheet(name) for name in (*(name for name, _ in sheets()), ABOUT, LISTS)}
    bold = book.add_format({"bold": True, "bg_color": "#DDE6F0", "border": 1})
    needed = book.add_format({"bold": True, "bg_color": "#F6D9B8", "border": 1})
    formats = {"day": book.add_format({"num_format": "yyyy-mm-dd"}), "": book.add_format({"num_format": "@"})}
    ranges = _write_lists(pages[LISTS], load_reference(), bold)
    for name, headings in sheets():
        _write_sheet(pages[name], headings, ranges, bold, needed, formats)
    _write_notes(pages[ABOUT], bold)
    _close(book, file)


def _check_name(file: Path) -> None:
    if file.suffix.lower() != ".xlsx":
        raise LoadError("NOT_XLSX", "A template is an Excel workbook.", "End its name in .xlsx.", file.name)
    if file.exists():
        fix = "Give another name: it is not written over."
        raise LoadError("FILE_EXISTS", "There is a file of this name.", fix, file.name)


def _close(book: xlsxwriter.Workbook, file: Path) -> None:
    try:
        book.close()
    except xlsxwriter.exceptions.FileCreateError as error:
        fix = "Name a folder that is there and may be written to."
        raise LoadError("FILE_UNWRITABLE", "The workbook cannot be written.", fix, file.name) from error


# --- what is in it -------------------------------------------------------------------


def _incident_headings() -> Iterator[Heading]:
    bangla = {column: header for header, column in reversed(BANGLA.items())}
    notes = _notes()
    for name in (*SHEET, "invented"):
        note = notes.get(name, {})
        yield Heading(
            name,
            bangla.get(name, ""),
            _listed(name),
            "day" if name in DAYS else "",
            name not in LISTED,
            note.get("needed", ""),
            note.get("note_en", ""),
            note.get("note_bn", ""),
        )


def _further_headings(kind: Kind) -> Iterator[Heading]:
    for column in kind.columns:
        note_en, note_bn = HOW[column.holds]
        yield Heading(
            column.name,
            column.bangla,
            column.codes or PLACES_LISTED.get(column.holds, ""),
            "day" if column.holds in ("day", "week") else "",
            column.holds != "codes",
            "yes" if column.name in kind.required else "",
            note_en,
            note_bn,
        )


def _listed(column: str) -> str:
    places = {"adm2": "adm2", "origin_adm2": "adm2", "crossing": "crossing", "destination_country": "country"}
    return CODED.get(column) or places.get(column) or ("trail" if column in LISTED else "")


def _notes() -> dict[str, dict[str, str]]:
    with NOTES_CSV.open(encoding="utf-8", newline="") as lines:
        return {row["column"]: row for row in csv.DictReader(lines)}


def _entries(reference: Reference) -> dict[str, list[str]]:
    """What the drop-down of each list offers: all labels in English, then all in Bangla."""
    labels: dict[str, list[tuple[str, str]]] = {}
    for code in sorted(reference.codes, key=lambda code: (code.list, code.position)):
        labels.setdefault(code.list, []).append((code.label_en, code.label_bn))
    labels["adm2"] = sorted((each.name_en, each.name_bn) for each in reference.districts.values())
    labels["crossing"] = sorted((each.name_en, each.name_bn) for each in reference.crossings.values())
    return {name: [*(en for en, _ in pairs), *(bn for _, bn in pairs)] for name, pairs in labels.items()}


# --- sheets --------------------------------------------------------------------------


def _write_lists(page: Worksheet, reference: Reference, bold: Format) -> dict[str, str]:
    """Writes the lists beside each other; returns the range of each."""
    used = {heading.listed for _, headings in sheets() for heading in headings if heading.listed}
    entries = {name: texts for name, texts in _entries(reference).items() if name in used}
    ranges = {}
    for at, (name, texts) in enumerate(entries.items()):
        page.write_string(0, at, f"list of {name}", bold)
        page.write_column(1, at, texts)
        letter = xlsxwriter.utility.xl_col_to_name(at, col_abs=True)
        ranges[name] = f"={LISTS}!{letter}$2:{letter}${len(texts) + 1}"
    page.set_column(0, len(entries), WIDTH)
    return ranges


def _write_sheet(
    page: Worksheet,
    headings: Sequence[Heading],
    ranges: Mapping[str, str],
    bold: Format,
    needed: Format,
    formats: Mapping[str, Format],
) -> None:
    page.freeze_panes(1, 1)
    for at, heading in enumerate(headings):
        page.write_string(0, at, heading.name, needed if heading.needed == "yes" else bold)
        page.set_column(at, at, max(WIDTH, len(heading.name) + 2), formats[heading.holds])
        page.write_comment(0, at, _note(heading), {"x_scale": 2, "y_scale": 1.2})
        if heading.listed in ranges:
            page.data_validation(1, at, FILLED_TO, at, _choice(heading, ranges[heading.listed]))


def _choice(heading: Heading, source: str) -> dict[str, object]:
    """A list to choose from. What is not in it can be typed all the same: codes and old spellings are read too."""
    return {
        "validate": "list",
        "source": source,
        "input_title": heading.name[:32],
        "input_message": _note(heading)[:MOST_MESSAGE],
        "error_type": "information" if heading.is_one_of_list else "warning",
        "show_error": heading.is_one_of_list,
        "error_title": "Not in the list",
        "error_message": "Choose from the list, or write a code. তালিকা থেকে বেছে নিন, অথবা কোড লিখুন।",
    }


def _note(heading: Heading) -> str:
    return "\n".join(text for text in (heading.bangla, heading.note_en, heading.note_bn) if text)


def _write_notes(page: Worksheet, bold: Format) -> None:
    """Each column in one cell of both names, so that this sheet has no header that a reader could take for one."""
    rows: list[tuple[str, ...]] = [*FIRST_ROWS, ("", "")]
    for name, headings in sheets():
        rows.append((f"sheet {name}", ""))
        rows += [(f"{each.name} / {each.bangla}", each.note_en, each.note_bn, each.needed) for each in headings]
    for at, row in enumerate(rows):
        page.write_row(at, 0, row, bold if len(row) == 2 else None)
    page.set_column(0, 0, 2 * WIDTH)
    page.set_column(1, 2, 4 * WIDTH)

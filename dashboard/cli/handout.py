"""Commands that write what a person hands on: the PDF brief of a page."""

import logging
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from dashboard import audit, exports, ledger
from dashboard.access import EXACT
from dashboard.cli.app import JsonOption, QuietOption, StoreOption, app, folder, out, told
from dashboard.cli.ask import ANSWERS, FiltersOption, ReaderOption, asked, carried, with_filters
from dashboard.database import Selected
from dashboard.disclosure import Answer
from dashboard.errors import SimantaError
from dashboard.figures.training import INSTITUTIONS
from dashboard.i18n import Text

# Page -> the question that it asks. Data quality tells rows as they are, and its numbers go to nobody else.
PAGES = {"district" if name == "brief-data" else name: name for name in ANSWERS if name != "quality"}
PageOption = Annotated[str, typer.Option("--page", help=f"One of {', '.join(PAGES)}.")]
LangOption = Annotated[Literal["en", "bn"], typer.Option("--lang", help="Language of its words.")]
OutOption = Annotated[Path, typer.Option("--out", help="The file to write.")]


def asked_of(page: str) -> str:
    """The question of a page that may leave. Raises BadParameter for any other."""
    if page not in PAGES:
        raise typer.BadParameter(f"one of {', '.join(PAGES)}", param_hint="--page")
    return PAGES[page]


def to_give(
    page: str,
    store: Path,
    given: Mapping[str, object],
    link: str | None,
    reader: str | None,
    as_theirs: Callable[[Selected], Selected] = lambda own: own,
) -> Answer:
    """The Answer of a page that leaves, for a reader. Raises SimantaError where the page tells that reader nothing."""
    return carried(page, asked(asked_of(page), store, given, link, reader or EXACT, as_theirs))


@app.command("brief", epilog="Example: simanta brief --district Jashore --lang bn --out jashore.pdf")
@with_filters
def brief(
    given: Mapping[str, object],
    out_: OutOption,
    page: PageOption = "district",
    lang: LangOption = "en",
    for_: ReaderOption = None,
    filters: FiltersOption = None,
    store: StoreOption = None,
    json_: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Writes a page as a PDF: map, figures, tables and how to read them; without a browser or a network."""
    if out_.suffix.lower() != ".pdf":
        raise typer.BadParameter("its ending is .pdf", param_hint="--out")
    answer = to_give(page, folder(store), given, filters, for_)
    logging.disable(logging.WARNING)  # Streamlit would say that this is no server
    # Loaded here: only this command needs what draws a page, and the others start without it.
    from dashboard.components import handout
    from dashboard.pages import BY_NAME

    made = handout.brief(BY_NAME[page], answer, Text(lang), datetime.now(UTC))
    note(answer, "pdf", folder(store))
    write(out_, made, json_)


KINDS = ("xlsx", "csv", "gpkg", "geojson", "kml", "parquet", "png", "svg", "pdf")


@app.command("export", epilog="Example: simanta export --page corridors --from 2026-01-01 --out corridors.xlsx")
@with_filters
def export(
    given: Mapping[str, object],
    out_: OutOption,
    page: PageOption = "overview",
    part: Annotated[str | None, typer.Option(help="Of CSV and Parquet: which of the page's tables.")] = None,
    picture: Annotated[int, typer.Option(min=1, help="Of PNG and SVG: which of the page's maps and charts.")] = 1,
    lang: LangOption = "en",
    for_: ReaderOption = None,
    filters: FiltersOption = None,
    store: StoreOption = None,
    json_: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Writes what a page shows for another program; the file's ending says for which: xlsx, csv, gpkg, geojson, …"""
    kind = out_.suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise typer.BadParameter(f"its ending is one of {', '.join(KINDS)}", param_hint="--out")
    answer = to_give(page, folder(store), given, filters, for_)
    table = part or exports.main(answer)
    if table not in answer.tables:
        raise SimantaError("PART_UNKNOWN", f"There is no table {table}.", f"Name one of: {', '.join(answer.tables)}.")
    logging.disable(logging.WARNING)  # Streamlit would say that this is no server
    from dashboard.components import handout
    from dashboard.pages import BY_NAME

    of, text, now = BY_NAME[page], Text(lang), datetime.now(UTC)
    if kind in ("png", "svg"):
        drawn = handout.pictures(of, answer, text)
        if picture > len(drawn):
            raise SimantaError("PICTURE_UNKNOWN", f"The page has {len(drawn)} pictures.", "Name one of them by number.")
        made = handout.picture(drawn[picture - 1], of, answer, text, "png" if kind == "png" else "svg")
    else:
        made = handout.brief(of, answer, text, now) if kind == "pdf" else handout.made(kind, of, answer, table, now)
    note(answer, kind, folder(store))
    write(out_, made, json_)


InstitutionOption = Annotated[str, typer.Option("--institution", help=f"One of {', '.join(INSTITUTIONS)}.")]


@app.command("training", epilog="Example: simanta training --institution police --lang bn --out police.pdf")
@with_filters
def training(
    given: Mapping[str, object],
    institution: InstitutionOption,
    out_: OutOption,
    lang: LangOption = "en",
    filters: FiltersOption = None,
    store: StoreOption = None,
    json_: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Writes an institution's training plan, the widest gap first; the file's ending says as what: pdf or xlsx."""
    if institution not in INSTITUTIONS:
        raise typer.BadParameter(f"one of {', '.join(INSTITUTIONS)}", param_hint="--institution")
    kind = out_.suffix.lower().removeprefix(".")
    if kind not in ("pdf", "xlsx"):
        raise typer.BadParameter("its ending is one of pdf, xlsx", param_hint="--out")
    answer = to_give("plan", folder(store), given, filters, None)
    logging.disable(logging.WARNING)  # Streamlit would say that this is no server
    from dashboard.components import training as drawn
    from dashboard.pages import BY_NAME

    make = drawn.printed if kind == "pdf" else drawn.as_workbook
    made = make(institution, BY_NAME["plan"], answer, Text(lang), datetime.now(UTC))
    note(answer, kind, folder(store))
    write(out_, made, json_)


def note(answer: Answer, kind: str, store: Path) -> None:
    """Writes down that figures leave as a file, before they do."""
    about = f"{answer.question} {kind} v{answer.version:06d} {answer.reader}"
    audit.by_command(ledger.open_ledger(store), "export", about, filters=answer.filters.to_link())


def write(file: Path, made: bytes, as_json: bool) -> None:
    """Writes a file whole or not at all, for its owner alone, and says so. A link in its place is put aside.

    Raises SimantaError OUTPUT_UNWRITABLE.
    """
    try:
        _put(file, made)
    except (OSError, ValueError):
        fix = "Name another file, in a folder that is there and may be written."
        raise SimantaError("OUTPUT_UNWRITABLE", f"{file.name}: the file cannot be written.", fix) from None
    out({"file": str(file), "bytes": len(made)}) if as_json else told.print(
        f"{file}, {len(made):,} bytes", markup=False
    )


def _put(file: Path, made: bytes) -> None:
    descriptor, beside = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".part", dir=file.parent)
    try:
        with open(descriptor, "wb") as out_:
            out_.write(made)
        Path(beside).replace(file)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise

"""A page as a file that is whole by itself: the PDF brief, and one map or chart of it."""

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime

from dashboard import briefs, exports, geodata, workbook
from dashboard.components import caveat, recorder
from dashboard.components.meanings import NUMBERS
from dashboard.disclosure import Answer
from dashboard.i18n import Text, languages
from dashboard.page import Page
from dashboard.paper import Picture

# The numbers that each page shows, by their name on Help; the first two stand on every brief.
ALWAYS = ("Detection", "Count under {k}")
ROUNDED = ("Detection", "Protected figure", "Change")  # on every page of protected figures
SHOWN = {
    "overview": ("Hot cell", "Change", "Corridor", "Placed, district only"),
    "hotspots": ("Hot cell", "P(hot)", "Emerging class", "Effort", "Placed, district only"),
    "corridors": ("Corridor", "Change", "Concentration", "Shift and displacement"),
    "trends": ("Change", "Trend and season", "Weeks still filling up"),
    "playback": ("Hot cell", "Placed, district only"),
    "warning": ("Early warning", "Back-test", "Near repeat"),
    "trails": ("Trail",),
    "plan": ("SWOT statement",),
    "district": ("Change", "Effort", "Trail", "Days to report", "Placed, district only"),
}

ONE_PAGE = ("plan",)  # what a workshop has on its table


def brief(page: Page, answer: Answer, text: Text, made_at: datetime) -> bytes:
    """The page as a PDF: what its `draw` says, how to read it, and what the numbers are made of."""
    told = [caveat.made_of(answer, text, made_at), *caveat.duties(answer, text)]
    return briefs.as_pdf(
        sheet(page, answer, text, told, caveat.practice(answer, text)), recorder.heard(page, answer, text), made_at
    )


def sheet(
    page: Page, answer: Answer, text: Text, told: Sequence[str], warned: str | None, qr: str | None = None
) -> briefs.Sheet:
    """What stands around a page's blocks."""
    return briefs.Sheet(
        title=text(page.title),
        filters=answer.filters.sentence(text, answer.label(text.language)),
        language=text.language,
        foot=" · ".join(caveat.about(answer, text)),
        notes_title=text("How to read this"),
        notes=notes(page, answer, text),
        more=text("{n} more rows: take them away as XLSX or CSV.", n="{n}"),
        told=told,
        warned=warned,
        qr=qr,
        is_one_page=page.name in ONE_PAGE,
    )


def about(page: Page, answer: Answer, made_at: datetime) -> dict[str, list[str]]:
    """What every file carries, by language: page, filters, as-of, n, limits, how to read it, citation, duties."""
    return {code: _about(page, answer, Text(code), made_at) for code in languages()}


def _about(page: Page, answer: Answer, text: Text, made_at: datetime) -> list[str]:
    said = [
        f"Simanta · {text(page.title)}",
        answer.filters.sentence(text, answer.label(text.language)),
        *caveat.about(answer, text),
        caveat.practice(answer, text),
        caveat.made_of(answer, text, made_at),
        *caveat.duties(answer, text),
        *(f"{name}: {means} {limit}" for name, means, limit in notes(page, answer, text)),
    ]
    return [line for line in said if line]


def notes(page: Page, answer: Answer, text: Text) -> list[tuple[str, str, str]]:
    """Name, meaning and limit of each kind of number that the page shows to this reader."""
    shown = (*ALWAYS, *SHOWN.get(page.name, ())) if page.is_whole_for(answer.reader) else ROUNDED
    return [(text(name), text(means), text(limit)) for name, means, limit, _ in NUMBERS if name in shown]


def pictures(page: Page, answer: Answer, text: Text) -> list[Picture]:
    """The maps and charts of the page, in its order."""
    blocks = [placed.block for placed in recorder.heard(page, answer, text)]
    return [block for block in blocks if isinstance(block, Picture)]


def picture(drawn: Picture, page: Page, answer: Answer, text: Text, kind: briefs.Kind) -> bytes:
    """One map or chart with what it is of: filters, as-of, n, and that it counts detections."""
    said = [f"Simanta · {text(page.title)}", answer.filters.sentence(text, answer.label(text.language))]
    foot = " · ".join(filter(None, [*said, *caveat.about(answer, text), caveat.practice(answer, text)]))
    return briefs.as_picture(drawn, text.language, foot, kind)


def all_pictures(page: Page, answer: Answer, text: Text, kind: briefs.Kind) -> bytes:
    """Every map and chart of the page, numbered, in one ZIP file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for i, drawn in enumerate(pictures(page, answer, text), start=1):
            file.writestr(f"{page.name}_{i}.{kind}", picture(drawn, page, answer, text, kind))
    return made.getvalue()


def made(kind: str, page: Page, answer: Answer, table: str, made_at: datetime) -> bytes:
    """The Answer as a file of this kind. Raises KeyError for any other kind."""
    told = about(page, answer, made_at)
    makers: dict[str, Callable[[], bytes]] = {
        "xlsx": lambda: workbook.as_xlsx(answer, told, made_at),
        "csv": lambda: exports.as_csv(answer, table),
        "gpkg": lambda: geodata.as_gpkg(answer, told),
        "geojson": lambda: geodata.as_geojson(answer, told),
        "kml": lambda: geodata.as_kml(answer, told),
        "parquet": lambda: geodata.as_parquet(answer, table, told),
    }
    return makers[kind]()

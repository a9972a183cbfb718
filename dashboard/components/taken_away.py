"""The Export popover, made once for every page: what a person takes away of what the page shows."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st

from dashboard import admission, exports
from dashboard.access import EXACT, leaving
from dashboard.components import handout
from dashboard.disclosure import Answer
from dashboard.i18n import N_
from dashboard.page import Page
from dashboard.session import Visit

MIME = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "gpkg": "application/geopackage+sqlite3",
    "geojson": "application/geo+json",
    "kml": "application/vnd.google-earth.kml+xml",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "png": "application/zip",
    "svg": "application/zip",
}
OFFERED = (
    (N_("To read and print"), (("pdf", N_("Brief to print (PDF)")), ("xlsx", N_("Every table (XLSX)")))),
    (N_("For maps of other programs"), (("gpkg", "GeoPackage"), ("geojson", "GeoJSON"), ("kml", "KML"))),
    (N_("The main table"), (("csv", "CSV"), ("parquet", "Parquet"))),
    (N_("Maps and charts, in one ZIP file"), (("png", "PNG"), ("svg", "SVG"))),
)

SAID = {
    True: N_(
        "Of what this page shows now, with filters, date and limits. Counts of 1 to {most_withheld} stay hidden. "
        "For yourself."
    ),
    False: N_("In figures that are rounded, so that they can be given to others, with filters, date and limits."),
}


def offer(page: Page, answer: Answer, visit: Visit) -> None:
    """A popover with a button a format. A file is made when it is asked for, of what its maker may give away.

    That is what the page shows to the user of this machine, and to everybody else figures that are rounded.
    """
    text, reader = visit.text, leaving(visit.principal, answer.reader)
    with st.popover(text("Export"), type="tertiary", icon=":material/download:"):
        if not page.may_leave(reader):
            st.caption(text("What this page tells cannot be given to others without giving small counts away."))
            return
        st.write(text(SAID[reader == EXACT]))
        for heading, kinds in OFFERED:
            if kinds[0][0] == "png" and not page.has_pictures_for(reader):
                continue
            st.caption(text(heading))
            with st.container(horizontal=True, gap="small"):
                for kind, name in kinds:
                    _button(kind, text(name) if kind in ("pdf", "xlsx") else name, page, answer, visit, reader)


def _button(kind: str, name: str, page: Page, answer: Answer, visit: Visit, reader: str) -> None:
    st.download_button(
        name,
        _maker(kind, page, answer, visit, reader),
        file_name=f"{name_of(page, answer)}.{'zip' if kind in ('png', 'svg') else kind}",
        mime=MIME[kind],
        key=f"export-{kind}",
        on_click="ignore",  # a run of the page would take the file away before it is asked for
    )


def _maker(kind: str, page: Page, answer: Answer, visit: Visit, reader: str) -> Callable[[], bytes]:
    """Makes the file, once it is judged and written down that this person takes it away, and not before."""
    noted, selected = admission.taking(), replace(visit.selected, filters=answer.filters, reader=reader)

    def made() -> bytes:
        who = noted(f"{page.name} {kind} v{answer.version:06d} {reader}", answer.filters.to_link())
        is_drawn = answer.reader == reader and who == visit.principal  # whose districts may be fewer by now
        given = answer if is_drawn else page.question(reader)(replace(selected, principal=who))
        now = datetime.now(UTC)
        if kind == "pdf":
            return handout.brief(page, given, visit.text, now)
        if kind in ("png", "svg"):
            return handout.all_pictures(page, given, visit.text, "png" if kind == "png" else "svg")
        return handout.made(kind, page, given, exports.main(given), now)

    return made


def name_of(page: Page, answer: Answer) -> str:
    """A file's name without its ending: page, version and day alone, no text of anybody."""
    return f"simanta_{page.name}_v{answer.version:06d}_{answer.as_of:%Y-%m-%d}"

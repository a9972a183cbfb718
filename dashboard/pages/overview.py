"""Overview: a commander knows in a minute where, which corridor, what changed, and how sure."""

import streamlit as st

from dashboard import layers
from dashboard.answers import overview
from dashboard.charts import shown
from dashboard.components import budget, caveat, changed, choosing, districts, explained, pictures, words
from dashboard.disclosure import Answer, Row
from dashboard.i18n import N_, Text
from dashboard.page import Page

MAP_PX, TABLE_PX = 484, 142
BARS_PX, WEEKS_PX = 70, 70
CHANGES = 4


def headline(answer: Answer, text: Text) -> str:
    """The finding in words, with its doubt: how many, against how many, and where most."""
    found = f"{words.total(answer, text)} {_most(answer, text)}".strip()
    return words.none_match(answer, text) or found


def _most(answer: Answer, text: Text) -> str:
    """The crossing with most detections, where one is named at least five times."""
    first = next((row for row in answer.rows("crossings") if row["n"]), None)
    if first is None:
        return ""
    place = answer.label(text.language)("crossing", str(first["crossing"]))
    return text("Most at {place}: {n}.", place=place, n=first["n"])


def draw(answer: Answer, text: Text) -> None:
    """Map left, story right."""
    st.subheader(headline(answer, text))
    left, right = st.columns([0.42, 0.58], gap="medium")
    with left:
        pictures.map_of(
            answer,
            text,
            layers.overview,
            text("Map of hot cells, district-only rings and corridors; listed on the next pages."),
            MAP_PX,
        )
        pictures.legend(_legend(answer, text))
        _as_tables(answer, text)
    with right:
        _metrics(answer, text)
        with st.container(border=True, gap="xxsmall"):
            st.markdown("**" + text("The border from the Sundarbans round: detections in each 25 km") + "**")
            pictures.ribbon(
                answer,
                text,
                text("The border as one line: bars up now, down in the period compared; listed on Corridors."),
                BARS_PX,
            )
        with st.container(border=True, gap="xxsmall"):
            st.markdown(
                "**"
                + text(
                    "Detections a week and in the period compared"
                    if answer.notes["unit"] == "week"
                    else "Detections a month and in the period compared"
                )
                + "**"
                + words.shaded(answer.rows("times"), text)
            )
            pictures.bars(answer.rows("times"), text, text("Bars: now. Dashed line: the period compared."), WEEKS_PX)
        moved, sure = st.columns([0.48, 0.52], gap="small")
        with moved:
            if not explained.chosen(answer, text):
                with st.container(border=True, gap="xxsmall"):
                    changed.findings(answer, text, CHANGES)
        with sure, st.container(border=True, gap="xxsmall"):
            _sureness(answer, text)
    caveat.foot(answer, text)
    caveat.invented(answer, text)


def _as_tables(answer: Answer, text: Text) -> None:
    """What the map shows, for those who cannot see it or use no mouse: a chosen row is chosen on the map."""
    name = answer.label(text.language)
    cells = sorted(answer.rows("cells"), key=lambda row: (row["class"] != "hot", row["q"] or 1.0, row["cell"]))
    crossings = [row for row in answer.rows("crossings") if row["n"]]
    flows = [row for row in answer.rows("corridors") if row["n"]]
    with st.popover(text("The map as tables"), type="tertiary"):
        choosing.table(
            {
                text("District"): [layers.place_of(row, text, name) for row in cells],
                text("Detections"): [shown(row, "n", text) for row in cells],
                text("Class"): [
                    text(explained.CLASS[row["class"]] if row["class"] else words.WITHHELD) for row in cells
                ],
                text("Cell"): [layers.h3_of(row["cell"]) for row in cells],
            },
            [[layers.h3_of(row["cell"])] for row in cells],
            text,
            text("Cells with count and class."),
            "overview-cells",
            TABLE_PX,
        )
        choosing.table(
            {
                text("Crossing"): [name("crossing", row["crossing"]) for row in crossings],
                text("Detections"): [shown(row, "n", text) for row in crossings],
                text("Change"): [words.verdict(row, text) for row in crossings],
            },
            [[row["crossing"]] for row in crossings],
            text,
            text("Crossings from five detections on."),
            "overview-crossings",
            TABLE_PX,
        )
        choosing.table(
            {
                text("Origin"): [
                    name("district", row["origin_adm2"]) if row["origin_adm2"] else text("unknown") for row in flows
                ],
                text("Crossing"): [layers.border_place(row, text, name) for row in flows],
                text("Detections"): [shown(row, "n", text) for row in flows],
            },
            [[layers.corridor_of(row)] for row in flows],
            text,
            text("Corridors by number of detections."),
            "overview-corridors",
            TABLE_PX,
        )
        districts.table(answer, text, TABLE_PX)


NAMES = {
    "n": N_("Detections"),
    "n_tip": N_("Labelled TIP"),
    "n_undetermined": N_("Label undetermined"),
    "n_exact": N_("Village or better"),
}


def _metrics(answer: Answer, text: Text) -> None:
    """Each figure with its interval and its change, which is that of the settled part."""
    pictures.figures([_metric(row, text) for row in _table(answer, "key")])


def _metric(row: Row, text: Text) -> tuple[str, str, str]:
    change = words.times(row, text) if row["ratio"] is not None else words.verdict(row, text)
    if row["figure"] in ("n", "n_tip"):
        value, ends = shown(row, "n", text), [text.number(row[end], "#,##0") for end in ("low", "high") if row["low"]]
    else:
        n, of = row["n"], row["n_of"]
        value = text.percent(n / of) if n is not None and of else shown(row, "n", text)
        ends = [text.number(round(100 * row["low"])), text.percent(row["high"])] if row["low"] is not None else []
    return text(NAMES[row["figure"]]), value, " ".join(filter(None, ["–".join(ends), change]))


def _table(answer: Answer, name: str) -> list[Row]:
    """A table's rows; none in an answer that was frozen before there was such a table."""
    return answer.rows(name) if name in answer.tables else []


def _sureness(answer: Answer, text: Text) -> None:
    st.markdown("**" + text("How sure") + "**")
    caveat.strip(answer, text, pictures.shown_theme())
    st.caption(
        " ".join(
            filter(
                None,
                [
                    words.untested(answer, text),
                    words.placed(answer, text),
                    *budget.smallest_unit(answer, text),
                    text("A place without effort on record is unknown, not safe."),
                ],
            )
        )
    )


def _legend(answer: Answer, text: Text) -> list[tuple[str, str, str]]:
    theme = pictures.shown_theme()
    is_cold = any(row["class"] == "cold" for row in answer.rows("cells"))
    return [
        ("outlined", theme.hot[2], text("hot, q ≤ 0.001")),
        ("outlined", theme.hot[1], text("hot, q ≤ 0.01")),
        ("outlined", theme.hot[0], text("hot, q ≤ 0.05")),
        ("cell", theme.steps[0], text("detections, not hot")),
        *([("cell", theme.fewer, text("fewer than expected"))] if is_cold else []),
        ("outlined", "transparent", text("lone peak: many here, neighbours not")),
        ("ring", theme.accent, text("known to the district only")),
        ("line", theme.label["TIP"], text("mostly TIP")),
        ("line", theme.label["SOM"], text("mostly SOM")),
        ("line", theme.label["UNDETERMINED"], text("mostly undetermined")),
        ("line", theme.label["mixed"], text("mixed: other labels, and parts under {k}")),
        ("line", theme.before, text("down: the period compared")),
        ("point", theme.text, text("crossing")),
        ("dot", theme.change["rise"], text("rise")),
        ("dot", theme.change["fall"], text("fall")),
    ]


PAGE = Page("overview", N_("Overview"), overview.answer, draw)

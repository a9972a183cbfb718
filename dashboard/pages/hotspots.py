"""Hotspots: where detections cluster more than chance would give, since when, and how sure the place is."""

from collections import Counter
from datetime import date

import streamlit as st

from dashboard import cell_layers, layers, session
from dashboard.answers import hotspots
from dashboard.cell_layers import HISTORY
from dashboard.charts import shown
from dashboard.components import budget, caveat, choosing, districts, explained, pictures, switches, words
from dashboard.disclosure import Answer, K, Row
from dashboard.i18n import N_, Text
from dashboard.page import Page

MAP_PX, LIST_PX, PLACE_PX = 476, 234, 175
EFFORT_PX = (84, 90, 98, 74, 58)  # the columns of a narrow table, all of them in view
A_SEASON_TWICE = 24  # months
MOST_ROWS, MOST_NAMED = 6, 4  # rows of the list that show without scrolling in it; districts that a caption names
VIEWS = {"significance": N_("Significance"), "emerging": N_("Emerging"), "p_hot": N_("P(hot)")}
COUNT = {"significance": "n", "emerging": "n_months", "p_hot": "n"}  # by which a view's clusters are listed
UNCLASSED = {
    "too_few_slices": N_("Too short a history: {months} whole months are complete, 12 are needed."),
    "too_few_records": N_("Too few for a history: under 20 placed detections in {months} months."),
    "too_few_cells": N_("Too small an area to test: at least 30 cells are needed."),
    "too_few_nonzero_cells": N_("Too few to test: detections lie in fewer than 5 cells."),
}
LISTED = {
    "significance": N_("Touching hot cells as clusters"),
    "emerging": N_("Clusters with a hot history"),
    "p_hot": N_("Clusters with P(hot) of 0.5 or more"),
}


def headline(answer: Answer, text: Text, view: str = "significance") -> str:
    """The finding of a view in words, made from the rows below it, or why no test was made."""
    if nothing := words.none_match(answer, text):
        return nothing
    if refusal := _refusal(answer, text, view):
        return refusal
    found = {"significance": _hot, "emerging": _history, "p_hot": _placements}[view](answer, text)
    return " ".join(filter(None, [found, _withheld(answer, text)]))


def _refusal(answer: Answer, text: Text, view: str) -> str | None:
    if view != "emerging":
        return words.untested(answer, text)
    reason = answer.notes["unclassed"]
    return text(UNCLASSED[reason], months=int(answer.notes["months"] or 0)) if reason else None


def _hot(answer: Answer, text: Text) -> str:
    n = sum(row["class"] == "hot" for row in answer.rows("cells"))
    if n == 0:
        return text("No evidence that any cell has more detections than chance would give.")
    found = text("One cell is hot at q ≤ 0.05.") if n == 1 else text("{n} cells are hot at q ≤ 0.05.", n=n)
    return " ".join([found, *_most(answer, text, "significance")])


def _history(answer: Answer, text: Text) -> str:
    told = Counter(row["emerging"] for row in answer.rows("cells"))
    classes = [text("{n} {history}", n=told[each], history=text(HISTORY[each])) for each in _classes() if told[each]]
    span = {"months": int(answer.notes["months"] or 0), "day": _last_month(answer, text)}
    if not classes:
        return text("No cell has a pattern over the {months} months to {day}.", **span)
    found = text("Cells over the {months} months to {day}: {classes}.", classes=", ".join(classes), **span)
    return " ".join([found, *_most(answer, text, "emerging")])


def _classes() -> list[str]:
    return [each for each in HISTORY if each not in ("no_pattern", "undefined")]


def _last_month(answer: Answer, text: Text) -> str:
    return text.day(date.fromisoformat(answer.notes["last_month"])) if answer.notes["last_month"] else text.value(None)


def _placements(answer: Answer, text: Text) -> str:
    sure = [row for row in answer.rows("cells") if row["called"] == "hot_wherever"]
    if not sure:
        return text("No cell is hot in 8 of 10 placements of the detections that no cell can hold.")
    alone = sum(row["class"] == "hot" for row in sure)
    return text(
        "{n} cells are hot in at least 8 of 10 placements of the detections that no cell can hold; "
        "{alone} of them on exact records alone.",
        n=len(sure),
        alone=alone,
    )


def _most(answer: Answer, text: Text, view: str) -> list[str]:
    """The listed cluster with most detections, if any is listed."""
    rows = listed(answer, view)
    if not rows:
        return []
    return [text("Most detections around {place}: {n}.", place=place(rows[0], answer, text), n=rows[0][COUNT[view]])]


def _withheld(answer: Answer, text: Text) -> str:
    """Cells whose class would give a small count back; a cell abroad was never tested."""
    n = sum(row["class"] is None for row in answer.rows("cells"))
    return text("The class of {n} more is withheld: under {k} detections there.", n=n) if n else ""


def listed(answer: Answer, view: str) -> list[Row]:
    """A view's clusters that hold at least as many detections as may be told."""
    return [row for row in answer.rows("clusters") if row["view"] == view and (row[COUNT[view]] or 0) >= K]


def place(row: Row, answer: Answer, text: Text) -> str:
    """A cluster's name: its district, and the nearest crossing where one is near."""
    name = answer.label(text.language)
    district = name("district", row["adm2"])
    if not row["crossing"]:
        return district
    return text("{district}, near {crossing}", district=district, crossing=name("crossing", row["crossing"]))


def draw(answer: Answer, text: Text) -> None:
    """Map left, its clusters and effort as tables in the middle, why one cell is what it is right."""
    top = st.container(gap="xxsmall")
    left, middle, right = st.columns([0.375, 0.355, 0.27], gap="medium")
    with left:
        view = switches.switch(text("What the map shows"), VIEWS, text, "hotspots-view")
    with top:
        st.subheader(headline(answer, text, view))
        budget.head(answer, text)
    chosen = _chosen(answer, view)
    with middle:
        _list(answer, text, view)
        naive = view == "p_hot" and _naive(answer, text)
        st.markdown("**" + text("Detections and effort, by district") + "**")
        alt = text("Districts with effort on record, rates, what explains a rise.")
        height_px = None if answer.tables["effort"].num_rows <= MOST_ROWS else LIST_PX
        reported = [[row["adm2"]] for row in answer.rows("effort")]
        effort = _effort(answer, text)
        config = {name: st.column_config.Column(width=px) for name, px in zip(effort, EFFORT_PX, strict=True)}
        config[text("A rise?")]["help"] = text("What explains a rise")
        choosing.table(effort, reported, text, alt, "hotspots-effort", height_px, None, config)
        if until := _effort_until(answer):
            st.caption(text("Compared up to {day}: later reports are still coming.", day=until))
        with st.expander(text("Every cell of the map as a table, surest first")):
            alt = text("Cells with count, class, q, P(hot) and history.")
            cells = [[layers.h3_of(row["cell"])] for row in sorted(answer.rows("cells"), key=_surest)]
            choosing.table(_cells(answer, text), cells, text, alt, "hotspots-cells", LIST_PX)
            districts.table(answer, text, LIST_PX)
    with left:
        drawn = cell_layers.drawn(view, chosen["cluster"] if chosen else None, naive)
        alt = text("Map of cells by class. The tables beside it list their clusters and every cell.")
        pictures.map_of(answer, text, drawn, alt, MAP_PX)
        pictures.legend(_legend(answer, text, view, naive))
    with right:
        if not (_is_elsewhere(answer) and explained.chosen(answer, text)):
            with st.container(border=True, gap="xxsmall"):
                explained.cell(answer, text, _of(answer, view, chosen))
        with st.container(border=True, gap="xxsmall"):
            _sureness(answer, text)
    caveat.foot(answer, text)
    caveat.invented(answer, text)


def _chosen(answer: Answer, view: str) -> Row | None:
    """The cluster of the cell that is chosen; the first one listed where no cell is. None where there is none."""
    cell = next((row for row in answer.rows("cells") if layers.h3_of(row["cell"]) == session.chosen_place()), None)
    if cell is None:
        return next(iter(listed(answer, view)), None)
    number = cell[f"cluster_{view}"]
    return next((row for row in answer.rows("clusters") if row["view"] == view and row["cluster"] == number), None)


def _is_elsewhere(answer: Answer) -> bool:
    """Whether what is chosen is no cell of the country: it has a card of its own."""
    home = {layers.h3_of(row["cell"]) for row in answer.rows("cells") if row["adm2"]}
    return session.chosen_place() not in home


def _list(answer: Answer, text: Text, view: str) -> None:
    """The clusters as a table whose rows can be chosen: a row stands for all its cells, the surest first."""
    clusters = listed(answer, view)
    st.markdown("**" + text(LISTED[view]) + "**")
    places = [[layers.h3_of(cell["cell"]) for cell in _of(answer, view, row)] for row in clusters]
    choosing.table(
        _columns(clusters, answer, text, view),
        places,
        text,
        text("Clusters with count, number of cells and how sure. Choose a row to see why."),
        f"hotspots-list-{view}",
        None if len(clusters) <= MOST_ROWS else LIST_PX,
        None if session.chosen_place() else 0,
        {text("Place"): st.column_config.Column(width=PLACE_PX)},
    )
    if clusters:
        st.caption(" ".join(_unlisted(answer, text, view)))


def _columns(rows: list[Row], answer: Answer, text: Text, view: str) -> dict[str, list[object]]:
    months = text("In {months} months", months=int(answer.notes["months"] or 0))
    columns: dict[str, list[object]] = {
        text("Place"): [place(row, answer, text) for row in rows],
        months if view == "emerging" else text("Detections"): [shown(row, COUNT[view], text) for row in rows],
    }
    if view == "emerging":
        return columns | {text("Most cells are"): [_class(row["emerging"], text) for row in rows]}
    columns |= {text("P(hot)"): [_range(row, text) for row in rows]}
    if view == "p_hot":
        return columns | {text("On exact alone"): [_of_cells(row, text) for row in rows]}
    return columns | {text("Cells"): [text.number(row["cells"]) for row in rows]}


def _class(emerging: str | None, text: Text) -> str:
    return text(HISTORY[emerging] if emerging else words.WITHHELD)


def _range(row: Row, text: Text) -> str:
    """0.82, or 0.25–1.00 over the cells of a cluster."""
    if row["p_hot_least"] is None:
        return "–"
    ends = [text.number(row[end], "0.00") for end in ("p_hot_least", "p_hot_most")]
    return "–".join(dict.fromkeys(ends))


def _of_cells(row: Row, text: Text) -> str:
    return text("{n} of {cells}", n=row["exact_hot"], cells=row["cells"])


def _unlisted(answer: Answer, text: Text, view: str) -> list[str]:
    """Clusters under the threshold, what a history cannot tell, and lone peaks, which are no clusters."""
    few = sum(row["view"] == view for row in answer.rows("clusters")) - len(listed(answer, view))
    said = [text("Not listed, as they hold under {k} detections each: {n}.", n=few)] if few else []
    if view == "emerging":
        said.append(words.new_reporters(answer, text))
        if int(answer.notes["months"] or 0) < A_SEASON_TWICE:
            said.append(text("Under 24 months a season can look like a change."))
    if view in ("significance", "emerging") and (at_edge := _at_edge(answer, view)):
        said.append(
            text("Cells at the edge of the area, so that part of what surrounds them is not seen: {n}.", n=at_edge)
        )
    peaks = Counter(row["adm2"] for row in answer.rows("cells") if row["class"] == "peak")
    if view == "significance" and peaks:
        name = answer.label(text.language)
        where = ", ".join(sorted(name("district", adm2) for adm2 in peaks)[:MOST_NAMED])
        said.append(
            text("Lone peaks, many in one cell and few around it: {n}, in {where}.", n=peaks.total(), where=where)
        )
    return said


def _at_edge(answer: Answer, view: str) -> int:
    """Cells with a finding of this view of which a part of the neighbourhood is beyond the area: not seen, not zero."""
    column, said = {"significance": ("class", ("hot", "peak", "cold")), "emerging": ("emerging", _classes())}[view]
    rows = (row for row in answer.rows("cells") if row[column] in said)
    return sum(explained.is_at_edge(row) for row in rows)


def _naive(answer: Answer, text: Text) -> bool:
    """A comparison, never a picture of its own: what is hot if vague records are put at centres."""
    is_on = st.toggle(text("Compare with placing at centres"), key="hotspots-naive")
    if is_on:
        cells = [row for row in answer.rows("cells") if row["is_naive_hot"]]
        wrong = sum(row["called"] == "not_shown_hot" for row in cells)
        st.caption(
            text(
                "Common tools put such records at the middle of their area and would call {n} cells hot. "
                "{wrong} of these are hot in under 1 of 10 placements: do not act on them.",
                n=len(cells),
                wrong=wrong,
            )
        )
    return is_on


def _of(answer: Answer, view: str, chosen: Row | None) -> list[Row]:
    """The cells of a cluster, surest first; all of the country that the map shows where there is none."""
    cells = [row for row in answer.rows("cells") if row["adm2"]]
    if chosen is not None:
        cells = [row for row in cells if row[f"cluster_{view}"] == chosen["cluster"]]
    return sorted(cells, key=_surest)


def _surest(row: Row) -> tuple[object, ...]:
    order = {"hot": 0, "peak": 1}.get(str(row["class"]), 2)
    return order, 1.0 if row["q"] is None else row["q"], -(row["n"] or 0), row["cell"]


def _sureness(answer: Answer, text: Text) -> None:
    st.markdown("**" + text("How sure") + "**")
    caveat.strip(answer, text, pictures.shown_theme())
    cells, known = (int(answer.notes[name] or 0) for name in ("tested_cells", "known_cells"))
    method = text(
        "Gi* with exact p over all {cells} cells of the area, empty ones too; resolution {r}, {n} placed.",
        cells=cells,
        r=answer.filters.resolution,
        n=caveat.count(answer, "n_placed", text),
    )
    effort = text(
        "Effort is on record in 8 of 10 weeks or more for {known} of {cells} cells; the others are unknown, not cold.",
        known=known,
        cells=cells,
    )
    st.caption(" ".join([effort] if answer.notes["untested"] else [method, effort]))


def _effort_until(answer: Answer) -> date | None:
    """The last day of the comparison with effort, where later reports are still coming."""
    noted = answer.notes.get("effort_until")
    until = date.fromisoformat(noted) if noted else None
    return None if until == answer.filters.date_to else until


def _effort(answer: Answer, text: Text) -> dict[str, list[object]]:
    rows, name = answer.rows("effort"), answer.label(text.language)
    return {
        text("District"): [name("district", row["adm2"]) for row in rows],
        text("Before → now"): [words.now_and_before(row, text) for row in rows],
        text("A rise?"): [text(explained.IN_SHORT[row["said"]] if row["said"] else N_("withheld")) for row in rows],
        text("Per 100"): [explained.rates(row, text) for row in rows],
        text("Effort"): [explained.amount(row, text, explained.UNIT_IN_SHORT) for row in rows],
    }


def _cells(answer: Answer, text: Text) -> dict[str, list[object]]:
    """Cell ids never change their digits."""
    rows, name = sorted(answer.rows("cells"), key=_surest), answer.label(text.language)
    return {
        text("District"): [layers.place_of(row, text, name) for row in rows],
        text("Detections"): [shown(row, "n", text) for row in rows],
        text("With neighbours"): [shown(row, "n_near", text) for row in rows],
        text("Class"): [text(explained.CLASS[row["class"]] if row["class"] else words.WITHHELD) for row in rows],
        "q": [explained.small(row["q"], text) for row in rows],
        text("P(hot)"): [text.number(row["p_hot"], "0.00") for row in rows],
        text("Over the months"): [_class(row["emerging"], text) if row["adm2"] else "–" for row in rows],
        text("Cell"): [format(row["cell"], "x") for row in rows],
    }


def _legend(answer: Answer, text: Text, view: str, naive: bool) -> list[tuple[str, str, str]]:
    theme = pictures.shown_theme()
    doubt = [("hatch", theme.muted, text("no effort on record: unknown"))] if answer.tables["unknown"].num_rows else []
    if any(row["n_district_only"] for row in answer.rows("districts")):
        doubt.append(("ring", theme.accent, text("known to the district only")))
    if naive:
        doubt.append(("frame", theme.accent, text("hot by placing at centres")))
    entries = {"significance": _by_q, "emerging": _by_history, "p_hot": _by_share}[view](answer, text)
    return [*entries, *doubt]


def _by_q(answer: Answer, text: Text) -> list[tuple[str, str, str]]:
    theme, classes = pictures.shown_theme(), {row["class"] for row in answer.rows("cells")}
    breaks = layers.break_words()
    cold = [("cell", theme.fewer, text("fewer than expected"))] if "cold" in classes else []
    peak = [("outlined", "transparent", text("lone peak: many here, neighbours not"))] if "peak" in classes else []
    return [
        ("outlined", theme.hot[2], text("hot, q ≤ 0.001")),
        ("outlined", theme.hot[1], text("hot, q ≤ 0.01")),
        ("outlined", theme.hot[0], text("hot, q ≤ 0.05")),
        *[("cell", colour, text.digits(each)) for colour, each in zip(theme.steps, breaks, strict=True)],
        *cold,
        *peak,
    ]


def _by_history(answer: Answer, text: Text) -> list[tuple[str, str, str]]:
    """Only the classes that are on the map now."""
    theme, seen = pictures.shown_theme(), {row["emerging"] for row in answer.rows("cells")}
    return [
        ("outlined" if each == "new_hot" else "cell", cell_layers.colour(each, theme), text(HISTORY[each]))
        for each in _classes()
        if each in seen
    ]


def _by_share(answer: Answer, text: Text) -> list[tuple[str, str, str]]:
    theme = pictures.shown_theme()
    shares = zip(reversed(theme.hot), reversed(explained.SHARES), strict=True)
    return [
        *[("cell", colour, text(explained.CALLED[word])) for colour, word in shares],
        ("outlined", "transparent", text("hot on exact records too")),
    ]


PAGE = Page("hotspots", N_("Hotspots"), hotspots.answer, draw)

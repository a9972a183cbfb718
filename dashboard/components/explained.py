"""What is chosen on the map, in full; and why a cell is called what it is called."""

import re
from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard import layers, session
from dashboard.cell_layers import HISTORY
from dashboard.charts import shown
from dashboard.components import onward, words
from dashboard.disclosure import HIDDEN, Answer, Row
from dashboard.i18n import N_, Text

CLASS = {
    "hot": N_("hot"),
    "peak": N_("lone peak"),
    "cold": N_("fewer than expected"),
    "none": N_("not hot"),
    "undefined": N_("not tested"),
}
CALLED = {
    "hot_wherever": N_("hot wherever the rest were (P ≥ 0.8)"),
    "probably": N_("probably hot (P ≥ 0.5)"),
    "cannot_tell": N_("cannot tell (P ≥ 0.1)"),
    "not_shown_hot": N_("not shown hot (P < 0.1)"),
    "undefined": N_("not tested"),
}
SHARES = ("cannot_tell", "probably", "hot_wherever")  # what the map shows of them, palest first
SAID = {
    "no_rise": N_("no evidence of a rise"),
    "unknown": N_("rise; effort incomplete"),
    "explained_by_effort": N_("the rise can be explained by more effort"),
    "beyond_effort": N_("rise beyond effort"),
    "as_recorded": N_("rise, not of rate or effort"),
    "too_few": N_("too few to compare"),
    "not_comparable": N_("not comparable: the data do not cover both periods apart"),
}
IN_SHORT = {
    "no_rise": N_("no evidence"),
    "unknown": N_("cannot tell"),
    "explained_by_effort": N_("by effort"),
    "beyond_effort": N_("beyond effort"),
    "as_recorded": N_("of neither"),
    "too_few": N_("too few"),
    "not_comparable": N_("not covered"),
}  # where a column has no room for the sentence
MARKS = str.maketrans({"H": "■", "C": "▽", ".": "·"})  # of a month: of no language
MOST_ORIGINS = 4
NEIGHBOURHOOD = 7  # a cell and the six that touch it
DISTRICT = re.compile(r"BD\d{4}")
UNIT = {"patrol_hours": N_("{n} patrol hours"), "checkpost_days": N_("{n} checkpost days")}
UNIT_IN_SHORT = {"patrol_hours": N_("{n} h"), "checkpost_days": N_("{n} days")}


def chosen(answer: Answer, text: Text) -> bool:
    """A card on what is chosen on the map or in a table; False where nothing is, or nothing that this page shows."""
    told = about(session.chosen_place(), answer, text)
    if told is None:
        return False
    title, lines = told
    with st.container(border=True, gap="xxsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{title}**")
            st.space("stretch")
            st.button(
                "✕",
                help=text("Choose nothing"),
                on_click=session.choose_place,
                args=(None,),
                type="tertiary",
                key="choose-nothing",
            )
        st.markdown(" · ".join(lines))
        onward.to_brief(_district_of(str(session.chosen_place()), answer), answer, text)
    return True


def _district_of(place: str, answer: Answer) -> str | None:
    """The district of a cell, that a corridor begins in, or that a place is itself."""
    if layers.CELL.fullmatch(place):
        return next((row.get("adm2") for row in _rows(answer, "cells") if layers.h3_of(row["cell"]) == place), None)
    begun = place.split("~")[0]
    return begun if DISTRICT.fullmatch(begun) else None


def about(place: str | None, answer: Answer, text: Text) -> tuple[str, list[str]] | None:
    """A title and facts, each with its number, of a cell, corridor, crossing or district that the answer knows."""
    if place is None:
        return None
    kind = _cell if layers.CELL.fullmatch(place) else _corridor if "~" in place else _point
    return kind(place, answer, text)


def _cell(place: str, answer: Answer, text: Text) -> tuple[str, list[str]] | None:
    if "cells" not in answer.tables:
        return None
    row = next((row for row in answer.rows("cells") if layers.h3_of(row["cell"]) == place), None)
    if row is None:
        return text("Cell {cell}", cell=place), [text("No detection here under these filters.")]
    where = {"adm2": answer.notes.get("district"), "country": None} | row
    title = f"{layers.place_of(where, text, answer.label(text.language))} · {place}"
    return title, reasons(row, answer, text) if "class" in row else [
        text("Detections here: {n}", n=shown(row, "n", text))
    ]


def _corridor(place: str, answer: Answer, text: Text) -> tuple[str, list[str]] | None:
    row = next((row for row in _rows(answer, "corridors") if layers.corridor_of(row) == place), None)
    if row is None:
        return None
    name = answer.label(text.language)
    passed = layers.border_place(row, text, name)
    if row["is_other"]:
        together = text("{n} detections on corridors with fewer than five each", n=shown(row, "n", text))
        return passed, [together]
    origin = name("district", row["origin_adm2"]) if row["origin_adm2"] else text("origin unknown")
    title = text("{origin} to {crossing}", origin=origin, crossing=passed)
    lines = [text("{n} detections on this corridor", n=shown(row, "n", text))]
    if row["destination_country"]:
        lines.append(text("destination: {country}", country=name("country", row["destination_country"])))
    if row["label"]:
        said = text("mixed") if row["label"] == "mixed" else name("crime_label", row["label"])
        lines.append(text("mostly labelled: {label}", label=said))
    return title, [*lines, *_of_crossing(str(row["crossing"]), answer, text)]


def _of_crossing(code: str, answer: Answer, text: Text) -> list[str]:
    """What the crossing of a corridor has in all, and whether that changed."""
    row = next((row for row in _rows(answer, "crossings") if row["crossing"] == code), None)
    if row is None:
        return []
    counted = text("at this crossing, before → now: {counts}", counts=words.now_and_before(row, text))
    return [f"{counted} · {words.verdict(row, text)}"]


def _point(place: str, answer: Answer, text: Text) -> tuple[str, list[str]] | None:
    name = answer.label(text.language)
    if lines := _of_crossing(place, answer, text):
        return name("crossing", place), [*lines, *_origins(place, answer, text)]
    for table in ("districts", "neighbours"):
        for row in _rows(answer, table):
            if row["adm2"] == place:
                return name("district", place), [*_of_district(row, text), *_effort_of(place, answer, text)]
    return None


def _origins(crossing: str, answer: Answer, text: Text) -> list[str]:
    """Where those came from who were detected at a crossing, as far as five or more are known of one district."""
    name = answer.label(text.language)
    rows = [
        row for row in _rows(answer, "corridors") if row["crossing"] == crossing and row["origin_adm2"] and row["n"]
    ]
    told = [f"{name('district', row['origin_adm2'])} {text.number(row['n'])}" for row in rows[:MOST_ORIGINS]]
    return [text("from: {origins}", origins=", ".join(told))] if told else []


def _of_district(row: Row, text: Text) -> list[str]:
    if "n_district_only" not in row:
        return [f"{words.now_and_before(row, text)} · {words.verdict(row, text)}"]
    counted = text("{n} detections in the district", n=shown(row, "n", text))
    if row["low"] is not None:
        low, high = (text.number(row[end], "#,##0.0") for end in ("low", "high"))
        counted += f" ({low}–{high})"
    alone = text("{n} of them known to the district only, on no cell", n=shown(row, "n_district_only", text))
    return [counted, alone]


def _rows(answer: Answer, table: str) -> list[Row]:
    return answer.rows(table) if table in answer.tables else []


def cell(answer: Answer, text: Text, cells: Sequence[Row]) -> None:
    """One of the cells, the surest unless another is chosen, in full."""
    st.markdown("**" + text("Why this cell") + "**")
    if not cells:
        st.caption(text("Nothing to list."))
        return
    name = answer.label(text.language)
    by_id = {layers.h3_of(row["cell"]): row for row in cells}
    place, key = session.chosen_place(), f"why-{cells[0]['cell']}"
    st.session_state[key] = shown_now = place if place in by_id else next(iter(by_id))
    st.selectbox(
        text("Cell"),
        list(by_id),
        format_func=lambda each: f"{name('district', by_id[each]['adm2'])} · {each}",
        key=key,
        on_change=lambda: session.choose_place(st.session_state[key]),
        label_visibility="collapsed",
    )
    st.markdown("\n".join(f"- :small[{line}]" for line in reasons(by_id[shown_now], answer, text)))
    onward.to_brief(by_id[shown_now]["adm2"], answer, text)


def reasons(row: Row, answer: Answer, text: Text) -> list[str]:
    """Each line a fact of the cell, in the order of the argument; what is withheld is said to be."""
    if row["class"] is None:
        return [_counted(row, text), text("Under 5: hidden to protect people."), _effort(row, answer, text)]
    return [
        _counted(row, text),
        _tested(row, text),
        *_edge(row, text),
        *_placed(row, answer, text),
        *_months(row, answer, text),
        _precision(row, text),
        _effort(row, answer, text),
    ]


def _counted(row: Row, text: Text) -> str:
    return text(
        "Detections here: {n}; with the touching cells that hold {k} or more: {near}",
        n=shown(row, "n", text),
        near=shown(row, "n_near", text),
    )


def _tested(row: Row, text: Text) -> str:
    said = text("on exact records alone: **{word}**", word=text(CLASS[row["class"]]))
    if row["class"] == "undefined":
        return said
    return f"{said} · z {text.number(row['z'], '0.0')} · p {small(row['p'], text)} · q {small(row['q'], text)}"


def _placed(row: Row, answer: Answer, text: Text) -> list[str]:
    if row.get("p_hot") is None:
        return []
    draws = int(answer.notes["draws"] or 0)
    return [
        text(
            "hot in {n} of {draws} placements ({low} to {high}): **{word}**",
            n=round(row["p_hot"] * draws),
            draws=draws,
            low=text.number(row["p_hot_low"], "0.00"),
            high=text.number(row["p_hot_high"], "0.00"),
            word=text(CALLED[row["called"]]),
        )
    ]


def is_at_edge(row: Row) -> bool:
    """Whether part of what surrounds a cell is beyond the area that is tested: not seen there, and not zero."""
    return row["cells_near"] is not None and row["cells_near"] < NEIGHBOURHOOD


def _edge(row: Row, text: Text) -> list[str]:
    if not is_at_edge(row):
        return []
    seen = {"n": row["cells_near"], "of": NEIGHBOURHOOD}
    return [text("at the edge: {n} of {of} cells around it are seen", **seen)]


def _months(row: Row, answer: Answer, text: Text) -> list[str]:
    """The class with the months that it was read from: a square for a hot one, a triangle for one below chance."""
    if row.get("emerging") in (None, "undefined"):
        return []
    said = text("over {n} months: **{word}**", n=len(row["history"]), word=text(HISTORY[row["emerging"]]))
    lines = [f"{said} {row['history'].translate(MARKS)}"]
    if row["trend_p"] is not None:
        way = N_("no trend") if row["trend_p"] >= 0.05 else N_("rising") if row["trend"] > 0 else N_("falling")
        lines.append(text("trend of the months: {way}, p {p}", way=text(way), p=small(row["trend_p"], text)))
    if row["emerging"].startswith("new"):
        lines.append(words.new_reporters(answer, text))
    return lines


def _precision(row: Row, text: Text) -> str:
    if row["n_exact" + HIDDEN] and row["n_upazila" + HIDDEN]:
        return text("how exactly they are placed: withheld")
    return text(
        "placed to the village or better {exact}, to the upazila or union {upazila}",
        exact=shown(row, "n_exact", text),
        upazila=shown(row, "n_upazila", text),
    )


def _effort(row: Row, answer: Answer, text: Text) -> str:
    """Of the cell whether it is known, of its district how much and what it explains."""
    if row["effort"] == "unknown":
        return text("No effort report from here: unknown, not safe.")
    said = _effort_of(row["adm2"], answer, text)
    return text("effort on record; in the district") + ": " + "; ".join(said) if said else text("effort on record")


def _effort_of(adm2: str, answer: Answer, text: Text) -> list[str]:
    """How much effort a district has on record, of each kind, and what it explains."""
    told = [each for each in _rows(answer, "effort") if each.get("adm2") == adm2]
    return [f"{amount(each, text)}, {text(SAID[each['said']] if each['said'] else words.WITHHELD)}" for each in told]


def amount(row: Row, text: Text, units: Mapping[str, str] = UNIT) -> str:
    """1,200 patrol hours."""
    return text(units[row["kind"]], n=round(row["effort"]))


def rates(row: Row, text: Text) -> str:
    """Detections per 100 hours or days, before and now; a dash where effort was not complete enough."""
    before, now = (
        text.number(None if row[each] is None else 100 * row[each], "0.0") for each in ("rate_before", "rate")
    )
    return f"{before} → {now}"


def small(value: float | None, text: Text) -> str:
    """A p or q with three decimals, or that it is smaller."""
    if value is not None and value < 0.001:
        return "<" + text.number(0.001, "0.000")
    return text.number(value, "0.000")

"""District brief: everything on one district, against its own past and the districts that touch it."""

import streamlit as st

from dashboard import layers, session
from dashboard.answers import district
from dashboard.charts import district as pictured
from dashboard.components import caveat, choosing, explained, maps, pair, pictures, words
from dashboard.disclosure import HIDDEN, Answer, Row
from dashboard.i18n import N_, Text, languages
from dashboard.page import Page

LISTS = {"adm2": "district", "crime_label": "crime_label", "detecting_agency": "agency", "crossing": "crossing"}
AGAINST = {"before": N_("the period before"), "year_before": N_("the same days a year earlier")}
FEW, FEW_ROWS_PX = 3, 142  # rows that a table shows, and its height where it has more


def headline(answer: Answer, text: Text) -> str:
    """How many here against both of its pasts, and which districts beside it changed; or that one is to be chosen."""
    if answer.notes.get("pair"):
        return pair.headline(answer, text)
    if answer.notes["district"] is None:
        return text("Choose one district: this page is about one at a time.")
    name = answer.label(text.language)("district", str(answer.notes["district"]))
    pasts = "" if _never(answer) else f"{words.total(answer, text)} {_other_past(answer, text)}"
    return " ".join(filter(None, [f"{name}:", words.none_match(answer, text), pasts, _beside(answer, text)]))


def _never(answer: Answer) -> bool:
    """Whether there is no detection in this period and in neither of its pasts."""
    return all(row["n"] == 0 and row["n_before"] == 0 for row in answer.rows("past"))


def _other_past(answer: Answer, text: Text) -> str:
    """The comparison that the filters do not ask for."""
    row = next(r for r in reversed(answer.rows("past")) if r["against"] != answer.filters.against)
    return text("Against {past}: {said}.", past=text(AGAINST[row["against"]]), said=words.compared(row, text))


def _beside(answer: Answer, text: Text) -> str:
    name, rows = answer.label(text.language), answer.rows("neighbours")
    said = [
        text(sentence, places=", ".join(name("district", r["adm2"]) for r in rows if r["verdict"] == verdict))
        for verdict, sentence in BESIDE.items()
        if any(r["verdict"] == verdict for r in rows)
    ]
    return " ".join(said) or text("No neighbour has evidence of change.")


BESIDE = {
    "rise": N_("Neighbours with evidence of a rise: {places}."),
    "fall": N_("Neighbours with evidence of a fall: {places}."),
}


def choose(answer: Answer, text: Text) -> None:
    """Offers every district in view by both of its names and its old spellings, unless one or two are chosen."""
    if answer.notes["district"] is None and not answer.notes.get("pair"):
        spellings = {row["adm2"]: row["spellings"] for row in answer.rows("choice")}
        named = {code: _named(code, also, answer, text) for code, also in spellings.items()}
        st.selectbox(
            text("District, by any of its names"),
            sorted(named, key=named.__getitem__),
            index=None,
            format_func=named.__getitem__,
            key="one-district",
            on_change=lambda: session.choose(session.chosen().choose("d", [st.session_state["one-district"]])),
            placeholder=text("Type a name or an old spelling"),
            width=520,
        )


def _named(code: str, also: str, answer: Answer, text: Text) -> str:
    """The name in this language first, then the other language's, then the spellings of old."""
    names = [answer.label(language)("district", code) for language in sorted(languages(), key=text.language.__ne__)]
    return " · ".join(filter(None, [*names, also]))


def draw(answer: Answer, text: Text) -> None:
    """Map and what is unknown left; own past, labels, neighbours, crossings, trails and agencies right."""
    st.subheader(headline(answer, text))
    if answer.notes.get("pair"):
        pair.draw(answer, text)
    elif answer.notes["district"] is None:
        districts = answer.rows("districts")
        height_px = 520 if len(districts) > 14 else None
        pictures.table(_changes(answer, "districts", "adm2", text), text, text("Districts now and before."), height_px)
    else:
        _brief(answer, text)
    caveat.foot(answer, text)
    caveat.invented(answer, text)


def _brief(answer: Answer, text: Text) -> None:
    left, right = st.columns([0.32, 0.68], gap="medium")
    with left:
        maps.show(
            layers.district(answer, text, pictures.shown_theme(), session.chosen_place()),
            text,
            text("Map of the district, its cells and crossings. The tables beside it say the same."),
            layers.DISTRICT_PX,
            f"map-{answer.notes['district']}",
        )
        pictures.legend(_legend(text))
        if not explained.chosen(answer, text):
            with st.container(border=True, gap="xxsmall"):
                st.markdown("**" + text("Still unknown here") + "**")
                for line in unknown(answer, text):
                    st.markdown(f"- {line}")
    with right:
        _metrics(answer, text)
        one, other = st.columns(2, gap="small")
        with one:
            with st.container(gap="xxsmall"):
                _labels(answer, text)
            _titled(
                text("Its crossings"),
                _changes(answer, "crossings", "crossing", text),
                text,
                _codes(answer, "crossings", "crossing"),
            )
            _titled(text("Trails: looked for, and found"), _trails(answer, text), text)
        with other:
            _titled(text("Labels"), _changes(answer, "labels", "crime_label", text), text)
            _titled(
                text("Districts that touch it"),
                _changes(answer, "neighbours", "adm2", text),
                text,
                _codes(answer, "neighbours", "adm2"),
            )
            _titled(text("Agencies"), _changes(answer, "agencies", "detecting_agency", text), text)


def _titled(title: str, columns: dict[str, list[object]], text: Text, codes: list[list[str]] | None = None) -> None:
    """A table under its title; with codes its rows can be chosen, as on the map."""
    n = len(next(iter(columns.values())))
    height_px = FEW_ROWS_PX if n > FEW else None
    with st.container(gap="xxsmall"):
        st.markdown(f"**{title}**")
        if codes is None:
            pictures.table(columns, text, title, height_px)
        else:
            choosing.table(columns, codes, text, title, f"district-{title}", height_px)


def _codes(answer: Answer, table: str, key: str) -> list[list[str]]:
    return [[str(row[key])] for row in answer.rows(table)]


def _labels(answer: Answer, text: Text) -> None:
    st.markdown("**" + text("Labels before and now, on one scale") + "**")
    drawn = [row for row in answer.rows("labels") if not (row["n" + HIDDEN] or row["n_before" + HIDDEN])]
    if not drawn:
        none = text("Nothing to list.")
        st.caption(text("Every label has a count under {k}: none is drawn.") if answer.rows("labels") else none)
        return
    theme, name = pictures.shown_theme(), answer.label(text.language)
    alt = text("A line a label from its count before to its count now; the table beside it has the same.")
    pictures.draw(pictured.slope(drawn, text, name, theme, FEW_ROWS_PX - 24), alt)
    pictures.legend([("line", theme.label[r["crime_label"]], name("crime_label", r["crime_label"])) for r in drawn])


def _metrics(answer: Answer, text: Text) -> None:
    pictures.figures(_figures(answer, text))


def _figures(answer: Answer, text: Text) -> list[tuple[str, str, str]]:
    before, year = answer.rows("past")
    (effort,) = answer.rows("effort")
    most = next((row for row in answer.rows("delays") if row["median_d"] is not None), None)
    late = text.number(most["median_d"], "#,##0.#") if most else "–"
    agency = answer.label(text.language)("agency", str(most["detecting_agency"])) if most else text("too few")
    return [
        (text("The period before"), words.now_and_before(before, text), _than(before, text)),
        (text("A year earlier"), words.now_and_before(year, text), _than(year, text)),
        (text("Weeks with effort"), text.number(effort["weeks_told"]), text("of {n}", n=effort["weeks"])),
        (text("Days to report"), late, agency),
    ]


def _than(row: Row, text: Text) -> str:
    return words.ratio(row, text) if row["ratio"] is not None else words.verdict(row, text)


def unknown(answer: Answer, text: Text) -> list[str]:
    """What nobody knows of this district in this period, each with its number."""
    n, said = answer.figure("n"), []
    labels = {row["crime_label"]: row["n"] for row in answer.rows("labels")}
    parts = {"n_district_only": answer.figure("n_district_only"), "n_undetermined": labels.get("UNDETERMINED")}
    for figure, sentence in SHARES.items():
        part = parts[figure]
        if n and part:
            said.append(text(sentence, share=text.percent(part / n), n=part))
    return [*said, _effort(answer, text), *_blind(answer, text), *_not_in_view(answer, text)]


SHARES = {
    "n_district_only": N_("{share} are known to the district only: {n}, on no cell."),
    "n_undetermined": N_("{share} of labels are undetermined: {n}."),
}


def _effort(answer: Answer, text: Text) -> str:
    (row,) = answer.rows("effort")
    if not row["weeks_told"]:
        return text("No effort report from here in this period: unknown, not safe.")
    return text("Effort was reported in {told} of {n} whole weeks.", told=row["weeks_told"], n=row["weeks"])


def _blind(answer: Answer, text: Text) -> list[str]:
    """The trails that were looked for in none of the detections."""
    name = answer.label(text.language)
    none = [name("trail", row["trail_type"]) for row in answer.rows("trails") if row["n_looked_for"] == 0]
    return [text("Looked for in no detection: {trails}.", trails=", ".join(none))] if none else []


def _not_in_view(answer: Answer, text: Text) -> list[str]:
    hidden = answer.notes["neighbours_not_in_view"]
    return [text("{n} of its neighbours are not in your view.", n=int(hidden))] if hidden else []


def _changes(answer: Answer, table: str, key: str, text: Text) -> dict[str, list[object]]:
    rows, name = answer.rows(table), answer.label(text.language)
    return {
        text(HEADINGS[key]): [name(LISTS[key], row[key]) if row[key] else text("unknown") for row in rows],
        text("Before → now"): [words.now_and_before(row, text) for row in rows],
        text("Ratio (95%)"): [words.ratio(row, text) for row in rows],
        text("Change"): ["–" if row["verdict"] is None else words.verdict(row, text) for row in rows],
    }


HEADINGS = {
    "adm2": N_("District"),
    "crime_label": N_("Label"),
    "detecting_agency": N_("Agency"),
    "crossing": N_("Crossing"),
}


def _trails(answer: Answer, text: Text) -> dict[str, list[object]]:
    rows, name = answer.rows("trails"), answer.label(text.language)
    return {
        text("Trail"): [name("trail", row["trail_type"]) for row in rows],
        text("Looked for"): [_part(row["n_looked_for"], text) for row in rows],
        text("Found"): [_part(row["n_found"], text) for row in rows],
        text("Not looked for"): [_part(row["n_not_looked_for"], text) for row in rows],
    }


def _part(n: int | None, text: Text) -> str:
    """A part of a known total: that one is withheld is said, and not which of two is the small one."""
    return text("withheld") if n is None else text.number(n)


def _legend(text: Text) -> list[tuple[str, str, str]]:
    theme = pictures.shown_theme()
    breaks = layers.break_words()
    return [
        ("line", theme.accent, text("this district")),
        *[("cell", colour, text.digits(words_)) for colour, words_ in zip(theme.steps, breaks, strict=True)],
        ("point", theme.text, text("crossing, larger for more detections")),
        ("dot", theme.change["rise"], text("rise")),
        ("dot", theme.change["fall"], text("fall")),
        ("none", "", text("a cell is drawn whole, also where it leaves the district")),
    ]


PAGE = Page("district", N_("District brief"), district.answer, draw, choose)

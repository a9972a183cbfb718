"""Data quality: what became of the rows, what was refused, how exactly, how soon, what may be counted twice."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.answers import quality
from dashboard.charts import quality as pictured
from dashboard.charts import shown
from dashboard.components import caveat, pictures, switches, untold, words
from dashboard.components.advice import ADVICE
from dashboard.disclosure import Answer, Row
from dashboard.i18n import N_, Text
from dashboard.page import Page

PARTS = ("loaded", "unchanged", "superseded", "duplicate", "quarantined")
ROWS = {
    "loaded": N_("loaded"),
    "unchanged": N_("unchanged"),
    "superseded": N_("superseded"),
    "duplicate": N_("duplicate"),
    "quarantined": N_("quarantined"),
}
METHOD = {"alias": N_("a known spelling"), "fuzzy": N_("one letter off: please check")}
LEVEL = {"adm2": N_("district"), "adm3": N_("upazila"), "crossing": N_("crossing"), "country": N_("country")}
# What has durations on Response, by the names of its parts.
TIMED = {"labels": N_("Labels"), "care": N_("Return"), "handover": N_("Hand-overs")}
QUARTERS = 12
PICTURE_PX = 142
FEW, TABLE_PX = 5, 200  # rows that a table shows, and its height where it has more


def headline(answer: Answer, text: Text) -> str:
    """What became of the rows of the last load, and how many refused rows still wait."""
    loads = answer.rows("loads")
    if not loads:
        return text("Loads are shown to those who may see every district.")
    last = equation([row for row in loads if row["load_id"] == loads[0]["load_id"]])
    holds = last["rows_in"] == sum(last[part] for part in PARTS)
    said = text(
        "Last load: {rows} rows in, {loaded} loaded, {quarantined} quarantined.",
        rows=last["rows_in"],
        loaded=last["loaded"],
        quarantined=last["quarantined"],
    )
    kept = text(
        "Nothing was lost: the row equation holds." if holds else "The row equation does not hold: report this fault."
    )
    return f"{said} {kept} {_waiting(answer, text)}"


def _waiting(answer: Answer, text: Text) -> str:
    n = sum(row["open_rows"] for row in answer.rows("refusals"))
    return text("{n} refused rows of all loads wait for correction.", n=n) if n else text("No refused row waits.")


def equation(files: list[Row]) -> dict[str, int]:
    """The row equation over some files: rows_in and its five parts."""
    return {name: sum(file[name] for file in files) for name in ("rows_in", *PARTS)}


def draw(answer: Answer, text: Text) -> None:
    """The last load as an equation; refusals, reporting, precision; then loads, spellings and double counts."""
    st.subheader(headline(answer, text))
    if answer.rows("loads"):
        _equation(answer, text)
    refused, reported, placed = st.columns([0.44, 0.28, 0.28], gap="medium")
    with refused:
        _titled(text("Refused rows by rule, and what to do"), "refusals", _refusals(answer, text), answer, text)
    with reported:
        _delays(answer, text)
    with placed:
        _precision(answer, text)
    loads, readings, doubles = st.columns([0.44, 0.28, 0.28], gap="medium")
    with loads:
        _titled(text("Loads, the last first"), "loads", _loads(answer, text), answer, text)
    with readings:
        _titled(text("Spellings read as another name"), "readings", _readings(answer, text), answer, text)
    with doubles:
        _titled(text("May be counted twice"), "doubles", _doubles(answer, text), answer, text)
    st.caption(" ".join(f"{text(name)}: {untold.left_out(answer, part, text)}" for part, name in TIMED.items()))
    caveat.foot(answer, text)
    caveat.invented(answer, text)


def _equation(answer: Answer, text: Text) -> None:
    loads = answer.rows("loads")
    files = [row for row in loads if row["load_id"] == loads[0]["load_id"]]
    counts = equation(files)
    with st.container(border=True, gap="xxsmall"):
        names = ", ".join(str(row["file"]) for row in files[:3]) + (" …" if len(files) > 3 else "")
        st.caption(f"{words.as_written(names)} · v{files[0]['load_id']:06d} · {text.day(files[0]['loaded_on'])}")
        signs = ("=", "+", "+", "+", "+")
        labels = [text("Rows in"), *(f"{sign} {text(ROWS[part])}" for sign, part in zip(signs, PARTS, strict=True))]
        for column, label, n in zip(st.columns(6), labels, counts.values(), strict=True):
            column.metric(label, text.number(n))


def _titled(title: str, table: str, columns: dict[str, list[object]], answer: Answer, text: Text) -> None:
    with st.container(gap="xxsmall"):
        _title(title, table, answer, text)
        pictures.table(columns, text, title, TABLE_PX if len(next(iter(columns.values()))) > FEW else None)


def _title(title: str, table: str, answer: Answer, text: Text) -> None:
    """A heading, and its table to take away."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{title}**")
        st.space("stretch")
        pictures.download(answer, table, text)


def _refusals(answer: Answer, text: Text) -> dict[str, list[object]]:
    """Rules and fields are names of the sheet and of the command line, and stay as they are."""
    rows = answer.rows("refusals")
    return {
        text("Waiting"): [text.number(row["open_rows"]) for row in rows],
        text("Rule"): [row["rule"] for row in rows],
        text("What to do"): [text(ADVICE.get(row["rule"], UNLISTED)) for row in rows],
        text("Field"): [row["field"] for row in rows],
        text("Refused"): [text.number(row["refused_rows"]) for row in rows],
    }


UNLISTED = N_("See what the list of refused rows says: simanta quarantine list")


def _readings(answer: Answer, text: Text) -> dict[str, list[object]]:
    rows = answer.rows("readings")
    return {
        text("Written"): [row["typed"] for row in rows],
        text("Read as"): [row[f"name_{text.language}"] or row["code"] for row in rows],
        text("Decided by"): [text(METHOD[row["method"]]) for row in rows],
        text("Rows"): [text.number(row["read_rows"]) for row in rows],
        text("What it names"): [text(LEVEL[row["level"]]) for row in rows],
    }


def _loads(answer: Answer, text: Text) -> dict[str, list[object]]:
    rows = answer.rows("loads")
    return {
        text("Load"): [f"v{row['load_id']:06d}" for row in rows],
        text("Rows in"): [text.number(row["rows_in"]) for row in rows],
        **{text(ROWS[part]): [text.number(row[part]) for row in rows] for part in PARTS},
        text("File"): [row["file"] for row in rows],
        text("Day"): [text.day(row["loaded_on"]) for row in rows],
    }


def _precision(answer: Answer, text: Text) -> None:
    rows, names = answer.rows("precision")[-QUARTERS:], {name: text(said) for name, said in caveat.PRECISION}
    title, theme = text("How exactly placed, by quarter"), pictures.shown_theme()
    columns: dict[str, list[object]] = {text("Quarter"): [pictured.quarter(row["quarter"], text) for row in rows]}
    columns |= {said: [shown(row, name, text) for row in rows] for name, said in names.items()}
    picture = _pictured(title, "precision", columns, answer, text)
    if rows:
        alt = text("Bars a quarter by how exactly detections are placed; the table behind it has the same.")
        with picture:
            pictures.draw(pictured.quarters(rows, names, text, theme, 110), alt)
            drawn = zip(theme.precision, names.values(), strict=True)
            pictures.legend([("cell", colour, said) for colour, said in drawn])


def _delays(answer: Answer, text: Text) -> None:
    rows, name, theme = answer.rows("delays"), answer.label(text.language), pictures.shown_theme()
    for row in rows:
        code = row["detecting_agency"]
        row["name"] = text("unknown") if code is None else name("agency", code)
    columns: dict[str, list[object]] = {
        text("Agency"): [row["name"] for row in rows],
        text("Reports"): [shown(row, "n", text) for row in rows],
        text("Median days"): [_days(row["median_d"], text) for row in rows],
        text("9 of 10 within"): [_days(row["p90_d"], text) for row in rows],
        text("Not dated"): [shown(row, "n_undated", text) for row in rows],
    }
    picture = _pictured(text("Days from event to report"), "delays", columns, answer, text)
    drawn = [row | {"tip": _reach(row, text)} for row in rows if row["median_d"] is not None]
    if drawn:
        alt = text("A dot at the median and a bar to nine of ten, by agency; the table behind it has the same.")
        with picture:
            pictures.draw(pictured.spans(drawn, text, theme, 118), alt)
            pictures.legend([("point", theme.accent, text("median")), ("cell", theme.before, text("9 of 10 within"))])


def _reach(row: Row, text: Text) -> str:
    return text(
        "{agency}: median {median} days, 9 of 10 within {most}, {n} reports",
        agency=row["name"],
        median=_days(row["median_d"], text),
        most=_days(row["p90_d"], text),
        n=row["n"],
    )


def _pictured(title: str, table: str, columns: dict[str, list[object]], answer: Answer, text: Text) -> DeltaGenerator:
    """A title, and two tabs: the one for a picture is returned, the other has the same as a table."""
    with st.container(gap="xxsmall"):
        _title(title, table, answer, text)
        picture, rows = switches.tabs([text("Picture"), text("Table")])
    with rows:
        pictures.table(columns, text, title, PICTURE_PX)
    return picture


def _days(days: float | None, text: Text) -> str:
    return text.number(days, "#,##0.#")


def _doubles(answer: Answer, text: Text) -> dict[str, list[object]]:
    rows, name = answer.rows("doubles"), answer.label(text.language)
    return {
        text("Kind of event"): [name("event_type", row["event_type"]) for row in rows],
        text("At least"): [text.number(row["least"]) for row in rows],
        text("At most"): [shown(row, "n_most", text) for row in rows],
        text("Possible repeats"): [shown(row, "n_repeats", text) for row in rows],
    }


PAGE = Page("quality", N_("Data quality"), quality.answer, draw, has_filters=False)

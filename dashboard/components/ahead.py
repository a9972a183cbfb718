"""Where next: the cells and districts of the next month, and how such maps did on months that they did not know."""

import streamlit as st

from dashboard import layers
from dashboard.charts import shown
from dashboard.components import pictures
from dashboard.disclosure import Answer, Row
from dashboard.i18n import N_, Text

MAP_PX = 525
MAPS = {
    "recent_and_near": N_("ours: recent and near"),
    "last_year": N_("last 12 months' count"),
    "last_month": N_("last month's count"),
    "uniform": N_("blind choice"),
}
VERDICT = {
    "better": N_("better"),
    "no_better": N_("no better"),
    "worse": N_("worse"),
    "undefined": N_("too few months to say"),
}
UNJUDGED = {
    "too_few_months": N_("Maps are not judged: 20 months of data are needed, 12 to look back on and 8 to be tried on."),
    "too_few_records": N_("Maps are not judged: under 20 placed detections in the months they would be tried on."),
}


def where_next(answer: Answer, text: Text) -> None:
    """The map of the next month left; how it did before, and its cells, right."""
    left, right = st.columns([0.35, 0.65], gap="medium")
    with left:
        st.markdown("**" + text("Cells of the next month's map") + "**")
        if answer.rows("cells"):
            alt = text("Map of the cells with most detections to come. The table beside it lists the same cells.")
            pictures.map_of(answer, text, layers.forecast, alt, MAP_PX)
            pictures.legend(_legend(text))
        else:
            st.caption(text("No placed detection in the last 12 months: no map is drawn."))
    with right:
        st.markdown("**" + text("The map judged on months that it did not know") + "**")
        st.caption(judged(answer, text))
        pictures.table(_backtest(answer.rows("backtest"), text), text, text("Maps by hit rate, PAI and PEI."), 283)
        st.caption(_districts_next(answer, text))
        pictures.table(_cells(answer, text), text, text("Cells of the map with their count of 12 months."), 143)


def judged(answer: Answer, text: Text) -> str:
    """Whether our map beats the plain count of 12 months, and which of the two is drawn."""
    if reason := answer.notes["unjudged"]:
        return text(UNJUDGED[reason]) + " " + text("Drawn is the count of the last 12 months.")
    tried = {row["map"]: row for row in answer.rows("backtest") if (row["unit"], row["budget"]) == ("cell", 0.05)}
    row = tried[str(answer.notes["shown"])]
    if answer.notes["shown"] == "recent_and_near":
        said = text("Our map is better than the count of the last 12 months, so it is drawn.")
    elif tried["recent_and_near"]["verdict"] == "worse":
        said = text("Our map is worse than the plain count of the last 12 months, so that count is drawn.")
    else:
        said = text("Our map is no better than the plain count of 12 months, so that count is drawn.")
    met = text(
        "In {months} months {places} cells, 5% of the area, met {share} of {n} detections: {pai} times a blind choice.",
        months=row["months"],
        places=row["places"],
        share=text.percent(row["hit_rate"]),
        n=shown(row, "n", text),
        pai=text.number(row["pai"], "#,##0.0"),
    )
    return " ".join([said, met, text("Detections follow patrols: a map can fulfil itself.")])


def _backtest(rows: list[Row], text: Text) -> dict[str, list[object]]:
    return {
        text("Area"): [_area(row, text) for row in rows],
        text("Map"): [text(MAPS[row["map"]]) for row in rows],
        text("Hit rate (95%)"): [_hit_rate(row, text) for row in rows],
        text("PAI (95%)"): [_interval(row, "pai", "pai_low", "pai_high", text) for row in rows],
        text("PEI (95%)"): [_interval(row, "pei", "pei_low", "pei_high", text, 2) for row in rows],
        text("Less that of 12 months"): [
            _interval(row, "difference", "difference_low", "difference_high", text) for row in rows
        ],
        text("Than 12 months"): [text(VERDICT[row["verdict"]]) if row["verdict"] else "–" for row in rows],
    }


def _area(row: Row, text: Text) -> str:
    share = text.percent(row["budget"])
    return text("{share} of cells", share=share) if row["unit"] == "cell" else text("{share} of districts", share=share)


def _hit_rate(row: Row, text: Text) -> str:
    if row["hit_rate"] is None:
        return "–"
    low, high = (text.percent(row[f"hit_rate_{end}"]) for end in ("low", "high"))
    return f"{text.percent(row['hit_rate'])} ({low}–{high})"


def _interval(row: Row, value: str, low: str, high: str, text: Text, decimals: int = 1) -> str:
    if row[value] is None:
        return "–"
    said = [
        text.number(None if row[end] is None else round(row[end], decimals) + 0.0, f"#,##0.{'0' * decimals}")
        for end in (value, low, high)
    ]
    if row[value] >= 0 and not (row[low] or 0) < 0:
        return f"{said[0]} ({said[1]}–{said[2]})"
    return f"{said[0]} ({text('{low} to {high}', low=said[1], high=said[2])})"


def _districts_next(answer: Answer, text: Text) -> str:
    """The districts of the next month's map, by name."""
    name, rows = answer.label(text.language), answer.rows("districts")
    return text("Districts: {places}.", places=", ".join(name("district", str(row["adm2"])) for row in rows))


def _cells(answer: Answer, text: Text) -> dict[str, list[object]]:
    rows, name = answer.rows("cells"), answer.label(text.language)
    return {
        text("District"): [name("district", str(row["adm2"])) for row in rows],
        text("Last 12 months"): [shown(row, "n", text) for row in rows],
        text("Cell"): [format(row["cell"], "x") for row in rows],
    }


def _legend(text: Text) -> list[tuple[str, str, str]]:
    theme = pictures.shown_theme()
    breaks = layers.break_words()
    counts = [("outlined", colour, text.digits(each)) for colour, each in zip(theme.steps, breaks, strict=True)]
    return [*counts, ("none", "", text("detections in the last 12 months"))]

"""Response, non-punishment: detections first taken up under a law against travellers, and who of them are victims."""

import streamlit as st

from dashboard.charts import response as pictured
from dashboard.charts import shown
from dashboard.components import pictures, untold, words
from dashboard.disclosure import HIDDEN, Answer, Row
from dashboard.i18n import N_, Text

BAR_PX = 90
PARTS = {"n_victims": N_("victims"), "n_not_victims": N_("not victims"), "n_waiting": N_("wait to be screened")}
FEWEST = 20  # screened, under which no share is told


def headline(answer: Answer, text: Text) -> str:
    """How many detections, the share of victims among those screened with its limits, and how many wait."""
    if nothing := words.none_match(answer, text):
        return nothing
    (row,) = answer.rows("accused")
    if row["n"] == 0:
        return text("No detection here is recorded under a law on passports, foreigners or entry.")
    if row["n" + HIDDEN]:
        return text("How many are recorded under a law on passports, foreigners or entry is withheld: under {k}.")
    said = text("{n} detections are recorded under a law on passports, foreigners or entry.", n=shown(row, "n", text))
    return " ".join(filter(None, [said, _share(row, text), _waiting(row, text)]))


def _share(row: Row, text: Text) -> str:
    if any(row[name + HIDDEN] for name in PARTS):
        return text("Which of them are victims is withheld: a count is under {k}.")
    screened = row["n_victims"] + row["n_not_victims"]
    if row["share"] is None:
        return text("Too few are screened for a share: {n}, and {least} are needed.", n=screened, least=FEWEST)
    return text(
        "Of {n} screened, {share} are of victims ({low} to {high}).",
        n=screened,
        **{name: text.percent(row[name]) for name in ("share", "low", "high")},
    )


def _waiting(row: Row, text: Text) -> str:
    if row["n_waiting" + HIDDEN]:
        return ""
    return text("{n} wait to be screened.", n=row["n_waiting"])


def draw(answer: Answer, text: Text) -> None:
    """The whole and its parts left; by law and by person right; what is open, and where its list is."""
    (row,) = answer.rows("accused")
    left, right = st.columns([0.55, 0.45], gap="medium")
    with left:
        st.markdown("**" + text("Detections under a law against travellers") + "**")
        pictures.figures(_figures(row, text))
        _parts(row, text)
        st.markdown("**" + text("What the law says") + "**")
        st.write(_law(answer, text))
        st.markdown("**" + text("The open cases one by one") + "**")
        st.write(
            text(
                "No single case stands on a page, in a file or in a link. Who may look at the records finds them on "
                "the server, by a hash of their reference: `simanta open-cases`."
            )
        )
    with right:
        st.markdown("**" + text("By law") + "**")
        pictures.table(_laws(answer, text), text, text("Detections by law"))
        st.markdown("**" + text("Persons told as accused under these laws, by screening") + "**")
        pictures.table(_persons(answer, text), text, text("Persons told as accused, by screening"))
    st.caption(
        text(
            "Counted in detections. The law is the one on record now: an earlier one that was replaced is not known. A "
            "victim: any person of it screened as an actual victim, or its label TIP screened or confirmed. Open: no "
            "acquittal and no dropped case is on record."
        )
    )


def _figures(row: Row, text: Text) -> list[tuple[str, str, str]]:
    share = "–" if row["share"] is None else text.percent(row["share"])
    limits = (
        " "
        if row["share"] is None
        else text("{low} to {high}", low=text.percent(row["low"]), high=text.percent(row["high"]))
    )
    return [
        (text("Detections"), shown(row, "n", text), text("recorded so")),
        (text("Share of victims"), share, limits),
        (text("Wait to be screened"), untold.beside_total(row, "n_waiting", text), text("detections")),
        (text("Victims, case open"), untold.beside_total(row, "n_open", text), text("detections")),
    ]


def _parts(row: Row, text: Text) -> None:
    theme, named = pictures.shown_theme(), {column: text(said) for column, said in PARTS.items()}
    if not row["n"] or any(row[column + HIDDEN] for column in PARTS):
        st.caption(text("Its parts are withheld: a count is under {k}."))
        return
    colours = [theme.label["TIP"], theme.before, theme.label["UNDETERMINED"]]
    drawn = [
        {"name": " ", "part": said, "n": row[column], "tip": f"{said}: {text.number(row[column])}"}
        for column, said in named.items()
    ]
    alt = text("One bar of victims, not victims and those who wait to be screened; the figures above have the same.")
    pictures.draw(pictured.stacked(drawn, list(named.values()), colours, text, theme, BAR_PX), alt)
    told = zip(colours, named.items(), strict=True)
    pictures.legend([("cell", colour, f"{said} {text.number(row[column])}") for colour, (column, said) in told])


def _law(answer: Answer, text: Text) -> str:
    row = next((row for row in answer.rows("elements") if row["element"] == "non_punishment"), None)
    if row is None or row["section"] is None:
        return text("The section on non-punishment is not among the laws of this data version.")
    language = text.language
    fact, law = row[f"fact_{language}"], row[f"title_{language}"]
    return text("{fact} ({law}, section {section})", fact=fact, law=law, section=text.digits(row["section"]))


def _laws(answer: Answer, text: Text) -> dict[str, list[object]]:
    rows, name = answer.rows("accused_by_law"), answer.label(text.language)
    return {
        text("Law"): [name("legal_basis", row["legal_basis"]) for row in rows],
        text("Detections"): [untold.beside_total(row, "n", text) for row in rows],
    }


def _persons(answer: Answer, text: Text) -> dict[str, list[object]]:
    rows, name = answer.rows("accused_persons"), answer.label(text.language)
    states: list[object] = [
        text("not told") if r["screening_status"] == "not_told" else name("screening_status", r["screening_status"])
        for r in rows
    ]
    return {
        text("Screening"): states,
        text("Persons"): [untold.beside_total(row, "n", text) for row in rows],
    }

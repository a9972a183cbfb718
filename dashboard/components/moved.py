"""Did it move? How concentrated detections are, whether their centre shifted, and what an operation did, in words."""

import streamlit as st

from dashboard.charts import shown
from dashboard.disclosure import Answer, Row
from dashboard.i18n import N_, Text

VERDICT = {
    "displacement_likely": N_("Displacement is likely: fewer here and more next door, beyond the change in patrols."),
    "displacement_unsettled": N_("Fewer here and more next door; patrol hours do not settle whether it moved."),
    "diffusion_likely": N_("Fewer here and next door, beyond the change in patrols: the benefit likely spread."),
    "diffusion_unsettled": N_("Fewer here and next door; patrol hours do not settle why."),
    "fell": N_("Fewer here than where nothing was done; no evidence of displacement."),
    "rose": N_("More here than where nothing was done."),
    "no_evidence": N_("No evidence of change after the operation."),
    "too_few": N_("Too few detections to say what the operation did."),
}
NOT_REMOVED = {
    "displacement_likely": N_("Moved, not removed: here and next door together show no fall."),
    "displacement_unsettled": N_("Here and next door together show no fall."),
}  # where the rule holds; whether it moved is said only where effort agrees
NEXT_DOOR_UNKNOWN = N_("Fewer here than where nothing was done; too few next door to say whether they moved.")
HEADLINE = {
    "displacement_likely": N_("Displacement from {places} is likely (next door {estimate}, {low} to {high})."),
    "displacement_unsettled": N_("Fewer at {places}, more next door; patrol hours do not settle whether they moved."),
    "diffusion_likely": N_("Fewer at {places} and next door, beyond the change in patrols."),
    "diffusion_unsettled": N_("Fewer at {places} and next door; patrol hours do not settle why."),
    "fell": N_("After the operation fewer at {places}; no evidence of displacement."),
    "rose": N_("After the operation more at {places}."),
}
HEADLINE_UNKNOWN = N_("After the operation fewer at {places}; too few next door to say whether they moved.")
REFUSED = {
    "too_soon": N_("Too soon: four whole weeks after it began are needed."),
    "not_covered": N_("The data do not reach far enough back before it."),
    "no_control": N_("Nothing to compare it with: fewer than four border districts are left as controls."),
}
EFFORT = {
    "beyond_effort": N_("do not explain it"),
    "explained_by_effort": N_("can explain it"),
    "as_recorded": N_("detections per hour show no change"),
    "unknown": N_("not known well enough"),
    "no_rise": N_("no change to explain"),
}
NO_SHIFT = {
    "too_few_before": N_("Too few in the period compared to say whether their centre moved."),
    "too_few_after": N_("Too few to say whether their centre moved."),
    "withheld": N_("Whether their centre moved is withheld: it would give a count under {k} away."),
    "not_comparable": N_("Whether their centre moved: the data do not cover both periods apart."),
}
ORIGINS = {
    "more": N_("larger share"),
    "fewer": N_("smaller share"),
    "no_evidence": N_("no evidence of change"),
    "too_few": N_("too few to compare"),
}


def concentration(answer: Answer, text: Text) -> str:
    """How many stretches hold four in five detections, beside what chance alone would give."""
    found = {row["index"]: row for row in answer.rows("concentration")}
    units = found["units_for_80pct"]
    if units["value"] is None:
        withheld = units["refused"] == "withheld"
        said = N_("How concentrated they are is withheld: it would give a count under {k} away.")
        return text(said) if withheld else text("Too few on the land border to say how concentrated they are.")
    numbers = {
        "n": units["n"],
        "units": round(units["value"]),
        "all": units["units"],
        "chance": round(units["chance_mean"]),
        "gini": text.number(found["gini"]["value"], "0.00"),
        "evenness": text.number(found["evenness"]["value"], "0.00"),
    }
    if units["is_concentrated"]:
        return text(
            "Concentrated: 80% of {n} on the land border lie in {units} of {all} stretches, by chance in {chance} "
            "(Gini {gini}, evenness {evenness}).",
            **numbers,
        )
    return text(
        "No more concentrated than chance: 80% of {n} on the land border lie in {units} of {all} stretches, by chance "
        "in {chance} (Gini {gini}, evenness {evenness}).",
        **numbers,
    )


def shift(answer: Answer, text: Text) -> str:
    """How far the centre moved along the land border, with its interval, and which way."""
    (row,) = answer.rows("shift")
    if row["verdict"] is None:
        return text(NO_SHIFT[row["refused"]])
    low, high = (_signed(row[end], text) for end in ("low_km", "high_km"))
    if row["verdict"] == "no_evidence":
        return text(
            "No evidence that their centre moved: {low} to {high} km along the simplified border.", low=low, high=high
        )
    said = (
        N_("Their centre moved {km} km towards Teknaf along the simplified border ({low} to {high}).")
        if row["shift_km"] > 0
        else N_("Their centre moved {km} km towards the Sundarbans along the simplified border ({low} to {high}).")
    )
    return text(said, km=text.number(abs(round(row["shift_km"]))), low=low, high=high)


def sentence(answer: Answer, text: Text) -> str:
    """What the latest operation did, for a headline; empty where there is none, or nothing was found."""
    row = next(iter(answer.rows("operations")), None)
    if row is None or row["verdict"] not in HEADLINE:
        return ""
    said = HEADLINE_UNKNOWN if _is_unknown_next_door(row) else HEADLINE[row["verdict"]]
    target = places(answer, row, "target", text)
    if row["verdict"] != "displacement_likely":
        return text(said, places=target)
    ends = {end: _signed(row[f"displacement_{end}"], text) for end in ("estimate", "low", "high")}
    return text(said, places=target, **ends)


def _is_unknown_next_door(row: Row) -> bool:
    return bool(row["verdict"] == "fell" and row["next_door"] == "too_few")


def _said(row: Row, text: Text) -> str:
    if row["verdict"] is None:
        return text("withheld: a count is under {k}")
    said = text(NEXT_DOOR_UNKNOWN if _is_unknown_next_door(row) else VERDICT[row["verdict"]])
    return f"{said} {text(NOT_REMOVED[row['verdict']])}" if row["moved_not_removed"] else said


def card(answer: Answer, text: Text) -> None:
    """The latest operation of the period: its areas before and after, what is said of it, and how sure."""
    rows = answer.rows("operations")
    mark = f" :orange-badge[{text('INVENTED DATA')}]" if rows and rows[0]["is_invented"] else ""
    st.markdown(f"**{text('Did it move?')}**{mark}")
    if not rows:
        st.caption(
            text(
                'No operation that began in this period is recorded for the places chosen. Load the sheet "operations" '
                "(target, buffer, control) to ask whether detections moved; without it nothing is known of that."
            )
        )
        return
    row = rows[0]
    st.markdown(_what(answer, row, text))
    if row["refused"]:
        st.caption(text(REFUSED[row["refused"]]))
        return
    st.markdown("\n".join(f"- {line}" for line in _areas(answer, row, text)))
    st.markdown(_said(row, text))
    st.caption(" ".join(_measures(row, text)))
    if len(rows) > 1:
        st.caption(text("{n} more operations began in this period.", n=len(rows) - 1))


def _what(answer: Answer, row: Row, text: Text) -> str:
    days = text.day(row["date_start"]) + (f" – {text.day(row['date_end'])}" if row["date_end"] else "")
    kind = answer.label(text.language)("operation_type", row["operation_type"])
    return f"{kind}, **{days}**, {places(answer, row, 'target', text)}"


def _areas(answer: Answer, row: Row, text: Text) -> list[str]:
    target = text("target: {counts}", counts=_counts(row, "target", text))
    zone = places(answer, row, "zone", text) or text("2 to 50 km either side")
    beside = text("next door, {places}: {counts}", places=zone, counts=_counts(row, "zone", text))
    far = text(
        "compared with {places}: {counts}",
        places=places(answer, row, "control", text),
        counts=_counts(row, "control", text),
    )
    return [target, beside, far, _same_origins(answer, row, text)]


def _counts(row: Row, area: str, text: Text) -> str:
    return f"**{shown(row, f'n_{area}_before', text)} → {shown(row, f'n_{area}', text)}**"


def _same_origins(answer: Answer, row: Row, text: Text) -> str:
    """Whether those origins that passed the target now send a larger share through another crossing."""
    mine = [each for each in answer.rows("origins") if each["operation"] == row["operation"]]
    name = answer.label(text.language)
    larger = [each for each in mine if each["verdict"] == "more"]
    if larger:
        told = [name("crossing", each["crossing"]) + _shares(each, text) for each in larger]
        return text("same origins, larger share by {places}", places=", ".join(told))
    if any(each["verdict"] is None for each in mine):
        return text("same origins, another crossing: withheld, a count is under {k}")
    tested = any(each["verdict"] in ("fewer", "no_evidence") for each in mine)
    none = N_("same origins, another crossing: no evidence")
    return text(none) if tested else text("same origins, another crossing: too few to compare")


def _shares(row: Row, text: Text) -> str:
    """Its shares in brackets; nothing where they are withheld."""
    if row["share"] is None:
        return ""
    return f" ({text.percent(row['share_before'])} → {text.percent(row['share'])})"


def _measures(row: Row, text: Text) -> list[str]:
    parts = {part: _part(row, part, text) for part in ("local", "displacement", "total")}
    hours = {area: _hours(row, area, text) for area in ("target", "zone")}
    return [
        text("WDD here {local}, next door {displacement}, together {total};", **parts),
        text("WDQ {n}.", n=text.number(row["wdq"], "0.0")),
        text("Patrol hours here {target}; next door {zone}.", **hours),
        text(
            "{n} weeks from {after} against {n} from {before}.",
            n=row["weeks"],
            after=row["after_from"],
            before=row["before_from"],
        ),
    ]


def _hours(row: Row, area: str, text: Text) -> str:
    """+1%: do not explain it; without a ratio what is known of them."""
    says = text(EFFORT[row[f"{area}_effort"]]) if row[f"{area}_effort"] else text("withheld")
    ratio = row[f"{area}_hours_ratio"]
    if ratio is None:
        return says
    return f"{'+' if ratio >= 1 else ''}{text.percent(ratio - 1)}: {says}"


def _part(row: Row, part: str, text: Text) -> str:
    """−19 (SE 6.9; −32 to −6), or that it is withheld."""
    if row[f"{part}_estimate"] is None:
        return text("withheld")
    return text(
        "{n} (SE {se}; {low} to {high})",
        n=_signed(row[f"{part}_estimate"], text),
        se=text.number(row[f"{part}_se"], "0.0"),
        low=_signed(row[f"{part}_low"], text),
        high=_signed(row[f"{part}_high"], text),
    )


def places(answer: Answer, row: Row, area: str, text: Text) -> str:
    """The crossings and districts of an operation's area, by their names."""
    name = answer.label(text.language)
    codes = (row[area] or "").split(";") if row[area] else []
    return ", ".join(name("crossing" if code.startswith("x-") else "district", code) for code in codes)


def _signed(value: float, text: Text) -> str:
    whole = round(value)
    return ("+" if whole > 0 else "") + text.number(whole)


def origins(answer: Answer, text: Text) -> dict[str, list[object]]:
    """The table of the origin-fixed test, of the latest operation."""
    rows, name = [row for row in answer.rows("origins") if row["operation"] == 1], answer.label(text.language)
    return {
        text("Crossing"): [name("crossing", row["crossing"]) for row in rows],
        text("Before"): [f"{shown(row, 'n_before', text)} / {shown(row, 'n_any_before', text)}" for row in rows],
        text("After"): [f"{shown(row, 'n', text)} / {shown(row, 'n_any', text)}" for row in rows],
        text("Share before"): [text.percent(row["share_before"]) for row in rows],
        text("Share after"): [text.percent(row["share"]) for row in rows],
        text("Change"): [text(ORIGINS[row["verdict"]]) if row["verdict"] else text("withheld") for row in rows],
    }


def operations(answer: Answer, text: Text) -> dict[str, list[object]]:
    """All operations of the period, the latest first."""
    rows = answer.rows("operations")
    return {
        text("Began"): [text.day(row["date_start"]) for row in rows],
        text("Target"): [places(answer, row, "target", text) for row in rows],
        text("Before"): [shown(row, "n_target_before", text) for row in rows],
        text("After"): [shown(row, "n_target", text) for row in rows],
        text("Next door"): [f"{shown(row, 'n_zone_before', text)} → {shown(row, 'n_zone', text)}" for row in rows],
        text("What is said"): [text(REFUSED[row["refused"]]) if row["refused"] else _said(row, text) for row in rows],
    }

"""What became of them: which crime, from rescue to return, between agencies, by pillar, and of those first accused?"""

from dashboard.database import Selected
from dashboard.disclosure import Answer, disclose
from dashboard.figures import care, handovers, kinds, label_flow, period, pillars, reference

# Of parts beside their total it is not told which of those withheld is the small one (`disclosure.ALIKE`).
WITHHELD_ALIKE: dict[str, tuple[str, ...]] = {"n": ("n",)}


def answer(selected: Selected) -> Answer:
    """Tables, by part.

    Labels: decided, pairs, statuses, deciders, elements. Return: reached, by_crossing, by_agency, by_sex, by_age,
    stops, skipped. Hand-overs: handovers, waiting, clocks, stakeholders. 3P: outcomes, indicators, plan.
    Non-punishment: accused, accused_by_law, accused_persons. And totals, and left_out: what no duration holds, and why.
    Now is the day on which the version was published. notes: which calendar of working days was counted with.
    """
    selected, _ = period.settle(selected)
    calendar, sign = reference.working_days()
    told = selected.ask("statutory_clocks").to_pylist()
    terms = handovers.Terms(told, calendar, selected.store.published_at.date())
    labels, cared, steps = label_flow.asked(selected), care.asked(selected), pillars.asked(selected)
    handed = handovers.asked(selected, terms)
    totals = kinds.totals(selected)
    stops, skipped = care.stops(selected)
    by_sex, by_age = care.screened(selected)
    by_law, accused = pillars.accused(selected)
    return disclose(
        "response",
        selected,
        {
            "totals": totals,
            "decided": label_flow.decided(selected, labels),
            "pairs": label_flow.pairs(labels),
            "statuses": label_flow.statuses(labels),
            "deciders": label_flow.deciders(labels),
            "elements": label_flow.elements(selected.ask("legal_sections")),
            "reached": care.reached(cared),
            "stops": stops,
            "skipped": skipped,
            "by_crossing": care.reached_by(cared, "crossing"),
            "by_agency": care.reached_by(cared, "detecting_agency"),
            "by_sex": by_sex,
            "by_age": by_age,
            "handovers": handovers.pairs(handed),
            "waiting": handovers.waiting(handed),
            "clocks": handovers.clocks(told, handed, steps, terms),
            "stakeholders": selected.ask("stakeholders"),
            "outcomes": pillars.outcomes(steps, _steps(selected)),
            "indicators": pillars.indicators(steps),
            "plan": pillars.plan(steps, totals["n"][0].as_py(), sum(row["n"] for row in handed)),
            "accused": accused,
            "accused_by_law": by_law,
            "accused_persons": pillars.accused_persons(selected),
            "left_out": label_flow.left_out(labels=labels, care=cared, handover=handed),
        },
        {
            "decided": {"share": ("n", "n_undecided")},
            "pairs": label_flow.TIMED,
            "deciders": WITHHELD_ALIKE | {"median_d": ("n", "n_timed")},
            **dict.fromkeys(("stops", "accused_by_law", "accused_persons", "by_sex", "by_age"), WITHHELD_ALIKE),
            "reached": label_flow.TIMED,
            "handovers": handovers.PAIR_DERIVED,
            "waiting": WITHHELD_ALIKE | {"median_d": ("n",)},
            "clocks": handovers.CLOCK_DERIVED,
            "outcomes": {"n_persons": ("n_done",)},
            "accused": {**WITHHELD_ALIKE, **pillars.SHARE},
        },
        {"working_days": sign},
    )


def _steps(selected: Selected) -> list[tuple[str, str]]:
    """Pillar and step, as the lists of this version put them."""
    rows = selected.ask("steps_of_pillars").to_pylist()
    return [(row["pillar"], row["step"]) for row in rows]

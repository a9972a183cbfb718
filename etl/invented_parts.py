"""A generator of INVENTED rows of further sheets, for incidents that `invented` wrote."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from etl.story import DEMO, LATE_WEEKS, SEA, Story

EFFORT_WEEKS = 30
CARE = ("identified", "screened", "referred", "sheltered")
RETURN = ("legal_aid", "medical", "repatriated", "reunited")  # after shelter
OFFENDERS_BY = ("passport_act", "foreigners_act", "control_of_entry_act")  # laws under which travellers are accused
DECIDERS = {"police": 5, "ngo": 2, "court_or_prosecution": 1, "non_police_government": 2}

# Trail -> the stages at which it is looked for. Rented premises, which the flat sheet never tells, are looked for at
# some crossings alone.
STAGES = {
    "advertising": ("recruit",),
    "rental_premises": ("hold", "gather", "hold", "exploit"),
    "transport": ("move", "cross", "cross", "gather"),
    "communications": ("recruit", "cross", "hold"),
    "finance": ("recruit", "pay_out", "pay_out"),
    "documents": ("cross", "cross", "recruit"),
}
INDICATORS = {
    "advertising": "social_media_group",
    "rental_premises": "rented_house",
    "transport": "hired_vehicle",
    "communications": "messaging_app",
    "finance": "mobile_money",
    "documents": "no_document",
}

Row = dict[str, str | int]


def write_invented_parts(
    incidents: Path, folder: Path, seed: int = 7, *, until: date, story: Story = DEMO
) -> list[Path]:
    """Write a CSV for each kind of further sheet; the same arguments give the same bytes.

    until: the last day. incidents: the file of `write_invented`, with whose name theirs begin. Rows are known as
    invented by their incident, those of effort and of the operation by a mark.
    """
    with incidents.open(encoding="utf-8", newline="") as lines:
        told = list(csv.DictReader(lines))
    rng = np.random.default_rng(seed)
    sheets = {
        "handover": [row for incident in told for row in _handover(incident, rng, until)],
        "outcome": [row for incident in told for row in _outcome(incident, rng, until)],
        "labels": [row for incident in told for row in _labels(incident, rng)],
        "effort": list(_effort(story, rng, until)),
        "operations": list(_operation(story, until)),
        "trails": [row for incident in told for row in _trails(incident, story, rng)],
    }
    more = np.random.default_rng((seed, 2))  # apart, so that what was written before stays as it was
    cared_for = {str(row["source_ref"]): row for row in sheets["outcome"] if row["step"] == "sheltered"}
    sheets["handover"] += [row for row in list(sheets["handover"]) for row in _passed_on(row, more, until)]
    sheets["outcome"] += [row for incident in told for row in _returned(incident, cared_for, more, until)]
    sheets["outcome"] += [row for incident in told for row in _case(incident, more, until)]
    sheets["labels"] += [row for incident in told for row in _decided(incident, more, until)]
    sheets["persons"] = [row for incident in told for row in _persons(incident, more)]
    return [_write(folder / f"{incidents.stem}_{name}.csv", rows) for name, rows in sheets.items() if rows]


def _write(file: Path, rows: Sequence[Row]) -> Path:
    with file.open("w", encoding="utf-8", newline="") as lines:
        sheet = csv.DictWriter(lines, list(dict.fromkeys(name for row in rows for name in row)), lineterminator="\n")
        sheet.writeheader()
        sheet.writerows(rows)
    return file


def _later(incident: Mapping[str, str], days: int, until: date) -> str:
    """A day after the incident, empty where it is still to come."""
    day = date.fromisoformat(incident["date_start"]) + timedelta(days=days)
    return day.isoformat() if day <= until else ""


def _handover(incident: Mapping[str, str], rng: np.random.Generator, until: date) -> Iterator[Row]:
    """Two in five interceptions are handed to the police, some of them never accepted."""
    waits = [int(days) for days in rng.geometric(0.5, 2)]
    drawn = rng.random(2)
    if incident["detecting_agency"] == "police" or drawn[0] > 0.4:
        return
    accepted = _later(incident, waits[0], until) if drawn[1] < 0.85 else ""
    yield {
        "source_ref": incident["source_ref"],
        "from_agency": incident["detecting_agency"],
        "to_agency": "police",
        "requested_on": incident["date_start"],
        "accepted_on": accepted,
        "completed_on": _later(incident, sum(waits), until) if accepted else "",
    }


def _outcome(incident: Mapping[str, str], rng: np.random.Generator, until: date) -> Iterator[Row]:
    """The first steps of care, each less often than the one before; of the police, a case."""
    reached = int(rng.binomial(len(CARE), 0.35))
    persons, day = int(incident["persons"] or 0), 0
    for step in CARE[:reached]:
        day += int(rng.geometric(0.3))
        done = _later(incident, day, until)
        yield _step(incident, step, "ngo", done, persons)
    if incident["crime_label"] in ("TIP", "TIP_AND_SOM") and rng.random() < 0.4:
        yield _step(incident, "fir", "police", _later(incident, 1, until), persons)


def _step(incident: Mapping[str, str], step: str, agency: str, done: str, persons: int | str) -> Row:
    return {
        "source_ref": incident["source_ref"],
        "step": step,
        "status": "done" if done else "open",
        "agency": agency,
        "done_on": done,
        "n_persons": persons,
    }


def _labels(incident: Mapping[str, str], rng: np.random.Generator) -> Iterator[Row]:
    """A quarter of what is called trafficking was first called smuggling."""
    if incident["crime_label"] in ("TIP", "TIP_AND_SOM") and rng.random() < 0.25:
        yield {
            "source_ref": incident["source_ref"],
            "decided_on": incident["date_start"],
            "crime_label": "SOM",
            "label_status": "presumed",
            "decider_org": "police",
            "reason_code": "first_impression",
        }


def _passed_on(handover: Row, rng: np.random.Generator, until: date) -> Iterator[Row]:
    """Of what the police took, half is asked of the prosecution and a third of an NGO; one in eight is refused."""
    if not handover["completed_on"]:
        return
    asked = date.fromisoformat(str(handover["completed_on"]))
    for to_agency, chance in (("prosecution", 0.5), ("ngo", 0.33)):
        draws, waits = rng.random(3), [int(days) for days in rng.geometric(0.25, 2)]
        if draws[0] > chance:
            continue
        answered = asked + timedelta(days=waits[0])
        is_refused, is_taken = draws[1] < 0.12, draws[1] < 0.85 and answered <= until
        done = answered + timedelta(days=waits[1])
        if draws[2] < 0.02:
            done = asked  # written down before it was accepted: such rows are found in every real sheet
        yield {
            "source_ref": handover["source_ref"],
            "from_agency": "police",
            "to_agency": to_agency,
            "requested_on": asked.isoformat(),
            "accepted_on": answered.isoformat() if is_taken and not is_refused else "",
            "completed_on": done.isoformat() if is_taken and not is_refused and done <= until else "",
            "refusal_reason": "no_capacity" if is_refused else "",
        }


def _returned(
    incident: Mapping[str, str], sheltered: Mapping[str, Row], rng: np.random.Generator, until: date
) -> Iterator[Row]:
    """Most of those sheltered get legal aid or care; half of them are brought home, some after months."""
    last = sheltered.get(incident["source_ref"])
    if last is None or not last["done_on"]:
        return
    day = (date.fromisoformat(str(last["done_on"])) - date.fromisoformat(incident["date_start"])).days
    for step, chance in zip(RETURN, (0.8, 0.6, 0.7, 0.7), strict=True):
        day += int(rng.geometric(0.06))
        if rng.random() < chance:
            agency = {"medical": "health", "legal_aid": "legal_aid", "repatriated": "mofa_missions"}.get(step, "ngo")
            yield _step(incident, step, agency, _later(incident, day, until), int(last["n_persons"]))


def _case(incident: Mapping[str, str], rng: np.random.Generator, until: date) -> Iterator[Row]:
    """An investigation of every third, a trial of some of these; now and then what partners and offices do."""
    drawn, days = rng.random(4), [int(each) for each in rng.geometric((0.012, 0.006))]
    if drawn[0] < 0.3:
        yield _step(incident, "investigation", "police", _later(incident, days[0], until), "") | {
            "started_on": incident["date_start"]
        }
        start = _later(incident, days[0] + 1, until)
        if start and drawn[1] < 0.5:
            done = _later(incident, sum(days) + 1, until)
            yield _step(incident, "trial", "tribunal", done, "") | {"started_on": start}
            if done:
                yield _step(incident, "conviction" if drawn[2] < 0.3 else "acquittal", "tribunal", done, "")
    for step, agency, chance in (("joint_op", "bgb", 0.03), ("campaign", "committee", 0.05)):
        if drawn[3] < chance:
            yield _step(incident, step, agency, incident["date_start"], "")


def _decided(incident: Mapping[str, str], rng: np.random.Generator, until: date) -> Iterator[Row]:
    """The label in force, its day and decider, of all that were screened or confirmed and of a third of the rest."""
    days, drawn = 1 + int(rng.geometric(0.05)), rng.random(2)
    decider = str(rng.choice(list(DECIDERS), p=[each / 10 for each in DECIDERS.values()]))
    decided = _later(incident, days, until)
    is_settled = incident["label_status"] != "presumed" and incident["crime_label"] != "UNDETERMINED"
    if incident["crime_label"] == "UNDETERMINED" or not decided or not (is_settled or drawn[0] < 0.33):
        return
    label: Row = {"source_ref": incident["source_ref"], "crime_label": incident["crime_label"]}
    if is_settled and incident["crime_label"] == "SOM" and drawn[1] < 0.4:
        yield label | {
            "decided_on": incident["date_start"],
            "crime_label": "UNDETERMINED",
            "label_status": "presumed",
            "decider_org": "police",
            "reason_code": "first_impression",
        }
    yield label | {
        "decided_on": decided,
        "label_status": incident["label_status"],
        "decider_org": "court_or_prosecution" if incident["label_status"] == "confirmed" else decider,
        "reason_code": "screening_interview",
    }


def _persons(incident: Mapping[str, str], rng: np.random.Generator) -> Iterator[Row]:
    """Of every third incident persons by sex and screening; of half of those under a passport law also as accused."""
    roles = {"TIP": "presumed_victim", "TIP_AND_SOM": "presumed_victim", "SOM": "smuggled_migrant"}
    role = "pushed_in" if incident["event_type"] == "pushed_in" else roles.get(incident["crime_label"], "undetermined")
    told = [
        ("Feminine", "adult", "female"),
        ("Masculine", "adult", "male"),
        ("NonSpecifiedUnknown", "child", "children"),
    ]
    states, drawn = ("not_screened", "possible", "actual", "not_victim"), rng.random(2)
    for sex, age_band, column in told if drawn[0] < 0.33 else ():
        if int(incident[column] or 0):
            state = str(rng.choice(states, p=(0.35, 0.2, 0.25, 0.2)))
            yield _counted(incident, role, sex, age_band, state, int(incident[column]))
    if incident["legal_basis"] in OFFENDERS_BY and drawn[1] < 0.5 and int(incident["persons"] or 0):
        state = str(rng.choice(states, p=(0.5, 0.1, 0.25, 0.15)))
        yield _counted(incident, "accused", "NonSpecifiedUnknown", "Unknown", state, int(incident["persons"]))


def _counted(incident: Mapping[str, str], role: str, sex: str, age_band: str, state: str, n: int) -> Row:
    return {
        "source_ref": incident["source_ref"],
        "role": role,
        "sex": sex,
        "age_band": age_band,
        "screening_status": state,
        "n": n,
    }


def _trails(incident: Mapping[str, str], story: Story, rng: np.random.Generator) -> Iterator[Row]:
    """Seven in ten of the trails that the flat sheet looked for, each at one stage; and rented premises at some."""
    looked_for, found = (incident[name].split(";") for name in ("trails_looked_for", "trails_found"))
    for trail in filter(None, looked_for):
        if rng.random() < 0.7:
            yield _trail(incident, trail, trail in found, rng)
    if incident["crossing"] in story.premises_at and rng.random() < 0.4:
        yield _trail(incident, "rental_premises", bool(rng.random() < 0.4), rng)


def _trail(incident: Mapping[str, str], trail: str, is_found: bool, rng: np.random.Generator) -> Row:
    return {
        "source_ref": incident["source_ref"],
        "trail_type": trail,
        "stage": str(rng.choice(STAGES[trail])),
        "looked_for": "yes",
        "found": "yes" if is_found else "no",
        "indicator_code": INDICATORS[trail] if is_found else "",
    }


def _effort(story: Story, rng: np.random.Generator, until: date) -> Iterator[Row]:
    for crossing, hours in story.patrolled.items():
        for week in range(EFFORT_WEEKS):
            yield {
                "unit": f"INVENTED unit of {crossing}",
                "agency": "coast_guard" if crossing in SEA else "bgb",
                "crossing": crossing,
                "week": (until - timedelta(days=7 * week)).isoformat(),
                "patrol_hours": int(rng.poisson(hours)),
                "raids": int(rng.poisson(1)),
                "invented": "yes",
            }


def _operation(story: Story, until: date) -> Iterator[Row]:
    start = until - timedelta(days=7 * LATE_WEEKS - 1)
    for crossing, area in story.operated.items():
        yield {
            "operation_ref": "INVENTED-OP-1",
            "area": area,
            "crossing": crossing,
            "operation_type": "joint",
            "agency": story.operator,
            "date_start": start.isoformat(),
            "date_end": (start + timedelta(days=14)).isoformat(),
            "invented": "yes",
        }

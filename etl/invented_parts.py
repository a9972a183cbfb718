"""A generator of INVENTED rows of further sheets, for incidents that `invented` wrote."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np

EFFORT_WEEKS = 26
# Crossing -> patrol hours a week. The others have no effort on record: what is quiet there is unknown.
PATROLLED = {"x-benapole": 900, "x-putkhali": 500, "x-maheshpur": 400, "x-bhomra": 450, "x-teknaf": 700, "x-hili": 300}
CARE = ("identified", "screened", "referred", "sheltered")

Row = dict[str, str | int]


def write_invented_parts(incidents: Path, folder: Path, seed: int = 7, *, until: date) -> list[Path]:
    """Write a CSV each of hand-overs, outcomes, labels and effort up to `until`; the same arguments, the same bytes.

    incidents: the file of `write_invented`. Rows are known as invented by their incident, those of effort by a mark.
    """
    with incidents.open(encoding="utf-8", newline="") as lines:
        told = list(csv.DictReader(lines))
    rng = np.random.default_rng(seed)
    sheets = {
        "handover": [row for incident in told for row in _handover(incident, rng, until)],
        "outcome": [row for incident in told for row in _outcome(incident, rng, until)],
        "labels": [row for incident in told for row in _labels(incident, rng)],
        "effort": list(_effort(rng, until)),
    }
    return [_write(folder / f"invented_{name}.csv", rows) for name, rows in sheets.items() if rows]


def _write(file: Path, rows: Sequence[Row]) -> Path:
    with file.open("w", encoding="utf-8", newline="") as lines:
        sheet = csv.DictWriter(lines, list(rows[0]), lineterminator="\n")
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


def _step(incident: Mapping[str, str], step: str, agency: str, done: str, persons: int) -> Row:
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


def _effort(rng: np.random.Generator, until: date) -> Iterator[Row]:
    for crossing, hours in PATROLLED.items():
        for week in range(EFFORT_WEEKS):
            yield {
                "unit": f"INVENTED unit of {crossing}",
                "agency": "coast_guard" if crossing == "x-teknaf" else "bgb",
                "crossing": crossing,
                "week": (until - timedelta(days=7 * week)).isoformat(),
                "patrol_hours": int(rng.poisson(hours)),
                "raids": int(rng.poisson(1)),
                "invented": "yes",
            }

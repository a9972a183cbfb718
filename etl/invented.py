"""A generator of INVENTED incidents in the columns of our own sheet, each marked so."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from etl.reference import Crossing, Reference, load_reference
from etl.story import DEMO, LATE_WEEKS, SEA, Story

WEEKS = 104
COLUMNS = (
    "source_ref", "event_type", "crime_label", "label_status", "date_start", "date_precision", "report_date",
    "adm2", "adm3", "lat", "lon", "precision_code", "uncertainty_m", "crossing", "origin_adm2",
    "destination_country", "direction", "mode_of_transport", "detecting_agency", "persons", "female", "male",
    "children", "nationality_group", "facilitators_arrested", "legal_basis", "trails_looked_for",
    "trails_found", "invented",
)  # fmt: skip
TRAILS = ("advertising", "transport", "communications", "finance", "documents")

Row = dict[str, str | int | float | None]


@dataclass(frozen=True)
class _World:
    """What rows are drawn from."""

    story: Story
    reference: Reference
    rng: np.random.Generator
    until: date
    crossings: tuple[str, ...]
    chances: np.ndarray[tuple[int, int], np.dtype[np.float64]]  # (weeks, crossings), sums to 1


def write_invented(path: Path, rows: int = 1_500, seed: int = 7, *, until: date, story: Story = DEMO) -> None:
    """Write a CSV of invented incidents over the 24 months up to `until`; the same arguments, the same bytes.

    The pattern planted in it is the story's. Beside `rows` there are those of which it tells the district alone.
    """
    reference, rng = load_reference(), np.random.default_rng(seed)
    world = _World(story, reference, rng, until, tuple(story.crossings), _chances(story))
    with path.open("w", encoding="utf-8", newline="") as file:
        sheet = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        sheet.writeheader()
        sheet.writerows(_rows(world, rows))
        sheet.writerows(_vague(world, rows + 1))


def _chances(story: Story) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Season (more in the dry, calm months) times weight times the planted change."""
    weeks = np.arange(WEEKS)
    season = 1 + 0.35 * np.cos(2 * np.pi * (weeks - WEEKS + 1) / 52.18)
    table = season[:, None] * np.array([weight for weight, _ in story.crossings.values()])[None, :]
    for at, name in enumerate(story.crossings):
        change = story.rise if name in story.rising else story.fall if name in story.falling else 1
        table[-LATE_WEEKS:, at] *= change
    return np.asarray(table / table.sum())


def _rows(world: _World, rows: int) -> Iterator[Row]:
    drawn = np.sort(world.rng.choice(world.chances.size, rows, p=world.chances.ravel()))
    for number, flat in enumerate(drawn, start=1):
        week, crossing = divmod(int(flat), len(world.crossings))
        yield _row(world, number, week, world.reference.crossings[world.crossings[crossing]])


def _vague(world: _World, number: int) -> Iterator[Row]:
    """Detections of the last weeks that are known to their district alone, wherever in it they were."""
    anywhere = next(name for name in world.crossings if name not in SEA and name not in world.story.never)
    unknown = dict.fromkeys(("adm3", "lat", "lon", "uncertainty_m", "crossing", "origin_adm2", "destination_country"))
    told = [adm2 for adm2, n in world.story.vague.items() for _ in range(n)]
    for at, adm2 in enumerate(told):
        row = _row(world, number + at, WEEKS - 1 - at % LATE_WEEKS, world.reference.crossings[anywhere])
        yield row | unknown | {"adm2": adm2, "precision_code": 5, "event_type": "interception_inland"}


def _row(world: _World, number: int, week: int, crossing: Crossing) -> Row:
    rng = world.rng
    day = world.until - timedelta(days=7 * (WEEKS - 1 - week) + int(rng.integers(0, 7)))
    event = _event(world, crossing)
    return {
        "source_ref": f"INVENTED-{number:05d}",
        "event_type": event,
        "crime_label": "UNDETERMINED"
        if event == "pushed_in"
        else _pick(rng, {"SOM": 40, "TIP": 30, "TIP_AND_SOM": 8, "UNDETERMINED": 22}),
        "label_status": _pick(rng, {"presumed": 75, "screened": 22, "confirmed": 3}),
        "date_start": day.isoformat(),
        "date_precision": "day",
        "report_date": min(day + timedelta(days=int(rng.geometric(0.25)) - 1), world.until).isoformat(),
        "crossing": crossing.crossing,
        "origin_adm2": _pick(rng, world.story.crossings[crossing.crossing][1]) if rng.random() < 0.85 else None,
        "destination_country": _destination(world, crossing, event),
        "direction": "inbound" if event in ("pushed_in", "return_repatriation") else "outbound",
        **_means(world, crossing.crossing in SEA),
        "legal_basis": _pick(rng, {"ordinance_2026": 4, "passport_act": 3, "other": 1})
        if day.year >= 2026
        else "pshta_2012",
        "invented": "yes",
        **_where(world, crossing),
        **_people(world),
        **_trails(world, crossing),
    }


def _means(world: _World, at_sea: bool) -> Row:
    rng, story = world.rng, world.story
    by_land = {"on_foot": 6, "bus": 2, "motorcycle": 2, "microbus": 1}
    return {
        "mode_of_transport": _pick(rng, {"trawler": 6, "boat": 3} if at_sea else by_land),
        "detecting_agency": _pick(rng, story.at_sea if at_sea else story.on_land),
        "nationality_group": _pick(rng, {"mm_rohingya": 6, "bd": 3, "mixed": 1} if at_sea else {"bd": 12, "in": 1}),
    }


def _pick(rng: np.random.Generator, weights: Mapping[str, float]) -> str:
    total = sum(weights.values())
    return str(rng.choice(list(weights), p=[weight / total for weight in weights.values()]))


def _event(world: _World, crossing: Crossing) -> str:
    met = (
        {"interception_at_sea": world.story.met_at_sea, "interception_inland": 5 - world.story.met_at_sea}
        if crossing.crossing in SEA
        else {"interception_at_border": 8, "interception_inland": 2}
    )
    kinds = {"interception": 80, "rescue_from_exploitation": 8, "return_repatriation": 8, "pushed_in": 4}
    kind = _pick(world.rng, kinds)
    return _pick(world.rng, met) if kind == "interception" else kind


def _destination(world: _World, crossing: Crossing, event: str) -> str | None:
    if event == "pushed_in":
        return None
    return _pick(world.rng, {"MY": 7, "TH": 1, "ID": 1} if crossing.crossing in SEA else {"IN": 1})


def _where(world: _World, crossing: Crossing) -> Row:
    """As exactly as the story has it: coordinates, a crossing, an upazila or a district alone."""
    kind = _pick(world.rng, world.story.places)
    if kind == "point":
        return _point(world, crossing)
    if kind == "crossing":
        return {"precision_code": 2}
    adm2 = crossing.adm2
    if kind == "district":
        return {"adm2": adm2, "precision_code": 5, "crossing": None}
    near = [adm3 for adm3 in world.reference.upazila_points if adm3[:6] == adm2]
    near.sort(key=lambda adm3: math.dist(world.reference.upazila_points[adm3], (crossing.lon, crossing.lat)))
    return {
        "adm2": adm2,
        "adm3": near[int(world.rng.geometric(0.7)) % min(3, len(near))],
        "precision_code": 4,
        "crossing": None,
    }


def _point(world: _World, crossing: Crossing) -> Row:
    spread = min(crossing.precision_m, 3_000) / 111_000 / 2
    lon, lat = np.clip(world.rng.normal(0, spread, 2), -2 * spread, 2 * spread)
    return {
        "lat": round(crossing.lat + float(lat), 5),
        "lon": round(crossing.lon + float(lon), 5),
        "precision_code": 1,
        "uncertainty_m": int(world.rng.choice([100, 150, 200])),
    }


def _people(world: _World) -> Row:
    female, male, children = (int(n) for n in world.rng.poisson([1.5, 1.8, 0.7]))
    male += female + male + children == 0
    return {
        "persons": female + male + children,
        "female": female,
        "male": male,
        "children": children,
        "facilitators_arrested": int(world.rng.poisson(0.5)),
    }


def _trails(world: _World, crossing: Crossing) -> Row:
    """A third of the trails, and where one was never looked for, not that one."""
    looked_for = [trail for trail in TRAILS if world.rng.random() < 0.35]
    found = [trail for trail in looked_for if world.rng.random() < 0.3]
    never = world.story.never.get(crossing.crossing)
    lists = {"trails_looked_for": looked_for, "trails_found": found}
    return {name: ";".join(trail for trail in trails if trail != never) for name, trails in lists.items()}

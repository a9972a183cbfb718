"""An invented data set to practise on, an institution's own: three stories planted where it works, all rows marked."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from etl import store as stores
from etl.errors import LoadError
from etl.facts import opened
from etl.invented import write_invented
from etl.invented_parts import write_invented_parts
from etl.story import CROSSINGS, Story, Weights

# The names of files that were made to practise on; the dashboard knows the version by them.
FILE = re.compile(r"practice_[a-z]+(?:_[a-z]+)*_\d{1,9}(?:_[a-z]+)?\.csv", re.ASCII)
OWN = {"current.json", "facts", "lock", "ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"}

ROWS = 3_000
ELSEWHERE = 0.4  # what the weights of the demo's crossings are multiplied by where no story lies
AT_TARGET, NEXT_DOOR, COMPARED = 36.0, 13.0, 9.0  # weights of the crossings of a story
RISE, FALL = 3.0, 0.15
KNOWN_TO_DISTRICT = 40  # detections of the last weeks that a map with centres would heap up on one spot


@dataclass(frozen=True)
class Part:
    """A part of the border or coast with what is planted there.

    target, next_door, control: crossings of the operation; detections move from the first to the second.
    origins: of those who pass either, with weights.   vague: a large district where a map with centres would find a
    hotspot.   never: the trail that nobody looks for next door.   detecting: who detects, with weights.
    """

    target: tuple[str, ...]
    next_door: str
    control: str
    origins: Weights
    vague: str
    never: str
    operator: str
    detecting: Weights


# Institution -> its part.
PARTS = {
    "border_force": Part(
        ("x-benapole", "x-putkhali"), "x-maheshpur", "x-bhomra", {"BD4065": 4, "BD3029": 3, "BD3054": 2},
        "BD4047", "finance", "bgb", {"bgb": 17, "police": 2, "rab": 1},
    ),
    "police": Part(
        ("x-hili",), "x-birol", "x-bhomra", {"BD5585": 4, "BD5532": 3, "BD5010": 2},
        "BD5064", "communications", "police", {"police": 16, "bgb": 3, "cid": 1},
    ),
    "coast_guard": Part(
        ("x-teknaf",), "x-shamlapur", "x-bhomra", {"BD2022": 5, "BD3068": 3, "BD2075": 2},
        "BD2015", "finance", "coast_guard", {"coast_guard": 15, "bgb": 3, "navy": 2},
    ),
    "immigration": Part(
        ("x-akhaura",), "x-bibirbazar", "x-bhomra", {"BD2012": 4, "BD3048": 3, "BD6036": 2},
        "BD4561", "advertising", "immigration_police", {"immigration_police": 15, "bgb": 4, "police": 1},
    ),
    "prosecutor": Part(
        ("x-tamabil",), "x-bholaganj", "x-bhomra", {"BD6091": 4, "BD6058": 3, "BD3048": 2},
        "BD6090", "documents", "police", {"police": 10, "cid": 6, "bgb": 4},
    ),
    "shelter": Part(
        ("x-bhomra",), "x-kalaroa-sonabaria", "x-darshana", {"BD4087": 4, "BD1079": 3, "BD1006": 2},
        "BD4001", "advertising", "police", {"ngo": 12, "police": 5, "bgb": 3},
    ),
}  # fmt: skip


def write_practice(folder: Path, institution: str, seed: int, *, until: date) -> list[Path]:
    """Write the files of an institution's practice data, up to `until`; the same arguments, the same bytes.

    Their names say that they are practice, for whom, and from which seed: by these a reader of the store knows.
    Raises KeyError for an institution that is not in PARTS.
    """
    planted = story(PARTS[institution])
    incidents = folder / f"practice_{institution}_{seed}.csv"
    write_invented(incidents, ROWS, seed, until=until, story=planted)
    return [incidents, *write_invented_parts(incidents, folder, seed, until=until, story=planted)]


def is_practice(store: Path) -> bool:
    """Whether a store holds one practice set and nothing else, by its files' names and by each of its records.

    Raises LoadError for a store that cannot be read.
    """
    if not store.is_dir() or {entry.name for entry in store.iterdir()} - OWN or stores.versions(store) != (1,):
        return False
    with opened(store, 1) as facts:
        return facts.is_all_invented() and all(FILE.fullmatch(name) for name in facts.about().files)


def make_room(store: Path, configured: Path) -> None:
    """Leave a folder for a practice set empty: one that is there already goes, with what was done in it.

    configured: the store of the installation, where no practice set is made.
    Raises LoadError NOT_PRACTICE where the folder is that, or holds anything else; nothing is changed then.
    """
    if store.exists() and is_practice(store):
        shutil.rmtree(store)
    elif store.resolve() == configured.resolve():
        fix = "Name a folder of its own with --store, or none."
        raise LoadError("NOT_PRACTICE", "That is the store of this installation, and no practice set.", fix)
    elif store.exists() and (not store.is_dir() or any(store.iterdir())):
        fix = "Nothing was changed. Name another folder with --store."
        raise LoadError("NOT_PRACTICE", f"{store} holds something else than one practice set.", fix)


def story(part: Part) -> Story:
    """What is planted in a part: displacement, a hotspot that only centres show, a trail that nobody looks for."""
    areas = dict.fromkeys(part.target, "target") | {part.next_door: "buffer", part.control: "control"}
    return Story(
        crossings=_ways(part),
        rising=(part.next_door,),
        falling=part.target,
        rise=RISE,
        fall=FALL,
        places={"point": 84, "crossing": 6, "upazila": 8, "district": 2},
        at_sea=part.detecting,
        on_land=part.detecting,
        met_at_sea=1,
        never={part.next_door: part.never},
        vague={part.vague: KNOWN_TO_DISTRICT},
        patrolled=dict.fromkeys(areas, 500),
        operated=areas,
        operator=part.operator,
        premises_at=tuple(_ways(part)),
    )


def _ways(part: Part) -> dict[str, tuple[float, Weights]]:
    """The demo's crossings with less, but those so near a story's that one would be taken for the other; its own."""
    elsewhere = {name: (weight * ELSEWHERE, origins) for name, (weight, origins) in CROSSINGS.items()}
    for near in ("x-goga", "x-taluigachha-keragachhi"):
        elsewhere.pop(near)
    mine = {name: (AT_TARGET / len(part.target), part.origins) for name in part.target}
    mine[part.next_door] = (NEXT_DOOR, part.origins)
    return elsewhere | mine | {part.control: (COMPARED, CROSSINGS[part.control][1])}

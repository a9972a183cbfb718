"""Practice: whether a version was made to be practised on, and questions whose answers are read from its own tables."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from dashboard.database import Selected
from dashboard.disclosure import HIDDEN, Answer, Row
from dashboard.figures.trails import ANY

# The names of files that `simanta practice` writes: for which institution, and from which seed.
FILE = re.compile(r"practice_([a-z]+(?:_[a-z]+)*)_(\d{1,9})(?:_[a-z]+)?\.csv", re.ASCII)
EXERCISES = ("displacement", "centroid_hotspot", "blind_trail")
CHOICES = 4
VERDICTS = ("displacement_likely", "displacement_unsettled", "fell", "no_evidence")
SURE = ("hot_wherever", "probably")


@dataclass(frozen=True)
class Question:
    """One question of an exercise: codes to choose from, of one kind, and the one that the store says is right.

    kind: crossing, verdict, district, trail or number.
    """

    name: str
    exercise: str
    kind: str
    options: tuple[str, ...]
    right: str


def made_for(selected: Selected) -> tuple[str, int] | None:
    """The institution and seed that a version was made for; None where any file of it was not made to practise on."""
    files = [FILE.fullmatch(name) for name in selected.ask("loaded_files")["file"].to_pylist()]
    made = {(found[1], int(found[2])) for found in files if found}
    return made.pop() if len(made) == 1 and all(files) else None


def telling(cells: pa.Table) -> pa.Table:
    """Of tested cells those that an exercise speaks of: hot where centres are used, or hot in most placements."""
    naive = pc.fill_null(cells["is_naive_hot"], False)
    return cells.filter(pc.or_(naive, pc.is_in(cells["called"], pa.array(SURE))))


def operation(answer: Answer) -> Row | None:
    """The latest operation, where it was measured."""
    row = next(iter(answer.rows("operations")), None)
    return row if row and not row["refused"] else None


def gained(answer: Answer) -> list[Row]:
    """Crossings that the same origins pass with a larger share since the operation, the largest gain first."""
    rows = [row for row in answer.rows("origins") if row["operation"] == 1 and row["verdict"] == "more"]
    return sorted(rows, key=lambda row: -_gain(row))


def _gain(row: Row) -> float:
    """What its share grew by; nothing where the shares are withheld."""
    return 0.0 if row["share"] is None or row["share_before"] is None else row["share"] - row["share_before"]


def only_at_centres(answer: Answer) -> dict[str, list[Row]]:
    """District to its cells that a map with centres calls hot, where no detection is placed in or beside them.

    The district first of which most is known to it alone.
    """
    found: dict[str, list[Row]] = {}
    for row in answer.rows("cells"):
        if row["is_naive_hot"] and row["called"] == "not_shown_hot" and row["n_near"] == 0:
            found.setdefault(row["adm2"], []).append(row)
    alone = {row["adm2"]: row["n_district_only"] or 0 for row in answer.rows("districts")}
    return dict(sorted(found.items(), key=lambda each: (-alone.get(each[0], 0), -len(each[1]), each[0])))


def surest(answer: Answer) -> Row | None:
    """The cluster with most detections among those that are hot in most placements."""
    rows = (row for row in answer.rows("clusters") if row["view"] == "p_hot" and row["n"])
    return next(rows, None)


def blind(answer: Answer) -> Row | None:
    """What heads the list of blind trails."""
    return next(iter(answer.rows("blind")), None)


def questions(answer: Answer) -> list[Question]:
    """The questions that this version can be asked, by exercise; those that it does not answer are left out."""
    asked = (_moved_to, _said, _at_centres, _wherever, _never, _interceptions)
    return [question for each in asked if (question := each(answer)) is not None]


def _choice(name: str, exercise: str, kind: str, right: str, others: Iterable[str]) -> Question | None:
    """The right code among the first of the others, in an order that tells nothing."""
    wrong = [code for code in dict.fromkeys(others) if code != right][: CHOICES - 1]
    options = sorted([right, *wrong], key=lambda code: (len(code), code) if kind == "number" else (0, code))
    return Question(name, exercise, kind, tuple(options), right) if wrong else None


def _moved_to(answer: Answer) -> Question | None:
    row, gains = operation(answer), gained(answer)
    if row is None or not gains:
        return None
    doubtful = {each["crossing"] for each in answer.rows("origins") if each["verdict"] in ("more", None)}
    doubtful |= set((row["target"] or "").split(";"))
    others = [each["crossing"] for each in answer.rows("crossings") if each["crossing"] not in doubtful]
    return _choice("moved_to", "displacement", "crossing", gains[0]["crossing"], others)


def _said(answer: Answer) -> Question | None:
    row = operation(answer)
    if row is None or row["verdict"] is None:
        return None
    options = VERDICTS if row["verdict"] in VERDICTS else (row["verdict"], *VERDICTS[: CHOICES - 1])
    return Question("said", "displacement", "verdict", options, row["verdict"])


def _at_centres(answer: Answer) -> Question | None:
    found = only_at_centres(answer)
    if not found:
        return None
    others = [row["adm2"] for row in answer.rows("districts") if row["adm2"] not in found]
    return _choice("at_centres", "centroid_hotspot", "district", next(iter(found)), others)


def _wherever(answer: Answer) -> Question | None:
    cluster = surest(answer)
    if cluster is None:
        return None
    sure = Counter(row["adm2"] for row in answer.rows("cells") if row["called"] in SURE)
    others = [row["adm2"] for row in answer.rows("districts") if row["adm2"] not in sure]
    return _choice("wherever", "centroid_hotspot", "district", cluster["adm2"], others)


def _never(answer: Answer) -> Question | None:
    first = blind(answer)
    if first is None:
        return None
    there = {row["trail_type"] for row in answer.rows("blind") if _place(row) == _place(first)}
    looked_for = [row["trail_type"] for row in answer.rows("grid") if row["trail_type"] not in there]
    return _choice("never", "blind_trail", "trail", first["trail_type"], looked_for)


def _interceptions(answer: Answer) -> Question | None:
    first = blind(answer)
    if first is None or first["n_interceptions" + HIDDEN]:
        return None
    rest = [row["n_interceptions"] for row in answer.rows("blind") if _place(row) != _place(first)]
    counts = [answer.figure("n"), of_trail(answer, first["trail_type"])["n_not_looked_for"], *rest]
    others = [str(n) for n in counts if n is not None]
    return _choice("interceptions", "blind_trail", "number", str(first["n_interceptions"]), others)


def _place(row: Row) -> str:
    return str(row["crossing"] or row["adm2"])


def of_trail(answer: Answer, trail: str) -> Row:
    """What was told of a trail at any stage."""
    return next(row for row in answer.rows("grid") if (row["trail_type"], row["stage"]) == (trail, ANY))

"""Prevention, protection, prosecution, partnership: what records tell, beside national figures and a plan's points."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from dashboard.database import Selected
from dashboard.disclosure import Row, protect
from dashboard.figures import reference
from dashboard.figures.care import SCREENING
from dashboard.figures.parts import beside_total
from dashboard.stats.small_numbers import PERCENT_MIN, share_interval

STATUSES = ("done", "open", "refused", "dropped")
OUTCOMES = pa.schema(
    [("pillar", pa.string()), ("step", pa.string()), *((f"n_{status}", pa.int64()) for status in STATUSES),
     ("n_persons", pa.int64())]
)  # fmt: skip
ACCUSED = pa.schema([("legal_basis", pa.string()), ("n", pa.int64())])
JUDGED = ("n_victims", "n_not_victims", "n_waiting")
SHARE = dict.fromkeys(("share", "low", "high"), ("n", *JUDGED))


def asked(selected: Selected) -> list[Row]:
    """Rows of the response by step, state and days."""
    rows: list[Row] = protect(selected, selected.ask("response_steps")).to_pylist()
    return rows


def outcomes(rows: Sequence[Row], steps: Sequence[tuple[str, str]]) -> pa.Table:
    """One row a step of a pillar: n_done, n_open, n_refused, n_dropped, n_persons of those done, null if none is told.

    steps: pillar and step, in the order of the screen. Persons of under five rows are withheld with them.
    """
    made = []
    for pillar, step in steps:
        some = [row for row in rows if row["step"] == step]
        n = {f"n_{status}": sum(row["n"] for row in some if row["status"] == status) for status in STATUSES}
        told = [row["n_persons"] for row in some if row["status"] == "done" and row["n_persons"] is not None]
        made.append({"pillar": pillar, "step": step, "n_persons": sum(told) if told else None} | n)
    return pa.Table.from_pylist(made, OUTCOMES)


def indicators(rows: Sequence[Row]) -> pa.Table:
    """One row a dated national figure as printed, and n_here: rows done of the same step, null where none compares."""
    made = [dict(row) | {"n_here": _done(rows, row["step"]) if row["step"] else None} for row in _listed("indicators")]
    names = [name for name in made[0] if name != "n_here"]
    schema = pa.schema([*((name, pa.string()) for name in names), ("n_here", pa.int64())])
    return pa.Table.from_pylist(made, schema)


def plan(rows: Sequence[Row], n: int, n_handed: int) -> pa.Table:
    """One row a point of a plan: n_here, the rows that tell of it; hand-overs too; of monitoring all n records."""
    beside = {"Partnership": n_handed, "": n}
    made = [
        dict(row) | {"n_here": sum(r["n"] for r in rows if r["pillar"] == row["pillar"]) + beside.get(row["pillar"], 0)}
        for row in _listed("plan_points")
    ]
    names = [name for name in made[0] if name != "n_here"]
    schema = pa.schema([*((name, pa.string()) for name in names), ("n_here", pa.int64())])
    return pa.Table.from_pylist(made, schema)


def _listed(name: str) -> tuple[dict[str, str], ...]:
    return reference.rows(name)


def _done(rows: Sequence[Row], step: str) -> int:
    return sum(row["n"] for row in rows if row["step"] == step and row["status"] == "done")


def accused(selected: Selected) -> tuple[pa.Table, pa.Table]:
    """Records first taken up under a law on passports, foreigners or entry: by law; in all.

    In all: n, n_victims, n_not_victims, n_waiting to be screened, the share of victims in those screened with exact
    limits from 20 screened on, and of victims n_open without an acquittal or a dropped case, n_closed.
    """
    rows = sorted(protect(selected, selected.ask("accused")).to_pylist(), key=lambda row: row["legal_basis"])
    laws = beside_total(np.array([[row["n"] for row in rows]], dtype=np.int64))[0]
    by_law = [{"legal_basis": row["legal_basis"], "n": int(n)} for row, n in zip(rows, laws, strict=True)]
    return pa.Table.from_pylist(by_law, ACCUSED), _in_all(rows)


def accused_persons(selected: Selected) -> pa.Table:
    """One row a state of screening: n persons told as accused in these records."""
    rows = protect(selected, selected.ask("accused_persons")).to_pylist()
    persons = {row["screening_status"]: row["n"] for row in rows}
    states = [state for state in SCREENING if state in persons or state != "not_told"]
    told = beside_total(np.array([[persons.get(state, 0) for state in states]], dtype=np.int64))[0]
    return pa.table({"screening_status": pa.array(states, pa.string()), "n": pa.array(told, pa.int64())})


def _in_all(rows: Sequence[Row]) -> pa.Table:
    sums = {name: sum(row[name] for row in rows) for name in ("n", *JUDGED, "n_open", "n_closed")}
    n, part = sums["n_victims"] + sums["n_not_victims"], sums["n_victims"]
    low, high = share_interval(part, n) if n >= PERCENT_MIN else (None, None)
    parts = beside_total(np.array([[sums[name] for name in JUDGED]], dtype=np.int64))[0]
    open_ = beside_total(np.array([[sums["n_open"], sums["n_closed"]]], dtype=np.int64))[0]
    told = dict(zip((*JUDGED, "n_open", "n_closed"), (int(each) for each in (*parts, *open_)), strict=True))
    shares = {"share": part / n if n >= PERCENT_MIN else None, "low": low, "high": high}
    counts = [("n", pa.int64()), *((name, pa.int64()) for name in told)]
    return pa.Table.from_pylist(
        [{"n": sums["n"]} | told | shares], pa.schema([*counts, *((name, pa.float64()) for name in shares)])
    )

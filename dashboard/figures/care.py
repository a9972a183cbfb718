"""Rescue to return: how many persons reached each step, after how many days, and where it stops."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from dashboard.database import Selected
from dashboard.disclosure import K, Row, protect
from dashboard.figures.label_flow import grouped
from dashboard.figures.parts import WITHHELD, beside_total

STEPS = ("identified", "screened", "referred", "sheltered", "medical", "legal_aid", "repatriated", "reunited")
CHAIN = (None, "identified", "screened", "referred", "sheltered", "repatriated", "reunited")
SCREENING = ("actual", "possible", "not_victim", "not_screened", "not_told")
AGES = ("child", "adult", "unknown")
REACHED = pa.schema(
    [("step", pa.string()), ("n", pa.int64()), ("n_persons", pa.int64()), ("n_untold", pa.int64()),
     ("n_timed", pa.int64()), ("median_d", pa.float64())]
)  # fmt: skip
STOPS = pa.schema([("step", pa.string()), ("n", pa.int64())])


def asked(selected: Selected) -> list[Row]:
    """The rows that the steps are made of."""
    rows: list[Row] = protect(selected, selected.ask("care_reached")).to_pylist()
    return rows


def reached(rows: Sequence[Row]) -> pa.Table:
    """One row a step: n records that reached it, their n_persons, n_untold without a number, n_timed, median days."""
    by = grouped(rows, lambda row: row["step"])
    none = {"n": 0, "n_timed": 0, "median_d": None}
    made = [{"step": step} | by.get(step, none) | _persons([r for r in rows if r["step"] == step]) for step in STEPS]
    return pa.Table.from_pylist(made, REACHED)


def reached_by(rows: Sequence[Row], column: str) -> pa.Table:
    """One row a crossing or an agency, null for unknown: persons who reached each step, n_<step>; most first."""
    codes = sorted({row[column] for row in rows}, key=lambda code: (code is None, code))
    of = {code: [row for row in rows if row[column] == code] for code in codes}
    made = [
        {column: code}
        | {f"n_{step}": _persons([row for row in of[code] if row["step"] == step])["n_persons"] for step in STEPS}
        for code in codes
    ]
    schema = pa.schema([(column, pa.string()), *((f"n_{step}", pa.int64()) for step in STEPS)])
    return pa.Table.from_pylist(sorted(made, key=lambda row: -row["n_identified"]), schema)


def _persons(rows: Sequence[Row]) -> Row:
    """Persons, and how many records tell no number. Of under five records that tell one, persons are withheld too."""
    told, untold = (sum(row[name] for row in rows) for name in ("n", "n_untold"))
    persons = sum(row["n_persons"] for row in rows)
    return {"n_persons": WITHHELD if persons and told - untold < K else persons, "n_untold": untold}


def stops(selected: Selected) -> tuple[pa.Table, pa.Table]:
    """One row a step that is the last on record, null for none: n records. And one row: n_skipped, in which an earlier
    step of care is not on record."""
    rows = protect(selected, selected.ask("care_stops")).to_pylist()
    n = {row["step"]: row["n"] for row in rows}
    counts = beside_total(np.array([[n.get(step, 0) for step in CHAIN]], dtype=np.int64))[0]
    made = [{"step": step, "n": int(count)} for step, count in zip(CHAIN, counts, strict=True)]
    skipped = sum(row["n_skipped"] for row in rows)
    return pa.Table.from_pylist(made, STOPS), pa.table({"n_skipped": pa.array([skipped], pa.int64())})


def screened(selected: Selected) -> tuple[pa.Table, pa.Table]:
    """Persons by sex, and as child or adult: n of all, and n_<state> of screening, withheld where one would tell."""
    rows = protect(selected, selected.ask("screening_by_person")).to_pylist()
    sexes = sorted({row["sex"] for row in rows})
    return _screened(rows, "sex", sexes), _screened(rows, "age", AGES)


def _screened(rows: Sequence[Row], column: str, codes: Sequence[str]) -> pa.Table:
    counts = np.zeros((len(codes), len(SCREENING)), dtype=np.int64)
    for row in rows:
        counts[codes.index(row[column]), SCREENING.index(row["screening_status"])] += row["n"]
    told = beside_total(counts)
    columns = {f"n_{state}": pa.array(told[:, i], pa.int64()) for i, state in enumerate(SCREENING)}
    return pa.table({column: pa.array(codes, pa.string()), "n": pa.array(counts.sum(axis=1), pa.int64()), **columns})

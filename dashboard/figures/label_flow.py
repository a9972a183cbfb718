"""Two crimes: what records were called first and are called now, how surely, by whom, and after how many days."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
import pyarrow as pa

from dashboard.database import Selected
from dashboard.disclosure import K, Row, protect, tellable
from dashboard.figures import reference
from dashboard.figures.parts import WITHHELD, beside_total
from dashboard.filters import PUSHED_IN
from dashboard.stats.clocks import quantile

T = TypeVar("T", bound=Hashable)

LABELS = ("TIP", "SOM", "TIP_AND_SOM", "UNDETERMINED", "NEITHER")
STATUSES = ("presumed", "screened", "confirmed")
LEFT_OUT = ("undated", "not_to_the_day", "before_event", "ends_first", "refused_and_done")
TIMED = {"median_d": ("n_timed",)}  # a median is withheld where it is of under five
PAIRS = pa.schema([(name, pa.string()) for name in ("first_label", "label_now")] + [("n", pa.int64()),
                  ("n_timed", pa.int64()), ("median_d", pa.float64())])  # fmt: skip
STATUS = pa.schema([("crime_label", pa.string()), ("label_status", pa.string()), ("n", pa.int64())])
DECIDERS = pa.schema([("decider_org", pa.string()), *((name, PAIRS.field(name).type) for name in PAIRS.names[2:])])
UNTOLD = pa.schema([("part", pa.string()), ("why", pa.string()), ("n", pa.int64())])


def asked(selected: Selected) -> list[Row]:
    """The rows that all of these tables are made of."""
    rows: list[Row] = protect(selected, selected.ask("label_flow")).to_pylist()
    return rows


def pairs(rows: Sequence[Row]) -> pa.Table:
    """One row a first label and label now that may be told beside the sums of both; n_timed, median days to the latter.

    A pair of under five, and one that would give such a one back, is not among them.
    """
    return _matrix(rows, ("first_label", "label_now"), LABELS, LABELS, PAIRS)


def statuses(rows: Sequence[Row]) -> pa.Table:
    """One row a label now and its status that may be told beside the sums of both: n."""
    renamed = [row | {"crime_label": row["label_now"]} for row in rows]
    return _matrix(renamed, ("crime_label", "label_status"), LABELS, STATUSES, STATUS)


def _matrix(
    rows: Sequence[Row], by: tuple[str, str], first: Sequence[str], second: Sequence[str], schema: pa.Schema
) -> pa.Table:
    counts = np.zeros((len(first), len(second)), dtype=np.int64)
    for row in rows:
        counts[first.index(row[by[0]]), second.index(row[by[1]])] += row["n"]
    timed = grouped(rows, lambda row: (row[by[0]], row[by[1]]))
    told = [(first[i], second[j]) for i, j in np.argwhere(tellable(counts))]
    made = [dict(zip(by, pair, strict=True)) | timed[pair] for pair in told]
    return pa.Table.from_pylist(sorted(made, key=lambda row: -row["n"]), schema)


def deciders(rows: Sequence[Row]) -> pa.Table:
    """One row a kind of organisation that set the label in force, null where nobody is told: n, n_timed, median days.

    Those that may not be told beside the sum of all are withheld.
    """
    by = grouped(rows, lambda row: row["decider_org"])
    codes = sorted(by, key=lambda code: (code is None, code))
    counts = beside_total(np.array([[by[code]["n"] for code in codes]], dtype=np.int64))[0]
    made = [{"decider_org": code} | by[code] | {"n": int(n)} for code, n in zip(codes, counts, strict=True)]
    return pa.Table.from_pylist(in_order(made), DECIDERS)


def in_order(rows: Sequence[Row]) -> list[Row]:
    """Most first; what is withheld last, as it came, so that no place in the order tells a number."""
    return sorted(rows, key=lambda row: (row["n"] == WITHHELD, -row["n"]))


def grouped(rows: Iterable[Row], key: Callable[[Row], T]) -> dict[T, Row]:
    """Per key: n, n_timed (null: nearly all) and the median days of those. rows: n, timing, days."""
    groups: dict[T, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return {name: _timed(some) for name, some in groups.items()}


def _timed(rows: Sequence[Row]) -> Row:
    timed = [row for row in rows if row["timing"] == "timed"]
    days, n = (np.array([row[name] for row in timed], dtype=np.int64) for name in ("days", "n"))
    median, of = quantile(days, n, 0.5), sum(row["n"] for row in rows)
    return {
        "n": of,
        "n_timed": tellable_timed(int(n.sum()), of),
        "median_d": None if np.isnan(median) else median,
    }


def tellable_timed(n_timed: int, n: int) -> int | None:
    """Of how many a duration is; None for nearly all: five or more, where the two would tell how few have none."""
    return None if n_timed >= K and 0 < n - n_timed < K else n_timed


def decided(selected: Selected, rows: Sequence[Row]) -> pa.Table:
    """One row: n records, n_undecided whose label is still undetermined, their share; and n_pushed_in.

    Persons pushed in are counted under the same filters but that of the event type, and are in n only where it names
    them.
    """
    n = sum(row["n"] for row in rows)
    open_ = sum(row["n"] for row in rows if row["label_now"] == "UNDETERMINED")
    beside = replace(selected, filters=selected.filters.choose("type", (PUSHED_IN,)))
    pushed = protect(beside, beside.ask("detections_by_label"))["n"].to_pylist()
    made = {"n": n, "n_undecided": open_, "share": open_ / n if n else None, "n_pushed_in": sum(pushed)}
    types = [("n", pa.int64()), ("n_undecided", pa.int64()), ("share", pa.float64()), ("n_pushed_in", pa.int64())]
    return pa.Table.from_pylist([made], pa.schema(types))


def left_out(**parts: Iterable[Row]) -> pa.Table:
    """One row a part of the page and a reason for which records are in no duration of it: n of them."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for part, rows in parts.items():
        for row in rows:
            if row["timing"] in LEFT_OUT:
                counts[part, row["timing"]] += row["n"]
    return pa.Table.from_pylist([{"part": p, "why": w, "n": n} for (p, w), n in counts.items()], UNTOLD)


def elements(sections: pa.Table) -> pa.Table:
    """One row a question that decides a label, with the section of the law behind it as this version tells it.

    fact and title are null where the version has no such section.
    """
    law = {f"{row['instrument']}:{row['section']}": row for row in sections.to_pylist()}
    told = ("title_en", "title_bn", "section", "fact_en", "fact_bn")
    made = [row | {name: law.get(row["section_id"], {}).get(name) for name in told} for row in _elements()]
    return pa.Table.from_pylist(made)


def _elements() -> list[Row]:
    return [dict(row) for row in reference.rows("crime_elements")]

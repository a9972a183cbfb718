"""What protected figures cost, and what an attacker gets, on invented records of two sizes.

    .venv/bin/python benchmarks/disclosure.py [--write]

How many figures of each level there are, how large they are, how far off; what plain suppression would hide; and how
many small counts an attacker with a linear program takes apart in either. --write keeps it in benchmarks/DISCLOSURE.md.
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from dashboard import lattice as lattices
from dashboard.database import open_current
from dashboard.stats import rounding
from etl import build
from etl.invented import write_invented

RESULTS = Path(__file__).resolve().parent / "DISCLOSURE.md"
UNTIL = date(2026, 11, 22)
YEAR = 4  # quarters


def levels(leaves, months, placed):
    """Level -> true or published figures: (quarters, labels, places), (quarters, 4), (quarters, cells)."""
    of = np.array(list(lattices.policy().places.values()))
    districts = sorted(set(of))
    by_district = np.stack([leaves[:, :, of == code].sum(axis=2) for code in districts], axis=2)
    return {
        "leaf: quarter, label, place": leaves,
        "quarter, label, district": by_district,
        "quarter, district": by_district.sum(axis=1),
        "year, district": by_district.sum(axis=(0, 1)),
        "quarter, label": leaves.sum(axis=2),
        "month": months[:, :3],
        "quarter, whole country": months.sum(axis=1),
        "quarter, cell, beside its crossings": placed,
        "year, cell, beside its crossings": placed.sum(axis=0),
    }


def cost(store) -> list[str]:
    """The table of one store."""
    quarters, leaves, months, placed, _ = lattices._counted(store)
    told = {reader: lattices.lattice(store, reader) for reader in ("inside", "outside")}
    last = told["inside"].at(quarters[-1])
    span = slice(last - YEAR, last)
    first = len(quarters) - 1 - YEAR
    true = levels(leaves[first:-1], months[first:-1], placed[first:-1])
    shown = {reader: levels(each.leaves[span], each.months[span], each.cells[span]) for reader, each in told.items()}
    rows = ["| level | figures above 0 | their mean | suppression hides, of records | rms error inside | outside |"]
    rows.append("|---|---|---|---|---|---|")
    for name, counts in true.items():
        some = counts > 0
        hidden = counts[some & (counts < 5)].sum() / max(counts.sum(), 1)
        off = [np.sqrt(((each[name] - counts)[some] ** 2).mean()) for each in shown.values()]
        rows.append(
            f"| {name} | {some.sum():,} | {counts[some].mean():.1f} | {hidden:.0%} | {off[0]:.1f} | {off[1]:.1f} |"
        )
    return rows


def attacked(store) -> list[str]:
    """What is recovered of the districts x labels of the newest whole quarter, by views suppressed each by itself."""
    _, leaves, *_ = lattices._counted(store)
    of = np.array(list(lattices.policy().places.values()))
    districts = sorted(set(of))
    table = np.stack([leaves[-2][:, of == code].sum(axis=1) for code in districts])
    n_labels = table.shape[1]
    asked = []
    for place in [None, *range(len(districts))]:
        for pick in range(1, 2**n_labels):
            cells = np.zeros(table.shape)
            cells[slice(None) if place is None else place, [i for i in range(n_labels) if pick >> i & 1]] = 1
            asked.append(cells.ravel())
    asked, truth = np.array(asked), table.ravel().astype(float)
    answers = asked @ truth
    seen = (answers == 0) | (answers >= 5)
    small = np.flatnonzero((truth > 0) & (truth < 5))
    none, most = np.zeros(len(truth)), np.full(len(truth), np.inf)
    found = [rounding.attack(np.eye(len(truth))[i], asked[seen], answers[seen], none, most) for i in small]
    unsafe = sum(rounding.is_unsafe(*ends, 5) for ends in found)
    exact = sum(high - low < 1e-6 for low, high in found)
    made = lattices.lattice(store, "inside")
    at = len(made.quarters) - 2
    flat, months = made.leaves[at].ravel(), made.months[at]
    counts = np.concatenate([flat, months])
    least, top = (ends.astype(float) for ends in rounding.bounds(counts, 5))
    if not made.is_shown[at]:
        top[len(flat) :] = np.inf
    same = np.concatenate([np.ones(len(flat)), -np.ones(len(months))])[None, :]
    true_leaves = leaves[-2].ravel()
    targets = np.flatnonzero((true_leaves > 0) & (true_leaves < 5))
    ends = [rounding.attack(np.eye(len(counts))[i], same, np.zeros(1), least, top) for i in targets]
    return [
        f"Plain suppression, every filter of one district or all and any labels: of {len(small)} small counts {unsafe} "
        f"are taken apart, {exact} of them to the last one.",
        f"The lattice: of {len(targets)} small leaves {sum(rounding.is_unsafe(*each, 5) for each in ends)} are.",
    ]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="What protected figures cost, and what an attacker gets.")
    parser.add_argument("--write", action="store_true", help=f"also write {RESULTS.name}")
    given = parser.parse_args()
    parts = [
        "# Benchmarks: disclosure control",
        "Written by `benchmarks/disclosure.py`. The key is drawn anew each time.",
    ]
    for n in (1_500, 20_000):
        with TemporaryDirectory(prefix="simanta-disclosure-") as made:
            write_invented(Path(made) / "invented.csv", rows=n, seed=7, until=UNTIL)
            build.load([Path(made) / "invented.csv"], Path(made) / "store", today=UNTIL)
            store = open_current(Path(made) / "store")
            parts += [f"## {n:,} records in two years; figures of the last four whole quarters", "\n".join(cost(store))]
            parts += attacked(store)
            store.close()
    text = "\n\n".join(parts) + "\n"
    print(text)  # noqa: T201
    if given.write:
        RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

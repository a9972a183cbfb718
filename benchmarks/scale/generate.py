"""Deterministic generator of a large INVENTED sheet of incidents with known faults.

    python benchmarks/scale/generate.py --rows 1000000 --seed 7 --out d.csv

Writes d.csv and d.csv.manifest.json with exact counts. Every row is one of: good, faulty (3 %), exact duplicate of
an earlier row (1 %), corrected re-send of an earlier source_ref (5 %). Duplicates and re-sends copy good rows only
and come later in the file. The same rows, seed, first id and library versions give the same bytes.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pcsv

FAULTS = (
    "missing_date",
    "future_date",
    "impossible_date",
    "outside_country",
    "swapped_coordinates",
    "unknown_place",
    "person_counts_do_not_reconcile",
    "pii_in_text",
    "missing_source_ref",
    "negative_persons",
)
NO_DATE, FUTURE, IMPOSSIBLE, OUTSIDE, SWAPPED, UNKNOWN, UNEVEN, PERSONAL, NO_REF, NEGATIVE = range(len(FAULTS))
EVENTS = (
    "interception_at_border",
    "interception_inland",
    "rescue_from_exploitation",
    "return_repatriation",
    "pushed_in",
    "complaint_or_case_filed",
)
PUSHED_IN, UNDETERMINED = 4, 3
LABELS = ("TIP", "SOM", "TIP_AND_SOM", "UNDETERMINED")
AGENCIES = ("BGB", "RAB", "Police", "Coast Guard", "CID")
MODES = ("on foot", "bus", "train", "trawler", "motorcycle", "microbus", "")
NOTES = ("", "routine patrol", "tip-off", "job promise", "handed over to police", "held at transit house")
FIRST_DAY, DAYS = np.datetime64("2014-01-01"), 4017
DELHI = (28.61391, 77.20902)
BLOCK = 500_000

Column = np.ndarray[Any, Any]
Rows = dict[str, Column]


@dataclass(frozen=True)
class Places:
    """codes: the districts; seats: (lon, lat, sd in degrees, district, weight); names: spellings of each district."""

    codes: Sequence[str]
    seats: Column
    names: Sequence[Sequence[str]]

    @property
    def spellings(self) -> list[str]:
        """Every spelling, district after district."""
        return [name for names in self.names for name in names]


@dataclass
class Tally:
    """What was written: the manifest."""

    districts: int
    rows: int = 0
    good: int = 0
    duplicates: int = 0
    resends: int = 0
    faults: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.by_district = np.zeros(self.districts, dtype=int)


def read_places() -> Places:
    """The places beside this script."""
    told = json.loads(Path(__file__).with_name("places.json").read_text(encoding="utf-8"))
    return Places(told["codes"], np.array(told["seats"], float), told["names"])


# --- rows as arrays; the order in which random numbers are drawn is part of the format ---


def good_rows(rng: np.random.Generator, first_id: int, n: int, places: Places) -> Rows:
    """Rows without a fault."""
    seats = places.seats
    seat = rng.choice(len(seats), n, p=seats[:, 4] / seats[:, 4].sum())
    district = seats[seat, 3].astype(int)
    lon, lat = (np.round(seats[seat, at] + rng.normal(0, 1, n).clip(-2, 2) * seats[seat, 2], 5) for at in (0, 1))
    precision = rng.choice([1, 2, 5], n, p=[0.35, 0.25, 0.4])
    day = (FIRST_DAY + (rng.beta(1.6, 1.1, n) * DAYS).astype(int)).astype("datetime64[D]")
    women, children, men = rng.poisson(1.4, n), rng.poisson(0.8, n), rng.poisson(1.6, n)
    men = np.where(women + children + men == 0, 1, men)
    return {
        "id": np.arange(first_id, first_id + n),
        "district": district,
        "lon": lon,
        "lat": lat,
        "precision": precision,
        "has_point": precision <= 2,
        "day": day,
        "women": women,
        "children": children,
        "persons": women + children + men,
        "fault": np.full(n, -1),
        **_choices(rng, n, district, day, places),
    }


def _choices(rng: np.random.Generator, n: int, district: Column, day: Column, places: Places) -> Rows:
    lengths = np.array([len(names) for names in places.names])
    offsets = np.cumsum([0, *lengths])
    spelling = offsets[district] + (rng.random(n) * lengths[district]).astype(int)
    event = rng.integers(0, len(EVENTS), n)
    label = np.where(event == PUSHED_IN, UNDETERMINED, rng.choice(4, n, p=[0.35, 0.4, 0.1, 0.15]))
    return {
        "spelling": spelling,
        "event": event,
        "label": label,
        "is_month": rng.random(n) < 0.06,
        "report": day + rng.integers(0, 30, n).astype("timedelta64[D]"),
        "agency": rng.choice(5, n, p=[0.45, 0.15, 0.2, 0.12, 0.08]),
        "mode": rng.integers(0, len(MODES), n),
        "note": rng.integers(0, len(NOTES), n),
    }


def block(rng: np.random.Generator, first_id: int, n: int, places: Places, tally: Tally) -> Rows:
    """n rows: good and faulty ones, then duplicates, then corrected re-sends; told to the tally."""
    n_twice, n_again, n_faulty = int(n * 0.01), int(n * 0.05), int(n * 0.03)
    rows = good_rows(rng, first_id, n - n_twice - n_again, places)
    fresh = len(rows["id"])
    faulty = rng.choice(fresh, min(n_faulty, fresh), replace=False)
    rows["fault"][faulty] = np.arange(len(faulty)) % len(FAULTS)
    good = np.flatnonzero(rows["fault"] < 0)
    source = rng.permutation(good)
    twice = {name: values[source[:n_twice]] for name, values in rows.items()}
    again = {name: values[source[n_twice : n_twice + n_again]] for name, values in rows.items()}
    again["persons"] = again["persons"] + 1
    again["report"] = again["report"] + np.timedelta64(7, "D")
    tally.rows, tally.good = tally.rows + n, tally.good + len(good)
    tally.duplicates, tally.resends = tally.duplicates + n_twice, tally.resends + n_again
    tally.faults.update(FAULTS[at] for at in rows["fault"][faulty].tolist())
    np.add.at(tally.by_district, rows["district"][good], 1)
    return {name: np.concatenate([rows[name], twice[name], again[name]]) for name in rows}


# --- rows as a sheet ---


def as_table(rows: Rows, spellings: Sequence[str]) -> pa.Table:
    """The sheet's columns, faults put in."""
    fault = rows["fault"]
    lat, lon = _points(rows)
    persons = np.where(fault == NEGATIVE, -1, np.where(fault == UNEVEN, rows["persons"] + 3, rows["persons"]))
    spelling = np.where(fault == UNKNOWN, len(spellings), rows["spelling"])
    note = np.where(fault == PERSONAL, len(NOTES), rows["note"])
    precision = np.where(np.isin(fault, [OUTSIDE, SWAPPED]), 1, np.where(fault == UNKNOWN, 5, rows["precision"]))
    return pa.table(
        {
            "source_ref": _references(rows),
            "event_type": _coded(EVENTS, rows["event"]),
            "crime_label": _coded(LABELS, rows["label"]),
            "date_start": _dates(rows),
            "date_precision": _coded(("day", "month"), rows["is_month"].astype(int)),
            "report_date": pa.array(rows["report"].astype(str), pa.string()),
            "lat": lat,
            "lon": lon,
            "precision_code": pa.array(precision),
            "adm2": _coded((*spellings, "Atlantis"), spelling),
            "persons": pa.array(persons),
            "female": pa.array(rows["women"]),
            "male": pa.array(rows["persons"] - rows["women"] - rows["children"]),
            "children": pa.array(rows["children"]),
            "detecting_agency": _coded(AGENCIES, rows["agency"]),
            "mode_of_transport": _coded(MODES, rows["mode"]),
            "narrative": _coded((*NOTES, "contact 01700000000 (test number)"), note),
        }
    )


def _coded(values: Sequence[str], index: Column) -> pa.Array:
    return pa.array(values, pa.string()).take(pa.array(index))


def _references(rows: Rows) -> pa.Array:
    told = np.char.add("SIM-", np.char.zfill(rows["id"].astype(str), 9)).astype(object)
    told[rows["fault"] == NO_REF] = None
    return pa.array(told, pa.string())


def _dates(rows: Rows) -> pa.Array:
    first_of_month = rows["day"].astype("datetime64[M]").astype("datetime64[D]")
    told = np.where(rows["is_month"], first_of_month, rows["day"]).astype("datetime64[D]").astype(str).astype(object)
    for fault, text in ((NO_DATE, None), (FUTURE, "2091-05-17"), (IMPOSSIBLE, "2023-02-31")):
        told[rows["fault"] == fault] = text
    return pa.array(told, pa.string())


def _points(rows: Rows) -> tuple[pa.Array, pa.Array]:
    fault = rows["fault"]
    outside, swapped = fault == OUTSIDE, fault == SWAPPED
    lat = np.where(outside, DELHI[0], np.where(swapped, rows["lon"], rows["lat"]))
    lon = np.where(outside, DELHI[1], np.where(swapped, rows["lat"], rows["lon"]))
    missing = ~(rows["has_point"] | outside | swapped) | (fault == UNKNOWN)
    return pa.array(lat, mask=missing), pa.array(lon, mask=missing)


# --- the file and its manifest ---


def tables(rows: int, seed: int, first_id: int, places: Places, tally: Tally) -> Iterator[pa.Table]:
    """The sheet in blocks."""
    rng = np.random.default_rng(seed)
    while tally.rows < rows:
        made = block(rng, first_id, min(BLOCK, rows - tally.rows), places, tally)
        first_id = int(made["id"].max()) + 1
        yield as_table(made, places.spellings)


def manifest(tally: Tally, seed: int, codes: Sequence[str]) -> Mapping[str, object]:
    """What a loader must find in the file."""
    n_faulty = tally.faults.total()
    return {
        "rows": tally.rows,
        "seed": seed,
        "invented": True,
        "faulty_rows": n_faulty,
        "faults": dict(tally.faults),
        "exact_duplicates": tally.duplicates,
        "corrected_resends": tally.resends,
        "distinct_good_source_refs": tally.good,
        "faulty_are_never_copied": True,
        "correction": "same source_ref, persons +1 (one more man), report_date +7 days; later row wins",
        "expected": {
            "loaded_current": tally.good,
            "superseded": tally.resends,
            "duplicate": tally.duplicates,
            "quarantined": n_faulty,
        },
        "good_refs_by_adm2": dict(zip(codes, tally.by_district.tolist(), strict=True)),
    }


def write(file: Path, rows: int, seed: int, first_id: int = 1) -> None:
    """The file and, beside it, its manifest."""
    places = read_places()
    tally = Tally(len(places.codes))
    writer = None
    for table in tables(rows, seed, first_id, places, tally):
        writer = writer or pcsv.CSVWriter(file, table.schema, write_options=pcsv.WriteOptions(quoting_style="needed"))
        writer.write_table(table)
    if writer is not None:
        writer.close()
    told = json.dumps(manifest(tally, seed, places.codes), indent=1)
    file.with_name(f"{file.name}.manifest.json").write_text(told)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="A large invented sheet with known faults.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--first-id", type=int, default=1, help="number of the first reference")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    write(given.out, given.rows, given.seed, given.first_id)


if __name__ == "__main__":
    main()

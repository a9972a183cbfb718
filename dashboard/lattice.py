"""Protected figures: the lattice of a version, made once, audited, written down, and only then shown."""

import hashlib
import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from dashboard import ledger
from dashboard.access import Principal
from dashboard.database import CONTRACT, Selected, Store
from dashboard.errors import SimantaError
from dashboard.filters import Filters
from dashboard.settings import thresholds
from dashboard.stats import nested, rounding

Counts = NDArray[np.int64]
KEY_BYTES = 32
MONTHS = 3  # of a quarter; a fourth column holds what is dated no better than it
# Protected figures are the same for every reader, so they are made of all records, and no reader's scope is in them.
WHOLE = Principal("lattice", "commander", None)


@dataclass(frozen=True)
class Policy:
    """data/contract/lattice.toml: bases, and the parts in their order. places: place to its district, "" abroad."""

    policy: str
    inside: int
    outside: int
    least_leaves: int
    labels: tuple[str, ...]
    places: Mapping[str, str]


@cache
def policy() -> Policy:
    """The policy in force: as written, or with the bases that an administrator set, and then of another name."""
    told = tomllib.loads((CONTRACT / "lattice.toml").read_text(encoding="utf-8"))
    written = (told["inside"], told["outside"])
    bases = (thresholds().inside, thresholds().outside)
    if bases != written:
        told |= {"policy": "{}-{}-{}".format(told["policy"], *bases), "inside": bases[0], "outside": bases[1]}
    return Policy(**{**told, "labels": tuple(told["labels"])})


@dataclass(frozen=True)
class Cells:
    """data/contract/cells.toml: the cells of the lattice.

    districts: cell to those of which it may hold records.   joined: other cells to the one with which they are counted.
    crossings: each to the cell with which it is counted.
    """

    policy: str
    resolution: int
    districts: Mapping[int, tuple[str, ...]]
    joined: Mapping[int, int]
    crossings: Mapping[str, int]

    def one_of(self, cell: int, adm2: str | None) -> int | None:
        """With which cell a record is counted; None where the cell holds no land of the record's district."""
        own = self.joined.get(cell, cell)
        return own if adm2 in self.districts.get(own, ()) else None


@cache
def cells() -> Cells:
    """The cells in force; another lattice makes other cells of them."""
    told = tomllib.loads((CONTRACT / "cells.toml").read_text(encoding="utf-8"))
    return Cells(
        f"{policy().policy}+{told['policy']}",
        told["resolution"],
        {int(cell, 16): tuple(codes) for cell, codes in told["districts"].items()},
        {int(cell, 16): int(other, 16) for cell, other in told["joined"].items()},
        {crossing: int(cell, 16) for crossing, cell in told["crossings"].items()},
    )


@dataclass(frozen=True)
class Lattice:
    """What one kind of reader is told of a version; all else is computed from it.

    quarters: first days, without gaps.   leaves: (quarters, labels, places).   months: (quarters, 4), the last dated no
    better than its quarter.   cells: (quarters, cells), of what lies at no crossing.   is_shown, is_placed: (quarters,)
    whether months are, whether cells are.
    base, finer: what was rounded to, and to what before that (None: nothing).
    """

    quarters: tuple[date, ...]
    leaves: Counts
    months: Counts
    cells: Counts
    is_shown: NDArray[np.bool_]
    is_placed: NDArray[np.bool_]
    is_practice: bool
    base: int
    finer: int | None

    def at(self, day: date) -> int:
        """Which quarter a day lies in; beyond both ends too."""
        first = self.quarters[0]
        return (day.year - first.year) * 4 + (day.month - 1) // 3 - (first.month - 1) // 3


def quarter_of(day: date) -> date:
    """The first day of a day's quarter."""
    return day.replace(month=day.month - (day.month - 1) % 3, day=1)


def months_of(quarter: date) -> tuple[date, ...]:
    """The first days of the months of a quarter."""
    return tuple(quarter.replace(month=quarter.month + i) for i in range(MONTHS))


_making = Lock()  # one thread makes it, and the others wait for that


def lattice(store: Store, reader: str) -> Lattice | None:
    """What a reader inside or outside is told of a version; None where nothing is published as more than 0.

    Raises SimantaError where key or policy are not those of earlier releases, where the audit finds anything unsafe, or
    where the release cannot be written down.
    """
    with _making:
        return _inside(store) if reader == "inside" else _outside(store)


@lru_cache(maxsize=4)
def _outside(store: Store) -> Lattice | None:
    """What is told inside, rounded once more: so that who sees both knows no more than who is inside."""
    inside = _inside(store)
    if inside is None:
        return None
    base, secret = policy().outside, _key(_folder(store))
    leaves, months, placed = (
        rounding.rounded(told, _phases(secret, f"outside|{kind}", inside.quarters, told.shape[1:], base), base)
        for kind, told in (("leaf", inside.leaves), ("month", inside.months), ("cell", inside.cells))
    )
    return replace(inside, leaves=leaves, months=months, cells=placed, base=base, finer=inside.base)


@lru_cache(maxsize=4)
def _inside(store: Store) -> Lattice | None:
    counted = _counted(store)
    if counted is None:
        return None
    quarters, leaves, months, placed, is_practice = counted
    secret, base = _key(_folder(store)), policy().inside
    told, told_months, told_cells = (
        rounding.rounded(counts, _phases(secret, kind, quarters, counts.shape[1:], base), base)
        for kind, counts in (("leaf", leaves), ("month", months), ("cell", placed))
    )
    kept = np.flatnonzero(told.any(axis=(1, 2)))  # where it begins and ends is told by what is published alone
    if not len(kept):
        return None
    span = slice(int(kept[0]), int(kept[-1]) + 1)
    quarters, told, told_months, told_cells = quarters[span], told[span], told_months[span], told_cells[span]
    begun = _begun(quarters, store.published_at.date())
    shown = np.array(
        [
            rounding.is_shown(a.ravel(), b[is_there], base, policy().least_leaves)
            for a, b, is_there in zip(told, told_months, begun, strict=True)
        ]
    )
    told_months = np.where(shown[:, None] & begun, told_months, 0)
    is_placed = np.array([_may_stand(*each) for each in zip(told, told_months, told_cells, begun, shown, strict=True)])
    told_cells = np.where(is_placed[:, None], told_cells, 0)
    made = Lattice(quarters, told, told_months, told_cells, shown, is_placed, is_practice, base, None)
    _release(store, made, begun, secret)
    return made


@cache
def _parts() -> tuple[NDArray[np.bool_], Counts]:
    """Which cells touch which districts; and the district of each leaf of a quarter, -1 at a crossing or abroad."""
    districts = sorted({code for codes in cells().districts.values() for code in codes})
    touches = np.array([[code in codes for code in districts] for codes in cells().districts.values()])
    at = {code: i for i, code in enumerate(districts)}
    return touches, np.tile([at.get(place, -1) for place in policy().places], len(policy().labels))


def _may_stand(
    leaves: Counts, months: Counts, placed: Counts, begun: NDArray[np.bool_], has_months: np.bool_
) -> np.bool_:
    """Whether the cells of a quarter are shown."""
    base = policy().inside
    (least, most), (cells_least, _) = rounding.bounds(leaves.ravel(), base), rounding.bounds(placed, base)
    spare = rounding.bounds(months[begun], base)[1].sum() - least.sum() if has_months else None
    touches, of_leaves = _parts()
    places = (_by_place(least, of_leaves, touches.shape[1]), _by_place(most, of_leaves, touches.shape[1]))
    return np.bool_(nested.is_shown(cells_least, places, touches, base, spare))


def _by_place(counts: Counts, of_leaves: Counts, n: int) -> Counts:
    """The sum over the leaves of each district that lie at none of its crossings."""
    return np.bincount(of_leaves[of_leaves >= 0], counts[of_leaves >= 0], n).astype(np.int64)


def _counted(store: Store) -> tuple[tuple[date, ...], Counts, Counts, Counts, bool] | None:
    """The true counts, in quarters without gaps: (quarters, labels, places), (quarters, 4) and (quarters, cells)."""
    everything = Selected(store, Filters(), WHOLE)
    rows, dated = everything.ask("lattice_places").to_pylist(), everything.ask("lattice_months").to_pylist()
    if not rows:
        return None
    quarters = _quarters(rows[0]["quarter"], rows[-1]["quarter"])
    at = {quarter: i for i, quarter in enumerate(quarters)}
    labels = {label: i for i, label in enumerate(policy().labels)}
    places = {place: i for i, place in enumerate(policy().places)}
    leaves = np.zeros((len(quarters), len(labels), len(places)), dtype=np.int64)
    for row in rows:
        leaves[at[row["quarter"]], labels[row["crime_label"]], places[place_of(row["adm2"], row["crossing"])]] += row[
            "n"
        ]
    months = np.zeros((len(quarters), MONTHS + 1), dtype=np.int64)
    for row in dated:
        month = MONTHS if row["month"] is None else (row["month"].month - 1) % MONTHS
        months[at[row["quarter"]], month] += row["n"]
    placed = np.zeros((len(quarters), len(cells().districts)), dtype=np.int64)
    index = {cell: i for i, cell in enumerate(cells().districts)}
    for row in everything.ask("lattice_cells", resolution=cells().resolution).to_pylist():
        own = cells().one_of(row["cell"], row["adm2"])
        if own is not None and place_of(row["adm2"], row["crossing"]) == row["adm2"]:
            placed[at[row["quarter"]], index[own]] += row["n"]
    return quarters, leaves, months, placed, any(row["is_invented"] for row in rows)


def place_of(adm2: str | None, crossing: str | None) -> str:
    """The one place of the lattice at which a record lies."""
    places = policy().places
    if crossing is not None and adm2 is not None and places.get(crossing) == adm2:
        return crossing
    return adm2 if adm2 is not None and adm2 in places else "elsewhere"


def _quarters(first: date, last: date) -> tuple[date, ...]:
    n = (last.year - first.year) * 4 + (last.month - first.month) // 3 + 1
    index = first.year * 4 + (first.month - 1) // 3
    return tuple(date((index + i) // 4, (index + i) % 4 * 3 + 1, 1) for i in range(n))


def _phases(secret: bytes, kind: str, quarters: tuple[date, ...], shape: tuple[int, ...], base: int) -> Counts:
    """The phase of every part of every quarter: its name is policy, kind, quarter, and what it is a part of."""
    name, parts = policy().policy, [f"{label}|{place}" for label in policy().labels for place in policy().places]
    if kind.endswith("month"):
        parts = [str(i) for i in range(MONTHS + 1)]
    elif kind.endswith("cell"):
        name, parts = cells().policy, [format(cell, "x") for cell in cells().districts]
    atoms = [f"{name}|{kind}|{quarter}|{part}" for quarter in quarters for part in parts]
    return rounding.phases(secret, atoms, base).reshape((len(quarters), *shape))


def _begun(quarters: tuple[date, ...], as_of: date) -> NDArray[np.bool_]:
    """(quarters, 4) which months have begun: a month to come holds nothing, and everybody knows it."""
    begun = np.ones((len(quarters), MONTHS + 1), dtype=bool)
    begun[-1, :MONTHS] = [month <= as_of for month in months_of(quarters[-1])]
    return begun


def _release(store: Store, made: Lattice, begun: NDArray[np.bool_], secret: bytes) -> None:
    """Audits what is to be shown, unless this very lattice was, and writes it down; else nothing is shown."""
    book = ledger.open_ledger(_folder(store))
    key_id = hashlib.sha256(secret).hexdigest()[:16]
    earlier = ledger.list_releases(book)
    if any(each["policy"] not in (policy().policy, cells().policy) or each["key_id"] != key_id for each in earlier):
        raise SimantaError(
            "DISCLOSURE_CHANGED",
            "Protected figures were released with another key or policy; two of them together would give counts away.",
            f"Put {_key_file(_folder(store))}, the thresholds under [disclosure] in simanta.toml, and "
            "lattice.toml and cells.toml in data/contract/ back as they were (docs/privacy.md).",
        )
    of_leaves = hashlib.sha256(made.leaves.tobytes() + made.months.tobytes() + str(made.quarters).encode())
    of_cells = hashlib.sha256(of_leaves.digest() + made.cells.tobytes() + made.is_placed.tobytes())
    kept = {each["sha256"] for each in earlier}
    if {of_leaves.hexdigest(), of_cells.hexdigest()} <= kept:
        return
    intervals = [*_attacked(made, begun), *_attacked_together(made, begun)]
    if unsafe := sum(rounding.is_unsafe(*ends, policy().inside) for ends in intervals):
        raise SimantaError(
            "DISCLOSURE_UNSAFE",
            f"The audit of version {store.version} found {unsafe} figures that could be taken apart: none is shown.",
            "This is a fault of Simanta: report it.",
        )
    about = {
        "released_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": store.version,
        "key_id": key_id,
        "n_audited": len(intervals),
    }
    n_months, n_cells = MONTHS + 1, made.cells.shape[1]
    ledger.keep_release(
        book,
        about
        | {
            "sha256": of_leaves.hexdigest(),
            "policy": policy().policy,
            "n_values": int(made.leaves.size + made.is_shown.sum() * n_months),
            "n_withheld": int((~made.is_shown).sum() * n_months),
        },
    )
    ledger.keep_release(
        book,
        about
        | {
            "sha256": of_cells.hexdigest(),
            "policy": cells().policy,
            "n_values": int(made.is_placed.sum() * n_cells),
            "n_withheld": int((~made.is_placed).sum() * n_cells),
        },
    )


def _attacked(made: Lattice, begun: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """What an attacker with a linear program gets of the worst counts of each quarter whose months are shown."""
    return [
        ends
        for leaves, months, is_there, is_shown in zip(made.leaves, made.months, begun, made.is_shown, strict=True)
        if is_shown
        for ends in rounding.audit(leaves.ravel(), months[is_there], made.base)
    ]


def _attacked_together(made: Lattice, begun: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """What he gets of the worst leaves and cells of each quarter that has cells with a count, of all tables."""
    return [
        ends
        for i in np.flatnonzero(made.cells.any(axis=1))
        for ends in audited(
            made.leaves[i].ravel(), made.cells[i], made.months[i][begun[i]] if made.is_shown[i] else None
        )
    ]


def audited(leaves: Counts, placed: Counts, months: Counts | None) -> list[tuple[float, float]]:
    """An attacker's intervals for the least leaves and cells, shown as none and as some, where these hide least."""
    base, (touches, of_leaves) = policy().inside, _parts()
    shown = np.concatenate([leaves, placed, np.zeros(0, dtype=np.int64) if months is None else months])
    sums = nested.sums(of_leaves, touches, len(shown) - len(leaves) - len(placed))
    least, most = np.zeros(sums.shape[1]), np.full(sums.shape[1], np.inf)
    least[: len(shown)], most[: len(shown)] = rounding.bounds(shown, base)
    by_place = _by_place(most[: len(leaves)], of_leaves, touches.shape[1])
    _, chosen = nested.tightest(rounding.bounds(placed, base)[0], by_place, touches)
    near = np.isin(of_leaves, np.flatnonzero(touches[chosen].any(axis=0)))
    first = len(leaves)
    groups = [np.flatnonzero(near), first + np.flatnonzero(chosen)]
    alike = [group[(shown[group] > 0) == is_some] for group in groups for is_some in (False, True)]
    targets = [int(some[shown[some].argmin()]) for some in alike if len(some)]
    none = np.zeros(sums.shape[0])
    return [rounding.attack(np.eye(1, sums.shape[1], each)[0], sums, none, least, most) for each in targets]


def _folder(store: Store) -> Path:
    """The store's folder, in which its version lies."""
    return Path(store.identity[0]).parents[1]


def _key_file(folder: Path) -> Path:
    """Where the secret of the phases is: beside the store, so that no copy of the store holds it."""
    return folder.with_name(f"{folder.name}.keys") / "disclosure.key"


def _key(folder: Path) -> bytes:
    """The secret of the phases, made at first need. Raises SimantaError where it is gone or cut off."""
    file = _key_file(folder)
    try:
        if not file.exists() and not ledger.list_releases(ledger.open_ledger(folder)):
            _make_key(file)
        found = file.read_bytes()
    except OSError:
        found = b""
    if len(found) != KEY_BYTES:
        raise SimantaError(
            "DISCLOSURE_KEY_MISSING", "The key of protected figures is gone.", f"Put it back from its backup as {file}."
        )
    return found


def _make_key(file: Path) -> None:
    """A new key, whole or not at all; where another process was first, its key stands."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.{secrets.token_hex(8)}.part")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(secrets.token_bytes(KEY_BYTES))
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(part, file)
    except FileExistsError:
        pass
    finally:
        part.unlink()

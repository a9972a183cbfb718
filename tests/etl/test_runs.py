"""The order in which rows go into the store."""

import base64
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from etl import publish, runs
from etl.build import load
from etl.facts import opened
from etl.facts_key import KEY
from etl.records import INCIDENT, LISTED_TEXT
from etl.runs import Runs

DISTRICTS = [f"BD{1000 + at}" for at in range(8)]
FIRST = date(2020, 1, 1)


def rows(n: int, first: int = 0) -> pa.Table:
    """Rows of all districts and two years, in no order."""
    numbers = range(first, first + n)
    told = {
        "row_no": pa.array(numbers, pa.int64()),
        "adm2": pa.array([DISTRICTS[at * 5 % 8] if at % 9 else None for at in numbers]).cast(LISTED_TEXT),
        "date_start": pa.array([FIRST + timedelta(days=at * 389 % 730) for at in numbers]),
    }
    return pa.table({f.name: told.get(f.name, pa.nulls(n, f.type)) for f in INCIDENT}, schema=INCIDENT)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run is a few hundred rows."""
    for name, value in (("RUN", 400), ("AT_ONCE", 150), ("ROW_GROUP", 100)):
        monkeypatch.setattr(runs, name, value)


def put(spool: Path | None, tables: int, each: int = 100) -> list[pl.DataFrame]:
    """What comes out, run by run."""
    made = Runs(spool)
    during = [run for at in range(tables) for run in made.added(at, rows(each, at * each))]
    return [pl.DataFrame(pl.from_arrow(run)) for run in (*during, *made.rest())]


def is_in_order(run: pl.DataFrame) -> bool:
    return run.select("adm2", "date_start").equals(run.sort("adm2", "date_start").select("adm2", "date_start"))


def test_few_rows_are_one_run_and_touch_no_disk(tmp_path: Path) -> None:
    (run,) = put(tmp_path / "spool", 1)
    assert is_in_order(run)
    assert run.height == 100
    assert not list(tmp_path.iterdir())


def test_many_rows_come_period_after_period_and_by_district_in_each(tmp_path: Path) -> None:
    made = put(tmp_path / "spool", 20)
    assert len(made) > 3
    assert all(is_in_order(run) for run in made)
    quarters = [run["date_start"].dt.truncate("1q").unique().sort().to_list() for run in made]
    assert all(one[-1] <= next_one[0] for one, next_one in pairwise(quarters))  # two runs share a period at most
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("spooled", [True, False])
def test_no_row_is_lost_or_changed(tmp_path: Path, spooled: bool) -> None:
    made = pl.concat(put(tmp_path / "spool" if spooled else None, 20)).sort("row_no")
    came = pl.concat([pl.DataFrame(pl.from_arrow(rows(100, at * 100))) for at in range(20)])
    assert made.drop("table_no").equals(came.select(made.drop("table_no").columns))
    assert all(came[left_out].null_count() == came.height for left_out in set(came.columns) - set(made.columns))
    assert made["table_no"].to_list() == [at // 100 for at in range(2000)]


def test_without_a_place_on_the_disk_a_run_is_what_came_one_after_another() -> None:
    made = put(None, 10)
    assert [run["row_no"].max() for run in made] == [199, 399, 599, 799, 999]
    assert all(is_in_order(run) for run in made)


def test_rows_are_handed_over_in_pieces_of_a_row_group(tmp_path: Path) -> None:
    (run,) = [*(made := Runs(tmp_path / "spool")).added(0, rows(250)), *made.rest()]
    assert [batch.num_rows for batch in run.to_batches()] == [100, 100, 50]


def test_nothing_in_is_nothing_out(tmp_path: Path) -> None:
    assert put(tmp_path / "spool", 2, each=0) == []


def loaded(file: Path, store: Path) -> list[tuple[object, ...]]:
    """What a first load of a file stores but for its pseudonyms, in the order in which it lies there."""
    load([file], store, today=date(2026, 11, 24))
    with opened(store, 1) as facts:
        return facts._con.execute("SELECT * EXCLUDE (incident_id) FROM incident").fetchall()


@pytest.fixture
def shuffled(sheet: Callable[..., Path]) -> Path:
    """A file of 1,000 rows in no order, of two districts and two years."""
    days = [FIRST + timedelta(days=at * 389 % 730) for at in range(1_000)]
    nowhere = {"lat": "", "lon": "", "precision_code": "5"}
    lines = (
        {"source_ref": f"R{at}", "adm2": ("Jashore", "Dhaka")[at % 2], "date_start": f"{day}", **nowhere}
        for at, day in enumerate(days)
    )
    return sheet("a.csv", *lines)


def test_a_large_load_stores_the_same_rows_in_another_order(
    shuffled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_load = loaded(shuffled, tmp_path / "small")
    monkeypatch.setattr(publish, "LARGE", 1)
    large_load = loaded(shuffled, tmp_path / "large")
    assert small_load != large_load
    assert sorted(small_load, key=repr) == sorted(large_load, key=repr)


def test_beside_facts_under_a_key_nothing_is_put_aside(
    shuffled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put_aside(*_: object) -> None:
        raise AssertionError("rows lie bare on the disk")

    monkeypatch.setenv(KEY, base64.b64encode(b"k" * 32).decode())
    monkeypatch.setattr(publish, "LARGE", 1)
    monkeypatch.setattr(Runs, "_put_aside", put_aside)
    assert len(loaded(shuffled, tmp_path / "s")) == 1_000

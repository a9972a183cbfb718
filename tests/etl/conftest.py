"""What the tests of the loading half share: the reference, and a way to write rows of a sheet."""

import csv
import shutil
from datetime import date

import polars as pl
import pytest
from hypothesis.vendor import pretty

from etl.records import RAW, TEXTS
from etl.reference import Reference, load_reference
from etl.source import Terms

# A falsified example is told without seven megabytes of boundaries.
pretty.for_type_by_name(
    Reference.__module__, Reference.__qualname__, lambda reference, printer, _cycle: printer.text(repr(reference))
)

GOOD = {
    "source_ref": "T-1",
    "event_type": "interception_at_border",
    "date_start": "2026-03-02",
    "lat": "23.03120",
    "lon": "88.90210",
    "precision_code": "1",
    "adm2": "BD4041",
}


@pytest.fixture(scope="session")
def reference():
    return load_reference()


@pytest.fixture
def terms():
    return Terms("simanta_sheet", "bangladesh", b"k" * 32, date(2026, 11, 24))


@pytest.fixture
def good_row():
    return dict(GOOD)


@pytest.fixture(scope="session")
def raw():
    """Dicts -> rows in the shape of RAW; what a dict does not say is nothing."""

    def make(*rows, **common):
        told = [{"row_no": n, "fault": None, **dict.fromkeys(TEXTS), **common, **row} for n, row in enumerate(rows, 2)]
        schema = {"row_no": pl.Int64, "fault": pl.String, **dict.fromkeys(TEXTS, pl.String)}
        return pl.DataFrame(told, schema=schema).to_arrow(compat_level=pl.CompatLevel.oldest()).cast(RAW)

    return make


@pytest.fixture(scope="session")
def write_sheet():
    """A CSV file of our own sheet, anywhere: what a row does not say is that of a good one."""

    def write(path, *rows):
        rows = [{**GOOD, **row} for row in rows]
        columns = list(dict.fromkeys(key for row in rows for key in row))
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
        return path

    return write


@pytest.fixture
def sheet(tmp_path, write_sheet):
    """Rows -> a CSV file of our own sheet."""
    return lambda name, *rows: write_sheet(tmp_path / name, *rows)


@pytest.fixture
def copy_of(tmp_path):
    """A store -> the same of this test's own, with its key."""

    def copy(store):
        shutil.copytree(store, tmp_path / "s")
        shutil.copytree(store.with_name(f"{store.name}.keys"), tmp_path / "s.keys")
        return tmp_path / "s"

    return copy

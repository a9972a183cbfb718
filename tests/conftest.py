"""What tests share: a store made by the loading half from the shipped sample, and where the shared data pack is."""

import os
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest
from hypothesis import settings

# The machine is shared: a slow example is no fault, a wrong one is.
settings.register_profile("simanta", deadline=None)
settings.load_profile("simanta")

# Files of tests that take ten seconds and more together: `make fast` leaves them out, CI does not.
LASTING = {
    "test_pages.py", "test_practice.py", "test_lattice.py", "test_crash.py", "test_erase.py", "test_scope.py",
    "test_parts.py", "test_response.py", "test_correction.py", "test_correction_of_parts.py", "test_hotspots.py",
    "test_index.py", "test_load.py", "test_giving.py", "test_store.py", "test_bangla.py", "test_sentences.py",
    "test_victim_safe.py", "test_personal.py", "test_generated.py", "test_exact_attacker.py", "test_thresholds.py",
    "test_flag_size.py", "test_encrypt.py", "test_spark.py", "test_lake.py", "test_shared.py",
    "test_hosts.py",
}  # fmt: skip
ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "data" / "sample" / "public_reports.csv"
UNTIL = date(2026, 11, 22)  # the last day of the invented rows, so that every figure of a test is the same every day


def pytest_collection_modifyitems(items):
    """Marks what lasts as slow, beside the single tests that say so themselves."""
    for item in items:
        if item.path.name in LASTING:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL for the shared stores of this process's tests."""
    from tests import postgres as servers

    with servers.running() as server:
        yield server


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory):
    """A store with the public reports and 1,500 invented rows, loaded once for all tests that only read."""
    from etl import build
    from etl.invented import write_invented

    folder = tmp_path_factory.mktemp("sample")
    invented = folder / "invented.csv"
    write_invented(invented, rows=1500, seed=7, until=UNTIL)
    report = build.load([SAMPLE, invented], folder / "store", today=UNTIL)
    assert report.version == 1
    return folder / "store"


@pytest.fixture(scope="session")
def facts(sample_store, tmp_path_factory):
    """The sample's version as a bare DuckDB file, read past every room of the dashboard.

    A copy: a process cannot open one file with two configurations.
    """
    copied = shutil.copy(sample_store / "facts" / "v000001.duckdb", tmp_path_factory.mktemp("facts"))
    with duckdb.connect(str(copied), read_only=True) as connection:
        yield connection


def pytest_terminal_summary(terminalreporter):
    """In CI a skipped test is a failed run: `.ci/run` sets SIMANTA_NO_SKIPS."""
    skipped = terminalreporter.stats.get("skipped", [])
    if os.environ.get("SIMANTA_NO_SKIPS") and skipped:
        terminalreporter.write_line(f"{len(skipped)} skipped, and CI allows none")


def pytest_sessionfinish(session, exitstatus):
    """Turns a skip into a failure where CI says so."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("SIMANTA_NO_SKIPS") and reporter and reporter.stats.get("skipped") and exitstatus == 0:
        session.exitstatus = 1

"""`simanta --version`: which release, and which schema its stores have."""

from importlib.metadata import version

from etl.schema import SCHEMA_VERSION
from tests.dashboard.cli.test_cli import simanta


def test_the_program_says_its_release_and_the_schema_of_its_stores():
    told = simanta("--version")
    assert (told.returncode, told.stdout) == (0, f"simanta {version('simanta')}, schema {SCHEMA_VERSION}\n")

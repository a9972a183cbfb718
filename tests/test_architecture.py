"""The arrows of the house: who may import whom, where SQL may stand, and what the top of the repository holds."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SQL_ROOMS = {
    "dashboard/database.py",
    "etl/publish.py",
    "etl/facts.py",
    "etl/geopackage.py",  # asks the file of a sender, no store
    # The doors of a shared store.
    "dashboard/lake.py",
    "dashboard/catalogue.py",
    "etl/lake.py",
    "etl/catalogue.py",
}
SQL = re.compile(
    r"\b(SELECT\s+.+\s+FROM|INSERT\s+INTO|CREATE\s+(TABLE|VIEW)|DELETE\s+FROM|UPDATE\s+\w+\s+SET)\b",
    re.DOTALL,
)


def code() -> list[Path]:
    return [path for half in ("etl", "dashboard") for path in sorted((ROOT / half).rglob("*.py"))]


def linted(folder: Path) -> subprocess.CompletedProcess[str]:
    """What the import linter says of a copy of the house."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    environment = os.environ | {"PYTHONPATH": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_import_contracts_hold():
    found = linted(ROOT)
    assert found.returncode == 0, found.stdout


def test_sql_stands_only_at_the_doors_and_in_named_statements():
    elsewhere = {
        path.relative_to(ROOT).as_posix()
        for path in code()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value)
    }
    assert elsewhere - SQL_ROOMS == set()


def test_the_front_door_is_short_and_asks_no_database():
    door = (ROOT / "streamlit_app.py").read_text(encoding="utf-8")
    assert len(door.splitlines()) <= 60
    assert "pandas" not in door
    assert not SQL.search(door)


def test_no_room_is_named_for_nothing():
    names = {path.stem for path in code()}
    assert names & {"utils", "helpers", "common", "misc", "core", "base", "manager"} == set()


BREAKS = {
    "The loading half stands alone": ("etl/errors.py", "import dashboard.errors"),
    "Only the command line speaks to the loading half": ("dashboard/figures/change.py", "import etl.errors"),
    "The dashboard's floors": ("dashboard/filters.py", "import dashboard.figures"),
    "The ETL's floors": ("etl/errors.py", "import etl.records"),
    "No page knows another": ("dashboard/pages/trends.py", "import dashboard.pages.hotspots"),
    "No answer knows another": ("dashboard/answers/trends.py", "import dashboard.answers.hotspots"),
    "No statistic knows another": ("dashboard/stats/gi_star.py", "import dashboard.stats.small_numbers"),
    "No source knows another": ("etl/sources/simanta_sheet.py", "import etl.sources.missing_migrants"),
    "Streamlit stays on the screen's floors": ("dashboard/figures/change.py", "import streamlit"),
    "Only the map speaks to pydeck": ("dashboard/figures/change.py", "import pydeck"),
    "Only the charts speak to Altair": ("dashboard/layers.py", "import altair"),
    "Only the ledger speaks to SQLAlchemy": ("dashboard/snapshots.py", "import sqlalchemy"),
    "Only the figures of the server speak to Prometheus": ("dashboard/snapshots.py", "import prometheus_client"),
    "Only the doors of the store speak to DuckDB": ("dashboard/figures/change.py", "import duckdb"),
    "Only one room speaks to Spark": ("etl/build.py", "import pyspark"),
    "Only the catalogue of a shared store and the ledger speak to PostgreSQL": (
        "dashboard/figures/change.py",
        "import psycopg",
    ),
    "Geometry libraries only where places are read or written": ("dashboard/layers.py", "import geopandas"),
    "Statistics are arrays in, arrays out": ("dashboard/stats/small_numbers.py", "import pyarrow"),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The two halves and their contracts, where they may be broken."""
    folder = tmp_path_factory.mktemp("house")
    for half in ("etl", "dashboard"):
        shutil.copytree(ROOT / half, folder / half, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def broken(folder: Path) -> set[str]:
    """Names of the contracts that do not hold there."""
    lines = linted(folder).stdout.splitlines()
    return {line.removesuffix(" BROKEN") for line in lines if line.endswith(" BROKEN")}


def test_every_contract_has_a_line_that_breaks_it():
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert {contract["name"] for contract in told["tool"]["importlinter"]["contracts"]} == set(BREAKS)


@pytest.mark.parametrize("contract", BREAKS)
def test_a_contract_that_is_broken_on_purpose_is_seen(copy, contract):
    where, line = BREAKS[contract]
    file = copy / where
    whole = file.read_text(encoding="utf-8")
    file.write_text(f"{whole}\n{line}\n", encoding="utf-8")
    try:
        assert contract in broken(copy)
    finally:
        file.write_text(whole, encoding="utf-8")


def test_a_room_that_no_floor_names_is_seen(copy):
    (copy / "dashboard" / "utils.py").write_text('"""Nothing."""\n', encoding="utf-8")
    try:
        assert "utils" in linted(copy).stdout
    finally:
        (copy / "dashboard" / "utils.py").unlink()

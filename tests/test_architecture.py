"""The arrows of the house: who may import whom, where SQL may stand, and what the top of the repository holds."""

import ast
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SQL_ROOMS = {"dashboard/database.py", "etl/publish.py"}
SQL = re.compile(
    r"\b(SELECT\s+.+\s+FROM|INSERT\s+INTO|CREATE\s+(TABLE|VIEW)|DELETE\s+FROM|UPDATE\s+\w+\s+SET)\b",
    re.DOTALL,
)


def code() -> list[Path]:
    return [path for half in ("etl", "dashboard") for path in sorted((ROOT / half).rglob("*.py"))]


def test_the_import_contracts_hold():
    found = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
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

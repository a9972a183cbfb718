"""The documents say what the code does: headers, rules, commands, links to files."""

import importlib.util
import re
import subprocess
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from dashboard.cli import commands
from dashboard.i18n import catalogue, languages
from etl.records import SHEET
from etl.sources.simanta_sheet import BANGLA, SYNONYMS
from etl.validate import RULES

ROOT = Path(__file__).resolve().parents[1]
PAPERS = [path for path in ROOT.rglob("*.md") if not {".venv", "node_modules", ".git", "build"} & set(path.parts)]


def test_the_sheets_document_has_every_header_and_every_rule():
    told = (ROOT / "docs" / "sheet.md").read_text(encoding="utf-8")
    assert [name for name in (*SHEET, *SYNONYMS, *BANGLA) if name not in told] == []
    assert {rule.name for rule in RULES} - set(re.findall(r"`(\w+)`", told)) == set()


def test_the_schemas_document_is_what_the_contract_says():
    made = script("make_schema")
    assert made.PAGE.read_text(encoding="utf-8") == made.page(), "run: python docs/make_schema.py"


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_link_to_a_file_leads_somewhere(paper):
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", paper.read_text(encoding="utf-8"))
    assert [link for link in links if not (paper.parent / link).exists()] == []


COMMANDS = (
    "load",
    "demo",
    "practice",
    "versions",
    "rollback",
    "overview",
    "hotspots",
    "corridors",
    "trends",
    "trails",
    "law",
    "serve",
    "second-opinion",
)
KEEPING = ("backup", "restore", "prune", "erase", "check", "quarantine list", "quarantine export", "quarantine resolve")
AUDIT = ("audit", "audit verify", "audit anchor")
SNAPSHOT = ("snapshot create", "snapshot list", "snapshot show", "snapshot verify")


@pytest.mark.parametrize("command", [*COMMANDS, *KEEPING, *SNAPSHOT, *AUDIT])
def test_every_command_explains_itself_with_an_example(command):
    told = CliRunner().invoke(commands(), [*command.split(), "--help"])
    assert told.exit_code == 0
    assert f"Example: simanta {command}" in " ".join(told.stdout.split())


GUIDES = ("commander", "planner", "analyst", "trainer")


@pytest.mark.parametrize("guide", GUIDES)
def test_every_picture_and_every_control_that_a_guide_names_exists(guide):
    told = (ROOT / "docs" / f"{guide}.md").read_text(encoding="utf-8")
    pictures = re.findall(r"!\[[^\]]+\]\(screenshots/(\w+)\.webp\)", told)
    assert set(pictures) <= set(script("make_screenshots").names())
    assert [name for name in pictures if not (ROOT / "docs" / "screenshots" / f"{name}.webp").exists()] == []
    named = re.findall(r"`([^`]+)`", told)
    asked_for = {name.split()[1] for name in named if name.startswith("simanta ")}
    assert asked_for <= set(get_command(commands()).commands)
    typed = ("simanta ", "http", "<")
    controls = {name for name in named if not name.startswith(typed)} - set(languages().values()) - {"CSV"}
    assert len(controls) >= 4
    assert {control for control in controls if control not in catalogue("bn")} == set()


def script(name):
    """A script of docs/ as a module; it does nothing until it is run."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_no_host_of_a_registry_and_no_path_of_a_machine_is_in_what_is_committed():
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    hosts = ("pypi" + ".org", "registry.npmjs" + ".org", "deb.debian" + ".org", "files.pythonhosted" + ".org")
    paths = ("/" + "work/", "/" + "farm/", "/" + "root/")
    found = []
    for name in filter(None, tracked):
        text = (ROOT / name).read_bytes()
        found += [(name, word) for word in (*hosts, *paths) if word.encode() in text]
    assert found == []

"""The documents say what the code does: headers, rules, commands, links to files."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from dashboard.cli import commands
from dashboard.filters import FACETS
from dashboard.i18n import catalogue, languages
from dashboard.settings import Access, Settings
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
    assert made.PAGE.read_text(encoding="utf-8") == made.page(), "run: make reference"


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


@pytest.mark.parametrize("name", ["commands", "configuration", "filters"])
def test_a_page_of_the_reference_is_what_the_code_says(name):
    made = script(f"make_{name}")
    assert made.PAGE.read_text(encoding="utf-8") == made.page(), "run: make reference"


def test_the_reference_has_every_command_setting_and_filter():
    def told(name):
        return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")

    assert [name for name in get_command(commands()).commands if f"`simanta {name}" not in told("commands")] == []
    assert [name for name in Settings.model_fields if f"| `{name}` | " not in told("configuration")] == []
    assert [name for name in Access.model_fields if f"`access.{name}`" not in told("configuration")] == []
    assert [facet.name for facet in FACETS if f"| `{facet.name}` | `{facet.option}` |" not in told("filters")] == []


# What a browser fetches by itself, in a page or in a style; a link that a person may follow is none of these.
FETCHED = re.compile(
    r"<(?:script|img|iframe|source|video|audio|embed|object)\b[^>]*?\b(?:src|srcset|data)=[\"']?((?:https?:)?//[^\"'\s>]+)"
    r"|<link\b[^>]*?\bhref=[\"']?((?:https?:)?//[^\"'\s>]+)"
    r"|url\(\s*[\"']?((?:https?:)?//[^\"')]+)"
    r"|@import\s+[\"']((?:https?:)?//[^\"']+)",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, made as `make site` makes it, but in a folder of its own."""
    folder = tmp_path_factory.mktemp("site")
    recipe = re.search(
        r"^site:.*\n\t\$\(BIN\)/python (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    words = [str(folder) if word == "build/site" else word for word in recipe[1].split()]
    words = [str(folder.with_name("doctrees")) if word == "build/doctrees" else word for word in words]
    made = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert made.returncode == 0, made.stderr
    return folder


@pytest.mark.slow
def test_the_site_is_made_without_a_warning_and_has_every_paper(site):
    papers = [
        path.relative_to(ROOT).with_suffix(".html")
        for path in PAPERS
        if not {"tests", ".pytest_cache"} & set(path.parts)
    ]
    assert [paper.as_posix() for paper in papers if not (site / paper).is_file()] == []
    assert 'href="docs/tutorial.html"' in (site / "README.html").read_text(encoding="utf-8")
    assert "README.html" in (site / "index.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_site_fetches_nothing_from_another_host(site):
    files = [file for ending in ("html", "css") for file in site.rglob(f"*.{ending}")]
    assert len(files) > 50
    fetched = {(file.name, *found) for file in files for found in FETCHED.findall(file.read_text(encoding="utf-8"))}
    assert fetched == set()
    drawn = (ROOT / "docs" / "architecture.svg").read_text(encoding="utf-8")
    assert "http" not in drawn.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize(
    "page",
    [
        '<script defer src="https://cdn.example/x.js">',
        '<link rel="stylesheet" href="//fonts.example/css">',
        "@font-face { src: url('https://fonts.example/a.woff2') }",
        '@import "https://cdn.example/a.css"',
        '<img alt="a" src="http://example/a.png">',
    ],
)
def test_what_would_be_fetched_is_found(page):
    assert FETCHED.search(page)
    assert not FETCHED.search('<a class="x" href="https://example/">')

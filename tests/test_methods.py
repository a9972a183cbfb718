"""The methods page says what the code does: every method, every minimum as it is, every test that it names."""

import importlib
import re
from ast import literal_eval
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
SECTIONS = re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]
QUOTED = re.findall(r"`(\w+)\.([A-Z_]+)`\s+([\d._]*\d)", PAGE)
PARTS = ("Question.", "Source.", "Held by.")


def modules_of(section):
    return re.findall(r"`(\w+)`", section.splitlines()[0])


def test_every_method_of_the_code_has_a_section():
    written = sorted(name for section in SECTIONS for name in modules_of(section))
    assert written == sorted(path.stem for path in (ROOT / "dashboard" / "stats").glob("[a-z]*.py"))


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.splitlines()[0])
def test_a_section_says_all_that_is_promised(section):
    assert [part for part in PARTS if f"**{part}**" not in section] == []
    assert re.search(r"\*\*[^*]*[Ll]imit", section)


def test_every_number_that_is_quoted_is_the_one_in_the_code():
    assert len(QUOTED) > 40
    wrong = [
        (module, name, written)
        for module, name, written in QUOTED
        if getattr(importlib.import_module(f"dashboard.stats.{module}"), name) != literal_eval(written)
    ]
    assert wrong == []


def test_every_test_that_is_named_exists():
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests/dashboard/stats").glob("test_*.py"))
    assert named - set(re.findall(r"def (test_\w+)", sources)) == set()

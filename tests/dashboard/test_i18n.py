"""Every visible sentence is in the catalogue, and every sentence of the catalogue is visible somewhere."""

import ast
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from dashboard.i18n import FOLDER, Text, catalogue, languages

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [ROOT / "streamlit_app.py", *sorted((ROOT / "dashboard").rglob("*.py"))]
SPEAKERS = {"text", "N_"}


def sentences() -> dict[str, str]:
    """Each sentence that a call of text(…) or N_(…) or a Facet's words names, and the file that says it."""
    found: dict[str, str] = {}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SPEAKERS:
                found |= dict.fromkeys(_constants(node.args[0]), path.name)
    return found


def _constants(argument: ast.expr) -> list[str]:
    """A sentence, or both of a choice between two; a sentence held in a name was marked where it is written."""
    if isinstance(argument, ast.IfExp):
        return _constants(argument.body) + _constants(argument.orelse)
    return [argument.value] if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else []


def fields(sentence: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", sentence))


@pytest.mark.parametrize("language", [code for code in languages() if code != "en"])
def test_no_sentence_is_missing_from_a_catalogue(language):
    missing = {s: where for s, where in sentences().items() if not catalogue(language).get(s)}
    assert missing == {}


@pytest.mark.parametrize("language", [code for code in languages() if code != "en"])
def test_no_sentence_of_a_catalogue_is_unused(language):
    assert set(catalogue(language)) - set(sentences()) == set()


def test_a_translation_has_the_same_blanks_as_its_sentence():
    assert [s for s, t in catalogue("bn").items() if fields(s) != fields(t)] == []


def test_bangla_digits_lakh_grouping_and_months():
    text = Text("bn")
    assert text.number(1234567) == "১২,৩৪,৫৬৭"
    assert text.day(date(2026, 11, 22)) == "২২ নভেম্বর ২০২৬"
    assert text.percent(0.33) == "৩৩%"
    assert Text("en").number(-5) == "\u22125"


def test_what_is_unknown_is_a_dash_and_never_zero():
    assert Text("en").number(None) == Text("en").percent(float("nan")) == "–"


@pytest.mark.parametrize("language", [code for code in languages() if code != "en"])
def test_a_catalogue_tells_each_sentence_once(language):
    told = re.findall(r"^msgid (.+)$", (FOLDER / f"{language}.po").read_text(encoding="utf-8"), re.MULTILINE)
    assert [sentence for sentence, n in Counter(told).items() if n > 1 and sentence != '""'] == []


def test_a_negative_zero_is_written_as_zero_whichever_came_first():
    for zero in (-0.0, 0.0, 0):
        assert (Text("en").number(zero, "0.0"), Text("en").number(zero)) == ("0.0", "0")

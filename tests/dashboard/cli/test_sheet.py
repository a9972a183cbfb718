"""`simanta inspect`, `simanta template` and `simanta load --mapping` as a person and a script meet them."""

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout

import pytest

from dashboard.cli import main

MAPPING = """name = "range"
version = "3"
source = "range"
[columns]
"Ref" = "source_ref"
"Kind" = "event_type"
"Day" = "date_start"
"Zila" = "adm2"
[codes.event_type]
"Raid" = "interception_inland"
"""


def simanta(*words):
    """(exit code, standard output, standard error)"""
    answer, talk, before = io.StringIO(), io.StringIO(), sys.argv
    sys.argv = ["simanta", *map(str, words)]
    try:
        with redirect_stdout(answer), redirect_stderr(talk):
            main()
        code = 0
    except SystemExit as ended:
        code = int(ended.code or 0)
    finally:
        sys.argv = before
    return code, answer.getvalue(), talk.getvalue()


@pytest.fixture
def register(tmp_path):
    (tmp_path / "range.toml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "register.csv").write_text("Ref,Kind,Day,Zila\nR-1,Raid,2026-03-02,Jessore\n", encoding="utf-8")
    return tmp_path / "register.csv"


def test_a_load_by_a_mapping_names_it(register, tmp_path):
    code, answer, _ = simanta(
        "load", register, "--mapping", tmp_path / "range.toml", "--store", tmp_path / "store", "--json"
    )
    (file,) = json.loads(answer)["files"]
    assert (code, file["loaded"], file["mapping"]["name"], file["mapping"]["version"]) == (0, 1, "range", "3")


def test_a_mapping_that_does_not_hold_is_one_sentence(register, tmp_path):
    (tmp_path / "range.toml").write_text(MAPPING.replace("adm2", "adm9"), encoding="utf-8")
    for command in ("load", "inspect"):
        code, answer, talk = simanta(command, register, "--mapping", tmp_path / "range.toml")
        assert (code, answer) == (1, "")
        assert talk.startswith(
            "simanta: range.toml, columns.Zila: The mapping does not hold. columns.Zila: There is no"
        )
    _, answer, _ = simanta("inspect", register, "--mapping", tmp_path / "range.toml", "--json")
    assert json.loads(answer)["error"]["code"] == "MAPPING_INVALID"


def test_inspect_says_what_a_file_is_and_whether_it_would_be_refused(register, tmp_path):
    code, answer, talk = simanta("inspect", register, "--mapping", tmp_path / "range.toml")
    assert (code, answer) == (0, "")
    assert "header in row 1; source range" in talk
    assert "1 rows looked at; would be refused: none" in talk
    code, answer, _ = simanta("inspect", register, "--mapping", tmp_path / "range.toml", "--json")
    assert (code, json.loads(answer)["tables"][0]["rows_looked_at"]) == (0, 1)
    (tmp_path / "other.csv").write_text("district,male\nJessore,1\n", encoding="utf-8")
    code, _, talk = simanta("inspect", tmp_path / "other.csv")
    assert (code, "--propose-mapping" in talk) == (1, True)
    assert not (tmp_path / "store").exists()


def test_inspect_drafts_a_mapping_that_loads_the_file(register, tmp_path):
    code, draft, talk = simanta("inspect", register, "--propose-mapping")
    assert (code, talk) == (0, "")
    assert '# "Raid" =   # no likeness found' in draft
    (tmp_path / "draft.toml").write_text(draft, encoding="utf-8")
    code, _, talk = simanta("inspect", register, "--mapping", tmp_path / "draft.toml")
    assert (code, "1 unknown_code" in talk) == (0, True)


def test_template_writes_a_workbook_and_never_over_one(tmp_path):
    assert simanta("template", tmp_path / "a.xlsx")[0] == 0
    code, _, talk = simanta("template", tmp_path / "a.xlsx")
    assert (code, talk.strip()) == (
        1,
        "simanta: a.xlsx: There is a file of this name. Give another name: it is not written over.",
    )

"""A generated load of 20,000 rows: what becomes of them is what the generator's manifest says, rule by rule."""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from etl.build import load

ROOT = Path(__file__).resolve().parents[2]
ROWS = 20_000
MAY_DIFFER = 3 * ROWS // 10_000  # a point invented near a border may lie beyond it
RULES = {"missing_source_ref": "required_missing", "negative_persons": "count_negative"}  # where ours has another name
VERDICTS = {"loaded": "loaded_current", **{name: name for name in ("superseded", "duplicate", "quarantined")}}


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """The manifest, and the report of the load."""
    folder = tmp_path_factory.mktemp("generated")
    file, program = folder / "sheet.csv", ROOT / "benchmarks" / "scale" / "generate.py"
    subprocess.run([sys.executable, program, "--rows", str(ROWS), "--seed", "11", "--out", file], check=True)
    manifest = json.loads(file.with_name("sheet.csv.manifest.json").read_text())
    return manifest, load([file], folder / "store", today=date(2026, 11, 24))


def test_rows_end_as_the_manifest_says(generated):
    manifest, report = generated
    told = report.as_dict()
    assert told["rows_in"] == manifest["rows"] == ROWS
    assert told["rows_in"] == sum(told[part] for part in VERDICTS) + told["unchanged"]
    for verdict, name in VERDICTS.items():
        assert abs(told[verdict] - manifest["expected"][name]) <= MAY_DIFFER, verdict


def test_each_rule_refuses_as_many_as_were_planted_for_it(generated):
    manifest, report = generated
    planted = {RULES.get(fault, fault): n for fault, n in manifest["faults"].items()}
    found = report.files[0].rules
    assert len(planted) == 10
    assert min(planted.values()) >= 10 * MAY_DIFFER  # of none could all be missed
    differing = {rule: (planted.get(rule, 0), found.get(rule, 0)) for rule in {*planted, *found}}
    assert sum(abs(there - here) for there, here in differing.values()) <= MAY_DIFFER, differing

"""An administrator may raise the thresholds: every figure, word and export follows, under a policy of another name."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.disclosure import threshold_of
from dashboard.errors import SimantaError
from dashboard.settings import settings

ROOT = Path(__file__).resolve().parents[2]
# In a process of its own: a threshold is what it was at start.
ASKED = """
import json, sys
from pathlib import Path
from streamlit.testing.v1 import AppTest
from dashboard import ledger, layers, lattice as lattices
from dashboard.access import local_user
from dashboard.answers import corridors, district, hotspots, overview, trends
from dashboard.charts import shown
from dashboard.components.caveat import limits
from dashboard.database import open_current
from dashboard.disclosure import ALIKE, HIDDEN
from dashboard.exports import as_csv
from dashboard.figures import period
from dashboard.filters import Filters
from dashboard.i18n import Text

folder, root = Path(sys.argv[1]), Path(sys.argv[2])
store = open_current(folder)
small, withheld, policies, files = [], 0, set(), []
for page in (overview, hotspots, corridors, trends, district):
    for choices in ({"d": ("BD4041",)} if page is district else {},):
        answer = page.answer(store.select(Filters(choices=choices), local_user()))
        policies.add(answer.policy)
        for name, table in answer.tables.items():
            files.append((page.__name__, name, as_csv(answer, name).decode()))
            for column in table.column_names:
                if column.endswith(HIDDEN) and column != ALIKE:
                    withheld += sum(table[column].to_pylist())
                    values = table[column.removesuffix(HIDDEN)].to_pylist()
                    small += [(name, column, n) for n in values if n is not None and 0 < n < 7]
made = {reader: lattices.lattice(store, reader) for reader in ("inside", "outside")}
release, of_cells = ledger.list_releases(ledger.open_ledger(folder))
app = AppTest.from_file(str(root / "streamlit_app.py"), default_timeout=60)
app.run()
said = " ".join(str(each.value) for kind in (app.caption, app.markdown, app.subheader) for each in kind)
said += " ".join(each.value.to_csv() for each in app.dataframe)
exported = []
for page, name, file in files:
    head, *rows = [line.split(",") for line in file.lstrip("\\ufeff").splitlines()]
    counts = [i for i, column in enumerate(head) if column == "n" or column.startswith("n_")]
    exported += [row[i] for row in rows if len(row) == len(head) for i in counts if row[i] in list("123456")]
print(json.dumps({
    "small": small, "withheld": withheld, "policies": sorted(policies), "said": said, "exported": exported,
    "faults": [str(each.value) for each in app.exception], "breaks": layers.break_words(),
    "count": shown({"n": None, "n" + HIDDEN: True}, "n", Text()), "limits": limits(answer, Text()),
    "bangla": Text("bn")("It is withheld: under {k} detections."),
    "bases": [made["inside"].base, made["outside"].base], "release": dict(release),
    "cells": of_cells["policy"],
    "multiples": [int((made["inside"].leaves % 7).sum()), int((made["outside"].leaves % 15).sum())],
}, default=str))
"""


@pytest.fixture(scope="module")
def asked(sample_store, tmp_path_factory):
    """What five pages, their exports, the front door and the lattice say with 7 inside and 15 outside."""
    folder = tmp_path_factory.mktemp("raised") / "store"
    shutil.copytree(sample_store, folder, ignore=shutil.ignore_patterns("ledger*"))
    raised = {"SIMANTA_DISCLOSURE__INSIDE": "7", "SIMANTA_DISCLOSURE__OUTSIDE": "15", "SIMANTA_STORE": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", ASKED, str(folder), str(ROOT)],
        env=os.environ | raised, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_no_count_under_the_threshold_is_in_an_answer_or_an_export(asked):
    assert asked["withheld"] > 100
    assert asked["small"] == []
    assert asked["exported"] == []


def test_words_legends_and_the_other_language_name_the_threshold(asked):
    assert asked["faults"] == []
    assert asked["breaks"] == ["<7", "7–13", "14–27", "28–55", "56+"]
    assert asked["bangla"] == "এটি গোপন: শনাক্তকরণ ৭-এর কম।"
    assert asked["count"] == "<7"
    assert "Counts under 7 are hidden." in asked["limits"]
    assert "<5" not in asked["said"]


def test_the_lattice_is_made_and_audited_with_the_bases_that_were_set(asked):
    assert asked["bases"] == [7, 15]
    assert asked["multiples"] == [0, 0]
    assert asked["release"]["n_audited"] >= 4


def test_the_names_of_both_policies_tell_the_thresholds(asked):
    assert asked["policies"] == ["local-3-under-7"]
    assert asked["release"]["policy"] == "lattice-1-7-15"
    assert asked["cells"] == "lattice-1-7-15+cells-1"


@pytest.mark.parametrize(
    ("inside", "outside", "said"),
    [("4", "11", "inside to 5 or more"), ("5", "10", "outside to 11 or more"), ("14", "12", "no less than inside")],
)
def test_a_threshold_that_is_too_low_is_refused_with_what_to_do(monkeypatch, inside, outside, said):
    monkeypatch.setenv("SIMANTA_DISCLOSURE__INSIDE", inside)
    monkeypatch.setenv("SIMANTA_DISCLOSURE__OUTSIDE", outside)
    settings.cache_clear()
    try:
        with pytest.raises(SimantaError, match=said) as refused:
            settings()
        assert refused.value.code == "CONFIGURATION"
    finally:
        monkeypatch.undo()
        settings.cache_clear()


@pytest.mark.parametrize(("policy", "k"), [("local-1", 5), ("local-3", 5), ("local-3-under-7", 7), ("x-under-y", 0)])
def test_the_name_of_a_policy_tells_its_threshold(policy, k):
    assert threshold_of(policy) == k

"""The second opinion on counts that were linked at their source: the oracle's table, and where it is refused."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dashboard.cli import commands
from dashboard.errors import SimantaError

ORACLE = json.loads((Path(__file__).resolve().parents[2] / "refs" / "mse" / "mse.json").read_text())
NAMES = {"100": "a", "010": "b", "001": "c", "110": "ab", "101": "ac", "011": "bc", "111": "abc"}


def options(counts):
    return [word for history, name in NAMES.items() for word in (f"--{name}", str(counts[history]))]


def test_every_model_of_the_oracle_is_printed_with_what_it_supposes():
    told = json.loads(
        CliRunner().invoke(commands(), ["second-opinion", *options(ORACLE["case1"]["counts"]), "--json"]).stdout
    )
    found = {"+".join(model["dependent"]) or "independent": model for model in told["models"]}
    assert set(found) == set(ORACLE["case1"]["models"])
    for name, known in ORACLE["case1"]["models"].items():
        assert found[name]["total"] == pytest.approx(known["N"], rel=1e-9)
        assert found[name]["low"] < found[name]["total"]
    assert len(told["assumptions"]) == 4
    written = CliRunner().invoke(commands(), ["second-opinion", *options(ORACLE["case1"]["counts"])]).stdout
    assert "not prevalence" in " ".join(written.split())
    assert written.count("Supposed:") == 4


def test_below_a_floor_it_is_refused_by_its_name():
    told = CliRunner().invoke(commands(), ["second-opinion", *options(ORACLE["sparse"]["counts"])])
    assert isinstance(told.exception, SimantaError)
    assert "under 100 persons" in str(told.exception)

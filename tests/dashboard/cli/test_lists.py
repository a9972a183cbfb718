"""The second opinion on counts that were linked at their source: the oracle's table, and where it is refused."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dashboard.cli import commands
from dashboard.errors import SimantaError

ORACLE = json.loads((Path(__file__).resolve().parents[2] / "refs" / "mse" / "mse.json").read_text())
NAMES = {"100": "a", "010": "b", "001": "c", "110": "ab", "101": "ac", "011": "bc", "111": "abc"}


def options(counts, area="BD", first="2025-01-01", last="2025-12-31"):
    about = ["--area", area, "--from", first, "--to", last]
    return about + [word for history, name in NAMES.items() for word in (f"--{name}", str(counts[history]))]


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
    assert (told["area"], told["from"], told["to"]) == ("BD", "2025-01-01", "2025-12-31")
    written = CliRunner().invoke(commands(), ["second-opinion", *options(ORACLE["case1"]["counts"])]).stdout
    assert "not prevalence" in " ".join(written.split())
    assert written.count("Supposed:") == 4


def test_below_a_floor_it_is_refused_by_its_name():
    told = CliRunner().invoke(commands(), ["second-opinion", *options(ORACLE["sparse"]["counts"])])
    assert isinstance(told.exception, SimantaError)
    assert "under 100 persons" in str(told.exception)


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"area": "BD4041"}, "neither the country nor a division"),  # a district
        ({"area": "BD99"}, "neither the country nor a division"),
        ({"last": "2025-12-30"}, "are 364 days, and a year is needed"),
        ({"first": "2026-01-01"}, "are 0 days"),  # it ends before it begins
    ],
)
def test_less_than_a_division_or_a_year_is_refused_and_what_to_do_is_said(about, said):
    told = CliRunner().invoke(commands(), ["second-opinion", *options(ORACLE["case1"]["counts"], **about)])
    assert isinstance(told.exception, SimantaError)
    assert said in str(told.exception)
    assert told.exception.fix


@pytest.mark.parametrize("missing", ["--area", "--from", "--to"])
def test_area_and_period_must_be_said(missing):
    given = options(ORACLE["case1"]["counts"], area="BD40")
    at = given.index(missing)
    told = CliRunner().invoke(commands(), ["second-opinion", *given[:at], *given[at + 2 :]])
    assert told.exit_code == 2
    assert missing in told.output


def test_a_division_is_wide_enough():
    told = CliRunner().invoke(
        commands(), ["second-opinion", *options(ORACLE["case1"]["counts"], area="BD40"), "--json"]
    )
    assert json.loads(told.stdout)["area"] == "BD40"

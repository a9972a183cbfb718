"""`simanta corridors` tells the numbers of the page, in every form the same."""

import csv
import io
import json

import pytest

from dashboard.access import local_user
from dashboard.answers import corridors
from dashboard.database import open_current
from dashboard.disclosure import ALIKE, HIDDEN
from dashboard.filters import Filters
from tests.dashboard.cli.test_cli import simanta

PARTS = ("crossings", "corridors", "legs", "stretches", "concentration", "shift", "operations", "origins", "past")


@pytest.fixture(scope="module")
def answer(sample_store):
    return corridors.answer(open_current(sample_store).select(Filters(), local_user()))


@pytest.fixture(scope="module")
def told(sample_store):
    return json.loads(simanta("corridors", "--store", sample_store, "--format", "json").stdout)


def test_json_has_every_table_with_what_is_withheld_as_null_and_said_so(answer, told):
    for part in PARTS:
        assert len(told[part]) == answer.tables[part].num_rows
        for row, shown in zip(answer.rows(part), told[part], strict=True):
            hidden = [name for name in row if name.endswith(HIDDEN) and name != ALIKE and row[name]]
            assert shown.get("suppressed", False) == bool(hidden)
            assert all(shown[name.removesuffix(HIDDEN)] is None for name in hidden)
    assert sum(row["n"] or 0 for row in told["stretches"]) > 20
    assert any(row.get("suppressed") for row in told["stretches"])


@pytest.mark.parametrize("part", PARTS)
def test_csv_and_json_tell_the_same(sample_store, told, part):
    rows = list(csv.DictReader(io.StringIO(
        simanta("corridors", "--store", sample_store, "--format", "csv", "--part", part).stdout
    )))  # fmt: skip
    assert len(rows) == len(told[part])
    for row, shown in zip(rows, told[part], strict=True):
        for name, value in row.items():
            if value in ("<5", "withheld"):
                assert shown[name] is None
                assert shown["suppressed"]
            elif isinstance(shown[name], int | float) and not isinstance(shown[name], bool):
                assert float(value) == pytest.approx(shown[name], rel=1e-3)
            else:
                assert value == ("" if shown[name] is None else str(shown[name]))


def test_geojson_is_the_same_rows_at_their_places(sample_store, told):
    found = json.loads(simanta("corridors", "--store", sample_store, "--format", "geojson").stdout)
    assert found["type"] == "FeatureCollection"
    for part in ("crossings", "stretches", "corridors"):
        mine = [each for each in found["features"] if each["properties"]["table"] == part]
        rows = [row for row in told[part] if row["lon"] is not None]
        assert len(rows) > 3
        assert [each["properties"].get("n") for each in mine] == [row["n"] for row in rows]
        for each, row in zip(mine, rows, strict=True):
            points = each["geometry"]["coordinates"]
            at = points[-1] if each["geometry"]["type"] == "LineString" else points
            assert at == [row["lon"], row["lat"]]
            assert 87 < at[0] < 93 and 20 < at[1] < 27  # noqa: PT018
    assert found["corridors"] == [row for row in told["corridors"] if row["lon"] is None] != []
    assert {name: found[name] for name in ("shift", "concentration", "operations", "totals")} == {
        name: told[name] for name in ("shift", "concentration", "operations", "totals")
    }


def test_a_table_that_is_not_there_is_refused_in_a_sentence(sample_store):
    refused = simanta("corridors", "--part", "nothing", "--store", sample_store)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "There is no table nothing. Name one of: totals, compared, corridors" in refused.stderr.replace("\n", " ")
    assert "Traceback" not in refused.stderr

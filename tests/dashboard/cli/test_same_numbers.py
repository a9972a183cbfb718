"""Each command that asks prints, as JSON, every number of the page of its name, for the same filters."""

import json
from datetime import date
from urllib.parse import urlencode

import pytest

from dashboard.access import EXACT, local_user
from dashboard.cli import ask
from dashboard.database import open_current
from dashboard.disclosure import HIDDEN
from dashboard.filters import Filters
from dashboard.pages import BY_NAME
from tests.dashboard.cli.test_cli import simanta

PAGE_OF = {name: "district" if name == "brief-data" else name for name in ask.ANSWERS}
DISTRICTS = ("BD4041", "BD4044", "BD4087")
FILTERS = {
    "all": Filters(),
    "some": Filters(date(2026, 3, 2), date(2026, 11, 22), {"d": DISTRICTS, "label": ("SOM", "UNDETERMINED")}),
    "nothing": Filters(date(2001, 1, 1), date(2001, 1, 31)),
}
# What the JSON of Hotspots calls a column otherwise, and the columns of its districts beside their names.
HOTSPOTS = {"n": "count"}


def as_printed(value):
    """A value of a table as JSON has it."""
    return json.loads(json.dumps(value, default=str))


def spoken(row, names=None):
    """A row of the page as it should be printed: a withheld number null and said so."""
    plain = {(names or {}).get(name, name): as_printed(row[name]) for name in row if not name.endswith(HIDDEN)}
    is_withheld = any(row[name] for name in row if name.endswith(HIDDEN))
    return plain | ({"suppressed": True} if is_withheld else {})


def expected(answer):
    """Table to rows."""
    tables = {name: [spoken(row) for row in answer.rows(name)] for name in answer.tables}
    if answer.question == "hotspots":
        cells = [spoken(row, HOTSPOTS) for row in answer.rows("cells")]
        tables["cells"] = [row | {"cell": format(row["cell"], "x")} for row in cells]
        name = {language: answer.label(language) for language in ("en", "bn")}
        kept = ("adm2", "count", "low", "high", "suppressed")
        tables["districts"] = [
            {key: value for key, value in row.items() if key in kept}
            | {f"name_{each}": name[each]("district", row["adm2"]) for each in name}
            for row in (spoken(row, HOTSPOTS) for row in answer.rows("districts"))
        ]
    return tables


def printed(folder, command, filters):
    """What `simanta COMMAND --json` prints."""
    link = urlencode(filters.to_link(), doseq=True)
    return json.loads(simanta(command, "--store", folder, "--filters", link, "--json").stdout)


@pytest.mark.parametrize("which", FILTERS)
@pytest.mark.parametrize("command", ask.ANSWERS)
def test_the_command_line_prints_the_numbers_of_the_page(sample_store, command, which):
    store = open_current(sample_store)
    selected = store.select(FILTERS[which], local_user())
    answer = BY_NAME[PAGE_OF[command]].question(EXACT)(selected)
    told = printed(sample_store, command, FILTERS[which])
    tables = expected(answer)
    (totals,) = tables.pop("totals")
    assert told["totals"] == totals
    assert told["n"] == totals["n"]
    assert told["version"] == answer.version
    assert told["filters"] == answer.filters.to_link()
    # Hotspots tells the budget as smallest_unit, and what its other tables hold stands in its cells.
    left_out = tables.keys() - told.keys()
    assert not left_out or command == "hotspots"
    assert {name: told[name] for name in tables.keys() - left_out} == {
        name: tables[name] for name in tables.keys() - left_out
    }
    assert all(told[name] == as_printed(note) for name, note in answer.notes.items() if command != "hotspots")


def test_a_filter_changes_what_is_printed(sample_store):
    """Else the test above would hold of a command that heard no filter."""
    told = [printed(sample_store, "overview", each)["n"] for each in FILTERS.values()]
    assert len(set(told)) == 3
    assert told[-1] == 0

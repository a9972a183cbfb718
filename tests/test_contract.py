"""Every statement runs on a store that the loading half made, under every filter, and names `selected` alone."""

import json
from datetime import date

import duckdb
import pytest

from dashboard.access import Principal, local_user
from dashboard.database import BESIDE, open_current
from dashboard.filters import FACETS, Filters
from dashboard.queries import names, statement

LAST_DAY = date(2026, 11, 22)
BOUND = {
    "resolution": 5, "districts": [], "last_day": LAST_DAY, "known_by": LAST_DAY,
    "last": LAST_DAY, "list": "adm2", "days": 28, "weeks": 2, "a_year": 52, "until": LAST_DAY,
    "district": "BD4041", "least": 5, "neighbours": ["BD4044"], "slice": "week",
    "start": date(2026, 8, 31), "start_before": date(2026, 6, 8), "until_before": date(2026, 8, 30),
}  # fmt: skip
LISTS = {"published.code", "published.district", "published.crossing", "published.study_cell"}
LISTS |= {"published.border_segment"}  # the line itself: no record, no effort, the same for everybody
# Of places and laws alone: no row of them is about a record.
PLACES = {"published.neighbour", "published.place_alias", "published.upazila"}
LAWS = {"published.instrument", "published.legal_section", "published.statutory_clock", "published.reference_source"}
LAWS |= {"published.stakeholder", "published.enquiry"}
PERIOD = {"date_from": date(2026, 8, 31), "date_to": date(2026, 11, 22)}


@pytest.fixture(scope="module")
def store(sample_store):
    return open_current(sample_store)


@pytest.mark.parametrize("name", names())
def test_a_statement_names_no_table_of_records_but_selected(name):
    assert tables_of(statement(name)) <= LISTS | PLACES | LAWS | {"selected", *BESIDE}


def test_the_reading_of_tables_sees_through_joins_and_subqueries():
    sneaky = "WITH own AS (SELECT 1 AS n) SELECT n FROM own JOIN (SELECT adm2 FROM published.incident) AS x ON true"
    assert tables_of(sneaky) == {"published.incident"}


def tables_of(sql: str) -> set[str]:
    """Every table that a statement names, but for those that it makes itself in its WITH."""
    (tree,) = duckdb.execute("SELECT json_serialize_sql($sql)", {"sql": sql}).fetchone()
    named, made = set(), set()

    def walk(node):
        if isinstance(node, dict):
            if node.get("type") == "BASE_TABLE":
                named.add(f"{node['schema_name']}.{node['table_name']}".lstrip("."))
            made.update(entry["key"] for entry in (node.get("cte_map") or {}).get("map", ()))
            node = list(node.values())
        for child in node if isinstance(node, list) else ():
            walk(child)

    assert not json.loads(tree)["error"], tree
    walk(json.loads(tree))
    return named - made


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("facet", [None, *FACETS], ids=lambda f: f.name if f else "none")
def test_every_statement_runs_under_every_filter(store, name, facet):
    codes = tuple(sorted(store.codes[facet.codes]))[:2] if facet else ()
    chosen = Filters(**PERIOD, choices={facet.name: codes} if facet else {})
    rows = store.select(chosen, local_user()).ask(name, **BOUND)
    assert rows.num_columns > 0


@pytest.mark.parametrize("name", names())
def test_no_statement_gives_out_a_record(store, name):
    columns = store.select(Filters(**PERIOD), local_user()).ask(name, **BOUND).column_names
    assert [column for column in columns if "incident" in column] == []
    assert "SELECT *" not in statement(name)


@pytest.mark.parametrize("name", [name for name in names() if "whole_" in statement(name)])
def test_what_is_about_rows_is_for_who_may_see_every_district(store, name):
    assert store.select(Filters(), local_user()).ask(name).num_columns > 0
    held = Principal("p", "data_officer", tuple(sorted(store.codes["district"])))
    assert store.select(Filters(), held).ask(name).num_rows == 0


def total(store, filters, principal):
    return sum(store.select(filters, principal).ask("kinds")["n"].to_pylist())


def test_a_filter_never_finds_more_than_no_filter(store):
    everything = total(store, Filters(), local_user())
    for facet in FACETS:
        for code in sorted(store.codes[facet.codes])[:5]:
            if code != "pushed_in":
                assert total(store, Filters(choices={facet.name: (code,)}), local_user()) <= everything


def test_scope_is_inside_every_question(store):
    jashore = total(store, Filters(choices={"d": ("BD4041",)}), local_user())
    assert jashore > 0
    assert total(store, Filters(), Principal("p", "planner", ("BD4041",))) == jashore


def test_an_empty_scope_sees_nothing_rather_than_everything(store):
    assert total(store, Filters(), Principal("p", "planner", ())) == 0


def test_the_store_cannot_be_written_or_left(store):
    forbidden = (
        "CREATE TABLE t (i INTEGER)",
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY (SELECT 1) TO 'x.csv'",
        "SET enable_external_access=true",
        "INSTALL httpfs",
    )
    for attempt in forbidden:
        with pytest.raises(duckdb.Error):
            store._rows(attempt, {})

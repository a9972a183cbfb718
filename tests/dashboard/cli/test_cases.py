"""Open cases by hash: those that the page counts, for whoever may look, and on the terminal alone."""

import json

import pytest

from dashboard.database import open_current
from etl.cases import open_cases
from tests.dashboard.cli.test_cli import simanta


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    store = tmp_path_factory.mktemp("cases") / "store"
    simanta("demo", "--rows", "400", "--store", store)
    return store


def listed(folder, *more):
    return json.loads(simanta("open-cases", "--store", folder, "--json", *more).stdout)["cases"]


def test_the_list_has_as_many_as_the_page_counts(folder):
    types = "&".join(f"type={code}" for code in open_current(folder).codes["event_type"])
    everything = json.loads(
        simanta("response", "--store", folder, "--json", "--filters", f"from=2020-01-01&to=2030-12-31&{types}").stdout
    )["accused"][0]
    cases = listed(folder)
    assert len({case["case_hash"] for case in cases}) == len(cases) > 0
    for state, name in (("victim_accused", "n_open"), ("not_screened", "n_waiting")):
        assert sum(case["waits_for"] == state for case in cases) == everything[name]


def test_an_officer_finds_the_hash_of_a_reference_of_theirs_and_of_no_other(folder):
    hashes = {case.case_hash for case in open_cases(folder, None)}
    mine = {
        n: open_cases(folder, None, f" INVENTED-{n:05d}") for n in range(330, 401)
    }  # the newest: these laws are cited since 2026
    found = {n: cases[0].case_hash for n, cases in mine.items() if cases}
    assert found
    assert all(len(cases) <= 1 for cases in mine.values())
    assert set(found.values()) <= hashes
    assert len(set(found.values())) == len(found)
    assert open_cases(folder, None, "NOT-A-REFERENCE") == []


def test_no_case_of_another_district_is_listed(folder):
    assert open_cases(folder, []) == []
    assert len(open_cases(folder, ["BD4041"])) < len(open_cases(folder, None))


def test_who_asked_is_in_the_audit_and_no_hash_of_a_case(folder):
    cases = listed(folder)
    lines = simanta("audit", "--store", folder, "--json").stdout
    assert "open-cases" in lines
    assert not any(case["case_hash"] in lines for case in cases)

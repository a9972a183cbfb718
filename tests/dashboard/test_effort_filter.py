"""Only where effort is on record: the same places in every period, practice apart, and nothing beyond the scope."""

from datetime import date

import pytest

from dashboard.access import Principal, local_user
from dashboard.answers import hotspots
from dashboard.database import open_current
from dashboard.filters import Filters
from etl import build

TODAY = date(2026, 11, 22)
RECORDS = """source_ref,event_type,date_start,adm2,detecting_agency,invented
A,interception_inland,2026-11-02,BD4041,bgb,no
B,interception_inland,2026-11-03,BD4041,bgb,yes
C,interception_inland,2026-11-04,BD4044,police,no
D,interception_inland,2026-11-05,BD4087,bgb,no
E,interception_inland,2024-03-05,BD4041,bgb,no
"""
# Jashore: real and no practice effort; Jhenaidah: practice only; Satkhira: reported that there was none.
EFFORT = """unit,agency,adm2,week,patrol_hours,invented
U1,bgb,BD4041,2026-10-05,40,no
U2,bgb,BD4044,2026-10-05,40,yes
U3,bgb,BD4087,2026-10-05,0,no
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("effort")
    for name, sheet in (("records", RECORDS), ("effort", EFFORT)):
        (folder / f"{name}.csv").write_text(sheet)
    report = build.load([folder / "records.csv", folder / "effort.csv"], folder / "store", today=TODAY)
    assert report.version == 1
    return open_current(folder / "store")


def n(store, principal=None, **chosen):
    filters = Filters(only_with_effort=True, **chosen)
    return sum(store.select(filters, principal or local_user()).ask("kinds")["n"].to_pylist())


def test_only_records_of_districts_with_effort_and_practice_with_practice(store):
    assert n(store) == 2  # A and E: B is practice, C's effort is practice, D's is none


def test_a_period_before_the_first_effort_is_about_the_same_places(store):
    assert n(store, date_from=date(2024, 1, 1), date_to=date(2024, 12, 31)) == 1


def test_effort_of_the_chosen_agency_counts(store):
    assert n(store, choices={"agency": ("bgb",)}) == 2
    assert n(store, choices={"agency": ("police",)}) == 0


def test_effort_out_of_view_opens_nothing(store):
    assert n(store, Principal("p", "planner", ("BD4041",))) == 2
    assert n(store, Principal("p", "planner", ("BD4044",))) == 0


def test_the_tested_area_leaves_out_empty_cells_without_effort(sample_store):
    store, period = open_current(sample_store), {"date_from": date(2026, 8, 31), "date_to": TODAY}
    every, known = (
        hotspots.answer(store.select(Filters(**period, only_with_effort=only), local_user())) for only in (False, True)
    )
    assert int(known.notes["tested_cells"]) < int(every.notes["tested_cells"])

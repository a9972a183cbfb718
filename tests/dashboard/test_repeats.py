"""Near repeats on planted records: one incident that two agencies tell of is no repeat of itself."""

import csv
from datetime import date, timedelta
from itertools import product

import pytest

from dashboard.access import local_user
from dashboard.database import open_current
from dashboard.figures import known, repeats
from dashboard.filters import Filters
from etl import build

UNTIL = date(2026, 11, 22)
# 60 places at least 20 km apart, so that no two of them are a pair of any band.
PLACES = [(22.6 + 0.3 * y, 89.2 + 0.2 * x) for y in range(8) for x in range(8)][:60]
DISTRICT_ONLY = {"lat": "", "lon": "", "adm2": "BD4041", "precision_code": 5}
TOLD_TWICE, REPEATED = range(30), range(30, 48)


def told(agency, at, day, waited):
    lat, lon = PLACES[at]
    return {
        "source_ref": f"{agency}-{at}-{waited}-{day:%j}",
        "event_type": "interception_inland",
        "detecting_agency": agency,
        "date_start": day.isoformat(),
        "report_date": (day + timedelta(days=waited)).isoformat(),
        "lat": f"{lat:.5f}",
        "lon": f"{lon:.5f}",
        "adm2": "",
        "precision_code": 1,
        "persons": 4,
    }


def incidents():
    """One at each place, of which the police tell 30 again on the day after, as theirs; and 18 true repeats, by one.

    The first and last are known to their district only: between them both agencies tell, and all weeks are settled.
    """
    for at in range(len(PLACES)):
        day = UNTIL - timedelta(days=300 - 4 * at)
        yield told("bgb", at, day, 1)
        if at in TOLD_TWICE:
            yield told("police", at, day + timedelta(days=1), 2)
        if at in REPEATED:
            yield told("bgb", at, day + timedelta(days=5), 1)
    for agency, days in product(("bgb", "police"), (1, 330)):
        yield told(agency, 0, UNTIL - timedelta(days=days), 1) | DISTRICT_ONLY


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder, rows = tmp_path_factory.mktemp("told_twice"), list(incidents())
    with (folder / "incidents.csv").open("w", newline="", encoding="utf-8") as file:
        sheet = csv.DictWriter(file, list(rows[0]))
        sheet.writeheader()
        sheet.writerows(rows)
    build.load([folder / "incidents.csv"], folder / "store", today=UNTIL)
    return open_current(folder / "store")


def test_what_may_be_one_incident_of_two_agencies_is_no_near_repeat(store):
    selected = store.select(Filters(date_from=UNTIL - timedelta(days=364), date_to=UNTIL), local_user())
    (doubles,) = selected.ask("double_counts").to_pylist()
    assert doubles["n_repeats"] == len(TOLD_TWICE)
    pairs, eligible, used = repeats.near_repeats(selected, known.history(selected))
    assert eligible == used == len(PLACES) + len(REPEATED)
    assert [row["n"] for row in pairs.to_pylist()] == [len(REPEATED), *8 * [0]]


def test_a_double_is_one_only_beside_the_record_that_it_may_repeat(store):
    """Where one agency is chosen, its own record stands for the incident."""
    police = store.select(Filters(choices={"agency": ("police",)}), local_user())
    rows = police.ask("exact_by_day", last_day=UNTIL, known_by=UNTIL)
    assert sum(rows["n"].to_pylist()) == len(TOLD_TWICE)

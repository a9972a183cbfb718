"""A store with planted changes, so that what Trends says of them can be known beforehand."""

import csv
from datetime import date, timedelta

import h3
import pytest

PLANTED_TO = date(2026, 11, 22)  # a Sunday
WEEKS = 80
# District -> detections a week; in the last four weeks; in the same four weeks a year earlier; patrol hours, then now.
PLANTED = {
    "BD4041": (5, 12, 12, None, None),  # as last year: the season
    "BD4044": (5, 15, 5, 100, 300),  # as the patrols
    "BD4087": (5, 15, 5, 100, 100),  # neither
    "BD2022": (15, 5, 15, 100, 40),  # fell as the patrols did
    "BD5577": (6, 6, 6, None, None),
}


@pytest.fixture(autouse=True)
def _no_fault_is_hidden(monkeypatch):
    """The front door shows a person words in place of a traceback; a test is to see the exception itself."""

    def shown(error):
        raise error

    monkeypatch.setattr("dashboard.pages.trouble.fault", shown)


def _of_week(district, ago):
    usual, now, year, *_ = PLANTED[district]
    return now if ago < 4 else year if 52 <= ago < 56 else usual


@pytest.fixture(scope="session")
def planted_store(tmp_path_factory):
    """80 whole weeks of five districts, each reported on its day; patrol hours of three of them."""
    from etl import build

    folder = tmp_path_factory.mktemp("planted")
    monday = PLANTED_TO - timedelta(days=7 * WEEKS - 1)
    with (folder / "planted.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["source_ref", "event_type", "crime_label", "date_start", "report_date", "adm2", "invented"])
        for week in range(WEEKS):
            for district in PLANTED:
                for i in range(_of_week(district, WEEKS - 1 - week)):
                    day = monday + timedelta(days=7 * week + i % 7)
                    out.writerow([f"{district}-{week}-{i}", "interception_at_border", "SOM", day, day, district, "yes"])
    with (folder / "effort.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["unit", "adm2", "week", "patrol_hours", "invented"])
        for district, (*_, hours, hours_now) in PLANTED.items():
            for ago in range(8) if hours else ():
                week = PLANTED_TO - timedelta(days=7 * ago + 6)
                out.writerow([f"unit {district}", district, week, hours_now if ago < 4 else hours, "yes"])
    report = build.load([folder / "planted.csv", folder / "effort.csv"], folder / "store", today=PLANTED_TO)
    assert report.version == 1
    return folder / "store"


HOMES = ("return_repatriation", "recruitment_lead", "hotline_report", "complaint_or_case_filed")


@pytest.fixture(scope="session")
def as_shown():
    """The cell and resolution that anybody may be told of a record: none of a home, a coarse one at sea."""

    def shown(event_type, cell, resolution):
        if cell is None or event_type in HOMES:
            return None, None
        if event_type == "interception_at_sea" and resolution > 4:
            return h3.str_to_int(h3.cell_to_parent(h3.int_to_str(cell), 4)), 4
        return cell, resolution

    return shown

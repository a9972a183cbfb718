"""Cells at the edge of what is tested, and agencies that began to tell within the months: both are said in words."""

import csv
from datetime import date, timedelta

import h3
import pytest

from dashboard.access import local_user
from dashboard.answers import hotspots
from dashboard.components import explained, words
from dashboard.database import open_current
from dashboard.filters import Filters
from dashboard.i18n import Text
from dashboard.layers import h3_of
from dashboard.pages import hotspots as page
from etl import build

UNTIL = date(2026, 11, 22)
EN, BN = Text("en"), Text("bn")


@pytest.fixture(scope="module")
def answer(sample_store):
    return hotspots.answer(open_current(sample_store).select(Filters(), local_user()))


def test_a_cell_at_the_edge_says_how_much_of_what_surrounds_it_is_seen(answer):
    cells = [row for row in answer.rows("cells") if row["adm2"] and row["class"] is not None]
    inside = [row for row in cells if not explained.is_at_edge(row)]
    at_edge = [row for row in cells if explained.is_at_edge(row)]
    assert inside
    assert at_edge
    for row in at_edge:
        said = f"at the edge: {row['cells_near']} of 7 cells around it are seen"
        assert said in explained.reasons(row, answer, EN)
        assert f"{BN.number(row['cells_near'])}টি এলাকার ভেতরে" in " ".join(explained.reasons(row, answer, BN))
    assert not any("at the edge" in line for row in inside for line in explained.reasons(row, answer, EN))
    assert not any(explained.is_at_edge(row) for row in answer.rows("cells") if row["adm2"] is None)  # never tested


def test_what_is_beyond_the_districts_in_view_is_not_seen(sample_store):
    """One district alone: the neighbours of a cell that are seen are those whose middle lies in it."""
    store = open_current(sample_store)
    selected = store.select(Filters(choices={"d": ("BD4041",)}), local_user())
    answer = hotspots.answer(selected)
    bound = {"resolution": answer.filters.resolution, "districts": ["BD4041"]}
    rows = selected.ask("detections_by_cell", **bound).to_pylist()
    area = {h3_of(row["cell"]) for row in rows if row["adm2"]}
    for row in answer.rows("cells"):
        assert row["cells_near"] == len(area & set(h3.grid_disk(h3_of(row["cell"]), 1)))
    assert any(explained.is_at_edge(row) for row in answer.rows("cells"))


@pytest.mark.parametrize("view", ["significance", "emerging"])
def test_a_view_says_how_many_of_its_findings_lie_at_the_edge(answer, view):
    n = page._at_edge(answer, view)
    said = " ".join(page._unlisted(answer, EN, view))
    assert ("Cells at the edge of the area" in said) == (n > 0)
    assert n == 0 or f"is not seen: {n}." in said


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """BGB tells of Benapole for 30 months, the police of it since March 2026, the coast guard of three in May."""
    folder = tmp_path_factory.mktemp("begun")
    with (folder / "sheet.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["source_ref", "event_type", "detecting_agency", "date_start", "report_date", "crossing"])
        told = [("bgb", date(2024, 5, 1), 130), ("police", date(2026, 3, 9), 30), ("coast_guard", date(2026, 5, 4), 3)]
        for agency, first, weeks in told:
            for week in range(weeks):
                day = first + timedelta(days=7 * week)
                out.writerow([f"{agency}-{week}", "interception_at_border", agency, day, day, "x-benapole"])
    report = build.load([folder / "sheet.csv"], folder / "store", today=UNTIL)
    assert report.files[0].loaded == 163
    return hotspots.answer(open_current(folder / "store").select(Filters(), local_user()))


def test_an_agency_that_began_within_the_months_is_named_with_its_first_month(begun):
    assert [(row["detecting_agency"], row["first_month"], row["n"]) for row in begun.rows("agencies")] == [
        ("police", date(2026, 3, 1), 30),
        ("coast_guard", None, None),  # of three nothing is told, nor when they began
    ]
    said = words.new_reporters(begun, EN)
    assert said == "What looks new may be new reporting; first detections: Police since Mar 2026."
    assert "২০২৬ থেকে" in words.new_reporters(begun, BN)
    assert said in " ".join(page._unlisted(begun, EN, "emerging"))


def test_it_stands_beside_the_class_new_and_no_other(begun):
    (row, *_) = [row for row in begun.rows("cells") if row["class"] is not None and row["emerging"] is not None]
    for emerging in ("new_hot", "persistent_hot"):
        lines = explained.reasons(row | {"emerging": emerging, "history": "...H", "trend_p": None}, begun, EN)
        assert (words.new_reporters(begun, EN) in lines) == (emerging == "new_hot")

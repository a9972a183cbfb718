"""The order of day and month in a further sheet: by its own rows, else by the file's, else the file is refused."""

from datetime import date

import duckdb
import pytest
import xlsxwriter

from etl.build import load
from etl.errors import LoadError
from etl.store import current, version_file

TODAY = date(2026, 11, 24)
INCIDENT = ("source_ref", "event_type", "date_start", "adm2")
HANDOVER = ("source_ref", "from_agency", "to_agency", "requested_on", "accepted_on")


@pytest.fixture
def book(tmp_path):
    """(days of incidents, (requested, accepted) of hand-overs) -> a workbook with both sheets."""

    def write(incidents, handovers):
        with xlsxwriter.Workbook(tmp_path / "a.xlsx") as made:
            rows = [(f"R{n}", "interception_at_border", day, "BD4041") for n, day in enumerate(incidents)]
            told = [(f"R{n}", "bgb", "police", *days) for n, days in enumerate(handovers)]
            for name, lines in (("incidents", [INCIDENT, *rows]), ("handover", [HANDOVER, *told])):
                sheet = made.add_worksheet(name)
                for at, line in enumerate(lines):
                    sheet.write_row(at, 0, line)
        return tmp_path / "a.xlsx"

    return write


def handed_over(file, store, **options):
    """(requested, accepted) as they are stored; the load refuses no row."""
    assert load([file], store, today=TODAY, **options).files[0].quarantined == 0
    with duckdb.connect(version_file(store, current(store)), read_only=True) as con:
        return con.execute("SELECT requested_on::VARCHAR, accepted_on::VARCHAR FROM handover ORDER BY ALL").fetchall()


def refusal(file, store):
    with pytest.raises(LoadError) as refused:
        load([file], store, today=TODAY)
    return refused.value.code, refused.value.file, refused.value.field


ISO = ["2026-03-01", "2026-03-01"]


def test_an_unambiguous_row_settles_its_sheet(book, tmp_path):
    told = [("03/04/2026", "21/04/2026"), ("05/04/2026", "")]
    assert handed_over(book(ISO, told), tmp_path / "s") == [("2026-04-03", "2026-04-21"), ("2026-04-05", None)]


def test_each_sheet_is_settled_by_itself(book, tmp_path):
    file = book(["03/25/2026", "04/05/2026"], [("03/04/2026", "21/04/2026")])
    assert handed_over(file, tmp_path / "s") == [("2026-04-03", "2026-04-21")]


def test_a_sheet_that_proves_nothing_is_read_as_the_file_is(book, tmp_path):
    file = book(["03/25/2026", "2026-03-01"], [("03/04/2026", "")])
    assert handed_over(file, tmp_path / "s") == [("2026-03-04", None)]


def test_where_nothing_proves_it_the_file_is_refused_until_it_is_said(book, tmp_path):
    file = book(ISO, [("03/04/2026", "")])
    assert refusal(file, tmp_path / "s") == ("DATE_ORDER_UNKNOWN", "a.xlsx", "requested_on")
    assert handed_over(file, tmp_path / "s", date_order="mdy") == [("2026-03-04", None)]
    both = book(ISO, [("21/04/2026", ""), ("04/21/2026", "")])
    assert refusal(both, tmp_path / "s") == ("DATE_ORDER_CONFLICT", "a.xlsx", "requested_on")


def test_a_sheet_whose_days_are_the_same_both_ways_needs_no_order(book, tmp_path):
    assert handed_over(book(ISO, [("04/04/2026", "")]), tmp_path / "s") == [("2026-04-04", None)]

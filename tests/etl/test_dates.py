"""Dates as people write them: what days a text names, and what settles the order of a file."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl import dates
from etl.build import load
from etl.days import written
from etl.errors import LoadError
from etl.index import index_batch

TODAY = date(2026, 11, 24)
READ = [
    ("2026-03-02", "2026-03-02", "2026-03-02", "day"),
    ("2026/3/2", "2026-03-02", "2026-03-02", "day"),
    ("16 September 2024", "2024-09-16", "2024-09-16", "day"),
    ("Sept. 3, 2024", "2024-09-03", "2024-09-03", "day"),
    ("3rd March 2024", "2024-03-03", "2024-03-03", "day"),
    ("16-Sep-2024", "2024-09-16", "2024-09-16", "day"),
    ("1লা মার্চ 2024", "2024-03-01", "2024-03-01", "day"),
    ("8 ফেব্রুয়ারী 2024", "2024-02-08", "2024-02-08", "day"),
    ("2025-02-19 14:30", "2025-02-19", "2025-02-19", "day"),
    ("2025-02-19T01:30+06:00", "2025-02-19", "2025-02-19", "day"),
    ("05/05/2025", "2025-05-05", "2025-05-05", "day"),
    ("25/03/2025", "2025-03-25", "2025-03-25", "day"),
    ("03/25/2025", "2025-03-25", "2025-03-25", "day"),
    ("March 2024", "2024-03-01", "2024-03-31", "month"),
    ("মার্চ 2024", "2024-03-01", "2024-03-31", "month"),
    ("2024-02", "2024-02-01", "2024-02-29", "month"),
    ("02/2023", "2023-02-01", "2023-02-28", "month"),
    ("Q4 2024", "2024-10-01", "2024-12-31", "quarter"),
    ("2024", "2024-01-01", "2024-12-31", "year"),
    ("2024-W10", "2024-03-04", "2024-03-10", "week"),
    ("3-9 March 2024", "2024-03-03", "2024-03-09", "week"),
    ("1–7 মার্চ 2024", "2024-03-01", "2024-03-07", "week"),
    ("3-10 March 2024", "2024-03-03", "2024-03-10", "range"),
    ("3 to 9 March 2024", "2024-03-03", "2024-03-09", "week"),
    ("28 February - 3 March 2024", "2024-02-28", "2024-03-03", "week"),
    ("15-17/09/2023", "2023-09-15", "2023-09-17", "week"),
    ("9/15-17/2023", "2023-09-15", "2023-09-17", "week"),
    ("2024-03-03/2024-03-20", "2024-03-03", "2024-03-20", "range"),
    ("January-March 2024", "2024-01-01", "2024-03-31", "range"),
    ("15/09/2023-17/09/2023", "2023-09-15", "2023-09-17", "week"),
]
NOT_READ = [
    ("2026-02-31", "impossible_date"),
    ("0000-00-00", "impossible_date"),
    ("1900-02-29", "impossible_date"),
    ("9-3 March 2024", "impossible_date"),
    ("2024-13", "impossible_date"),
    ("2024-W60", "impossible_date"),
    ("05/06/07", "ambiguous_date"),
    ("02/03/2026", "ambiguous_date"),
    ("16-Sep-24", "ambiguous_date"),
    ("March 24", "ambiguous_date"),
    ("2025-02-19T23:30:00-11:00", "ambiguous_date"),
    ("2025-02-19T23:30Z", "ambiguous_date"),
    ("45678", "date_unreadable"),
    ("20250101.0", "date_unreadable"),
    ("last Friday", "date_unreadable"),
    ("1২/03/2024", "date_unreadable"),
    ("2025-02-19T10:00 call 01700000000", "date_unreadable"),
    ("x" * 1_000, "date_unreadable"),
]


@pytest.mark.parametrize(("text", "first", "last", "precision"), READ)
def test_a_text_names_its_days_and_how_exactly(text, first, last, precision):
    assert written(text, None) == (date.fromisoformat(first), date.fromisoformat(last), precision, None)


@pytest.mark.parametrize(("text", "rule"), NOT_READ)
def test_a_text_that_names_no_day_says_why(text, rule):
    assert written(text, None) == (None, None, None, rule)


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("02/03/2026", "dmy", "2026-03-02"), ("02/03/2026", "mdy", "2026-02-03"), ("17-01-24", "dmy", "2024-01-17"),
        ("17-01-24", "ymd", "2017-01-24"), ("16-Sep-24", "dmy", "2024-09-16"), ("03/25/2025", "dmy", None),
    ],
)  # fmt: skip
def test_an_order_settles_what_is_readable_in_two_ways(text, order, day):
    assert written(text, order).first == (day and date.fromisoformat(day))


@given(st.dates(date(1000, 1, 1)), st.sampled_from(["%d/%m/%Y", "%d.%m.%Y", "%d %B %Y", "%d-%b-%Y", "%Y-%m-%d"]))
def test_every_day_is_read_as_it_is_written(day, form):
    assert written(day.strftime(form), "dmy")[:3] == (day, day, "day")


@given(st.text(st.sampled_from("0123456789/-. @QWtoমার্চMarch2024"), max_size=25), st.sampled_from([None, "dmy", "ymd"]))
def test_nothing_raises_and_a_day_or_a_reason_is_told(text, order):
    first, last, precision, problem = written(text, order)
    assert (problem is None) == (first is not None and first <= last and precision is not None)


def test_the_unambiguous_rows_of_a_file_settle_the_others(raw):
    assert (
        dates.orders(raw({"date_start": "2026-03-02"}, {"date_start": "২০২৬-০৩-০২"}, {"date_start": "5/5/2026"}))
        == set()
    )
    assert dates.orders(raw({"date_start": "02/03/2026"}, {"report_date": "২৫/০৩/২০২৬"})) == {"either", "dmy"}
    assert dates.orders(raw({"date_start": "15-17/09/2023"}, {"date_start": "20/03/2024"})) == {"dmy"}
    assert dates.orders(raw({"date_start": "02-03-26"})) == set()
    assert dates.settled({"either", "mdy"}, "x.csv") == "mdy"


@pytest.mark.parametrize(
    ("found", "code"), [({"either"}, "DATE_ORDER_UNKNOWN"), ({"dmy", "mdy"}, "DATE_ORDER_CONFLICT")]
)
def test_a_file_that_settles_nothing_is_refused_with_the_option_that_does(found, code):
    with pytest.raises(LoadError, match="--date-order") as refused:
        dates.settled(found, "x.csv")
    assert (refused.value.code, refused.value.file) == (code, "x.csv")


def test_a_row_far_down_settles_the_order_of_the_whole_file(sheet, tmp_path, monkeypatch):
    monkeypatch.setattr("etl.delimited.BLOCK_BYTES", 1_024)
    plain = [{"source_ref": f"T-{n}", "date_start": "2026-03-02"} for n in range(30)]
    short = [{"source_ref": f"S-{n}", "date_start": "02/03/2026"} for n in range(30)]
    file = sheet("a.csv", *plain, *short, {"source_ref": "last", "date_start": "25/03/2026"})
    assert load([file], tmp_path / "store", today=TODAY).as_dict()["loaded"] == 61
    assert load([file], tmp_path / "other", today=TODAY, date_order="mdy").files[0].rules == {"impossible_date": 1}


def test_mixed_rows_load_where_they_can_be_read_in_one_way(sheet, tmp_path):
    days = ("25/03/2026", "03/25/2026", "02/03/2026", "16-Sep-24")
    file = sheet("a.csv", *({"source_ref": day, "date_start": day} for day in days))
    told = load([file], tmp_path / "store", today=TODAY, date_order="mixed").files[0]
    assert (told.loaded, told.rules) == (2, {"ambiguous_date": 2})


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"date_start": "March 2024"}, ("2024-03-01", "2024-03-31", "month")),
        ({"date_start": "৩-৯ মার্চ ২০২৪"}, ("2024-03-03", "2024-03-09", "week")),
        ({"date_start": "3-5 March 2024"}, ("2024-03-03", "2024-03-05", "week")),
        ({"date_start": "2024-03-03", "date_end": "2024-03-09"}, ("2024-03-03", "2024-03-09", "week")),
        ({"date_start": "2024-03-03", "date_end": "2024-03-10"}, ("2024-03-03", "2024-03-10", "range")),
        ({"date_start": "2024-03-03", "date_end": "2024-03-03"}, ("2024-03-03", "2024-03-03", "day")),
        ({"date_start": "2024-03-03", "date_precision": "month"}, ("2024-03-03", "2024-03-31", "month")),
        ({"date_start": "March 2024", "date_precision": "year"}, ("2024-03-01", "2024-12-31", "year")),
        ({"date_start": "Jan 2024", "date_end": "February 2024"}, ("2024-01-01", "2024-02-29", "range")),
        ({"date_start": "November 2026"}, ("2026-11-01", "2026-11-30", "month")),
    ],
)
def test_precision_follows_from_what_is_written(cells, told, raw, terms, reference, good_row):
    row = index_batch(raw({**good_row, **cells}), terms, reference).good.to_pylist()[0]
    assert (str(row["date_start"]), str(row["date_end"]), row["date_precision"]) == told

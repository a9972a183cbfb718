"""Hours of a hand-over: how they may be written, what is stored of them, what is refused."""

from datetime import UTC, date, datetime, timedelta, timezone

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.build import load
from etl.days import written
from etl.facts import opened
from etl.kinds import HANDOVER
from etl.moments import moment
from etl.parts import judge_part
from etl.source import Terms
from etl.store import current, version_file

TODAY = date(2026, 11, 24)
DHAKA = timezone(timedelta(hours=6))
ROW = {"source_ref": "A", "from_agency": "bgb", "to_agency": "police", "requested_on": "2026-03-02"}


def judged(reference, row, order=None):
    """(the stored row or None, rule or None) of a hand-over."""
    terms = Terms("simanta_sheet", "bangladesh", b"k" * 32, TODAY, order)
    texts = dict.fromkeys(("fault", "other_text", *HANDOVER.texts), pl.String)
    cells = pl.DataFrame([{"row_no": 2, **ROW, **row}], schema={"row_no": pl.Int64, **texts})
    good, refused = judge_part(cells, HANDOVER, terms, reference)
    return next(iter(good.to_pylist()), None), next(iter(refused["rule"].to_pylist()), None)


@pytest.mark.parametrize(
    ("text", "day", "at"),
    [
        ("2026-03-02 14:30", "2026-03-02", "2026-03-02 08:30"),  # Dhaka is six hours ahead
        ("2026-03-02T14:30:05", "2026-03-02", "2026-03-02 08:30:05"),
        ("2026-03-02T14:30:05.250+06:00", "2026-03-02", "2026-03-02 08:30:05"),
        ("2026-03-01T20:30:00Z", "2026-03-02", "2026-03-01 20:30"),  # past midnight in Dhaka
        ("2026-03-02 02:00 +0530", "2026-03-02", "2026-03-01 20:30"),
        ("২০২৬-০৩-০২ ১৪:৩০", "2026-03-02", "2026-03-02 08:30"),
        ("2 March 2026, 2:30 pm", "2026-03-02", "2026-03-02 08:30"),
        ("21/03/2026 12:05 AM", "2026-03-21", "2026-03-20 18:05"),
        ("2026-03-02", "2026-03-02", None),
        ("2 March 2026", "2026-03-02", None),
    ],
)
def test_an_hour_is_kept_in_utc_and_the_day_is_dhakas(reference, text, day, at):
    row, rule = judged(reference, {"requested_on": text})
    assert rule is None
    assert row["requested_on"] == date.fromisoformat(day)
    assert row["requested_at"] == (at and datetime.fromisoformat(at))


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ({"requested_on": "2026-03-02 24:30"}, "impossible_date"),
        ({"requested_on": "2026-03-02 13:30 pm"}, "impossible_date"),
        ({"requested_on": "2026-02-31 10:30"}, "impossible_date"),
        ({"requested_on": "March 2026 10:30"}, "date_unreadable"),
        ({"requested_on": "03/04/2026 10:30"}, "ambiguous_date"),
        ({"requested_on": "2026-03-02 1430"}, "date_unreadable"),
        ({"requested_on": "2026-11-24 23:00", "accepted_on": "2026-11-25 01:00"}, "future_date"),
        ({"requested_on": "2026-03-02 14:30", "accepted_on": "2026-03-02 14:29"}, "date_order"),
        ({"requested_on": "2026-03-02 14:30", "accepted_on": "2026-03-02"}, None),  # some hour of that day
        ({"requested_on": "2026-03-02 14:30", "accepted_on": "2026-03-02 14:30"}, None),
    ],
)
def test_what_hours_may_not_say(reference, row, rule):
    assert judged(reference, row)[1] == rule


@given(st.datetimes(datetime(2000, 1, 2), datetime(2026, 1, 1)), st.integers(-14 * 4, 14 * 4))
def test_every_moment_comes_back_whatever_its_zone(at, quarters):
    there = at.replace(microsecond=0, tzinfo=UTC).astimezone(timezone(timedelta(minutes=15 * quarters)))
    told, found = moment(there.isoformat(), None)
    assert found == there.astimezone(UTC).replace(tzinfo=None)
    assert told.first == told.last == there.astimezone(DHAKA).date()


@given(st.text(alphabet="0123456789-/:. tTzZ+ampAMP,২", max_size=30))
def test_nothing_that_is_typed_raises_and_days_are_as_they_were(text):
    told, at = moment(text, None)
    if at is None and not told.problem:
        assert told == written(text, None)


def test_the_hours_are_in_the_store(sheet, tmp_path):
    file = tmp_path / "h.csv"
    rows = ["source_ref,from_agency,to_agency,requested_on,accepted_on", "A,bgb,police,2026-03-02 14:30,2026-03-05"]
    file.write_text("\n".join(rows) + "\n")
    load([sheet("a.csv", {"source_ref": "A"}), file], tmp_path / "s", today=TODAY)
    assert load([file], tmp_path / "s", today=TODAY).files[0].unchanged == 1
    with duckdb.connect(version_file(tmp_path / "s", current(tmp_path / "s")), read_only=True) as con:
        asked = "SELECT requested_on, requested_at, accepted_on, accepted_at FROM published.handover"
        assert con.execute(asked).fetchall() == [
            (date(2026, 3, 2), datetime(2026, 3, 2, 8, 30), date(2026, 3, 5), None)
        ]


def test_rows_that_differ_come_back_with_their_hours(sheet, tmp_path):
    file = tmp_path / "h.csv"
    rows = ["source_ref,from_agency,to_agency,requested_on", *(f"A,bgb,police,2026-03-02 {h}:30" for h in ("02", "14"))]
    file.write_text("\n".join(rows) + "\n")
    load([sheet("a.csv", {"source_ref": "A"}), file], tmp_path / "s", today=TODAY)
    with opened(tmp_path / "s", 1) as facts:
        kept = [each.kept["requested_on"] for each in facts.refusals()]
    assert kept == ["2026-03-01 20:30:00Z", "2026-03-02 08:30:00Z"]
    assert [moment(text, None)[0].first for text in kept] == [date(2026, 3, 2)] * 2

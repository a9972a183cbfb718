"""One object is the WHERE clause, the link and the sentence: reading a link back gives the same object."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.filters import COMPARISONS, FACETS, PARTS, RESOLUTIONS, Filters, default_types, read_link
from dashboard.i18n import Text

CODES = st.from_regex(r"[A-Za-z0-9_-]{1,12}", fullmatch=True)
DAYS = st.dates(date(2000, 1, 1), date(2040, 1, 1))


@st.composite
def comparisons(draw):
    first, last = sorted([draw(DAYS), draw(DAYS)])
    return draw(st.sampled_from([*COMPARISONS, f"{first}..{last}"]))


@st.composite
def filters(draw):
    start, end = sorted([draw(DAYS), draw(DAYS)])
    start, end = draw(st.sampled_from([(start, end), (start, None), (None, end), (None, None)]))
    choices = {f.name: tuple(draw(st.lists(CODES, max_size=4))) for f in FACETS}
    return Filters(
        start,
        end,
        choices,
        draw(st.integers(1, 7)),
        draw(st.sampled_from([None, *RESOLUTIONS])),
        draw(comparisons()),
        draw(st.booleans()),
    )


@given(filters())
def test_a_link_read_back_gives_the_same_filters(chosen):
    again, ignored = read_link(chosen.to_link())
    assert again == chosen
    assert hash(again) == hash(chosen)
    assert again.to_sql() == chosen.to_sql()
    assert ignored == ()


@given(st.dictionaries(st.text(max_size=8), st.lists(st.text(max_size=20), min_size=1, max_size=3), max_size=8))
def test_no_link_breaks_the_page(link):
    chosen, _ = read_link(link)
    assert Filters.from_link(chosen.to_link()) == chosen


def test_order_and_repeats_of_codes_do_not_matter():
    assert Filters.from_link({"d": ["BD4041", "BD2022", "BD4041"]}) == Filters.from_link({"d": ["BD2022", "BD4041"]})


def test_unknown_and_broken_parameters_are_named():
    known = {"district": {"BD4041"}, "crime_label": {"TIP"}}
    link = {
        "d": ["BD4041", "BD9999"],
        "label": ["tip"],
        "from": ["2026-02-31"],
        "colour": ["red"],
        "res": ["12"],
        "prec": ["x"],
    }
    chosen, ignored = read_link(link, known)
    assert chosen.choices["d"] == ("BD4041",)
    assert set(ignored) == {"d=BD9999", "label=tip", "from=2026-02-31", "colour=red", "res=12", "prec=x"}


def test_a_period_that_ends_before_it_begins_is_ignored_whole():
    chosen, ignored = read_link({"from": ["2026-05-02"], "to": ["2026-05-01"]})
    assert (chosen.date_from, chosen.date_to) == (None, None)
    assert ignored == ("from=2026-05-02", "to=2026-05-01")


def test_without_event_types_all_but_pushed_in_count_and_the_link_says_so():
    assert "pushed_in" not in Filters().choices["type"]
    assert Filters().to_link()["type"] == list(default_types())
    assert len(default_types()) == 10


def test_the_period_before_touches_and_has_the_same_length():
    chosen = Filters(date(2026, 3, 1), date(2026, 3, 28))
    before = chosen.compared()
    assert before.date_to == date(2026, 2, 28)
    assert before.days == chosen.days == 28


def test_a_year_before_falls_on_the_same_weekdays():
    before = Filters(date(2026, 3, 2), date(2026, 3, 29), against="year_before").compared()
    assert before.date_from == date(2026, 3, 2) - timedelta(days=364)
    assert before.date_from.weekday() == date(2026, 3, 2).weekday()


def test_any_period_can_be_compared_with_and_the_sentence_names_it():
    chosen = Filters(date(2026, 3, 1), date(2026, 3, 28), against="2024-01-01..2024-12-31")
    assert (chosen.compared().date_from, chosen.compared().days) == (date(2024, 1, 1), 366)
    assert "against 1 Jan 2024 to 31 Dec 2024" in chosen.sentence(Text("en"), lambda _, code: code)
    assert "তুলনা ১ জানুয়ারী ২০২৪ – ৩১ ডিসেম্বর ২০২৪" in chosen.sentence(Text("bn"), lambda _, code: code)


@pytest.mark.parametrize(
    "against",
    ["2024-12-31..2024-01-01", "2024-01-01", "2024-02-30..2024-03-01", "1999-01-01..2024-01-01", "a..b", "year"],
)
def test_a_comparison_that_is_none_is_ignored_and_named(against):
    chosen, ignored = read_link({"vs": [against]})
    assert (chosen.against, ignored) == ("before", (f"vs={against}",))


def test_what_is_not_chosen_settles_on_the_last_twelve_weeks_of_data():
    settled = Filters().settle(date(2026, 11, 22), 5)
    assert (settled.date_from, settled.date_to, settled.resolution) == (
        date(2026, 8, 31),
        date(2026, 11, 22),
        5,
    )


def test_an_unsettled_period_has_no_length():
    with pytest.raises(ValueError, match="settle"):
        _ = Filters().days


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        (
            "en",
            "1 Mar 2026 to 28 Mar 2026, against the period before, in Jashore, all labels, all types but pushed in, "
            "all agencies, all crossings, placed as 7 or better, with or without effort on record, "
            "cells of resolution 5",
        ),
        (
            "bn",
            "১ মার্চ ২০২৬ – ২৮ মার্চ ২০২৬, তুলনা আগের পর্ব, Jashore জেলায়, সব শ্রেণি, পুশ-ইন ছাড়া সব ধরন, সব সংস্থা, "
            "সব পারাপারের স্থান, অবস্থান 7 বা আরও নির্ভুল, তৎপরতা নথিভুক্ত থাকুক বা না থাকুক, সেলের রেজোলিউশন ৫",
        ),
    ],
)
def test_the_filters_in_words_with_every_default(language, sentence):
    chosen = Filters(date(2026, 3, 1), date(2026, 3, 28), {"d": ("BD4041",)}, resolution=5)
    assert chosen.sentence(Text(language), lambda _, code: {"BD4041": "Jashore"}.get(code, code)) == sentence


def test_a_second_value_where_one_is_taken_is_named_as_ignored():
    chosen, ignored = read_link({"res": ["5", "99"], "from": ["2026-01-01", "zz"], "vs": ["before", "before"]})
    assert (chosen.resolution, chosen.date_from) == (5, date(2026, 1, 1))
    assert ignored == ("from=zz", "res=99", "vs=before")


@pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31", "9999-12-31", "2026-02-31", "20260101x"])
def test_a_day_that_no_record_can_have_is_ignored(day):
    assert read_link({"from": [day]})[1] == (f"from={day}",)


def test_one_end_of_a_period_alone_is_kept():
    last = date(2026, 11, 22)
    assert Filters(date_from=date(2026, 3, 1)).settle(last, 5).date_to == last
    assert Filters(date_to=date(2026, 3, 1)).settle(last, 5).date_from == date(2025, 12, 8)
    late = Filters(date_from=date(2030, 1, 1)).settle(last, 5)
    assert (late.date_from, late.date_to) == (date(2030, 1, 1), date(2030, 1, 1))


@given(filters())
def test_each_part_of_the_sentence_can_be_taken_back_alone(chosen):
    text, left = Text("en"), chosen
    for part in chosen.touched():
        fewer = left.without(part)
        assert set(fewer.touched()) == set(left.touched()) - {part}
        left = fewer
    assert left == Filters()
    assert len(chosen.settle(date(2026, 1, 1), 5).sentence(text, lambda _, code: code)) > 0


@pytest.mark.parametrize("part", PARTS)
def test_what_nobody_touched_is_not_called_touched(part):
    assert Filters().touched() == ()
    assert Filters().without(part) == Filters()


def test_effort_is_spelled_out_and_read_back():
    assert Filters().to_link()["effort"] == ["0"]
    asked, ignored = read_link({"effort": ["1"]})
    assert (asked.only_with_effort, ignored) == (True, ())
    assert read_link({"effort": ["yes"]})[1] == ("effort=yes",)

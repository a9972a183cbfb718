"""The screen: what it finds, what it lets through, what redaction shows."""

import hmac

import polars as pl
import pytest

from etl import scrub

WORDS = scrub.vocabulary(["Jashore", "যশোর", "bgb"])


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("call 01700000000 now", "mobile"), ("০১৭০০০০০০০০", "mobile"), ("+880 1700 000000", "mobile"),
        ("0 1 7 0 0 0 0 0 0 0 0", "mobile"), ("01700\u200b000000", "mobile"), ("１７０００００００００"[:10], "mobile"),
        ("NID 0000000000", "nid"), ("0000000000000", "nid"), ("১৯৯০০০০০০০০০০০০০০", "nid"),
        ("passport AB0000000", "passport"), ("A00000000", "passport"), ("a.b@example.invalid", "email"),
        ("see https://example.invalid", "link"), ("t.me/x", "link"), ("Md. Invented", "name"),
        ("Invented Begum", "name"), ("মোছাঃ নমুনা", "name"), ("wallet bkash 02000000000", "wallet"),
        ("2026-03-02 2026-03-03", None), ("23.14230000\x1f89.25670000", None), ("12 persons, 3 boats", None),
        ("held at transit house", None), ("SIM-000000123", None), ("mdm", None),
        ("01700 - 000000", "mobile"), ("(017) 00-00 00 00", "mobile"), ("+91 00000 00000", "phone"),
        ("0060-00 0000000", "phone"), ("0060 1 0000 0000", "phone"), ("+৯১ ০০০০০ ০০০০০", "phone"),
        ("called by Jasimuddin", "name"), ("জসিমউদ্দিনকে", "name"), ("পিতা: নমুনা", "name"), ("নমুনা মিয়ার", "name"),
        ("মিয়ানমার থেকে মিয়ানমারে", None), ("নোয়াখালীর বেগমগঞ্জ থানা", None), ("চকরিয়ার মাতামুহুরী নদী", None),
        ("daughter of Abdul Karim", "name"), ("SON OF INVENTED", "name"), ("Invented, S/O Sample", "name"),
        ("husband of the accused", None), ("w/o papers", None), ("কন্যা: নমুনা", "name"), ("নমুনা এর ছেলে", "name"),
        ("গ্রামের মেয়ে", None), ("দালালের স্ত্রী", None), ("01712_345_678", "mobile"), ("a.b @ x.com", "email"),
        ("a.b@ x.com", "email"), ("30 persons @ 500.00 each", None), ("A-12345678", "passport"),
        ("AB-1234567", "passport"), ("Aadhaar 1234 5678 9012", "nid"), ("1234-5678-9012", "nid"),
        ("আধার ১২৩৪৫৬৭৮৯০১২", "nid"), ("in 2024 2025 2026", None), ("patrol_2026_03", None),
        ("Begumganj of Noakhali", None), ("between 15-17/09/2023 and 21.09.2023 10", None), ("+23.14230000", None),
    ],
)  # fmt: skip
def test_what_points_at_a_person_is_found_in_free_text(text, kind):
    assert scrub.in_free_text(text) == kind
    found = scrub.hits(pl.Series([text]), scrub.in_free_text).to_list()
    assert found == [kind is not None]


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("Begumganj", None), ("Begum Rokeya Sarani", None), ("Uddin Para", None), ("Mia Bazar", None),
        ("বেগম রোকেয়া সরণি", None), ("মিয়া বাজার", None), ("house of Md. Invented", "name"), ("Invented Begum", "name"),
        ("near 01700000000", "mobile"),
    ],
)  # fmt: skip
def test_a_road_or_market_may_bear_a_name_and_a_house_may_not(place, kind):
    found = scrub.hits(pl.Series([place]), scrub.kind_for("place_name", False)).to_list()
    assert found == [kind is not None]


def test_a_place_may_bear_a_name_and_a_reference_may_be_ten_digits():
    assert scrub.hits(pl.Series(["Begum Rokeya Sarani", "Uddin Para"]), scrub.kind_for("adm3", False)).to_list() == [
        False,
        False,
    ]
    assert scrub.hits(pl.Series(["2026-000001", "AB1234567"]), scrub.kind_for("source_ref", False)).sum() == 0
    assert scrub.hits(pl.Series(["01700000000", "2026000001"]), scrub.kind_for("source_ref", False)).all()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Jashore", "Jashore"), ("যশোর", "যশোর"), ("2026-02-31", "2026-02-31"), ("-1", "-1"), ("BGB, 12", "BGB, 12"),
        ("Atlantis", "<text:8>"), ("01700000000", "<mobile:11>"), ("Jashore\x00", "<text:8>"),
        ("bgb " * 50, "<text:200>"),
    ],
)  # fmt: skip
def test_redaction_shows_digits_signs_and_known_words_only(value, shown):
    assert scrub.redacted(pl.Series([value, None]), WORDS).to_list() == [shown, None]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("01712_345_678.csv", "mobile"), ("Md_Invented.csv", "name"), ("range_2026_03_0412.csv", None),
        ("export_20260302_15.csv", None), ("practice_police_7_leg.csv", None),
    ],
)  # fmt: skip
def test_a_file_is_named_by_day_hour_and_number_and_not_by_a_person(name, kind):
    assert scrub.in_file_name(name) == kind


def test_a_pseudonym_is_a_keyed_digest():
    by_hand = hmac.digest(b"6b" * 32, b"s\x00A-1", "sha256")[:16]
    assert scrub.pseudonyms(b"k" * 32, "s", pl.Series(["A-1"])).to_list() == [by_hand]

"""The screen: what it finds, what it lets through, what redaction shows."""

import hashlib

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
    ],
)  # fmt: skip
def test_what_points_at_a_person_is_found_in_free_text(text, kind):
    assert scrub.in_free_text(text) == kind
    found = scrub.hits(pl.Series([text]), scrub.in_free_text).to_list()
    assert found == [kind is not None]


def test_a_place_may_bear_a_name_and_a_reference_letters_and_groups_of_digits():
    assert scrub.hits(pl.Series(["Begum Rokeya Sarani", "Uddin Para"]), scrub.kind_for("adm3", False)).to_list() == [
        False,
        False,
    ]
    assert scrub.hits(pl.Series(["2026-000001", "AB1234567"]), scrub.kind_for("source_ref", False)).sum() == 0
    assert scrub.hits(pl.Series(["01700000000"]), scrub.kind_for("source_ref", False)).to_list() == [True]


def test_ten_digits_are_a_reference_only_in_the_shape_that_a_mapping_gives_a_reason_for():
    told = ["2026000001", "1234567890", "01700000000", "1234567890123", "2026000001 a@b.cd"]
    assert hits_in_references(told, None) == told
    assert hits_in_references(told, r"^(?:2026\d{6})$") == told[1:]
    assert hits_in_references(told, r"^(?:.*)$") == told[2:]  # a shape never lets more than ten digits or an address by


def hits_in_references(texts, shape):
    looked_at = scrub.unexempt(pl.Series(texts), shape)
    hits = scrub.hits(looked_at, scrub.kind_for("source_ref", False))
    return pl.Series(texts).filter(hits).to_list()


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


def test_a_pseudonym_is_a_keyed_digest():
    by_hand = hashlib.blake2b(b"s\x00A-1", key=b"k" * 32, digest_size=16).digest()
    assert scrub.pseudonyms(b"k" * 32, "s", pl.Series(["A-1"])).to_list() == [by_hand]

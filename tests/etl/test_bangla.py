"""Every advice that a refused row can carry has its Bangla."""

import re
import tomllib

import polars as pl
import pytest

from etl import advice
from etl.bangla import WORDS, in_bangla
from etl.facts import NO_MORE
from etl.kinds import KINDS
from etl.parts import rules_of
from etl.validate import RULES
from etl.verdict import PART_REFUSED, REPEATED

FIXES = {rule.fix for rules in (RULES, *map(rules_of, KINDS)) for rule in rules}
FIXES |= {*REPEATED.values(), *PART_REFUSED.values(), NO_MORE["fix"]}
ROWS = pl.DataFrame(
    {"adm2": ["Jashor"], "adm3": ["Kaliganj"], "crossing": ["Benapol"], "place_name": ["Kaliganj"],
     "origin_adm2": ["Jashor"], "country": ["Indja"], "destination_country": ["Indja"], "lat.read": [88.9],
     "lon.read": [383.0], "inside.code": ["BD4041"], "adm2.at": ["BD4065"]}
)  # fmt: skip


@pytest.mark.parametrize("fix", sorted(FIXES))
def test_every_rule_says_what_to_do_in_bangla(fix):
    assert re.search("[ঀ-৿]", in_bangla(fix) or "")


def test_what_is_said_of_one_row_is_said_in_bangla_with_its_names_and_numbers(reference):
    told = {}
    for rule in RULES:
        if rule.advice:
            (said,) = rule.advice(ROWS, reference)
            told[rule.fix] = said
            bangla = in_bangla(f"{rule.fix} {said}" if said else rule.fix)
            assert bangla is not None, (rule.fix, said)
            assert set(re.findall(r"BD\d+|\d+\.\d{5}|x-[a-z-]+", said or "")) <= set(
                re.findall(r"BD\d+|\d+\.\d{5}|x-[a-z-]+", bangla)
            )
    assert sum(said is not None for said in told.values()) >= 6
    (repaired,) = advice.repaired("adm2", "adm2")(ROWS.with_columns(adm2=pl.lit("à¦¯à¦¶à§‹à¦°")), reference)
    assert "BD4041" in in_bangla(repaired)
    (nowhere,) = advice.both_districts(ROWS.with_columns(pl.lit(None).alias("inside.code")), reference)
    assert "district" not in in_bangla(nowhere)


def test_no_bangla_is_of_a_sentence_that_nobody_says():
    said = {"Perhaps", "One name", "Read in", "The point is in {", "Exchanged?", "Is it"}  # by etl.advice
    told = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    fixed = {english for english in told if not any(english.startswith(start) for start in said)}
    assert {english for english in fixed if "{" not in english} <= FIXES


def test_what_is_not_known_is_left_out():
    assert in_bangla("Something of an older release.") is None

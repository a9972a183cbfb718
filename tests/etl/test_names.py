"""Names of places: other spellings, one slip of the pen, and what is offered where neither decides."""

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from etl.index import index_batch
from etl.names import candidates, match
from etl.records import KNOWN_BY
from etl.scrub import pseudonyms

NO_POINT = {"lat": None, "lon": None, "precision_code": None}


@pytest.mark.parametrize(
    ("level", "text", "code", "method"),
    [
        ("adm2", "Jashore", "BD4041", "exact"),
        ("adm2", "bd4041", "BD4041", "exact"), ("adm2", "যশোর", "BD4041", "exact"),
        ("adm2", "Jessore", "BD4041", "alias"), ("adm2", "যশোরে", "BD4041", "alias"),
        ("adm2", "Pan\u200bcha\u00adgarh", "BD5577", "alias"), ("adm2", "Narail District", "BD4065", "alias"),
        ("adm3", "থানচি উপজেলা", "BD20030095", "alias"), ("adm2", "Panchaqarh", "BD5577", "fuzzy"),
        ("adm2", "কিশোরগন্জ", "BD3048", "fuzzy"), ("crossing", "Benapolle", "x-benapole", "fuzzy"),
        ("country", "Bangladesj", "BD", "fuzzy"),
    ],
)  # fmt: skip
def test_a_name_is_read(level, text, code, method, reference):
    found = match(level, text, reference)
    assert (found.codes, found.method) == ((code,), method)
    assert (found.similarity == 1) == (method != "fuzzy")


@pytest.mark.parametrize(
    ("level", "text", "why"),
    [
        ("adm2", "Pаnchagarh", "a Cyrillic letter"),
        ("adm2", "Jashorexx", "two edits"), ("adm2", "Dhake", "five letters"),
        ("adm2", "BD4042", "a code"), ("country", "Nigeri", "Niger or Nigeria"), ("adm2", "x" * 10_000, "too long"),
        ("adm2", "B" + "\u0301" * 300, "a flood of accents"),
    ],
)  # fmt: skip
def test_a_name_is_not_guessed(level, text, why, reference):
    assert match(level, text, reference).codes == (), why


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_is_read_with_a_slip_is_one_edit_from_one_place_alone(data, reference):
    names = [name for name in reference.place_names["adm3"] if not any(c.isdigit() for c in name)]
    name = data.draw(st.sampled_from(names))
    at, sign = data.draw(st.integers(0, len(name) - 1)), data.draw(st.sampled_from("aeorখা"))
    found = match("adm3", name[:at] + sign + name[at + 1 :], reference)
    if found.method == "fuzzy":
        typed = (name[:at] + sign + name[at + 1 :]).strip()
        near = {c for n in names if Levenshtein.distance(n, typed) <= 1 for c in reference.place_names["adm3"][n]}
        assert near == set(found.codes)


def test_candidates_are_offered_by_name_and_code_and_the_typed_text_is_not(raw, terms, reference, good_row):
    assert candidates("adm2", "Pаnchagarh", reference) == ("BD5577",)
    rows = [{**good_row, "adm2": name} for name in ("Pаnchagarh", "Qwertyuiop", "à¦¯à¦¶à§‹à¦°")]
    fixes = index_batch(raw(*rows), terms, reference).quarantined["fix"].to_pylist()
    assert fixes[0].endswith("Perhaps Panchagarh (BD5577): write the code.")
    assert fixes[1] == "Write a code or name of the gazetteer."
    assert fixes[2].endswith("it was Jashore (BD4041): write the code.")
    assert not any(row["adm2"] in fix for row, fix in zip(rows, fixes, strict=True))


def test_namesakes_are_told_with_their_districts(raw, terms, reference, good_row):
    place = {**good_row, **NO_POINT, "adm2": None}
    rows = raw({**place, "adm3": "Nawabganj"}, {**place, "place_name": "নবাবগঞ্জ"})
    quarantined = index_batch(rows, terms, reference).quarantined
    assert quarantined["rule"].to_pylist() == ["ambiguous_place"] * 2
    for fix in quarantined["fix"].to_pylist():
        assert "Nawabganj, Dhaka (BD30260062) or Nababganj, Dinajpur (BD55270069)" in fix


def test_the_log_tells_how_names_were_read_and_how_often(raw, terms, reference, good_row):
    names = ["Jashore", "Jessore", "Jessore", "Jashoree", "Atlantis"]
    rows = [{**good_row, "adm2": name, "origin_adm2": "Sylhet Zila"} for name in names]
    told = index_batch(raw(*rows), terms, reference).places.drop_columns("incident_ids").to_pylist()
    assert told == [
        {"level": "adm2", "typed": "Jashoree", "code": "BD4041", "method": "fuzzy", "similarity": 0.875, "n": 1},
        {"level": "adm2", "typed": "Jessore", "code": "BD4041", "method": "alias", "similarity": 1.0, "n": 2},
        {"level": "adm2", "typed": "Sylhet Zila", "code": "BD6091", "method": "alias", "similarity": 1.0, "n": 5},
    ]


def test_the_log_tells_whose_the_rare_names_are(raw, terms, reference, good_row):
    names = [*["Jessore"] * KNOWN_BY, "Jashoree", "Jashoree", "Jashoree", "Jashoree"]
    references = [*map(str, range(KNOWN_BY)), "A", "B", None, "01700000000"]
    rows = [{**good_row, "adm2": n, "source_ref": r} for n, r in zip(names, references, strict=True)]
    fuzzy, alias = index_batch(raw(*rows), terms, reference).places.to_pylist()
    a, b = pseudonyms(terms.key, terms.source, pl.Series(["A", "B"]))
    assert (fuzzy["n"], fuzzy["incident_ids"]) == (4, [a, b])  # a row without a reference is nobody's
    assert len(alias["incident_ids"]) == KNOWN_BY
    (many,) = index_batch(raw(*rows[:KNOWN_BY], rows[0]), terms, reference).places.to_pylist()
    assert (many["n"], many["incident_ids"]) == (KNOWN_BY + 1, None)


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"adm2": "Jashore", "place_name": "Benapole"}, (2, "x-benapole", None, "BD4041")),
        ({"adm2": None, "place_name": "Darsana"}, (2, "x-darshana", None, "BD4018")),
        ({"adm2": "Lalmonirhat", "place_name": "Patgram upazila"}, (4, None, "BD55520070", "BD5552")),
        ({"adm2": "Jashore", "place_name": "Darshana"}, (5, None, None, "BD4041")),  # elsewhere
        ({"adm2": "Jashore", "place_name": "Benapolle"}, (5, None, None, "BD4041")),  # another village, perhaps
        ({"adm2": "Jashore", "place_name": "Benapole", "precision_code": "5"}, (5, None, None, "BD4041")),
        ({"adm2": "Jashore", "place_name": "Benapole", "adm3": "Sharsha"}, (4, None, "BD40410090", "BD4041")),
    ],
)
def test_the_name_of_the_place_is_taken_where_nothing_finer_is_given(cells, told, raw, terms, reference, good_row):
    row = index_batch(raw({**good_row, **NO_POINT, **cells}), terms, reference).good.to_pylist()[0]
    assert (row["precision_code"], row["crossing"], row["adm3"], row["adm2"]) == told


@pytest.mark.parametrize(
    ("cells", "rule", "words"),
    [
        ({"lat": "88.9021", "lon": "23.0312"}, "swapped_coordinates", "latitude 23.03120, longitude 88.90210"),
        ({"lat": "-23.0312"}, "coord_sign", "latitude 23.03120, longitude 88.90210"),
        ({"lon": "448.57"}, "coord_range", "longitude 88.57000"),
        ({"lat": "2897000", "lon": "256000"}, "coord_range", "--crs"),
        ({"lat": "21.2", "lon": "92.16"}, "district_mismatch", "Cox's Bazar (BD2022), the row says Jashore (BD4041)"),
        ({"lat": "22.9", "lon": "88.2", "adm2": "BD4041"}, "outside_country", "correct it"),
    ],
)
def test_a_fix_suggests_and_nothing_is_mended(cells, rule, words, raw, terms, reference, good_row):
    refused = index_batch(raw({**good_row, **cells}), terms, reference).quarantined.to_pylist()[0]
    assert refused["rule"] == rule
    assert words in refused["fix"]

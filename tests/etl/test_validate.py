"""Each rule of a row, by one row that breaks it and nothing before it."""

import polars as pl
import pytest
import shapely

from etl.columns import Columns
from etl.index import index_batch
from etl.records import FAULTS
from etl.rule import Rule
from etl.validate import RULES, first_broken

NO_POINT = {"lat": None, "lon": None, "precision_code": None}
TABLE = [
    *(({"fault": fault}, fault, "row") for fault in FAULTS),
    ({"narrative": "call 01700000000"}, "pii_in_text", "narrative"),
    ({"other_text": "nid 1990123456789"}, "pii_in_text", "other_text"),
    ({"source_ref": "01700000000"}, "pii_in_text", "source_ref"),
    ({"place_name": "house of Md. Invented"}, "pii_in_text", "place_name"),
    ({"detecting_agency": "b\x00gb"}, "control_character", "detecting_agency"),
    ({"narrative": "x" * 100_001}, "cell_too_long", "narrative"),
    ({"adm2": "à¦¯à¦¶à§‹à¦°"}, "mojibake", "adm2"),
    ({"event_type": "event_type"}, "repeated_header", "row"),
    ({"event_type": None, "adm2": "Total"}, "totals_row", "row"),
    ({"source_ref": None}, "required_missing", "source_ref"),
    ({"event_type": " "}, "required_missing", "event_type"),
    ({"date_start": "N/A"}, "missing_date", "date_start"),
    ({"date_start": "02/03/2026"}, "ambiguous_date", "date_start"),
    ({"date_start": "02/03/26"}, "ambiguous_date", "date_start"),
    ({"date_start": "2026-03-02T23:00:00-11:00"}, "ambiguous_date", "date_start"),
    ({"date_start": "2026-02-31"}, "impossible_date", "date_start"),
    ({"date_start": "last Friday"}, "date_unreadable", "date_start"),
    ({"date_start": "1999-12-31"}, "date_out_of_range", "date_start"),
    ({"date_start": "2026-11-25"}, "future_date", "date_start"),
    ({"report_date": "2027-01-01"}, "future_date", "report_date"),
    ({"date_end": "2027-01-01"}, "future_date", "date_end"),
    ({"date_end": "2026-03-01"}, "date_order", "date_end"),
    ({"date_precision": "range"}, "required_missing", "date_end"),
    ({"date_start": "2199-01-01"}, "future_date", "date_start"),
    ({"date_start": "9999-12-31"}, "date_out_of_range", "date_start"),
    ({"date_start": "45678"}, "date_unreadable", "date_start"),
    ({"date_start": "9-3 March 2026"}, "impossible_date", "date_start"),
    ({"report_date": "March 2026"}, "date_unreadable", "report_date"),
    ({"date_start": "March 2026", "date_precision": "day"}, "precision_conflict", "date_precision"),
    ({"date_end": "2026-03-04", "date_precision": "day"}, "precision_conflict", "date_precision"),
    ({"date_end": "2026-03-09", "date_precision": "week"}, "precision_conflict", "date_precision"),
    ({"crime_label": "trafficking?"}, "unknown_code", "crime_label"),
    ({"trails_found": "advertising;gold"}, "unknown_code", "trails_found"),
    ({"invented": "perhaps"}, "unknown_code", "invented"),
    ({"destination_country": "Atlantis"}, "unknown_place", "destination_country"),
    ({"origin_adm2": "Atlantis"}, "unknown_place", "origin_adm2"),
    ({"persons": "১2"}, "number_mixed_script", "persons"),
    ({"persons": "10000"}, "count_too_large", "persons"),
    ({"persons": "1,00,000"}, "count_too_large", "persons"),
    ({"persons": "99999999999999999999"}, "count_too_large", "persons"),
    ({"persons": "0.5"}, "count_not_whole", "persons"),
    ({"female": "2+"}, "number_unreadable", "female"),
    ({"persons": "at least 2", "female": "2", "male": "1"}, "person_counts_do_not_reconcile", "persons"),
    ({"persons": "nan"}, "number_unreadable", "persons"),
    ({"persons": "١٢"}, "number_unreadable", "persons"),
    ({"persons": "-1"}, "count_negative", "persons"),
    (
        {"persons": "4", "female": "1", "male": "2", "children": "0"},
        "person_counts_do_not_reconcile",
        "persons",
    ),
    ({"persons": "4", "female": "1", "male": "2"}, "person_counts_do_not_reconcile", "persons"),
    ({"persons": "1", "female": "2"}, "person_counts_do_not_reconcile", "persons"),
    ({"lon": None}, "coord_incomplete", "lon"),
    ({"lat": "23,1"}, "coord_unreadable", "lat"),
    ({"lat": "23°61'N"}, "coord_unreadable", "lat"),
    ({"lat": "23,1423", "lon": None}, "coord_incomplete", "lon"),
    ({"lat": "২৩.08"}, "number_mixed_script", "lat"),
    ({"precision_code": "১2"}, "number_mixed_script", "precision_code"),
    ({"uncertainty_m": "১2"}, "number_mixed_script", "uncertainty_m"),
    ({**NO_POINT, "precision_code": "2"}, "coord_incomplete", "lat"),
    ({**NO_POINT, "adm2": None, "place_name": "নবাবগঞ্জ"}, "ambiguous_place", "place_name"),
    ({"precision_code": None}, "required_missing", "precision_code"),
    ({"precision_code": "8"}, "unknown_code", "precision_code"),
    ({"uncertainty_m": "far"}, "number_unreadable", "uncertainty_m"),
    ({"uncertainty_m": "-5"}, "number_range", "uncertainty_m"),
    ({"lat": "88.9021", "lon": "23.0312"}, "swapped_coordinates", "lat"),
    ({"lat": "91.5", "lon": "22.0"}, "swapped_coordinates", "lat"),
    ({"lat": "2897000", "lon": "256000"}, "coord_range", "lat"),
    ({"lat": "-23.0312"}, "coord_sign", "lat"),
    ({"lat": "0", "lon": "0"}, "outside_country", "lat"),
    ({"lat": "48.85", "lon": "2.35"}, "outside_country", "lat"),
    ({"adm2": "Atlantis"}, "unknown_place", "adm2"),
    ({"adm2": "Pаnchagarh"}, "unknown_place", "adm2"),  # a Cyrillic letter
    ({"adm2": None, "adm3": "Nawabganj"}, "ambiguous_place", "adm3"),
    ({"crossing": "Nowhere ghat"}, "unknown_place", "crossing"),
    ({"adm3": "Teknaf"}, "place_hierarchy", "adm3"),
    ({**NO_POINT, "adm2": None}, "required_missing", "lat"),
    ({"lat": "21.2", "lon": "92.16"}, "district_mismatch", "adm2"),
    ({**NO_POINT, "precision_code": "3"}, "precision_conflict", "precision_code"),
    ({**NO_POINT, "crossing": "x-benapole", "precision_code": "1"}, "precision_conflict", "precision_code"),
    ({"uncertainty_m": "601"}, "precision_conflict", "uncertainty_m"),
    ({"precision_code": "5", "uncertainty_m": "3"}, "precision_conflict", "uncertainty_m"),
]


@pytest.mark.parametrize(("cells", "rule", "field"), TABLE, ids=[f"{rule}-{n}" for n, (_, rule, _) in enumerate(TABLE)])
def test_a_row_is_told_what_is_wrong_with_it(cells, rule, field, raw, terms, reference, good_row):
    good, quarantined, _ = index_batch(raw({**good_row, **cells}), terms, reference)
    assert good.num_rows == 0
    assert (quarantined["rule"][0].as_py(), quarantined["field"][0].as_py()) == (rule, field)
    assert quarantined["fix"][0].as_py()


def test_the_table_has_every_rule():
    told = {rule for _, rule, _ in TABLE} | {"centroid_in_disguise"}  # its own test, below
    assert {rule.name for rule in RULES} == told


def test_the_middle_of_an_area_called_exact_is_a_centroid_in_disguise(raw, terms, reference, good_row):
    middle = shapely.from_wkb(reference.district_shapes["BD4041"]).centroid  # of Jashore
    at = {"lat": f"{middle.y + 0.0004:.5f}", "lon": f"{middle.x:.5f}"}  # 44 m to the north
    off = {"lat": f"{middle.y + 0.0015:.5f}", "lon": f"{middle.x:.5f}"}  # 167 m
    rows = [{**good_row, **at}, {**good_row, **at, "precision_code": "4"}, {**good_row, **off}]
    good, quarantined, _ = index_batch(raw(*rows), terms, reference)
    assert quarantined["rule"].to_pylist() == ["centroid_in_disguise"]
    assert good["row_no"].to_pylist() == [3, 4]


def test_a_mask_that_says_nothing_counts_as_broken(monkeypatch, terms):
    unsure = Rule("unsure", "row", "fix", lambda _: pl.col("x") > 1)
    monkeypatch.setattr("etl.validate.RULES", (unsure,))
    assert first_broken(Columns(pl.DataFrame({"x": [1, None, 2]}), pl.DataFrame(), {}), terms).tolist() == [1, 0, 0]


def test_the_first_broken_rule_wins(raw, terms, reference, good_row):
    wrong = {"narrative": "call 01700000000", "date_start": "2026-02-31", "lat": "0", "lon": "0"}
    assert index_batch(raw({**good_row, **wrong}), terms, reference)[1]["rule"].to_pylist() == ["pii_in_text"]


@pytest.mark.parametrize(("order", "day"), [("dmy", "2026-03-02"), ("mdy", "2026-02-03")])
def test_the_order_of_day_and_month_is_taken_from_the_option(order, day, raw, terms, reference, good_row):
    asked = type(terms)(terms.source, terms.area, terms.key, terms.today, order)
    good = index_batch(raw({**good_row, "date_start": "02/03/2026"}), asked, reference).good
    assert good["date_start"][0].as_py().isoformat() == day


def test_a_boat_off_the_coast_is_in_reach_and_a_town_abroad_is_not(raw, terms, reference, good_row):
    sea = {**good_row, "event_type": "interception_at_sea", "adm2": None, "lat": "20.1", "lon": "91.5"}
    land = {**sea, "lat": "22.3", "lon": "87.3"}  # Kharagpur in West Bengal, 170 km from the border
    ashore = {**sea, "event_type": "interception_at_border"}
    good, quarantined, _ = index_batch(raw(sea, land, ashore), terms, reference)
    assert (good["country"].to_pylist(), good["adm2"].to_pylist()) == (["BD"], [None])
    assert quarantined["rule"].to_pylist() == ["outside_country", "outside_country"]

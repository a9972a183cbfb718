"""The whole record: label history, what replaced what, possible double counts, the normal form, reference tables."""

import csv
from datetime import date

import duckdb
import pytest

from etl import further as furthers
from etl.build import load
from etl.invented import write_invented
from etl.invented_parts import write_invented_parts
from etl.reference import CODES, PLACES
from etl.store import current, version_file

TODAY = date(2026, 11, 24)


def asked(store, statement):
    with duckdb.connect(version_file(store, current(store)), read_only=True) as con:
        return con.execute(statement).fetchall()


@pytest.fixture
def told(sheet, tmp_path):
    """Loads rows of our own sheet, one load a call; returns the store's folder."""

    def tell(*rows):
        load([sheet("told.csv", *rows)], tmp_path / "s", today=TODAY)
        return tmp_path / "s"

    return tell


@pytest.fixture
def further(tmp_path):
    """Loads rows of a further sheet."""

    def tell(*rows):
        with (tmp_path / "further.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return load([tmp_path / "further.csv"], tmp_path / "s", today=TODAY)

    return tell


# --- labels --------------------------------------------------------------------------

STEPS = "SELECT seq, crime_label, label_status, decider_org, origin FROM published.incident_label ORDER BY seq"


def named(label, report_date, **more):
    return {"source_ref": "A", "crime_label": label, "report_date": report_date, **more}


def test_a_label_that_a_later_load_changes_is_kept_in_its_order(told):
    told(named("SOM", "2026-03-03", label_decider="police", label_date="2026-03-02"))
    told(named("UNDETERMINED", "2026-03-05"))
    told(named("UNDETERMINED", "2026-03-06", persons="4"))  # another content, the same label: no step
    store = told(named("TIP", "2026-03-09", label_status="screened", label_decider="ngo"))
    assert asked(store, STEPS) == [
        (1, "SOM", "presumed", "police", "former"),
        (2, "UNDETERMINED", "presumed", None, "former"),
        (3, "TIP", "screened", "ngo", "current"),
    ]
    kept = "SELECT seq, decided_on, reported_on, load_id FROM incident_label ORDER BY seq"
    assert asked(store, kept) == [(1, date(2026, 3, 2), date(2026, 3, 3), 1), (2, None, date(2026, 3, 6), 3)]
    replaced = "SELECT load_id, replaced_load_id FROM published.superseded ORDER BY ALL"
    assert asked(store, replaced) == [(2, 1), (3, 2), (4, 3)]


def test_a_label_that_changes_within_one_load_is_kept_too(told):
    first, second, last = (named(label, f"2026-03-0{n}") for n, label in enumerate(("SOM", "TIP", "TIP_AND_SOM"), 3))
    store = told(second, last, first, first, {"source_ref": "B"})
    assert sorted(row[:2] for row in asked(store, STEPS)) == [
        (1, "SOM"),
        (1, "UNDETERMINED"),
        (2, "TIP"),
        (3, "TIP_AND_SOM"),
    ]
    assert asked(store, "SELECT count(*) FROM superseded") == [(0,)]  # no other load was replaced


def test_labels_as_the_sheet_tells_them_end_with_the_one_in_force(told, further):
    store = told(named("TIP", "2026-03-09", label_status="screened"))
    further(
        {"source_ref": "A", "decided_on": "2026-03-02", "crime_label": "SOM", "decider_org": "police"},
        {"source_ref": "A", "decided_on": "2026-03-05", "crime_label": "SOM", "decider_org": "ngo"},
    )
    assert asked(store, STEPS) == [(1, "SOM", "presumed", "police", "told"), (2, "TIP", "screened", None, "current")]


# --- the normal form -----------------------------------------------------------------


def test_persons_of_the_flat_record_by_role_sex_and_age(told, further):
    told(
        {"source_ref": "A", "crime_label": "TIP", "persons": "5", "female": "2", "male": "0", "children": "3"},
        {"source_ref": "B", "crime_label": "SOM", "persons": "4", "female": "1", "facilitators_arrested": "2"},
        {"source_ref": "C", "event_type": "pushed_in"},
    )
    store = told({"source_ref": "D", "persons": "1"})
    flat = "SELECT role, sex, age_band, n FROM published.person_count ORDER BY ALL"
    assert asked(store, flat) == [
        ("presumed_victim", "Feminine", "adult", 2),
        ("presumed_victim", "NonSpecifiedUnknown", "child", 3),
        ("smuggled_migrant", "Feminine", "Unknown", 1),
        ("smuggled_migrant", "NonSpecifiedUnknown", "Unknown", 3),  # 4 persons less 1 woman
        ("suspect", "NonSpecifiedUnknown", "Unknown", 2),
        ("undetermined", "NonSpecifiedUnknown", "Unknown", 1),
    ]
    further(
        {"source_ref": "A", "role": "presumed_victim", "sex": "Feminine", "age_band": "16", "n": "5"},
        {"source_ref": "A", "role": "witness_protected", "sex": "", "age_band": "", "n": "1"},
    )
    of_a = "SELECT role, sex, age_band, n FROM published.person_count WHERE role LIKE 'presumed%' OR role LIKE 'w%'"
    assert asked(store, of_a) == [("presumed_victim", "Feminine", "9-17", 5)]  # told once, the witness never


def test_each_of_six_trails_is_found_not_found_or_not_looked_for(told, further):
    store = told({"source_ref": "A", "trails_looked_for": "finance;documents", "trails_found": "finance"})
    states = "SELECT trail_type, stage, state FROM published.trail ORDER BY ALL"
    assert asked(store, states) == [
        ("advertising", None, "not_looked_for"),
        ("communications", None, "not_looked_for"),
        ("documents", None, "not_found"),
        ("finance", None, "found"),
        ("rental_premises", None, "not_looked_for"),
        ("transport", None, "not_looked_for"),
    ]
    further({"source_ref": "A", "trail_type": "transport", "stage": "move", "looked_for": "yes", "found": "yes"})
    assert ("transport", "move", "found") in asked(store, states)
    assert len(asked(store, states)) == 6


def test_places_by_role_from_the_flat_record_and_the_sheet(told, further):
    more = {"crossing": "x-benapole", "origin_adm2": "BD4065", "destination_country": "IN"}
    store = told({"source_ref": "A", **more})
    further({"source_ref": "A", "role": "recruitment", "adm2": "", "adm3": "BD40650028"})
    places = "SELECT role, country, adm2, adm3, precision_code FROM published.incident_place ORDER BY role"
    assert asked(store, places) == [
        ("crossing", "BD", "BD4041", None, 2),
        ("departure", "BD", "BD4065", None, 5),
        ("destination", "IN", None, None, 7),
        ("interception", "BD", "BD4041", None, 1),
        ("recruitment", "BD", "BD4065", "BD40650028", 4),
    ]


def test_an_interception_is_the_flat_record_and_what_its_sheet_adds(told, further):
    told({"source_ref": "A", "detecting_agency": "bgb", "persons": "3"})
    store = told({"source_ref": "B", "event_type": "hotline_report"})
    further({"source_ref": "A", "action": "handed_to_police", "facilitators_fled": "2"})
    told_of = "SELECT force, persons_intercepted, action, facilitators_fled FROM published.interception"
    assert asked(store, told_of) == [("bgb", 3, "handed_to_police", 2)]


def test_a_step_of_the_response_has_its_pillar_and_no_view_gives_out_a_coordinate(told, further):
    store = told({"source_ref": "A"})
    further({"source_ref": "A", "step": "sheltered", "agency": "ngo", "n_persons": "2"})
    assert asked(store, "SELECT pillar, step, status FROM published.outcome") == [("Protection", "sheltered", "done")]
    named = (
        "SELECT DISTINCT table_name FROM duckdb_columns() "
        "WHERE schema_name = 'published' AND column_name IN ('lat', 'lon')"
    )
    assert sorted(asked(store, named)) == [("border_segment",), ("crossing",)]  # places, not incidents


# --- double counts -------------------------------------------------------------------

NEAR = {"lat": "23.03120", "lon": "88.90210"}
PAIRS = "SELECT score, reason FROM published.double_count"


def by(agency, ref, **more):
    return {"source_ref": ref, "detecting_agency": agency, "persons": "4", **NEAR, **more}


def test_two_agencies_at_one_place_and_day_may_have_told_of_one_incident(told):
    told(by("bgb", "A", report_date="2026-03-03"))
    store = told(by("police", "B", date_start="2026-03-03", persons="3", lat="23.05368", report_date="2026-03-04"))
    # 0.02248 degrees are 2.5 km: (1 - 2.5/10) of place, (1 - 1/4) of day, 3/4 of number = 0.42
    assert asked(store, PAIRS) == [(0.42, "within_5_km")]
    first = "SELECT detecting_agency FROM incident JOIN double_count ON incident_id = incident_id_a"
    assert asked(store, first) == [("bgb",)]  # the one that was reported first
    ranges = "SELECT n_most, n_least FROM published.incident_range"
    assert asked(store, ranges) == [(2, 1)]
    assert asked(store, "SELECT count(*) FROM incident") == [(2,)]  # flagged, never merged


APART = [
    ({"detecting_agency": "bgb"}, 0),
    ({"date_start": "2026-03-05"}, 0),  # three days
    ({"date_start": "2026-03-04"}, 1),
    ({"date_start": "2026-02-28"}, 1),
    ({"persons": "1"}, 0),  # a quarter
    ({"persons": "2"}, 1),
    ({"persons": ""}, 1),  # unknown may be any
    ({"persons": "1+"}, 1),  # at least one may be four
    ({"persons": "9+"}, 0),  # at least nine are not four
    ({"lat": "23.07700"}, 0),  # 5.09 km
    ({"lat": "23.07500"}, 1),  # 4.87 km
    ({"lon": "88.95200"}, 0),  # 5.1 km
    ({"date_precision": "month"}, 0),
    ({"invented": "yes"}, 0),
]


@pytest.mark.parametrize(("other", "n"), APART)
def test_what_is_too_far_apart_to_be_one(told, other, n):
    store = told(by("bgb", "A"), by("police", "B") | other)
    assert len(asked(store, PAIRS)) == n


def test_the_same_crossing_is_near_enough_and_a_correction_lifts_a_flag(told):
    at = {"crossing": "x-benapole", "lat": "", "lon": "", "precision_code": ""}
    store = told(by("bgb", "A") | at, by("police", "B") | at)
    assert asked(store, PAIRS) == [(1.0, "same_crossing")]
    told({**by("police", "B"), **at, "date_start": "2026-03-20"})
    assert asked(store, PAIRS) == []


def test_days_that_are_too_full_are_not_compared_and_that_is_said(sheet, tmp_path, monkeypatch):
    monkeypatch.setattr(furthers, "MOST_A_DAY", 2)
    full = [by("bgb", "A"), by("police", "B"), by("rab", "C")]
    quiet = [by("bgb", "D", date_start="2026-05-02"), by("police", "E", date_start="2026-05-02")]
    report = load([sheet("a.csv", *full, *quiet)], tmp_path / "s", today=TODAY)
    assert [warning.code for warning in report.files[0].warnings] == ["DOUBLE_COUNT_NOT_SOUGHT"]
    assert "3 records" in report.files[0].warnings[0].message
    assert len(asked(tmp_path / "s", PAIRS)) == 1


# --- invented rows -------------------------------------------------------------------


def test_invented_further_sheets_load_whole_and_are_the_same_each_time(tmp_path):
    until = date(2026, 11, 22)
    write_invented(tmp_path / "i.csv", rows=300, seed=7, until=until)
    files = write_invented_parts(tmp_path / "i.csv", tmp_path, until=until)
    first = [file.read_bytes() for file in files]
    assert [file.read_bytes() for file in write_invented_parts(tmp_path / "i.csv", tmp_path, until=until)] == first
    report = load([tmp_path / "i.csv", *files], tmp_path / "s", today=TODAY)
    assert [file.loaded for file in report.files] == [file.rows_in for file in report.files]
    for table in ("effort", "operation"):
        marks = f"SELECT DISTINCT is_invented FROM published.{table}"  # noqa: S608
        assert asked(tmp_path / "s", marks) == [(True,)]
    areas = "SELECT area, count(DISTINCT adm2) > 0 FROM published.operation GROUP BY area ORDER BY area"
    assert asked(tmp_path / "s", areas) == [("buffer", True), ("control", True), ("target", True)]
    for table in ("handover", "outcome", "label_told"):
        statement = f"SELECT bool_and(is_invented) FROM {table} JOIN incident USING (incident_id)"  # noqa: S608
        assert asked(tmp_path / "s", statement) == [(True,)]


# --- reference tables ----------------------------------------------------------------


def test_reference_tables_are_whole_and_hold_together(told):
    store = told({"source_ref": "A"})
    for table, n in {"district": 64, "upazila": 507, "crossing": 66}.items():
        assert asked(store, f"SELECT count(*) FROM published.{table}") == [(n,)]  # noqa: S608
    assert asked(store, "SELECT count(*) FROM published.legal_section WHERE instrument = 'ordinance_2026'")[0][0] > 30
    orphans = (
        "SELECT section_id FROM legal_section WHERE instrument NOT IN (SELECT instrument FROM instrument)",
        "SELECT clock FROM statutory_clock WHERE section_id NOT IN (SELECT section_id FROM legal_section)",
        "SELECT code FROM stakeholder WHERE section_id NOT IN (SELECT section_id FROM legal_section)",
        "SELECT code FROM stakeholder WHERE source NOT IN (SELECT source FROM reference_source)",
        "SELECT source FROM legal_section WHERE source NOT IN (SELECT source FROM reference_source)",
        "SELECT DISTINCT list FROM code WHERE list NOT IN (SELECT list FROM code_list)",
        "SELECT list FROM code_list WHERE list NOT IN (SELECT list FROM code)",
        "SELECT code FROM code WHERE list = 'outcome_step' "
        "AND parent NOT IN (SELECT code FROM code WHERE list = 'pillar')",
        "SELECT code FROM code WHERE list = 'agency' AND code NOT IN (SELECT code FROM stakeholder)",
        "SELECT trail FROM (SELECT unnest(trails) AS trail FROM published.legal_section) "
        "WHERE trail NOT IN (SELECT code FROM code WHERE list = 'trail')",
    )
    assert [(statement, asked(store, statement)) for statement in orphans if asked(store, statement)] == []


def test_what_the_sources_do_not_say_is_left_empty(told):
    store = told({"source_ref": "A"})
    assert asked(store, "SELECT count(*) FROM published.code WHERE ictip_map IS NOT NULL") == [(0,)]
    in_force = "SELECT instrument FROM published.instrument WHERE effective_from IS NOT NULL"
    assert asked(store, in_force) == [("ordinance_2026",)]
    clock = "SELECT term, unit, extension, effective_from FROM published.statutory_clock WHERE clock = 'investigation'"
    assert asked(store, clock) == [(90, "days", 45, date(2026, 1, 7))]


@pytest.mark.parametrize("file", [*sorted(CODES.glob("*.csv")), PLACES / "legal_sections.csv"], ids=lambda f: f.stem)
def test_every_code_has_both_labels_and_no_two_are_one(file):
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    labels = ("label_en", "label_bn") if "label_en" in rows[0] else ("fact_en", "fact_bn")
    assert [row for row in rows if not all(row[label].strip() for label in labels)] == []
    codes = [row.get("code") or row["section_id"] for row in rows]
    assert len(codes) == len(set(codes))

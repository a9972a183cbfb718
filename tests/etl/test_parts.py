"""Further sheets: what a cell may say, what becomes of a row, how it joins its incident."""

import csv
from datetime import date

import duckdb
import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from etl import schema
from etl.build import load
from etl.errors import LoadError
from etl.inspection import inspect
from etl.kinds import EFFORT, KINDS, LABELS, LEGS, OPERATIONS, PERSONS, PLACES, TRAILS, kind_of
from etl.parts import judge_part, rules_of
from etl.records import parted
from etl.reference import load_reference
from etl.source import Terms
from etl.sources import all_sources
from etl.store import current, version_file
from etl.verdict import VERDICTS

TODAY = date(2026, 11, 24)
TERMS = Terms("simanta_sheet", "bangladesh", b"k" * 32, TODAY)
# One whole row a kind, by hand.
WHOLE = {
    "places": {"source_ref": "A", "role": "recruitment", "adm2": "Jessore", "adm3": "Sharsha"},
    "interceptions": {"source_ref": "A", "action": "detained", "concealed": "yes", "vehicles": "২"},
    "persons": {"source_ref": "A", "role": "presumed_victim", "sex": "নারী", "age_band": "16", "n": "2"},
    "legs": {
        "source_ref": "A", "seq": "1", "from_adm2": "BD4065", "to_crossing": "Benapole", "duration_days": "3",
        "fee_bdt": "25000", "abuse_codes": "Threats; FalsePromises",
    },
    "trails": {"source_ref": "A", "trail_type": "finance", "looked_for": "yes", "found": "no", "stage": "pay_out"},
    "labels": {"source_ref": "A", "decided_on": "2026-03-03", "crime_label": "SOM", "decider_org": "police"},
    "handover": {"source_ref": "A", "from_agency": "bgb", "to_agency": "police", "requested_on": "2026-03-02"},
    "outcome": {"source_ref": "A", "step": "sheltered", "agency": "ngo", "n_persons": "2"},
    "effort": {"unit": "21 BGB", "crossing": "Benapole", "week": "2026-03-05", "patrol_hours": "1,200"},
    "operations": {"operation_ref": "OP-1", "operation_type": "raid", "adm2": "BD4041", "date_start": "2026-03-02"},
}  # fmt: skip


@pytest.fixture
def book(tmp_path):
    """Rows -> a CSV file with the columns that they tell."""

    def write(name, *rows):
        with (tmp_path / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)))
            writer.writeheader()
            writer.writerows(rows)
        return tmp_path / name

    return write


def cells(kind, *rows):
    """The whole row of the kind, as each row says otherwise, in the shape that a reader gives."""
    told = [{"row_no": n, **WHOLE[kind.name], **row} for n, row in enumerate(rows, 2)]
    texts = dict.fromkeys(("fault", "other_text", *kind.texts), pl.String)
    return pl.DataFrame(told, schema={"row_no": pl.Int64, **texts})


def judged(kind, *rows):
    """(rows of its table, [(rule, field)] of the refused) of such rows."""
    good, refused = judge_part(cells(kind, *rows), kind, TERMS, load_reference())
    assert good.num_rows + refused.num_rows == len(rows)
    return good.to_pylist(), list(zip(refused["rule"].to_pylist(), refused["field"].to_pylist(), strict=True))


def verdicts(report):
    return {name: n for name, n in report.as_dict().items() if name in VERDICTS and n}


def asked(store, statement):
    with duckdb.connect(version_file(store, current(store)), read_only=True) as con:
        return con.execute(statement).fetchall()


# --- one row -------------------------------------------------------------------------


def test_every_kind_is_in_the_examples_and_its_table_in_the_contract():
    assert set(WHOLE) == {kind.name for kind in KINDS}
    with duckdb.connect() as con:
        schema.create(con, schema.lists_of(load_reference()))
        for kind in KINDS:
            columns = con.execute("SELECT column_name FROM duckdb_columns() WHERE schema_name = 'main' AND "
                                  "table_name = ? ORDER BY column_index", [kind.table]).fetchall()  # fmt: skip
            assert {name for (name,) in columns} == {"load_id", *kind.stored.names} - {"row_no"}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_whole_row_of_each_kind_is_taken(kind):
    (row,), refused = judged(kind, {})
    assert refused == []
    assert not any(isinstance(value, bytes) and value == b"A" for value in row.values())


def test_what_cells_say():
    (leg,), _ = judged(LEGS, {})
    assert (leg["from_adm2"], leg["to_crossing"], leg["duration_band"]) == ("BD4065", "x-benapole", "2-7")
    assert (leg["fee_band"], leg["abuse_codes"]) == ("10001-50000", ["FalsePromises", "Threats"])
    (place,), _ = judged(PLACES, {})
    assert (place["adm2"], place["adm3"]) == ("BD4041", "BD40410090")
    (inside,), _ = judged(PLACES, {"adm2": None})
    assert (inside["adm2"], inside["adm3"]) == ("BD4041", "BD40410090")
    (persons,), _ = judged(PERSONS, {})
    assert (persons["sex"], persons["age_band"], persons["screening_status"]) == ("Feminine", "9-17", "not_screened")
    assert (persons["n"], persons["n_is_min"]) == (2, False)
    (effort,), _ = judged(EFFORT, {})
    assert (effort["week"], effort["patrol_hours"]) == (date(2026, 3, 2), 1200)  # the Monday of that Thursday
    (status,), _ = judged(LABELS, {})
    assert status["label_status"] == "presumed"


AGE = (("9-17", "9-17"), ("9 to 17 years", "9-17"), ("৯", "9-17"), ("48", "48+"), ("শিশু, ১৮ বছরের কম", "child"))


@pytest.mark.parametrize(("told", "band"), AGE)
def test_an_age_becomes_its_band(told, band):
    assert judged(PERSONS, {"age_band": told})[0][0]["age_band"] == band


BROKEN = [
    (PERSONS, {"n": "-1"}, "count_negative", "n"),
    (PERSONS, {"n": "2.5"}, "count_not_whole", "n"),
    (PERSONS, {"n": "two"}, "number_unreadable", "n"),
    (PERSONS, {"n": ""}, "required_missing", "n"),
    (PERSONS, {"n": "2২"}, "number_mixed_script", "n"),
    (PERSONS, {"n": "1000000"}, "count_too_large", "n"),
    (PERSONS, {"sex": "both"}, "unknown_code", "sex"),
    (PERSONS, {"age_band": "999"}, "unknown_code", "age_band"),
    (PERSONS, {"source_ref": " - "}, "required_missing", "source_ref"),
    (PERSONS, {"role": "01711000000"}, "pii_in_text", "role"),
    (PERSONS, {"source_ref": "01711000000"}, "pii_in_text", "source_ref"),
    (PERSONS, {"other_text": "Mst. Qadirunnessa"}, "pii_in_text", "other_text"),
    (PERSONS, {"fault": "ragged_row"}, "ragged_row", "row"),
    (PERSONS, {"source_ref": "source_ref"}, "repeated_header", "row"),
    (PERSONS, {"n_is_min": "perhaps"}, "unknown_code", "n_is_min"),
    (PLACES, {"adm2": None, "adm3": None}, "required_missing", "crossing"),
    (PLACES, {"adm2": "Nawhere"}, "unknown_place", "adm2"),
    (PLACES, {"adm2": None, "adm3": "Nawabganj"}, "ambiguous_place", "adm3"),
    (PLACES, {"adm2": "BD4087"}, "place_hierarchy", "adm3"),
    (LEGS, {"abuse_codes": "Threats; Nonsense"}, "unknown_code", "abuse_codes"),
    (TRAILS, {"first_seen_on": "2026-03-05", "last_seen_on": "2026-03-04"}, "date_order", "last_seen_on"),
    (TRAILS, {"first_seen_on": "03/04/2026"}, "ambiguous_date", "first_seen_on"),
    (LABELS, {"decided_on": "2026-02-31"}, "impossible_date", "decided_on"),
    (LABELS, {"decided_on": "2026-12-31"}, "future_date", "decided_on"),
    (EFFORT, {"unit": "০১৭১১০০০০০০"}, "pii_in_text", "unit"),
    (OPERATIONS, {"adm2": None}, "required_missing", "adm2"),
]


@pytest.mark.parametrize(("kind", "row", "rule", "field"), BROKEN, ids=lambda case: getattr(case, "name", None))
def test_a_broken_row_is_told_its_rule_and_the_rest_is_taken(kind, row, rule, field):
    good, refused = judged(kind, {}, row)
    assert (len(good), refused) == (1, [(rule, field)])


@given(st.sampled_from(KINDS), st.data())
def test_nothing_but_a_row_or_a_refusal_ever_comes_out(kind, data):
    cell = (
        st.none() | st.text(max_size=12) | st.sampled_from(["2026-02-31", "9999999999", "1e9", "০", "yes", "Nawabganj"])
    )
    rows = data.draw(st.lists(st.dictionaries(st.sampled_from(kind.texts), cell), min_size=1, max_size=4))
    judged(kind, *rows)


def test_a_refused_row_keeps_no_reference_and_no_text():
    asked_of = cells(PERSONS, {"source_ref": "Zq/7", "n": "none given"})
    _, refused = judge_part(asked_of, PERSONS, TERMS, load_reference())
    kept = parted(refused["kept"][0].as_py())
    assert (kept["source_ref"], kept["n"], kept["role"]) == ("<text:4>", "<text:10>", "presumed_victim")
    assert refused["value_redacted"].to_pylist() == ["<text:10>"]


# --- which kind ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_is_known_by_its_header_in_both_languages_and_by_the_name_of_its_sheet(kind):
    for header in (kind.texts, [column.bangla for column in kind.columns], list(WHOLE[kind.name])):
        known = max(source.known(header) for source in all_sources())
        assert kind_of(header, known) is kind
    few = kind.texts[:2]
    assert kind_of(few, 1, kind.name) is kind_of(few, 1, kind.bangla) is kind


def test_a_sheet_of_incidents_is_of_no_kind():
    ours = next(source for source in all_sources() if source.name == "simanta_sheet")
    for header in (list(ours.columns), ["source_ref", "event_type", "date_start", "adm2"]):
        assert kind_of(header, ours.known(header)) is None


def test_no_two_columns_of_a_kind_have_one_name():
    for kind in KINDS:
        assert len(kind.source.columns) == len({*kind.texts} | {c.bangla for c in kind.columns}), kind.name
        assert rules_of(kind) is rules_of(kind)


# --- a load --------------------------------------------------------------------------


def test_every_kind_joins_its_incident_and_counts_in_the_row_equation(sheet, book, tmp_path):
    incidents = sheet("a.csv", {"source_ref": "A"})
    files = [book(f"{name}.csv", row) for name, row in WHOLE.items()]
    report = load([*files, incidents], tmp_path / "s", today=TODAY)  # their order does not matter
    assert verdicts(report) == {"loaded": len(WHOLE) + 1}
    assert sum(sum(file.precision.values()) for file in report.files) == 1  # incidents alone have a precision
    for kind in KINDS:
        assert asked(tmp_path / "s", f"SELECT count(*) FROM {kind.table}") == [(1,)]  # noqa: S608
        if kind.joins:
            statement = f"SELECT count(*) FROM {kind.table} JOIN incident USING (incident_id)"  # noqa: S608
            assert asked(tmp_path / "s", statement) == [(1,)]
    again = load([*files, incidents], tmp_path / "s", today=TODAY)
    assert verdicts(again) == {"unchanged": len(WHOLE) + 1}


def test_a_row_whose_incident_is_unknown_or_refused_is_quarantined(sheet, book, tmp_path):
    incidents = sheet("a.csv", {"source_ref": "A"}, {"source_ref": "B", "date_start": ""})
    rows = [{**WHOLE["persons"], "source_ref": ref} for ref in ("A", "B", "C")]
    report = load([incidents, book("p.csv", *rows)], tmp_path / "s", today=TODAY)
    assert report.files[1].rules == {"unknown_reference": 2}
    refused = asked(tmp_path / "s", "SELECT row_no, field, value_redacted FROM quarantine WHERE rule LIKE 'unknown%'")
    assert sorted(refused) == [(3, "source_ref", "<reference>"), (4, "source_ref", "<reference>")]
    later = load([sheet("b.csv", {"source_ref": "C"})], tmp_path / "s", today=TODAY)
    assert verdicts(later) == {"loaded": 1}
    assert verdicts(load([book("p.csv", *rows)], tmp_path / "s", today=TODAY)) == {
        "unchanged": 1, "loaded": 1, "quarantined": 1}  # fmt: skip


def test_a_row_of_an_incident_in_conflict_is_unknown(sheet, book, tmp_path):
    incidents = sheet("a.csv", {"source_ref": "A", "persons": "1"}, {"source_ref": "A", "persons": "2"})
    report = load([incidents, book("p.csv", WHOLE["persons"])], tmp_path / "s", today=TODAY)
    assert [file.rules for file in report.files] == [{"reference_conflict": 2}, {"unknown_reference": 1}]


def test_repeats_conflicts_and_corrections_of_one_key(sheet, book, tmp_path):
    store, persons = tmp_path / "s", WHOLE["persons"]
    load([sheet("a.csv", {"source_ref": "A"})], store, today=TODAY)
    twice = load([book("p.csv", persons, persons)], store, today=TODAY)
    assert verdicts(twice) == {"loaded": 1, "duplicate": 1}
    corrected = load([book("q.csv", {**persons, "n": "3"})], store, today=TODAY)
    assert verdicts(corrected) == {"superseded": 1}
    assert asked(store, "SELECT n, load_id FROM person_count") == [(3, 3)]
    other = {**persons, "role": "suspect"}
    torn = load([book("r.csv", {**other, "n": "1"}, {**other, "n": "2"}, {**other, "n": "1"})], store, today=TODAY)
    assert (verdicts(torn), torn.files[0].rules) == ({"quarantined": 3}, {"reference_conflict": 3})
    more = {**persons, "age_band": "20"}  # another key: beside the stored row
    assert verdicts(load([book("s.csv", more)], store, today=TODAY)) == {"loaded": 1}


def test_effort_needs_no_incident(book, tmp_path):
    report = load([book("e.csv", WHOLE["effort"])], tmp_path / "s", today=TODAY)
    assert verdicts(report) == {"loaded": 1}
    assert asked(tmp_path / "s", "SELECT adm2, patrol_hours FROM published.effort") == [("BD4041", 1200)]


def test_personal_data_of_a_further_sheet_is_nowhere_in_the_store(sheet, book, tmp_path):
    names = {"note": "Zulfiqarul", "source_ref": "A"}
    rows = [
        {**WHOLE["handover"], "source_ref": "A", "note": "Mst. Qadirunnessa 01711999888"},
        {**WHOLE["handover"], **names},
    ]
    load([sheet("a.csv", {"source_ref": "A"}), book("h.csv", *rows)], tmp_path / "s", today=TODAY)
    stored = b"".join(file.read_bytes() for file in (tmp_path / "s").rglob("*") if file.is_file())
    assert [word for word in (b"Qadirunnessa", b"01711999888", b"Zulfiqarul", b"21 BGB") if word in stored] == []


# --- sheets of one workbook ----------------------------------------------------------


def write_book(file, **sheets):
    """Rows by the name of their sheet -> a workbook."""
    with xlsxwriter.Workbook(file) as made:
        for name, rows in sheets.items():
            page = made.add_worksheet(name)
            columns = list(dict.fromkeys(key for row in rows for key in row))
            page.write_row(0, 0, columns)
            for at, row in enumerate(rows, 1):
                page.write_row(at, 0, [row.get(column, "") for column in columns])
    return file


def test_a_workbook_holds_incidents_and_every_further_sheet(good_row, tmp_path):
    sheets = {name: [row] for name, row in WHOLE.items()}
    incidents = [{**good_row, "source_ref": "A"}, {**good_row, "source_ref": "B", "date_start": ""}]
    sheets["legs"].append({**WHOLE["legs"], "source_ref": "B"})
    file = write_book(tmp_path / "all.xlsx", incidents=incidents, **sheets)
    report = load([file], tmp_path / "s", today=TODAY)
    assert verdicts(report) == {"loaded": len(WHOLE) + 1, "quarantined": 2}
    assert (report.files[0].source, report.files[0].rows_in) == ("simanta_sheet", len(WHOLE) + 3)
    assert report.files[0].rules == {"missing_date": 1, "unknown_reference": 1}
    assert [warning.code for warning in report.files[0].warnings] == []
    assert sum(report.files[0].precision.values()) == 1


def test_a_sheet_known_by_its_name_alone_is_refused_for_the_column_that_it_lacks(good_row, tmp_path):
    file = write_book(tmp_path / "a.xlsx", incidents=[good_row], persons=[{"source_ref": "T-1", "role": "suspect"}])
    with pytest.raises(LoadError) as refused:
        load([file], tmp_path / "s", today=TODAY)
    assert (refused.value.code, refused.value.field) == ("MISSING_COLUMN", "n")


def test_a_sheet_of_incidents_that_is_called_as_a_kind_is_one_of_incidents(good_row, tmp_path):
    report = load([write_book(tmp_path / "a.xlsx", interceptions=[good_row])], tmp_path / "s", today=TODAY)
    assert (verdicts(report), sum(report.files[0].precision.values())) == ({"loaded": 1}, 1)


def test_references_of_further_sheets_are_those_of_the_named_source(sheet, book, tmp_path):
    load([sheet("a.csv", {"source_ref": "A"})], tmp_path / "s", today=TODAY)
    named = load([book("p.csv", WHOLE["persons"])], tmp_path / "s", source="missing_migrants", today=TODAY)
    assert named.files[0].rules == {"unknown_reference": 1}
    ours = load([book("p.csv", WHOLE["persons"])], tmp_path / "s", source="simanta_sheet", today=TODAY)
    assert verdicts(ours) == {"loaded": 1}


def test_an_inspection_knows_further_sheets_and_their_problems(good_row, tmp_path):
    sheets = {"incidents": [good_row], "persons": [WHOLE["persons"], {**WHOLE["persons"], "n": "two"}]}
    found = inspect(write_book(tmp_path / "a.xlsx", **sheets), today=TODAY).tables
    assert [(table.source, table.rows_looked_at) for table in found] == [("simanta_sheet", 1), ("persons", 2)]
    assert [table.rules for table in found] == [{}, {"number_unreadable": 1}]

"""Response, on records made by hand: each number here can be counted by a person who reads the fixture."""

import csv
import io
import json
import shutil
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from dashboard.access import Principal, local_user
from dashboard.answers import response as question
from dashboard.cli import commands
from dashboard.database import open_current
from dashboard.disclosure import HIDDEN, suppress
from dashboard.errors import SimantaError
from dashboard.figures import handovers, reference
from dashboard.filters import Filters
from dashboard.i18n import Text
from dashboard.pages import response
from dashboard.settings import settings
from etl import build

ROOT = Path(__file__).resolve().parents[2]
DOOR = str(ROOT / "streamlit_app.py")
EN, BN = Text("en"), Text("bn")
TODAY = date(2026, 11, 22)
SPAN = {"from": "2026-01-10", "to": "2026-11-22"}
WHOLE = Filters(date(2026, 1, 10), TODAY)
EVENT, ASKED = date(2026, 2, 10), date(2026, 3, 1)
INCIDENT = "source_ref,event_type,crime_label,label_status,date_start,district,detecting_agency,crossing,legal_basis"


def later(days, start=EVENT):
    return (start + timedelta(days=days)).isoformat()


def refs(letter, n, first=1):
    return [f"{letter}{i}" for i in range(first, first + n)]


T, S, U, P = refs("T", 12), refs("S", 8), refs("U", 8), refs("P", 7)
ALL = [*T, *S, *U]


def incidents():
    """12 now TIP and screened, 8 SOM, 8 undetermined, and 7 pushed in; one event a day from EVENT on."""
    kinds = {"T": ("TIP", "screened", "passport_act"), "S": ("SOM", "presumed", "passport_act"),
             "U": ("UNDETERMINED", "presumed", "foreigners_act"), "P": ("UNDETERMINED", "presumed", "")}  # fmt: skip
    for ref in [*ALL, *P]:
        label, status, law = kinds[ref[0]]
        event = "pushed_in" if ref in P else "interception_at_border"
        yield [ref, event, label, status, happened(ref), "Jashore", "bgb", "x-benapole", law]


def happened(ref):
    return later(int(ref[1:]) - 1)


def labels():
    """TIP was first SOM; six were decided 10 days after the event, six 20. Five SOM were "decided" before it."""
    for i, ref in enumerate(T):
        day = date.fromisoformat(happened(ref))
        yield [ref, happened(ref), "SOM", "presumed", "police"]
        yield [ref, later(10 if i < 6 else 20, day), "TIP", "screened", "ngo"]
    for ref in S[:5]:
        yield [ref, later(-5, date.fromisoformat(happened(ref))), "SOM", "presumed", "police"]


def hand_overs():
    """To the police 10 done in 2 days, 6 in 5, 5 unanswered, 5 refused; to an NGO 5 that end too soon, 6 open."""
    for i, ref in enumerate(ALL[:26]):
        days = 2 if i < 10 else 5 if i < 16 else None
        accepted, done = (later(1, ASKED), later(days, ASKED)) if days else ("", "")
        yield [ref, "bgb", "police", ASKED, accepted, done, "no_capacity" if i >= 21 else ""]
    for ref in T[:5]:
        yield [ref, "police", "ngo", ASKED, later(3, ASKED), later(1, ASKED), ""]
    for ref in S[:6]:
        yield [ref, "police", "ngo", ASKED, "", "", ""]


def outcomes():
    """Identified 12 with 3 persons (one told by two agencies) and 5 before their event; screened 10; sheltered 5."""
    for i, ref in enumerate(T):
        day = date.fromisoformat(happened(ref))
        yield [ref, "identified", "done", "ngo", "", later(1, day), 3]
        if i < 10:
            yield [ref, "screened", "done", "ngo", "", later(4, day), 2]
        if i < 5:
            yield [ref, "sheltered", "done", "ngo", "", later(30, day), 2]
            yield [ref, "acquittal", "done", "tribunal", "", later(200, day), ""]
        if i < 6:
            yield [ref, "investigation", "done", "police", ASKED, later(90, ASKED), ""]
    yield ["T1", "identified", "done", "police", "", later(2), 2]
    for ref in S[:5]:
        yield [ref, "identified", "done", "ngo", "", later(-1, date.fromisoformat(happened(ref))), 1]
        yield [ref, "investigation", "done", "police", ASKED, later(172, ASKED), ""]


def persons():
    """Twelve persons told as accused who are victims; eight who are none."""
    for ref in T[:6]:
        yield [ref, "accused", "actual", 2]
    for ref in U:
        yield [ref, "undetermined", "not_victim", 1]


SHEETS = {
    "incidents": (INCIDENT, incidents),
    "labels": ("source_ref,decided_on,crime_label,label_status,decider_org", labels),
    "handover": ("source_ref,from_agency,to_agency,requested_on,accepted_on,completed_on,refusal_reason", hand_overs),
    "outcome": ("source_ref,step,status,agency,started_on,done_on,n_persons", outcomes),
    "persons": ("source_ref,role,screening_status,n", persons),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("response")
    for name, (header, rows) in SHEETS.items():
        with (made / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header.split(","), *rows()])
    report = build.load([made / f"{name}.csv" for name in SHEETS], made / "store", today=TODAY)
    assert [file.quarantined for file in report.files] == [0] * len(SHEETS)
    return made / "store"


@pytest.fixture(scope="module")
def store(folder):
    return open_current(folder)


@pytest.fixture(scope="module")
def answer(store):
    return question.answer(store.select(WHOLE, local_user()))


def row(answer, table, **key):
    (found,) = [each for each in answer.rows(table) if all(each[name] == value for name, value in key.items())]
    return found


# --- labels --------------------------------------------------------------------------


def test_the_way_from_first_label_to_label_now_with_its_median_days_by_hand(answer):
    told = {(r["first_label"], r["label_now"]): (r["n"], r["n_timed"], r["median_d"]) for r in answer.rows("pairs")}
    assert told == {
        ("SOM", "TIP"): (12, 12, 15.0),  # six after 10 days, six after 20
        ("SOM", "SOM"): (8, 0, None),  # decided before the event, or on no day
        ("UNDETERMINED", "UNDETERMINED"): (8, 0, None),
    }
    ngo = row(answer, "deciders", decider_org="ngo")
    assert (ngo["n"], ngo["n_timed"], ngo["median_d"]) == (12, 12, 15.0)


def test_what_was_never_decided_is_a_share_of_all_and_push_ins_are_in_no_figure_unless_asked_for(answer, store):
    (told,) = answer.rows("decided")
    assert (told["n"], told["n_undecided"], told["n_pushed_in"]) == (28, 8, 7)
    assert told["share"] == pytest.approx(8 / 28)
    asked = question.answer(store.select(WHOLE.choose("type", ("pushed_in",)), local_user()))
    (alone,) = asked.rows("decided")
    assert (alone["n"], alone["n_undecided"], alone["n_pushed_in"]) == (7, 7, 7)
    assert "are among them" in response.headline(asked, EN)


def test_the_finding_says_the_numbers_of_the_rows_below_it(answer):
    assert response.headline(answer, EN) == (
        "29% of labels were never decided: 8 of 28 detections. 12 were first labelled SOM and are now TIP: decided 15 "
        "days after the event (median of 12). Events of persons pushed in stand apart and are in no figure here: 7."
    )


def test_what_decides_a_label_names_a_section_of_this_versions_law_in_both_languages(answer):
    told = {r["element"]: r for r in answer.rows("elements")}
    assert list(told) == ["act", "means", "purpose", "border", "benefit", "non_punishment"]
    assert all(r["section"] and r["fact_en"] and r["fact_bn"] and r["question_bn"] for r in told.values())
    assert "the means do not matter" in told["means"]["note_en"]


def test_a_section_that_no_law_of_the_version_has_is_said(answer, monkeypatch):
    from dashboard.components import labelled

    elements = [r | {"section": None} for r in answer.rows("elements")]
    shown = []
    monkeypatch.setattr(labelled.st, "table", lambda columns, **_: shown.append(columns))
    monkeypatch.setattr(labelled.st, "caption", lambda *_: None)
    labelled.elements(replace(answer, tables={**answer.tables, "elements": pa.Table.from_pylist(elements)}), EN)
    assert set(shown[0]["Section"]) == {"no such section here"}


# --- bad input -----------------------------------------------------------------------


def test_what_has_no_duration_is_counted_and_said_and_never_negative(answer):
    told = {(r["part"], r["why"]): r["n"] for r in answer.rows("left_out")}
    assert told == {
        ("labels", "before_event"): 5,
        ("labels", "undated"): 11,  # three SOM and eight undetermined
        ("care", "before_event"): 5,
        ("handover", "ends_first"): 5,
    }
    for table in ("pairs", "deciders", "reached", "handovers", "waiting", "clocks"):
        assert all(r["median_d"] is None or r["median_d"] >= 0 for r in answer.rows(table))


def test_the_reasons_stand_in_words_at_the_numbers(folder, monkeypatch):
    said = {"labels": "5 with a label decided before the event", "return": "5 steps done before the event",
            "handover": "5 hand-overs that end before they begin"}  # fmt: skip
    for part, words in said.items():
        app = opened(folder, monkeypatch, sel=part)
        assert any(words in caption.value for caption in app.caption), part


# --- rescue to return ----------------------------------------------------------------


OF_ALL_VIEWS = {
    "screening_by_person": """
        SELECT sex, CASE WHEN age_band IN ('child', '0-8', '9-17') THEN 'child' WHEN age_band = 'Unknown' THEN 'unknown'
            ELSE 'adult' END AS age, coalesce(screening_status, 'not_told') AS screening_status, sum(n)::BIGINT AS n
        FROM published.person_count
        WHERE role NOT IN ('suspect', 'accused') AND incident_id IN (FROM chosen) GROUP BY ALL""",
    "label_flow": """
        SELECT first_label, label_now, count(*) AS n FROM (
            SELECT
                first(crime_label ORDER BY seq)::VARCHAR AS first_label,
                last(crime_label ORDER BY seq)::VARCHAR AS label_now
            FROM published.incident_label WHERE incident_id IN (FROM chosen) GROUP BY incident_id
        ) GROUP BY ALL""",
    "trails": """
        SELECT trail_type, count(*) FILTER (WHERE state = 'found') AS n_found, count(*) AS n
        FROM (SELECT incident_id, trail_type, min(state) AS state FROM published.trail
            WHERE incident_id IN (FROM chosen) GROUP BY ALL) GROUP BY ALL""",
}


@pytest.mark.parametrize("which", ["folder", "sample_store"])
@pytest.mark.parametrize("name", OF_ALL_VIEWS)
def test_what_is_counted_over_the_records_in_view_is_what_the_views_of_all_records_tell(name, which, request, tmp_path):
    held = open_current(request.getfixturevalue(which))
    told = held.select(Filters(date(2025, 1, 1), TODAY), local_user()).ask(name).to_pylist()
    chosen = "CREATE TEMP TABLE chosen AS SELECT incident_id FROM published.incident WHERE event_type <> 'pushed_in' "
    copy = shutil.copy(held.identity[0], tmp_path / "facts.duckdb")  # DuckDB opens none twice
    with duckdb.connect(copy, read_only=True) as con:
        con.execute(f"{chosen} AND date_start BETWEEN '2025-01-01' AND $1", [TODAY])
        others = con.execute(OF_ALL_VIEWS[name]).to_arrow_table().to_pylist()
    assert summed(told, name) == summed(others, name)
    assert others  # the control: there is something to count


def summed(rows, name):
    keys = {"screening_by_person": ("sex", "age", "screening_status"), "label_flow": ("first_label", "label_now"),
            "trails": ("trail_type",)}[name]  # fmt: skip
    found = Counter()
    for row in rows:
        n = row["n"] if "n" in row else row["n_found"] + row["n_not_found"] + row["n_not_looked_for"]
        found[tuple(row[key] for key in keys), "n"] += n
        found[tuple(row[key] for key in keys), "found"] += row.get("n_found", 0)
    return +found


def test_persons_who_reached_each_step_and_how_soon_by_hand(answer):
    told = {r["step"]: (r["n"], r["n_persons"], r["n_timed"], r["median_d"]) for r in answer.rows("reached")}
    assert told["identified"] == (17, 41, 12, 1.0)  # 12 x 3 and 5 x 1; two agencies that tell of T1 are one step
    assert told["screened"] == (10, 20, 10, 4.0)
    assert told["sheltered"] == (5, 10, 5, 30.0)
    assert told["repatriated"] == (0, 0, 0, None)


def test_where_it_stops_adds_up_to_the_detections_and_a_missing_step_is_counted(answer):
    told = {r["step"]: r["n"] for r in answer.rows("stops")}
    assert told == {
        None: 11,
        "identified": 7,
        "screened": 5,
        "referred": 0,
        "sheltered": 5,
        "repatriated": 0,
        "reunited": 0,
    }
    assert sum(told.values()) == 28
    assert answer.rows("skipped")[0]["n_skipped"] == 5  # sheltered and never referred


def test_steps_by_crossing_and_by_agency_are_the_same_persons(answer):
    assert [(r["crossing"], r["n_identified"], r["n_screened"]) for r in answer.rows("by_crossing")] == [
        ("x-benapole", 41, 20)
    ]
    assert [(r["detecting_agency"], r["n_identified"]) for r in answer.rows("by_agency")] == [("bgb", 41)]


# --- hand-overs ----------------------------------------------------------------------


def test_hand_overs_by_pair_by_hand(answer):
    police = row(answer, "handovers", from_agency="bgb")
    assert [police[n] for n in ("n", "n_done", "n_overdue", "n_refused", "n_accepted")] == [26, 16, 5, 5, 0]
    assert (police["n_timed"], police["median_d"], police["clock"]) == (16, 2.0, "search_report")
    ngo = row(answer, "handovers", from_agency="police")
    assert [ngo[n] for n in ("n", "n_done", "n_waiting", "n_overdue")] == [11, 5, 6, 0]  # no law read sets it a term
    assert (ngo["n_timed"], ngo["median_d"], ngo["clock"]) == (0, None, None)
    whole = row(answer, "handovers", from_agency=None)
    assert [whole[n] for n in ("n", "n_done", "n_waiting", "n_refused", "n_overdue")] == [37, 21, 6, 5, 5]


def test_what_waits_now_says_whose_turn_it_is_and_for_how_long(answer, store):
    days = (store.published_at.date() - ASKED).days
    told = {(r["turn"], r["state"]): (r["n"], r["median_d"]) for r in answer.rows("waiting")}
    assert told == {("police", "no_answer"): (5, days), ("ngo", "no_answer"): (6, days)}


def test_terms_of_the_law_are_kept_or_not_by_hand(answer):
    search = row(answer, "clocks", clock="search_report")
    assert [search[n] for n in ("n", "n_in_time", "n_late", "n_running", "n_overdue")] == [21, 10, 6, 0, 5]
    investigation = row(answer, "clocks", clock="investigation")  # 90 days and 45: six took 90, five 172
    assert [investigation[n] for n in ("n", "n_in_time", "n_late")] == [11, 6, 5]
    assert row(answer, "clocks", clock="shelter_report")["kind"] == "none"
    assert row(answer, "clocks", clock="trial_2012")["n"] == 0


def test_the_law_of_the_day_on_which_it_began_sets_the_term(store):
    calendar, _ = reference.working_days()
    told = store.select(WHOLE, local_user()).ask("statutory_clocks").to_pylist()
    terms = handovers.Terms(told, calendar, TODAY)

    def of(day):
        term = terms.of("step", "investigation", {"started_on": day})
        return term and term["clock"]

    assert (of(date(2026, 1, 6)), of(date(2026, 1, 7))) == ("investigation_2012", "investigation")
    asked = {"requested": datetime(2025, 12, 1)}  # Bangladesh time, as the statement gives it
    assert terms.of("handover", "police", asked) is None


PAIR_COUNTS = st.lists(st.lists(st.integers(0, 9), min_size=5, max_size=5), min_size=1, max_size=5)


@given(PAIR_COUNTS)
def test_no_small_number_of_a_pair_is_told_or_follows_from_the_sums(counts):
    rows = [
        {
            "from_agency": f"a{i}",
            "to_agency": "b",
            "state": state,
            "n": n,
            "clock": None,
            "timing": "open",
            "days": None,
        }
        for i, pair in enumerate(counts)
        for state, n in zip(handovers.STATES, pair, strict=True)
        if n
    ]
    if not rows:
        return
    names = [f"n_{state}" for state in handovers.STATES]
    whole, *pairs = suppress(handovers.pairs(rows), {}).to_pylist()
    for name in ("n", *names):
        assert all(r[name] is None or r[name] == 0 or r[name] >= 5 for r in (whole, *pairs))
        if whole[name] is not None:
            assert _is_safe(whole[name] - sum(r[name] or 0 for r in pairs))
    for r in (whole, *pairs):
        if r["n"] is not None:
            assert _is_safe(r["n"] - sum(r[name] or 0 for name in names))


def _is_safe(rest):
    return rest == 0 or rest >= 5


# --- pillars and non-punishment ------------------------------------------------------


def test_outcomes_by_pillar_and_national_figures_beside_them(answer):
    step = row(answer, "outcomes", step="investigation")
    assert (step["pillar"], step["n_done"], step["n_open"], step["n_persons"]) == ("Prosecution", 11, 0, None)
    assert row(answer, "indicators", indicator="investigations")["value"] == "811"
    assert row(answer, "indicators", indicator="investigations")["n_here"] == 11
    assert row(answer, "indicators", indicator="suspects")["n_here"] is None
    assert all(r["unit_en"] and r["unit_bn"] and r["period_en"] and r["source_en"] for r in answer.rows("indicators"))
    assert row(answer, "plan", point="partnership")["n_here"] == 37


def test_the_table_whose_rows_do_not_add_up_is_not_among_the_national_figures(answer):
    assert {"1450", "54", "1244", "44"} & {r["value"] for r in answer.rows("indicators")} == set()


def test_victims_among_those_first_accused_by_hand(answer):
    (told,) = answer.rows("accused")
    assert [told[n] for n in ("n", "n_victims", "n_not_victims", "n_waiting", "n_open", "n_closed")] == [
        28,
        12,
        8,
        8,
        7,
        5,
    ]
    assert told["share"] == 0.6
    assert (told["low"], told["high"]) == pytest.approx((0.3605, 0.8088), abs=5e-5)  # Clopper and Pearson, 12 of 20
    assert {r["legal_basis"]: r["n"] for r in answer.rows("accused_by_law")} == {
        "passport_act": 20,
        "foreigners_act": 8,
    }
    assert row(answer, "accused_persons", screening_status="actual")["n"] == 12
    assert response.headline(answer, EN, "accused") == (
        "28 detections are recorded under a law on passports, foreigners or entry. Of 20 screened, 60% are of victims "
        "(36% to 81%). 8 wait to be screened."
    )


def test_a_share_of_under_twenty_is_not_told(store):
    some = replace(WHOLE, date_to=EVENT + timedelta(days=6))  # seven of each kind: 14 screened
    told = question.answer(store.select(some, local_user()))
    assert told.rows("accused")[0]["share"] is None
    assert "Too few are screened for a share: 14, and 20 are needed." in response.headline(told, EN, "accused")


# --- small numbers, roles, ways out --------------------------------------------------


def test_of_three_records_nothing_is_told(store):
    three = question.answer(store.select(replace(WHOLE, date_to=EVENT).choose("label", ("TIP", "SOM")), local_user()))
    assert three.is_hidden("n")
    assert three.rows("pairs") == []
    for table in three.tables.keys() - {"stakeholders", "elements", "indicators", "plan", "clocks"}:
        for r in three.rows(table):
            assert all(value in (None, 0) for name, value in r.items() if name.startswith("n") and HIDDEN not in name)
            assert all(r.get(name) is None for name in ("median_d", "share", "low", "high"))


def test_a_median_of_under_five_is_withheld_though_there_are_more_records(store):
    few = replace(WHOLE, date_from=EVENT + timedelta(days=8), date_to=EVENT + timedelta(days=11))  # T9 to T12
    told = question.answer(store.select(few, local_user()))
    assert told.figure("n") is None  # these four alone: the others have no ninth
    assert all(r["median_d"] is None for table in ("deciders", "reached") for r in told.rows(table))


def test_who_may_see_no_district_is_told_of_no_record(store):
    told = question.answer(store.select(WHOLE, Principal("p", "planner", ())))
    assert told.rows("totals")[0]["n"] == 0
    assert told.rows("pairs") == told.rows("handovers") == told.rows("left_out") == []
    assert told.rows("accused")[0]["share"] is None


@pytest.fixture(autouse=True)
def _own_settings():
    yield
    settings.cache_clear()


def opened(folder, monkeypatch, **query):
    """The page itself, through the front door."""
    monkeypatch.setenv("SIMANTA_STORE", str(folder))
    settings.cache_clear()
    at = AppTest.from_file(DOOR, default_timeout=60)
    for name, value in {**SPAN, **query}.items():
        at.query_params[name] = value
    at.run()
    at._page_hash = next(n for n, of in at._registered_pages.items() if of.get("url_pathname") == "response")
    return at.run()


@pytest.mark.parametrize("part", response.PARTS)
@pytest.mark.parametrize("language", ["en", "bn"])
def test_a_link_opens_the_part_that_it_names(folder, monkeypatch, answer, part, language):
    at = opened(folder, monkeypatch, sel=part, lang=language)
    assert not at.exception
    assert at.subheader[0].value == response.headline(answer, Text(language), part)
    assert at.query_params["sel"] in (part, [part])


def test_a_part_that_is_chosen_stands_in_the_address(folder, monkeypatch, answer):
    at = opened(folder, monkeypatch)
    at.button_group(key="response-part").set_value("accused").run()
    assert at.query_params["sel"] in ("accused", ["accused"])
    assert at.subheader[0].value == response.headline(answer, EN, "accused")


def test_a_place_chosen_on_another_page_names_no_part(folder, monkeypatch, answer):
    at = opened(folder, monkeypatch, sel="x-benapole")
    assert at.subheader[0].value == response.headline(answer, EN, "labels")


def test_a_protected_reader_is_told_that_the_page_is_not_shown(folder, monkeypatch):
    at = opened(folder, monkeypatch, **{"for": "inside"})
    assert at.subheader[0].value == "This page is not shown to readers of protected figures."


def test_the_command_gives_the_numbers_of_the_page(folder, answer):
    asked = ["response", "--from", SPAN["from"], "--to", SPAN["to"], "--store", str(folder)]
    told = json.loads(CliRunner().invoke(commands(), [*asked, "--format", "json"]).stdout)
    assert (told["n"], told["working_days"]) == (28, answer.notes["working_days"])
    assert told["accused"][0]["share"] == 0.6
    assert {(r["first_label"], r["label_now"]): r["n"] for r in told["pairs"]}["SOM", "TIP"] == 12
    printed = CliRunner().invoke(commands(), [*asked, "--format", "csv", "--part", "handovers"]).stdout
    assert [r["n"] for r in csv.DictReader(io.StringIO(printed))] == ["37", "26", "11"]


def test_what_is_withheld_beside_a_total_is_not_printed_as_under_five(folder):
    asked = ["response", "--from", SPAN["from"], "--to", "2026-02-13", "--store", str(folder), "--format", "csv"]
    rows = list(csv.DictReader(io.StringIO(CliRunner().invoke(commands(), [*asked, "--part", "handovers"]).stdout)))
    assert "withheld" in {value for r in rows for value in r.values()}
    assert not any(value.startswith("<") for r in rows for value in r.values())


# --- working days --------------------------------------------------------------------


HEAD = "kind,day,first_year,is_moveable,name_en,name_bn,source"


def with_calendar(file, monkeypatch, *rows):
    file.write_text("\n".join([HEAD, *(f"{row},,,,," for row in rows)]) + "\n", encoding="utf-8")
    monkeypatch.setenv("SIMANTA_WORKING_DAYS", str(file))
    settings.cache_clear()
    reference._calendar.cache_clear()
    return reference.working_days()


def test_the_calendar_that_is_shipped_knows_the_weekend_and_the_feasts_that_stay():
    settings.cache_clear()
    calendar, sign = reference.working_days()
    assert calendar.weekend == (5, 6)
    held = set(calendar.holidays.astype(str))
    assert {"2026-02-21", "2026-03-26", "2026-12-16", "2025-08-05"} <= held
    assert "2024-08-05" not in held  # a holiday since 2025
    assert len(sign) == 8


def test_a_file_of_the_administrators_own_replaces_it_and_every_answer_says_so(tmp_path, monkeypatch, folder, answer):
    calendar, sign = with_calendar(
        tmp_path / "own.csv", monkeypatch, "weekend,sunday", "yearly,02-29", "once,2026-11-29"
    )
    assert calendar.weekend == (7,)
    assert "2026-11-29" in set(calendar.holidays.astype(str))
    assert "2027-02-28" not in set(calendar.holidays.astype(str))
    assert sign != answer.notes["working_days"]
    assert question.answer(open_current(folder).select(WHOLE, local_user())).notes["working_days"] == sign


@pytest.mark.parametrize(
    ("row_", "said"),
    [
        ("weekend,freeday", "own.csv: row 2, day: a weekend is one of monday"),
        ("once,16-12-2026", "own.csv: row 2, day: it is to be written as 2026-12-16"),
        ("yearly,13-40", "own.csv: row 2, day: it is to be written as 12-16"),
        ("monthly,1", "own.csv: row 2, kind: it is to be weekend, yearly or once"),
    ],
)
def test_a_wrong_row_of_a_calendar_is_named(tmp_path, monkeypatch, row_, said):
    with pytest.raises(SimantaError) as wrong:
        with_calendar(tmp_path / "own.csv", monkeypatch, row_)
    assert said in str(wrong.value)


def test_a_calendar_that_is_not_there_or_leaves_no_day_is_told(tmp_path, monkeypatch):
    with pytest.raises(SimantaError, match="no day of the week"):
        with_calendar(tmp_path / "own.csv", monkeypatch, *(f"weekend,{day}" for day in reference.WEEKDAYS))
    (tmp_path / "own.csv").unlink()
    reference._calendar.cache_clear()
    with pytest.raises(SimantaError, match="cannot be read"):
        reference.working_days()


# --- reference lists -----------------------------------------------------------------


def test_every_list_names_codes_that_exist_and_says_all_in_both_languages(store):
    codes = store.codes
    assert {r["step"] for r in reference.rows("indicators")} - {""} <= codes["outcome_step"]
    assert {r["pillar"] for r in reference.rows("indicators")} - {""} <= codes["pillar"]
    assert {r["to_agency"] for r in reference.rows("clock_records")} - {""} <= codes["stakeholder"]
    assert {r["step"] for r in reference.rows("clock_records")} - {""} <= codes["outcome_step"]
    for name in ("indicators", "plan_points", "crime_elements", "clock_records"):
        for r in reference.rows(name):
            english = {column.removesuffix("_en") for column in r if column.endswith("_en") and r[column]}
            assert english == {column.removesuffix("_bn") for column in r if column.endswith("_bn") and r[column]}


def test_every_term_of_the_law_is_measured_or_said_not_to_be(store):
    terms = {r["clock"] for r in store.select(WHOLE, local_user()).ask("statutory_clocks").to_pylist()}
    assert {r["clock"] for r in reference.rows("clock_records")} == terms

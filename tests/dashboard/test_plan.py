"""Plan: rules held against hand-made records; what is withheld says nothing; judgements stay; one page; training."""

import csv
import io
import json
import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import openpyxl
import pyarrow as pa
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from dashboard import audit, ledger, snapshots
from dashboard.access import Principal, local_user
from dashboard.answers import law, plan, response, trails
from dashboard.audit import Deed
from dashboard.cli import commands
from dashboard.components import handout, strengths, words
from dashboard.components import training as training_drawn
from dashboard.database import Selected, open_current
from dashboard.disclosure import HIDDEN, K, suppress
from dashboard.errors import SimantaError
from dashboard.figures import measured, reference, swot, training, workshop
from dashboard.figures.measured import Measured
from dashboard.filters import Filters
from dashboard.i18n import Text
from dashboard.pages import plan as page
from dashboard.settings import settings
from etl import build
from etl.invented import write_invented
from etl.invented_parts import write_invented_parts
from tests.conftest import UNTIL

EN, BN, TODAY = Text("en"), Text("bn"), date(2026, 11, 22)
DOOR = str(Path(__file__).resolve().parents[2] / "streamlit_app.py")
HEAD = (
    "source_ref,event_type,crime_label,date_start,report_date,crossing,adm2,origin_adm2,trails_looked_for,"
    "detecting_agency"
)
NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)
PLANNER = Principal("planner@example.org", "planner", None)
BENAPOLE, MAHESHPUR = "x-benapole,,BD4041,,bgb", "x-maheshpur,,BD4041,,bgb"


@pytest.fixture(autouse=True)
def _own_settings():
    settings.cache_clear()
    yield
    settings.cache_clear()


def loaded(folder, rows):
    (folder / "flat.csv").write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    report = build.load([folder / "flat.csv"], folder / "store", today=TODAY)
    assert [file.loaded for file in report.files] == [len(rows)]
    return folder / "store"


def told(name, n, label, day, reported, where):
    return [f"{name}{i},interception_at_border,{label},{day},{reported},{where}" for i in range(n)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """At Benapole 24 of two agencies, smuggling, told after 2 days; and 16 of which Dhaka alone is known.

    Those are not decided, were told after 18 days, and were asked of money.
    """
    rows = told("a", 14, "SOM", "2026-11-02", "2026-11-04", BENAPOLE)
    rows += told("p", 10, "SOM", "2026-10-02", "2026-10-04", BENAPOLE.replace("bgb", "police"))
    rows += told("b", 16, "UNDETERMINED", "2026-11-02", "2026-11-20", ",BD3026,,finance,cid")
    return loaded(tmp_path_factory.mktemp("plan"), rows)


@pytest.fixture(scope="module")
def answer(folder):
    return plan.answer(open_current(folder).select(Filters(), local_user()))


def statement(answer, rule):
    (found,) = [row for row in answer.rows("statements") if row["rule"] == rule]
    return found


@pytest.mark.parametrize(
    ("rule", "state", "n_part", "n", "places"),
    [
        ("place_vague", "holds", 16, 40, None),  # 40 % at least 30 %
        ("places_known", "not_met", 16, 40, None),  # 40 % is not at most 10 %
        ("label_open", "holds", 16, 40, None),
        ("money_ignored", "not_met", 16, 40, None),  # 40 % is not at most 25 %
        ("money_followed", "not_met", 16, 40, None),  # nor at least 60 %
        ("phones_ignored", "holds", 0, 40, None),
        ("money_blind", "holds", 24, 40, 1),  # at Benapole nobody looked; Dhaka is on no border
        ("reported_late", "holds", 16, 40, None),  # 18 days, against 2
        ("effort_missing", "holds", 0, 40, None),
        ("care_not_told", "holds", 40, 40, None),
        ("law_not_told", "holds", 40, 40, None),
        ("counted_twice", "not_met", 0, 40, None),  # the agencies tell of days a month apart
        ("few_crossings", "holds", 24, 24, 1),
        ("agencies_meet", "holds", 24, 24, 1),
        ("origins_known", "holds", 24, 40, None),
        ("public_tells", "not_met", 0, 40, None),
    ],
)
def test_a_rule_says_what_the_records_give_by_hand(answer, rule, state, n_part, n, places):
    row = statement(answer, rule)
    assert (row["state"], row["n_part"], row["n"], row["places"]) == (state, n_part, n, places)
    assert row["share"] == n_part / n
    assert row["low"] <= row["share"] <= row["high"]


def test_too_few_is_said_in_words_with_what_is_needed_and_never_a_share(answer):
    for rule in ("handovers_late", "accused_unscreened", "law_not_in_force", "children_moved"):
        row = statement(answer, rule)
        assert (row["state"], row["n"], row["share"], row["low"]) == ("too_few", 0, None, None)
        assert strengths._why(row, {}, EN) == "too few to say: 0 of the 20 needed"
    assert strengths.headline(answer, EN) == (
        "From the numbers: strengths 0, weaknesses 8, opportunities 3, threats 0. Too few records to say: 6."
    )


def test_nothing_is_new_or_rises_where_the_time_before_is_not_covered(answer):
    assert {statement(answer, rule)["state"] for rule in ("crossings_new", "crossings_rise")} == {"not_comparable"}


@pytest.fixture(scope="module")
def moved(tmp_path_factory):
    """30 weeks of 3 a week at Benapole; in the last 12 one a week more, of the same origin, at Maheshpur."""
    rows = []
    for ago in range(30):
        day = TODAY - timedelta(days=7 * ago)
        rows += told(f"w{ago}-", 3, "SOM", day, day, BENAPOLE)
        rows += told(f"m{ago}-", 1, "SOM", day, day, MAHESHPUR) if ago < 12 else []
    return plan.answer(open_current(loaded(tmp_path_factory.mktemp("moved"), rows)).select(Filters(), local_user()))


def test_an_origin_at_a_new_crossing_and_a_crossing_that_rises_are_threats(moved):
    # 12 weeks: 36 at Benapole as before, 12 at Maheshpur that had none: 12 of 48, one origin, one crossing
    for rule in ("crossings_new", "crossings_rise"):
        row = statement(moved, rule)
        assert (row["state"], row["n_part"], row["n"], row["places"]) == ("holds", 12, 48, 1)
    assert strengths.sentence(statement(moved, "crossings_new"), EN) == (
        "Districts of origin that now use a new crossing: 1, with 12 of 48 detections."
    )
    assert "১২" in strengths.sentence(statement(moved, "crossings_new"), BN)


@pytest.mark.parametrize("undecided", [3, 27])
def test_a_small_part_or_a_small_rest_says_nothing_of_its_rule_and_trains_nobody(tmp_path, undecided):
    rows = told("u", undecided, "UNDETERMINED", "2026-11-02", "2026-11-03", BENAPOLE)
    rows += told("s", 30 - undecided, "SOM", "2026-11-02", "2026-11-03", BENAPOLE)
    answer = plan.answer(open_current(loaded(tmp_path, rows)).select(Filters(), local_user()))
    for rule in ("label_open", "labels_decided"):
        row = statement(answer, rule)
        assert row["state"] == "withheld"
        assert {row[name] for name in ("n", "n_part", "n_rest", "share", "low", "high")} == {None}
        assert strengths._part_of(row, EN) == "–"
    assert "labelling" not in {row["module"] for row in answer.rows("training")}


RULES = st.builds(
    swot.Rule,
    rule=st.just("r"),
    part=st.sampled_from(swot.PARTS),
    measure=st.sampled_from(sorted(measured.MEASURES)),
    compare=st.sampled_from(swot.COMPARISONS),
    threshold=st.integers(0, 100).map(lambda percent: percent / 100),
    min_n=st.integers(20, 60),
    say_en=st.just("{share}"),
    say_bn=st.just("{share}"),
)


@given(RULES, st.integers(0, 90).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), st.booleans())
def test_a_rule_holds_only_on_what_may_be_told_of_enough_records(rule, counts, is_comparable):
    n, part = counts
    table = swot.statements([rule], {rule.measure: Measured(n, part, 2, is_comparable)})
    (row,) = suppress(table, swot.DERIVED).to_pylist()
    is_small = any(0 < count < K for count in (n, part, n - part))
    assert {row[name] is None for name in ("n", "n_part", "n_rest", "places")} == {is_small}
    assert (row["share"] is None) == (is_small or n < rule.min_n)
    if row["state"] in ("holds", "not_met"):
        assert is_comparable
        assert not is_small
        assert n >= rule.min_n
        assert (row["state"] == "holds") == rule.holds(part / n)


@pytest.fixture(scope="module")
def practice(tmp_path_factory):
    made = tmp_path_factory.mktemp("practice")
    write_invented(made / "invented.csv", rows=1500, seed=7, until=UNTIL)
    files = write_invented_parts(made / "invented.csv", made, until=UNTIL)
    build.load([made / "invented.csv", *files], made / "store", today=UNTIL)
    return made / "store"


def test_each_number_is_the_one_that_its_page_shows(practice):
    selected = open_current(practice).select(Filters(), local_user())
    answer, answered, trail, cited = (
        each(selected) for each in (plan.answer, response.answer, trails.answer, law.answer)
    )
    (decided,) = answered.rows("decided")
    assert statement(answer, "label_open")["n_part"] == decided["n_undecided"] == answer.figure("n_undetermined")
    pairs = answered.rows("handovers")[0]
    late = statement(answer, "handovers_late")
    assert (late["n"], late["n_part"]) == (pairs["n"], pairs["n_overdue"])
    (accused,) = answered.rows("accused")
    assert statement(answer, "accused_unscreened")["n_part"] == accused["n_waiting"]
    assert statement(answer, "accused_were_victims")["n_part"] == accused["n_victims"]
    stops = {row["step"]: row["n"] for row in answered.rows("stops")}
    assert statement(answer, "care_not_told")["n_part"] == stops[None]
    grid = {row["trail_type"]: row["n_looked_for"] for row in trail.rows("grid") if row["stage"] == "any"}
    assert statement(answer, "money_ignored")["n_part"] == grid["finance"]
    blind = [row["n_interceptions"] for row in trail.rows("blind") if row["trail_type"] == "finance"]
    assert (statement(answer, "money_blind")["places"], statement(answer, "money_blind")["n_part"]) == (
        len([n for n in blind if n]),
        sum(filter(None, blind)),
    )
    told_ = [row["n"] for row in cited.rows("cited") if row["standing"] == "not_told"]
    assert statement(answer, "law_not_told")["n_part"] == sum(told_)


# --- rules that anybody can read -----------------------------------------------------


def test_every_measure_has_words_and_every_rule_a_sentence_in_both_languages():
    rules, sign = swot.rules()
    assert set(strengths.MEASURED) == set(measured.MEASURES)
    assert {rule.part for rule in rules} == set(swot.PARTS)
    assert len(sign) == 8
    for rule in rules:
        assert swot.statements([rule], {rule.measure: Measured(100, 50)}).num_rows == 1
        assert not set("abcdefghijklmnopqrstuvwxyz") & set(rule.say_bn.format(share="", part="", n="", places=""))


HEADING = "rule,part,measure,compare,percent,min_n,say_en,say_bn"
GOOD = "open,W,undetermined,at_least,30,20,{share} open,{share} খোলা"


def with_rules(file, monkeypatch, *rows):
    file.write_text("\n".join([HEADING, *rows]) + "\n", encoding="utf-8")
    monkeypatch.setenv("SIMANTA_SWOT_RULES", str(file))
    settings.cache_clear()
    return swot.rules()


def test_a_file_of_the_administrators_own_takes_the_place_of_the_rules(tmp_path, monkeypatch, folder, answer):
    _, sign = with_rules(tmp_path / "own.csv", monkeypatch, GOOD)
    own = plan.answer(open_current(folder).select(Filters(), local_user()))
    assert [row["rule"] for row in own.rows("statements")] == ["open"]
    assert own.notes["rules"] == sign != answer.notes["rules"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (GOOD.replace(",W,", ",X,"), "own.csv: row 2, part: it is one of S, W, O, T"),
        (GOOD.replace("undetermined", "guilt"), "own.csv: row 2, measure: it is one of district_only"),
        (GOOD.replace("at_least", "over"), "own.csv: row 2, compare: it is one of at_least, at_most"),
        (GOOD.replace("30", "a third"), "own.csv: row 2, percent: it is to be a whole number"),
        (GOOD.replace("30", "130"), "own.csv: row 2, percent: a whole number from 0 to 100"),
        (GOOD.replace(",20,", ",5,"), "own.csv: row 2, min_n: 20 or more"),
        (GOOD.replace("{share} open", "{n.__class__}"), "own.csv: row 2, say_en: a sentence with no other blanks"),
        (GOOD.replace("{share} open", "{share:>999999}"), "own.csv: row 2, say_en"),
        (GOOD.replace("{share} খোলা", "{share"), "own.csv: row 2, say_bn"),
        (GOOD.replace("open,W", "a rule,W"), "own.csv: row 2, rule: its name is of letters"),
        (f"{GOOD}\n{GOOD}", "own.csv: rule open stands there twice"),
    ],
)
def test_a_wrong_row_of_rules_is_named(tmp_path, monkeypatch, row, said):
    with pytest.raises(SimantaError) as wrong:
        with_rules(tmp_path / "own.csv", monkeypatch, row)
    assert said in str(wrong.value)


def test_a_file_of_rules_that_is_not_there_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("SIMANTA_SWOT_RULES", str(tmp_path / "none.csv"))
    settings.cache_clear()
    with pytest.raises(SimantaError, match="cannot be read as a CSV"):
        swot.rules()


# --- judgements ----------------------------------------------------------------------


def beside(who=PLANNER):
    return audit.beside(Deed(who.subject, who.role, "this machine", "judge", "a rule"))


@pytest.fixture
def book(folder):
    """The ledger of the store, as if nobody had judged yet."""
    (folder / "ledger.sqlite").unlink(missing_ok=True)
    yield ledger.open_ledger(folder)
    (folder / "ledger.sqlite").unlink(missing_ok=True)


def asked(folder, principal=PLANNER, **choices):
    return plan.answer(open_current(folder).select(Filters(choices=choices), principal))


def test_the_last_word_counts_and_the_first_stays_with_who_when_and_on_what(folder, book):
    before = asked(folder)
    workshop.judge(book, before, "label_open", "accepted", PLANNER, NOW, beside())
    (judged,) = asked(folder).rows("judgements")
    assert (judged["by"], judged["role"], judged["on"], judged["on_version"]) == (
        "planner@example.org", "planner", date(2026, 11, 30), 1,
    )  # fmt: skip
    workshop.judge(book, before, "label_open", "rejected", PLANNER, NOW, beside())
    after = asked(folder)
    assert [row["verdict"] for row in after.rows("judgements")] == ["rejected"]
    assert "label_open" not in {row["rule"] for row in strengths.standing(after)}
    assert "label_open" in {row["rule"] for row in strengths.standing(before)}
    assert "labelling" in {row["module"] for row in before.rows("training")}
    assert "labelling" not in {row["module"] for row in after.rows("training")}
    kept = ledger.list_judgements(book, "all", workshop.about(before.filters))
    assert [row["verdict"] for row in kept] == ["accepted", "rejected"]
    assert [line.action for line in audit.lines(book)] == ["judge", "judge"]


@pytest.mark.parametrize("change", ["UPDATE judgement SET verdict = 'accepted'", "DELETE FROM judgement"])
def test_no_judgement_is_altered_or_taken_out(folder, book, change):
    workshop.judge(book, asked(folder), "label_open", "rejected", PLANNER, NOW, beside())
    with sqlite3.connect(book.url.database) as connection, pytest.raises(sqlite3.IntegrityError, match="only added to"):
        connection.execute(change)


def test_a_ledger_of_an_older_release_is_given_the_table(folder, book):
    ledger.keep_view(book, {"owner": "p", "name": "n", "page": "plan", "link": "", "saved_at": "2026"})
    assert asked(folder).rows("judgements") == []
    workshop.add(book, asked(folder), "O", "A joint post is planned", PLANNER, NOW, beside())
    assert [row["said"] for row in asked(folder).rows("judgements")] == ["A joint post is planned"]
    assert ledger.list_views(book, "p")[0]["name"] == "n"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("  ", "NO_STATEMENT"),
        ("x" * 121, "STATEMENT_LONG"),
        ("Call 01712345678", "PERSONAL_DATA"),
        ("ফোন ০১৭১২৩৪৫৬৭৮", "PERSONAL_DATA"),
        ("NID 199 1234 5678", "PERSONAL_DATA"),
        ("Md Rahim must be trained", "PERSONAL_DATA"),
    ],
)
def test_own_words_without_words_too_long_or_with_a_persons_number_are_not_kept(folder, book, said, code):
    with pytest.raises(SimantaError) as refused:
        workshop.add(book, asked(folder), "W", said, PLANNER, NOW, beside())
    assert refused.value.code == code
    assert asked(folder).rows("judgements") == []
    assert audit.lines(book) == []


def test_own_words_are_kept_without_signs_that_steer_and_printed_as_they_are(folder, book):
    workshop.add(book, asked(folder), "O", "[bold]a\x00b [/x]\u202e c\n d", PLANNER, NOW, beside())
    assert [row["said"] for row in asked(folder).rows("judgements")] == ["[bold]ab [/x] c d"]
    workshop.add(book, asked(folder), "O", "=1+1 ক্\u200dষ", PLANNER, NOW, beside())
    run = ["plan", "--store", str(folder), "--part", "judgements", "--format"]
    table = CliRunner().invoke(commands(), [*run, "table"], env={"COLUMNS": "220"})
    assert "[bold]ab [/x] c d" in table.stdout
    assert "'=1+1 ক্\u200dষ" in CliRunner().invoke(commands(), [*run, "csv"]).stdout


def test_there_are_no_more_own_statements_than_one_page_holds(folder, book):
    for i in range(workshop.MOST_OWN):
        workshop.add(book, asked(folder), "W", f"Own {i}", PLANNER, NOW, beside())
    full = asked(folder)
    with pytest.raises(SimantaError, match="own statements"):
        workshop.add(book, full, "W", "One more", PLANNER, NOW, beside())
    workshop.judge(book, full, strengths.own(full)[0]["rule"], "rejected", PLANNER, NOW, beside())
    workshop.add(book, asked(folder), "W", "One more", PLANNER, NOW, beside())
    assert len(strengths.own(asked(folder))) == workshop.MOST_OWN


def test_a_data_officer_judges_nothing_and_nobody_a_rule_that_is_none(folder, book):
    officer = Principal("o@example.org", "data_officer", None)
    with pytest.raises(SimantaError, match="judges no statements"):
        workshop.judge(book, asked(folder), "label_open", "rejected", officer, NOW, beside(officer))
    with pytest.raises(SimantaError, match="no such statement"):
        workshop.judge(book, asked(folder), "guilt", "rejected", PLANNER, NOW, beside())
    assert asked(folder).rows("judgements") == []


def test_a_judgement_is_of_its_selection_and_of_who_sees_the_same_districts(folder, book):
    workshop.judge(book, asked(folder), "label_open", "rejected", PLANNER, NOW, beside())
    assert asked(folder, d=("BD3026",)).rows("judgements") == []
    assert asked(folder, Principal("q", "planner", ("BD3026",))).rows("judgements") == []
    assert len(asked(folder, Principal("r", "commander", None)).rows("judgements")) == 1
    shorter = Filters(date_from=date(2026, 10, 1), date_to=TODAY)
    assert len(plan.answer(open_current(folder).select(shorter, PLANNER)).rows("judgements")) == 1


def test_a_snapshot_keeps_the_judgements_of_its_day(folder, book):
    workshop.judge(book, asked(folder), "label_open", "accepted", PLANNER, NOW, beside())
    made, _ = snapshots.freeze(book, "plan", asked(folder), "test", datetime.now(UTC))
    workshop.judge(book, asked(folder), "label_open", "rejected", PLANNER, NOW, beside())
    frozen = snapshots.open_snapshot(book, made).answer
    assert [row["verdict"] for row in frozen.rows("judgements")] == ["accepted"]


# --- the page ------------------------------------------------------------------------


def opened(folder, monkeypatch, **query):
    """The page itself, through the front door."""
    monkeypatch.setenv("SIMANTA_STORE", str(folder))
    settings.cache_clear()
    at = AppTest.from_file(DOOR, default_timeout=60)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    at._page_hash = next(n for n, of in at._registered_pages.items() if of.get("url_pathname") == "plan")
    return at.run()


def labels(at):
    return [each.label for each in at.expander]


def test_a_statement_opens_its_number_and_its_query_and_can_be_accepted(folder, book, monkeypatch):
    at = opened(folder, monkeypatch)
    assert not at.exception
    assert any("40% of 40 detections are not decided" in label.replace("\\", "") for label in labels(at))
    assert (
        "**Crime not decided**: 16 of 40: 40% (95% limits 25% to 57%); said where it is at least 25%, from n = 20 on."
        in [each.value for each in at.markdown]
    )
    assert any("event_type, crime_label, precision_code" in each.value for each in at.code)
    at.button(key="accepted-label_open").click().run()
    assert any("✓ 40%" in label.replace("\\", "") for label in labels(at))
    assert any("accepted by the user of this machine" in each.value for each in at.caption)
    at.button(key="rejected-label_open").click().run()
    assert not any("40 detections are not decided" in label for label in labels(at))
    assert at.subheader[0].value.startswith("From the numbers: strengths 0, weaknesses 7")
    at.button(key="restore").click().run()
    assert at.subheader[0].value.startswith("From the numbers: strengths 0, weaknesses 8")


def test_words_that_are_added_are_shown_as_somebodys_and_are_no_markup(folder, book, monkeypatch):
    at = opened(folder, monkeypatch)
    at.selectbox(key="plan-part").set_value("T")
    at.text_input(key="plan-words").set_value("Boats **at night** [x](http://example.org)")
    at.button(key="plan-add").click().run()
    (label,) = [each for each in labels(at) if "✎" in each]
    assert "\\*\\*at night\\*\\*" in label
    assert "\\[x\\]" in label
    assert at.text_input(key="plan-words").value == ""
    at.text_input(key="plan-words").set_value("ask 01712345678")
    at.button(key="plan-add").click().run()
    assert [each.value for each in at.warning] == [
        "Not kept: it holds a number or a name that may be a person's. Write it without."
    ]
    assert len([each for each in labels(at) if "✎" in each]) == 1


@pytest.mark.parametrize("institution", training.INSTITUTIONS)
@pytest.mark.parametrize("language", ["en", "bn"])
def test_a_link_opens_the_plan_of_the_institution_that_it_names(folder, answer, monkeypatch, institution, language):
    at = opened(folder, monkeypatch, sel=institution, lang=language)
    assert not at.exception
    assert at.subheader[0].value == training_drawn._headline(institution, answer, Text(language))
    assert len(at.table[0].value) == len(training_drawn.of(institution, answer))


def test_a_snapshot_can_be_read_and_not_judged(folder, book, monkeypatch):
    made, _ = snapshots.freeze(book, "plan", asked(folder, local_user()), "test", datetime.now(UTC))
    at = opened(folder, monkeypatch, snapshot=made)
    assert not at.exception
    assert any("are not decided" in label for label in labels(at))
    assert [each.key for each in at.button if (each.key or "").startswith(("accepted-", "rejected-", "plan-"))] == []


def test_a_protected_reader_is_told_that_the_page_is_not_shown(folder, monkeypatch):
    at = opened(folder, monkeypatch, **{"for": "inside"})
    assert at.subheader[0].value == "This page is not shown to readers of protected figures."


# --- training ------------------------------------------------------------------------


def test_every_gap_has_a_module_for_somebody_and_every_module_its_words():
    rules, _ = swot.rules()
    gaps = {rule.rule for rule in rules if rule.part in ("W", "T")}
    assert {gap for module in training.modules() for gap in module["gaps"].split(";")} == gaps
    for module in training.modules():
        assert set(module["institutions"].split(";")) <= set(training.INSTITUTIONS)
        assert module["story"] in training.STORIES
        assert all(module[name] for name in training.WORDS)
    taught = {name for module in training.modules() for name in module["institutions"].split(";")}
    assert taught == set(training.INSTITUTIONS) == set(words.INSTITUTIONS)
    assert set(training_drawn.STORIES) == set(training.STORIES)


def test_the_widest_gap_comes_first_with_its_number_exercise_and_aim(answer):
    rows = training_drawn.of("border_force", answer)
    # effort 0 %, 50 points from its aim; blind 60 % from 10 %, also 50; late 40 % from 25 %: 15; label 15; place 10
    assert [row["module"] for row in rows] == ["money", "effort", "labelling", "reporting", "placing"]
    assert [row["priority"] for row in rows] == [1, 2, 3, 4, 5]
    columns = training_drawn.table(rows, EN)
    assert columns["Indicator: before → after"][:2] == ["60% (n = 40) → under 10%", "0% (n = 40) → over 50%"]
    assert columns["Reason"][0] == "Corridors where nobody looked for the money: 1, with 24 of 40 interceptions."
    assert rows[0]["practice"] == "simanta practice --institution border_force"


def test_an_institution_without_a_gap_is_told_so(moved):
    without = replace(moved, tables={**moved.tables, "training": moved.tables["training"].slice(0, 0)})
    assert training_drawn._headline("shelter", without, EN) == (
        "Shelters: no gap that a module is for was measured here."
    )


@pytest.mark.parametrize("language", ["en", "bn"])
def test_the_training_plan_is_a_sheet_and_a_workbook_in_both_languages(folder, tmp_path, language):
    for kind in ("pdf", "xlsx"):
        made = tmp_path / f"plan.{kind}"
        done = CliRunner().invoke(
            commands(),
            ["training", "--institution", "police", "--lang", language, "--out", str(made), "--store", str(folder)],
        )
        assert done.exit_code == 0, done.output
    read = pypdf.PdfReader(tmp_path / "plan.pdf")
    assert "simanta practice --institution police" in " ".join("".join(p.extract_text() for p in read.pages).split())
    sheet = openpyxl.load_workbook(tmp_path / "plan.xlsx")["training"]
    head, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert {row[head.index("institution")] for row in rows} == {"police"}
    assert [row[head.index("priority")] for row in rows] == list(range(1, len(rows) + 1))
    assert {"title_en", "title_bn", "say_en", "say_bn", "task_en", "task_bn"} <= set(head)


def test_no_other_institution_and_no_other_kind_of_file(folder, tmp_path):
    run = ["training", "--store", str(folder), "--out"]
    assert CliRunner().invoke(commands(), [*run, str(tmp_path / "x.pdf"), "--institution", "navy"]).exit_code == 2
    assert CliRunner().invoke(commands(), [*run, str(tmp_path / "x.doc"), "--institution", "police"]).exit_code == 2


# --- on paper, and from the command line ---------------------------------------------


def full(answer):
    """Every rule says something, each accepted under a long name, and as many own statements as there may be."""
    statements = answer.tables["statements"]
    holds = pa.array(["holds"] * statements.num_rows, pa.string())
    rows = [
        {"rule": row["rule"], "part": row["part"], "verdict": "accepted", "said": None}
        for row in answer.rows("statements")
    ]
    rows += [
        {
            "rule": f"own_{i}",
            "part": "W",
            "verdict": "accepted",
            "said": ("nine words that say what nobody has counted " * 3)[:120],
        }
        for i in range(workshop.MOST_OWN)
    ]
    who = {"by": "a.very.long.name.of.an.officer@example.org", "role": "planner", "on": TODAY, "on_version": 1}
    tables = {
        "statements": statements.set_column(statements.column_names.index("state"), "state", holds),
        "judgements": pa.Table.from_pylist([row | who for row in rows], workshop.JUDGEMENTS),
    }
    return replace(answer, tables={**answer.tables, **tables})


@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize("is_full", [False, True])
def test_the_workshops_sheet_is_one_page_also_where_every_rule_speaks(answer, language, is_full):
    made = handout.brief(page.PAGE, full(answer) if is_full else answer, Text(language), NOW)
    read = pypdf.PdfReader(io.BytesIO(made))
    assert len(read.pages) == 1
    width, height = read.pages[0].mediabox[2:]
    assert (round(width), round(height)) == (595, 842)
    if language == "en":
        said = " ".join(read.pages[0].extract_text().split())
        assert "40% of 40 detections are not decided" in said
        assert ("accepted by a.very.long.name" in said) == is_full


def test_the_command_gives_the_numbers_of_the_page(folder, answer):
    run = ["plan", "--store", str(folder), "--format"]
    told_ = json.loads(CliRunner().invoke(commands(), [*run, "json"]).stdout)
    assert (told_["n"], told_["rules"]) == (40, answer.notes["rules"])
    states = {row["rule"]: row["state"] for row in told_["statements"]}
    assert states == {row["rule"]: row["state"] for row in answer.rows("statements")}
    printed = CliRunner().invoke(commands(), [*run, "csv", "--part", "training"]).stdout
    assert len(list(csv.DictReader(io.StringIO(printed)))) == len(answer.rows("training"))


def test_every_query_that_a_number_names_is_there_to_read(answer):
    texts = {row["statement"]: row["text"] for row in answer.rows("queries")}
    assert {row["statement"] for row in answer.rows("statements")} == set(texts)
    assert all("FROM selected" in text for text in texts.values())


def test_who_sees_no_district_is_told_nothing(folder):
    none = plan.answer(Selected(open_current(folder), Filters(), Principal("p", "planner", ())))
    assert {row["state"] for row in none.rows("statements")} == {"too_few"}
    assert none.rows("training") == []
    assert not any(row["n" + HIDDEN] for row in none.rows("statements"))


def test_the_lists_cite_no_place_of_a_machine():
    for name in ("swot_rules", "training_modules"):
        assert "/" not in (reference.FOLDER / f"{name}.csv").read_text(encoding="utf-8")

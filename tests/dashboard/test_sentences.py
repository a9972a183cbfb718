"""The headlines of Playback, Trails, Law, Response and Plan say the numbers below them, whatever the filters choose.

On invented records of every kind, under periods and districts drawn by chance. Those of the other pages:
test_pages.py, test_hotspots.py, test_district.py, test_quality.py, test_trends.py and test_warning.py.
"""

import re
from datetime import date, timedelta
from itertools import groupby

import duckdb
import pytest
from hypothesis import event, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from dashboard.access import local_user
from dashboard.components import strengths, training
from dashboard.database import open_current
from dashboard.disclosure import HIDDEN, K
from dashboard.figures.training import INSTITUTIONS
from dashboard.filters import Filters
from dashboard.i18n import Text
from dashboard.pages import law, plan, playback, response, trails
from etl import build
from etl.invented import write_invented
from etl.invented_parts import write_invented_parts
from tests.conftest import UNTIL

EN, BN = Text("en"), Text("bn")
SOME = trying(max_examples=20)  # an example asks a whole page
DISTRICTS = ("BD4041", "BD4044", "BD4087", "BD2022", "BD5577", "BD3026")
NOTHING = "No detections match. No record here is not the same as no event."
COUNT = r"(\d{1,3}(?:,\d{3})*)"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Invented incidents with their trails, steps of care, labels, hand-overs and persons."""
    made = tmp_path_factory.mktemp("sentences")
    write_invented(made / "invented.csv", rows=1500, seed=7, until=UNTIL)
    further = write_invented_parts(made / "invented.csv", made, until=UNTIL)
    build.load([made / "invented.csv", *further], made / "store", today=UNTIL)
    return made / "store"


@pytest.fixture(scope="module")
def store(folder):
    return open_current(folder)


@pytest.fixture(scope="module")
def facts(folder, tmp_path_factory):
    """The version as a bare file, read past every room of the dashboard."""
    copied = tmp_path_factory.mktemp("bare") / "facts.duckdb"
    copied.write_bytes((folder / "facts" / "v000001.duckdb").read_bytes())
    with duckdb.connect(str(copied), read_only=True) as connection:
        yield connection


@st.composite
def asked(draw):
    start = draw(st.dates(date(2024, 12, 1), date(2026, 11, 1)))
    end = start + timedelta(days=draw(st.sampled_from([6, 27, 90, 200, 400])))
    return Filters(start, end, {"d": tuple(draw(st.sets(st.sampled_from(DISTRICTS), max_size=2)))})


def answered(page, store, filters):
    return page.PAGE.answer(store.select(filters, local_user()))


def whole(written):
    return int(written.replace(",", ""))


def told(pattern, said):
    """What a sentence says where it follows the pattern; the kinds of sentences that were seen are counted."""
    found = re.search(pattern, said)
    event(pattern if found else f"not: {pattern}")
    return found.groups() if found else None


def assert_says_nothing_unknown(said):
    """In both languages: no placeholder left, nothing unknown said as if it were a number."""
    for sentence in said:
        assert not re.search(r"\b(nan|None|null|inf)\b|[{}]|–(?= )", sentence), sentence


# Playback


@SOME
@given(asked())
def test_playbacks_sentence_names_a_cell_and_a_month_with_the_highest_count_that_is_told(store, facts, filters):
    answer = answered(playback, store, filters)
    said, name = playback.headline(answer, EN), answer.label("en")
    assert_says_nothing_unknown([said, playback.headline(answer, BN)])
    if answer.figure("n") == 0:
        assert said == NOTHING
        return
    months = [row for row in answer.rows("framed") if row["slice"] == "month"]
    if found := told(rf"^Most on one cell in a month: {COUNT} around (.+), (\w+ \d+)\.$", said):
        n, place, when = found
        assert whole(n) == max(row["n"] for row in months) >= K
        assert (whole(n), place, when) in {
            (row["n"], name("district", row["adm2"]), EN.month(row["first_day"])) for row in months
        }
        assert whole(n) <= _in_month(facts, filters, max(months, key=lambda row: row["n"])["first_day"])
    else:
        assert not months
        weeks = [row for row in answer.rows("framed") if row["slice"] == "week"]
        week = told(rf"^Most on one cell in a week: {COUNT} around", said)
        assert week is None if not weeks else whole(week[0]) == max(row["n"] for row in weeks)


def _in_month(facts, filters, month):
    """At most so many records lie on a cell of a month: all those of the file that the districts choose."""
    codes = list(filters.choices.get("d", ()))
    sql = "SELECT count(*) FROM incident WHERE date_trunc('month', date_start) = ? AND (? OR list_contains(?, adm2))"
    return facts.execute(sql, [month, not codes, codes]).fetchone()[0]


# Trails


@SOME
@given(asked())
def test_trails_sentence_is_the_first_blind_trail_with_its_interceptions(store, facts, filters):
    answer = answered(trails, store, filters)
    said, name = trails.headline(answer, EN), answer.label("en")
    assert_says_nothing_unknown([said, trails.headline(answer, BN)])
    rows, n = answer.rows("blind"), answer.figure("n")
    if n == 0:
        assert said == NOTHING
        return
    if answer.is_hidden("n"):
        assert said == "Under 5 detections: what was looked for is withheld."
        return
    assert ("Too few for shares" in said) == (n < 20)
    found = told(rf"^(.+): ({COUNT}|5 or more) interceptions, and nobody looked for this trail: (.+?)\. ", said)
    assert (found is not None) == bool(rows)
    if not found:
        return
    place, interceptions, _, trail = found
    assert trail == name("trail", rows[0]["trail_type"])
    first = rows[0]["crossing"] or rows[0]["adm2"]
    assert place.removesuffix(" district") == name("crossing" if rows[0]["crossing"] else "district", first)
    if interceptions != "5 or more":
        most = max(row["n_interceptions"] for row in rows if not row["n_interceptions" + HIDDEN])
        assert whole(interceptions) == most == _interceptions(facts, filters, rows[0])
    places = {row["crossing"] or row["adm2"] for row in rows}
    assert f"Blind trails in all: {len(rows):,}, on {len(places):,} corridors." in said


def _interceptions(facts, filters, row):
    """Of the file: interceptions at a crossing, or in a district where no crossing is told."""
    codes = list(filters.choices.get("d", ()))
    sql = """SELECT count(*) FROM incident WHERE starts_with(event_type::VARCHAR, 'interception')
        AND if($at_crossing, crossing = $code, crossing IS NULL AND adm2 = $code)
        AND date_start BETWEEN $first AND $last AND ($every OR list_contains($codes, adm2::VARCHAR))"""
    told_ = {"code": row["crossing"] or row["adm2"], "first": filters.date_from, "last": filters.date_to}
    told_["at_crossing"] = row["crossing"] is not None
    return facts.execute(sql, told_ | {"every": not codes, "codes": codes}).fetchone()[0]


# Law


@SOME
@given(asked(), st.dates(date(2012, 1, 1), date(2027, 12, 31)))
def test_laws_sentence_counts_the_laws_of_the_day_and_the_citations_of_the_rows(store, filters, day):
    answer = answered(law, store, filters)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(law.session, "chosen_place", lambda: str(day))
        said, bangla = law.headline(answer, EN), law.headline(answer, BN)
    assert_says_nothing_unknown([said, bangla])
    rows = [row for row in answer.rows("instruments")
            if (row["effective_from"] or date.min) <= day <= (row["effective_to"] or date.max)]  # fmt: skip
    assert said.startswith(f"{EN.day(day)}: {len(rows)} laws of the table applied.")
    unseen = sum(row["effective_from"] is None for row in rows)
    assert (f"Of {unseen} of them the date of effect is not known." in said) == bool(unseen)
    for standing, words in {
        "before_effect": "a law before it was in force",
        "after_repeal": "a law after its repeal",
        "not_in_table": "a law of which the table has no text",
    }.items():
        n = sum(row["n"] or 0 for row in answer.rows("cited") if row["standing"] == standing)
        found = told(rf"{COUNT} detections cite {words}\.", said)
        assert (found and whole(found[0])) == (n or None)


# Response: one question, five sentences


def _labels(answer, said, name):
    """The share never decided, and the change of label that is most frequent."""
    (row,) = answer.rows("decided")
    found = told(rf"^(\d+)% of labels were never decided: {COUNT} of {COUNT} detections\.", said)
    assert (found is None) == (row["share"] is None)
    if found:
        share, part, n = (whole(each) for each in found)
        assert (part, n) == (row["n_undecided"], row["n"])
        assert share == pytest.approx(100 * part / n, abs=0.5)
    changes = [each for each in answer.rows("pairs") if each["first_label"] != each["label_now"]]
    change = told(rf"{COUNT} were first labelled (.+?) and are now (.+?)[:.]", said)
    assert (change is None) == (not changes)
    if change:
        assert whole(change[0]) == max(each["n"] for each in changes if not each["n" + HIDDEN]) >= K
        assert (whole(change[0]), *change[1:]) in {
            (each["n"], name("crime_label", each["first_label"]), name("crime_label", each["label_now"]))
            for each in changes
        }


def _return(answer, said, name):
    """Persons of each step, and where most detections stop."""
    steps = [f"{name('outcome_step', row['step'])} {row['n_persons']:,}"
             for row in answer.rows("reached") if row["n_persons"]]  # fmt: skip
    assert ("No step of care is on record that can be told." in said) == (not steps)
    assert not steps or f"each step: {', '.join(steps)}." in said
    stops = [row for row in answer.rows("stops") if row["n"]]
    found = told(rf"Most detections, {COUNT}, have (no step on record|come no further than: (.+?))\.", said)
    assert (found is None) == (not stops)
    if found:
        at = {name("outcome_step", row["step"]) if row["step"] else None: row["n"] for row in stops}
        assert whole(found[0]) == max(at.values()) == at[found[2]]


def _hand_overs(answer, said, name):
    """The turn for which most wait, and each term that was missed."""
    waiting = [row for row in answer.rows("waiting") if not row["n" + HIDDEN]]
    found = told(rf"most hand-overs wait for (.+?) (to answer|to hand over): {COUNT} of ", said)
    assert (found is None) == (not waiting)
    if found:
        most = max(row["n"] for row in waiting)
        assert whole(found[2]) == most >= K
        assert found[0] in {name("stakeholder", row["turn"]) for row in waiting if row["n"] == most}
        late = [whole(each) for each in re.findall(rf"{COUNT} have waited longer than the term", said)]
        assert late == [row["n_overdue"] for row in answer.rows("clocks") if row["n_overdue"]]


def _pillars(answer, said, name):
    """The step that was done most in each."""
    done = [row for row in answer.rows("outcomes") if row["n_done"]]
    expected = {name("pillar", pillar): max(row["n_done"] for row in rows)
                for pillar, rows in groupby(done, key=lambda row: row["pillar"])}  # fmt: skip
    listed = told(r"by pillar: (.+?)\. Steps are rows", said)
    assert (listed is None) == (not expected)
    if listed:
        said_of = [re.fullmatch(rf"(.+): .+ {COUNT}", each).groups() for each in listed[0].split("; ")]
        assert {pillar: whole(n) for pillar, n in said_of} == expected


def _accused(answer, said, name):
    """The share of victims is one of the screened."""
    (row,) = answer.rows("accused")
    if row["n"] == 0:
        assert said.startswith("No detection here is recorded under a law")
        return
    if row["n" + HIDDEN]:
        assert said == "How many are recorded under a law on passports, foreigners or entry is withheld: under 5."
        return
    assert said.startswith(f"{row['n']:,} detections are recorded under a law")
    found = told(rf"Of {COUNT} screened, (\d+)% are of victims \((\d+)% to (\d+)%\)", said)
    if found:
        screened, share, low, high = (whole(each) for each in found)
        assert screened == row["n_victims"] + row["n_not_victims"] >= 20
        assert share == pytest.approx(100 * row["n_victims"] / screened, abs=0.5)
        assert low <= share <= high
    wait = told(rf"{COUNT} wait to be screened\.", said)
    assert (wait and whole(wait[0])) == row["n_waiting"]


RESPONSE = {"labels": _labels, "return": _return, "handover": _hand_overs, "pillars": _pillars, "accused": _accused}


@SOME
@given(asked())
def test_each_sentence_of_response_is_what_the_rows_below_it_give(store, filters):
    answer = answered(response, store, filters)
    assert_says_nothing_unknown(response.headline(answer, text, part) for part in response.PARTS for text in (EN, BN))
    for part, holds in RESPONSE.items():
        said = response.headline(answer, EN, part)
        if answer.figure("n") == 0:
            assert said == NOTHING
        else:
            holds(answer, said, answer.label("en"))


def test_no_part_of_response_is_left_out():
    assert set(RESPONSE) == set(response.PARTS)


# Plan


@SOME
@given(asked())
def test_plans_sentences_count_the_statements_and_modules_that_stand_below_them(store, filters):
    answer = answered(plan, store, filters)
    said = strengths.headline(answer, EN)
    assert_says_nothing_unknown([said, strengths.headline(answer, BN)])
    if answer.figure("n") == 0:
        assert said == NOTHING
        return
    drawn = [len(strengths.told(part, answer)[0]) for part in "SWOT"]
    assert [int(n) for n in re.findall(r"(?:strengths|weaknesses|opportunities|threats) (\d+)", said)] == drawn
    few = sum(row["state"] == "too_few" for row in answer.rows("statements"))
    assert told(r"Too few records to say: (\d+)\.", said) == ((str(few),) if few else None)
    for institution in INSTITUTIONS:
        _training(institution, answer)


def _training(institution, answer):
    """How many modules, the first of them, and the number of its reason."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(training.session, "chosen_place", lambda: institution)
        said, bangla = training.headline(answer, EN), training.headline(answer, BN)
    assert_says_nothing_unknown([said, bangla])
    rows = training.of(institution, answer)
    if not rows:
        assert said.endswith("no gap that a module is for was measured here.")
        return
    before, reason = said.split(rows[0]["title_en"])
    assert before.endswith(f": {len(rows)} modules, first of all: ")
    numbers = [whole(each) for each in re.findall(COUNT, reason)]
    assert rows[0]["n"] in numbers
    assert rows[0]["n_part"] in numbers or round(100 * rows[0]["n_part"] / rows[0]["n"]) in numbers

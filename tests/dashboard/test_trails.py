"""Trails: hand-made records whose counts a person can check; blind trails first; no small count comes back."""

import csv
import io
import itertools
import json
from collections import defaultdict
from datetime import UTC, date, datetime

import numpy as np
import pypdf
import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from dashboard.access import Principal, local_user
from dashboard.cli import commands
from dashboard.components import next_step
from dashboard.components.next_step import Chosen
from dashboard.database import CONTRACT, Selected, open_current
from dashboard.figures import trails as figures
from dashboard.filters import Filters
from dashboard.i18n import Text
from dashboard.lattice import policy
from dashboard.pages import trails as page
from etl import build

EN, TODAY = Text("en"), date(2026, 11, 22)
REFERENCE = CONTRACT.parent / "reference"
HEAD = "source_ref,event_type,date_start,crossing,adm2,trails_looked_for,trails_found"
MAHESHPUR, BENAPOLE, DHAKA = "x-maheshpur", "x-benapole", "BD3026"


def incidents(name, n, where, looked="", found="", event="interception_at_border", day="2026-11-02"):
    crossing, adm2 = (where, "") if where.startswith("x-") else ("", where)
    return [f"{name}{i},{event},{day},{crossing},{adm2},{looked},{found}" for i in range(n)]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A function from lines of incidents and of the sheet of trails to the Answer on them."""

    def answered(flat, sheet=(), filters=None):
        folder = tmp_path_factory.mktemp("trails")
        (folder / "flat.csv").write_text("\n".join([HEAD, *flat]) + "\n", encoding="utf-8")
        told = ["source_ref,trail_type,stage,looked_for,found", *sheet]
        (folder / "trails.csv").write_text("\n".join(told) + "\n", encoding="utf-8")
        files = [folder / "flat.csv", folder / "trails.csv"][: 1 + bool(sheet)]
        report = build.load(files, folder / "store", today=TODAY)
        assert all(file.loaded == file.rows_in for file in report.files)
        store = open_current(folder / "store")
        return page.PAGE.answer(Selected(store, filters or Filters(), local_user()))

    return answered


def cell(answer, trail, stage="any"):
    row = next(r for r in answer.rows("grid") if (r["trail_type"], r["stage"]) == (trail, stage))
    return tuple(row[name] for name in ("n_found", "n_not_found", "n_not_looked_for"))


@pytest.fixture(scope="module")
def corridors(made):
    """40 interceptions at Maheshpur with no finance; 30 at Benapole with some of it; 20 inland that looked at all."""
    every = ";".join(figures_order())
    return made(
        [
            *incidents("m", 40, MAHESHPUR, "advertising;rental_premises;transport;communications;documents"),
            *incidents("b", 10, BENAPOLE, every, "finance"),
            *incidents("c", 20, BENAPOLE),
            *incidents("d", 20, DHAKA, every, event="interception_inland"),
        ]
    )


def figures_order():
    with (CONTRACT / "codes" / "trail.csv").open(encoding="utf-8") as file:
        return [row["code"] for row in csv.DictReader(file)]


def test_a_corridor_with_40_interceptions_and_no_finance_trail_looked_for_heads_the_list(corridors):
    rows = corridors.rows("blind")
    assert (rows[0]["crossing"], rows[0]["trail_type"], rows[0]["n_interceptions"]) == (MAHESHPUR, "finance", 40)
    assert len(rows) == 1  # at Benapole ten looked at all six, and Dhaka is on no border
    assert page.headline(corridors, EN) == (
        "Maheshpur: 40 interceptions, and nobody looked for this trail: Finance. "
        "Blind trails in all: 1, on 1 corridors."
    )


def test_most_interceptions_come_first_and_a_border_district_stands_for_no_crossing(made):
    answer = made(
        [
            *incidents("j", 12, "BD4041"),  # Jashore, on the border
            *incidents("b", 25, BENAPOLE, "finance"),
            *incidents("r", 30, MAHESHPUR, event="rescue_from_exploitation"),  # no interception
            *incidents("m", 6, MAHESHPUR),
            *incidents("g", 7, DHAKA, event="interception_inland"),
        ]
    )
    rows = answer.rows("blind")
    assert [row["n_interceptions"] for row in rows] == [25] * 5 + [12] * 6 + [6] * 6
    assert {row["adm2"] for row in rows} == {None, "BD4041"}
    assert ("finance", 25) not in {(row["trail_type"], row["n_interceptions"]) for row in rows}


def test_the_two_sources_are_one_count_and_who_says_nothing_did_not_look(made):
    # A: flat, no stage. B: flat says finance was looked for; the sheet tells that trail by stage, and stands for it.
    # C: two stages of one trail, once over all of them. D: nothing is told at all.
    flat = [
        *incidents("A", 6, BENAPOLE, "finance", "finance"),
        *incidents("B", 7, BENAPOLE, "finance"),
        *incidents("C", 8, BENAPOLE),
        *incidents("D", 9, BENAPOLE),
    ]
    sheet = [
        *(f"B{i},finance,pay_out,yes,yes" for i in range(7)),
        *(f"C{i},transport,move,yes,yes" for i in range(8)),
        *(f"C{i},transport,cross,yes,no" for i in range(8)),
        *(f"C{i},documents,cross,no," for i in range(8)),
    ]
    answer = made(flat, sheet)
    assert cell(answer, "finance", "not_told") == (6, 0, 24)
    assert cell(answer, "finance", "pay_out") == (7, 0, 23)
    assert cell(answer, "finance") == (13, 0, 17)
    assert cell(answer, "transport", "move") == (8, 0, 22)
    assert cell(answer, "transport", "cross") == (0, 8, 22)
    assert cell(answer, "transport") == (8, 0, 22)  # found at one of its stages is found
    assert cell(answer, "documents") == (0, 0, 30)  # "no" in the sheet is not looked for
    assert answer.rows("untold")[0]["n_untold"] == 9


def test_filters_choose_the_records_and_with_them_n(corridors, made):
    flat = [*incidents("m", 12, MAHESHPUR, "transport"), *incidents("b", 9, BENAPOLE)]
    assert cell(made(flat, filters=Filters().choose("x", [BENAPOLE])), "transport") == (0, 0, 9)
    assert cell(made(flat, filters=Filters().choose("x", [MAHESHPUR])), "transport") == (0, 12, 0)


def parts(n, k):
    if k == 1:
        yield (n,)
        return
    for first in range(n + 1):
        yield from ((first, *rest) for rest in parts(n - first, k - 1))


@pytest.mark.parametrize(("stages", "n"), [(2, 9), (2, 14), (2, 16), (3, 11), (3, 13)])
def test_no_small_count_of_a_trail_follows_from_what_is_shown(stages, n):
    """Every way to deal n incidents to stages, found or not: what looks alike leaves each count of 1 to 4 open.

    Taken at its worst: the reader knows n, the rule, and that every incident is told at one stage alone.
    """
    alike = defaultdict(list)
    for dealt in parts(n, 2 * stages + 1):
        found, missed = (np.array([sum(part), *part]) for part in (dealt[:stages], dealt[stages : 2 * stages]))
        told = figures.tellable(n, found, missed)
        shown = [np.where(told.looked, found + missed, -1), *(np.where(told.found, p, -1) for p in (found, missed))]
        counts = np.concatenate([found, missed, found + missed, n - found - missed])
        alike[tuple(np.concatenate(shown).tolist())].append(counts)
    for states in alike.values():
        least, most = np.min(states, axis=0), np.max(states, axis=0)
        assert not ((least == most) & (least > 0) & (least < 5)).any()


def test_what_may_be_told_is_told():
    # One stage of twelve, found in six: nothing here is small, so nothing is withheld.
    told = figures.tellable(40, np.array([6, 6, 0]), np.array([6, 6, 0]))
    assert told.looked.all()
    assert told.found.all()


def test_interceptions_of_corridors_do_not_give_a_small_one_back(made):
    """43 in all, 40 and 3: the 3 are not listed, and of the 40 no number is told, as 43 - 40 would tell the 3."""
    answer = made([*incidents("m", 40, MAHESHPUR), *incidents("b", 3, BENAPOLE)])
    rows = answer.rows("blind")
    assert {(row["crossing"], row["n_interceptions"], row["n_interceptions_hidden"]) for row in rows} == {
        (MAHESHPUR, None, True)
    }
    assert page.headline(answer, EN).startswith("Maheshpur: 5 or more interceptions, and nobody looked")
    assert made([*incidents("m", 5, MAHESHPUR), *incidents("b", 1, BENAPOLE)]).rows("blind") == []  # 6 - 5 = 1
    more = made([*incidents("m", 40, MAHESHPUR), *incidents("b", 3, BENAPOLE), *incidents("g", 9, DHAKA)])
    assert {row["n_interceptions"] for row in more.rows("blind")} == {40}


@pytest.mark.parametrize("reader", ["inside", "outside"])
def test_no_count_of_a_trail_is_told_to_a_reader_of_protected_figures(sample_store, reader):
    selected = Selected(open_current(sample_store), Filters(), local_user(), reader)
    answer = page.PAGE.question(reader)(selected)
    assert set(answer.tables) == {"totals"}
    assert answer.figure("n") is None
    assert policy().inside == 5
    with pytest.raises(PermissionError):
        figures.grid(selected)


# --- the law and the checklist ---------------------------------------------------------


def sheet_of(name):
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_enquiry_rests_on_a_section_of_the_table_and_is_told_in_both_languages():
    sections = {row["section_id"] for row in sheet_of("legal_sections")}
    stages = {"", *(stage for stage in figures.STAGES if stage != figures.NOT_TOLD)}
    rows = sheet_of("enquiries")
    assert [row["enquiry"] for row in rows if row["section_id"] not in sections] == []
    assert {row["trail"] for row in rows} == set(figures_order())
    assert {row["stage"] for row in rows} <= stages
    assert all(row["say_en"].strip() and row["say_bn"].strip() for row in rows)
    assert len({row["enquiry"] for row in rows}) == len(rows)


def test_each_trail_has_three_enquiries_or_more_under_the_law_of_today():
    repealed = {row["instrument"] for row in sheet_of("instruments") if row["effective_to"]}
    today = [row for row in sheet_of("enquiries") if row["section_id"].split(":")[0] not in repealed]
    for trail in figures_order():
        assert sum(row["trail"] == trail and not row["stage"] for row in today) >= 3


def test_the_powers_are_those_of_the_law_on_the_last_day_of_the_period(made):
    flat = incidents("m", 9, MAHESHPUR, day="2025-06-02")
    old = made(flat, filters=Filters(date(2025, 1, 1), date(2025, 12, 31)))
    new = made(flat, filters=Filters(date(2026, 1, 1), date(2026, 6, 30)))
    of = lambda answer: {row["section_id"] for row in answer.rows("powers") if row["trail_type"] == "finance"}  # noqa: E731
    assert of(new) == {"ordinance_2026:32(1)-(3)", "ordinance_2026:33", "mlpa_2012:2"}
    assert of(old) == {"mlpa_2012:2"}
    premises = {row["section_id"] for row in old.rows("powers") if row["trail_type"] == "rental_premises"}
    assert premises == {"pshta_2012:8"}
    assert {row["section_id"].split(":")[0] for row in old.rows("enquiries")} <= {"pshta_2012", "oema_2013",
                                                                                  "mlpa_2012", "pdpo_2025"}  # fmt: skip


def test_the_card_says_what_it_means_the_section_its_day_and_what_to_ask(corridors):
    this = next_step.head(corridors)
    assert this == Chosen("finance", "any", MAHESHPUR)
    assert next_step.title(this, corridors, EN) == "Finance · Any stage · Maheshpur"
    first, second = next_step.counted(this, corridors, EN)
    assert first == "Maheshpur: 40 interceptions, and nobody looked for it."
    assert "looked for in 30 of 90, found in 10, not found in 20; not looked for in 60" in second
    powers = dict(next_step.powers(this, corridors, EN))
    assert "section 33: Assets may be frozen." in powers["Ordinance 5 of 2026 (since 7 Jan 2026)"]
    assert set(powers) >= {"Money Laundering Prevention Act, 2012 (since a day not seen)"}
    asked = next_step.asked(Chosen("finance", "pay_out"), corridors, EN)
    assert asked[-1] == (
        "Ask how the money was shared: a group of two or more is an organised group. (section 7, Ordinance 5 of 2026)"
    )
    assert len(asked) == 5


def test_before_the_ordinance_the_card_says_in_words_what_was_not_read(made):
    answer = made(incidents("m", 9, MAHESHPUR, day="2025-06-02"), filters=Filters(date(2025, 1, 1), date(2025, 12, 31)))
    this = Chosen("communications", "any")
    assert next_step.powers(this, answer, EN) == [("No section in the table of laws reaches it on this day.", [])]
    assert [line.startswith("Use nothing from a victim's telephone") for line in next_step.asked(this, answer, EN)] == [
        True
    ]


@pytest.mark.parametrize("language", ["en", "bn"])
def test_the_checklist_is_a_sheet_to_print_with_sections_and_boxes(corridors, language):
    text, this = Text(language), Chosen("finance", "pay_out")
    printed = next_step.printed(this, page.PAGE, corridors, text, datetime(2026, 11, 29, tzinfo=UTC))
    told = "".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(printed)).pages)
    assert told.count("☐") == 5
    if language == "en":
        assert "section 33" in told
        assert "General guidance" in told
        assert "Aggregates only" in told


def test_a_checklist_is_written_down_by_what_makes_it_and_is_not_made_for_who_may_not_take_its_counts(
    corridors, monkeypatch
):
    offered, noted = {}, []
    monkeypatch.setattr(next_step.st, "download_button", lambda _, data, **words: offered.update({words["key"]: data}))
    monkeypatch.setattr(next_step.admission, "taking", lambda: lambda *told: noted.append(told))
    assert not AppTest.from_function(drawn, args=(corridors, "en"), default_timeout=60).run().exception
    assert noted == []
    assert offered.pop("print-checklist")().startswith(b"%PDF")
    assert noted == [("trails checklist v000001", corridors.filters.to_link())]
    monkeypatch.setattr(next_step.admission, "principal", lambda: Principal("c@example.org", "commander", None))
    assert not AppTest.from_function(drawn, args=(corridors, "en"), default_timeout=60).run().exception
    assert "print-checklist" not in offered


# --- the screen and the command --------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize("state", ["full", "few", "none"])
def test_the_page_opens_on_every_state(corridors, made, language, state):
    few = made(incidents("m", 3, MAHESHPUR, "finance")) if state == "few" else None
    none = made(incidents("m", 3, MAHESHPUR), filters=Filters().choose("x", [BENAPOLE])) if state == "none" else None
    answer = few or none or corridors
    door = AppTest.from_function(drawn, args=(answer, language), default_timeout=60).run()
    assert not door.exception
    assert door.subheader[0].value == page.headline(answer, Text(language))


def drawn(answer, language):
    from dashboard.i18n import Text
    from dashboard.pages import trails

    trails.draw(answer, Text(language))


def test_a_choice_in_the_address_opens_that_cell_and_an_unknown_one_the_first(corridors):
    for place, title in {"documents~cross": "Documents · Cross", "cat~dog": "Finance · Any stage · Maheshpur"}.items():
        door = AppTest.from_function(drawn, args=(corridors, "en"), default_timeout=60)
        door.session_state["sel"] = place
        door.run()
        assert f"**{title}**" in [each.value for each in door.markdown]


def test_the_command_prints_the_numbers_of_the_page(sample_store, monkeypatch):
    monkeypatch.setenv("SIMANTA_STORE", str(sample_store))
    answer = page.PAGE.answer(Selected(open_current(sample_store), Filters(), local_user()))
    said = json.loads(CliRunner().invoke(commands(), ["trails", "--format", "json"]).stdout)
    assert said["n"] == answer.figure("n")
    assert [row["n_looked_for"] for row in said["grid"]] == [row["n_looked_for"] for row in answer.rows("grid")]
    assert [row["n_interceptions"] for row in said["blind"]] == [row["n_interceptions"] for row in answer.rows("blind")]
    told = CliRunner().invoke(commands(), ["trails", "--format", "csv"]).stdout
    rows = list(csv.DictReader(io.StringIO(told)))
    assert {row["table"] for row in rows} == {"blind", "grid"}
    assert CliRunner().invoke(commands(), ["trails", "--format", "table"]).exit_code == 0


def test_every_stage_and_trail_has_its_words():
    assert set(next_step.MEANS) == set(figures_order())
    assert set(next_step.AT) == {figures.ANY, *figures.STAGES}
    assert list(itertools.islice(figures.STAGES, 7)) == [row["code"] for row in csv.DictReader(
        (CONTRACT / "codes" / "trail_stage.csv").open(encoding="utf-8"))]  # fmt: skip

"""After an operation: planted moves are found, what is not one is not called one, and scope cannot be passed by."""

import csv
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from dashboard import ledger, snapshots
from dashboard.access import Principal, local_user
from dashboard.answers import corridors
from dashboard.components import moved
from dashboard.database import open_current
from dashboard.disclosure import HIDDEN, suppress
from dashboard.figures import displacement, operations, period, ribbon
from dashboard.filters import Filters
from dashboard.i18n import Text, catalogue
from dashboard.pages import corridors as page
from dashboard.settings import settings as configured
from dashboard.stats import displacement as stats
from etl import build

ROOT = Path(__file__).resolve().parents[2]
EN, BN = Text("en"), Text("bn")
BEGAN, END = date(2026, 6, 1), date(2026, 8, 23)  # a Monday; twelve weeks to a Sunday
IN_VIEW = Filters(BEGAN, END)
FAR = ("x-hili", "x-sonamasjid", "x-burimari", "x-tamabil", "x-akhaura")  # each in a border district of its own
WEEKS = range(-56, 12)


def sheet(path: Path, rows: list[dict[str, object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def incidents(a_week: dict[str, tuple[int, int]], origin: str = "BD4041") -> list[dict[str, object]]:
    """So many a week at each crossing, before the operation and since, all on Sundays."""
    return [
        {
            "source_ref": f"T-{crossing}-{week}-{number}",
            "event_type": "interception_at_border",
            "crime_label": "SOM",
            "date_start": (BEGAN + timedelta(days=7 * week + 6)).isoformat(),
            "crossing": crossing,
            "origin_adm2": origin,
            "detecting_agency": "bgb",
        }
        for crossing, (before, after) in a_week.items()
        for week in WEEKS
        for number in range(after if week >= 0 else before)
    ]


def operation(crossing: str, ref: str = "OP-1", area: str = "target", start: date = BEGAN, agency: str = "bgb"):
    return {
        "operation_ref": ref, "area": area, "crossing": crossing, "operation_type": "joint", "agency": agency,
        "date_start": start.isoformat(), "invented": "yes",
    }  # fmt: skip


def effort(hours: dict[str, tuple[int, int]]) -> list[dict[str, object]]:
    return [
        {"unit": f"unit of {crossing}", "agency": "bgb", "crossing": crossing, "patrol_hours": each[week >= 0],
         "week": (BEGAN + timedelta(days=7 * week)).isoformat(), "invented": "yes"}
        for crossing, each in hours.items()
        for week in WEEKS
    ]  # fmt: skip


def store_of(folder: Path, **sheets: list[dict[str, object]]):
    files = [sheet(folder / f"{name}.csv", rows) for name, rows in sheets.items()]
    report = build.load(files, folder / "store", today=END)
    assert report.version == 1
    return open_current(folder / "store")


MOVED = {"x-benapole": (5, 1), "x-goga": (2, 6), **dict.fromkeys(FAR, (3, 3))}
SPREAD = {"x-benapole": (5, 1), "x-goga": (5, 1), **dict.fromkeys(FAR, (3, 3))}
SAME_HOURS = {"x-benapole": (100, 100), "x-goga": (100, 100)}


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """Detections moved from Benapole to Goga, 22 km off, and patrol hours stayed as they were."""
    return store_of(
        tmp_path_factory.mktemp("planted"),
        incidents=incidents(MOVED), operations=[operation("x-benapole")], effort=effort(SAME_HOURS),
    )  # fmt: skip


@pytest.fixture(scope="module")
def spread(tmp_path_factory):
    """Detections fell at Benapole and at Goga; nobody told any effort. A later operation far away began too soon."""
    return store_of(
        tmp_path_factory.mktemp("spread"),
        incidents=incidents(SPREAD),
        operations=[operation("x-benapole"), operation("x-hili", "OP-2", start=END - timedelta(days=20))],
    )  # fmt: skip


def asked(store, filters=IN_VIEW, principal=None):
    return period.settle(store.select(filters, principal or local_user()))[0]


def only(store, filters=IN_VIEW):
    (row,) = displacement.displaced(asked(store, filters))["operations"].to_pylist()
    return row


def test_a_planted_displacement_is_found_with_the_figures_of_a_hand(planted):
    row = only(planted)
    # 12 weeks: target 60 to 12, its control 36 to 36, next door 24 to 72, its control 36 to 36
    assert [row[name] for name in displacement.COUNTS] == [60, 12, 36, 36, 24, 72, 36, 36]
    # local -48 with variance 60+12+36+36 = 144; next door +48 with 24+72+36+36 = 168
    assert (row["local_estimate"], row["local_se"]) == (-48, 12)
    assert (row["displacement_estimate"], row["displacement_se"]) == (48, pytest.approx(168**0.5))
    assert row["total_estimate"] == 0
    assert row["wdq"] == pytest.approx((72 / 36 - 24 / 36) / (12 / 36 - 60 / 36))
    assert (row["here"], row["next_door"], row["verdict"]) == ("fell", "displacement", "displacement_likely")


def test_what_moved_and_was_not_removed_is_called_so_and_what_was_removed_is_not(planted, spread, tmp_path):
    assert only(planted)["moved_not_removed"]  # -48 here, +48 next door: together 0
    told = corridors.answer(asked(planted))
    assert moved.operations(told, EN)["What is said"] == [
        "Displacement is likely: fewer here and more next door, beyond the change in patrols. "
        "Moved, not removed: here and next door together show no fall."
    ]
    in_bangla = BN("Moved, not removed: here and next door together show no fall.")
    assert list(moved.operations(told, BN).values())[-1][0].endswith(in_bangla)
    assert in_bangla.startswith("সরে গেছে")
    assert not any(row["moved_not_removed"] for row in displacement.displaced(asked(spread))["operations"].to_pylist())
    # 240 to 24 here, 24 to 60 next door: it moved in part, and together fell
    in_part = {"x-benapole": (20, 2), "x-goga": (2, 5), **dict.fromkeys(FAR, (3, 3))}
    fewer = store_of(
        tmp_path, incidents=incidents(in_part), operations=[operation("x-benapole")], effort=effort(SAME_HOURS)
    )
    row = only(fewer)
    assert (row["next_door"], row["moved_not_removed"]) == ("displacement", False)
    assert "removed" not in moved.operations(corridors.answer(asked(fewer)), EN)["What is said"][0]


def test_the_weeks_that_led_up_are_in_neither_period(planted):
    row = only(planted)
    assert (row["after_from"], row["before_from"], row["weeks"]) == (BEGAN, BEGAN - timedelta(weeks=17), 12)
    op = operations.begun(asked(planted))[0]
    sides = op.side(np.array([-18, -17, -6, -5, -1, 0, 11, 12])).tolist()
    assert sides == [-1, 0, 0, -1, -1, 1, 1, -1]


def test_without_effort_the_same_figures_are_not_called_likely(planted, tmp_path):
    without = store_of(tmp_path, incidents=incidents(MOVED), operations=[operation("x-benapole")])
    row = only(without)
    assert (row["local_estimate"], row["verdict"]) == (-48, "displacement_unsettled")
    assert (row["target_effort"], row["zone_effort"]) == ("unknown", "unknown")
    assert "likely" not in page.headline(corridors.answer(asked(without)), EN)


def test_a_rise_that_more_patrols_explain_is_not_called_displacement_likely(tmp_path):
    hours = {"x-benapole": (100, 100), "x-goga": (100, 300)}
    found = store_of(tmp_path, incidents=incidents(MOVED), operations=[operation("x-benapole")], effort=effort(hours))
    row = only(found)
    assert (row["zone_hours_ratio"], row["zone_effort"]) == (3, "explained_by_effort")
    assert row["verdict"] == "displacement_unsettled"


def test_a_planted_diffusion_is_not_mislabelled(spread):
    rows = displacement.displaced(asked(spread))["operations"].to_pylist()
    by_target = {row["target"]: row for row in rows}
    assert by_target["x-benapole"]["verdict"] == "diffusion_unsettled"  # no effort is known
    assert by_target["x-hili"]["refused"] == "too_soon"
    assert by_target["x-hili"]["verdict"] is None
    assert [row["target"] for row in rows] == ["x-hili", "x-benapole"]  # the latest first


def test_the_control_is_no_place_that_another_operation_treats(spread):
    found = displacement.displaced(asked(spread))
    (number,) = [row["operation"] for row in found["operations"].to_pylist() if row["target"] == "x-benapole"]
    pieces = {row["border_segment"]: row["adm2"] for row in asked(spread).ask("border_segments").to_pylist()}
    posts = {row["crossing"]: row["border_segment"] for row in asked(spread).ask("border_crossings").to_pylist()}
    candidates = {row["adm2"] for row in found["candidates"].to_pylist() if row["operation"] == number}
    assert {"BD6091", "BD5552"} < candidates
    for treated in ("x-benapole", "x-hili", "x-goga"):  # its own target, another's, its own zone
        assert pieces[posts[treated]] not in candidates


def test_nothing_detected_is_too_few_and_no_want_of_controls(planted):
    row = only(planted, Filters(BEGAN, END, {"label": ("TIP",)}))
    assert (row["refused"], row["verdict"], row["n_target"]) == (None, "too_few", 0)


def test_an_operation_in_a_whole_district_has_its_pieces_of_the_border_as_target(tmp_path):
    rows = [operation("") | {"adm2": "BD4041"}]
    row = only(store_of(tmp_path, incidents=incidents(MOVED), operations=rows))
    # Benapole and Goga both lie in Jashore: 60 + 24 before, 12 + 72 after
    assert (row["target"], row["n_target_before"], row["n_target"]) == ("BD4041", 84, 84)
    assert (row["n_zone"], row["next_door"], row["verdict"]) == (0, "too_few", "no_evidence")


def test_a_control_without_detections_leaves_wdq_undefined(tmp_path):
    rows = [operation("x-benapole"), operation("x-tamabil", area="control")]
    quiet = {name: each for name, each in MOVED.items() if name != "x-tamabil"}
    row = only(store_of(tmp_path, incidents=incidents(quiet), operations=rows))
    assert (row["n_control_before"], row["n_control"], row["wdq"]) == (0, 0, None)
    assert row["local_estimate"] == -48
    assert row["here"] == "too_few"  # nothing to compare with: both sums of the control are under 10


@pytest.mark.parametrize(
    ("filters", "n"),
    [
        (IN_VIEW, 1),
        (Filters(BEGAN, END, {"d": ("BD4041",)}), 1),
        (Filters(BEGAN, END, {"d": ("BD5594",)}), 0),
        (Filters(BEGAN, END, {"x": ("x-benapole",)}), 1),
        (Filters(BEGAN, END, {"x": ("x-goga",)}), 0),
        (Filters(BEGAN, END, {"agency": ("police",)}), 0),
        (Filters(BEGAN + timedelta(days=1), END), 0),
    ],
)
def test_an_operation_is_chosen_as_its_place_agency_and_day_are(planted, filters, n):
    found = displacement.displaced(asked(planted, filters))
    assert found["operations"].num_rows == n
    assert n or "No operation" not in page.headline(corridors.answer(asked(planted, filters)), EN)


def test_what_it_is_compared_with_is_counted_outside_the_district_chosen(planted):
    assert only(planted, Filters(BEGAN, END, {"d": ("BD4041",)})) == only(planted)


def test_scope_cannot_be_passed_by(planted, spread):
    """Neither an operation nor an hour of effort outside a principal's districts is in any answer to a statement."""
    inside, outside, nowhere = (Principal("p", "planner", each) for each in (("BD4041",), ("BD5594",), ()))
    for principal, n in ((inside, 1), (outside, 0), (nowhere, 0)):
        selected = planted.select(IN_VIEW, principal)  # not settled: a reader with a scope gets no figures yet
        assert selected.ask("operations").num_rows == n
        hours = selected.ask("patrol_hours_by_week")
        assert set(hours["adm2"].to_pylist()) == (set(principal.districts or ()) if n else set())
    everywhere = replace(spread.select(IN_VIEW, inside), filters=Filters(BEGAN, END, {"d": ("BD5527", "BD4041")}))
    assert set(everywhere.ask("operations")["adm2"].to_pylist()) == {"BD4041"}


def test_the_agency_chosen_chooses_effort_too(planted):
    assert planted.select(IN_VIEW, local_user()).ask("patrol_hours_by_week").num_rows > 0
    of_police = Filters(BEGAN, END, {"agency": ("police",)})
    assert planted.select(of_police, local_user()).ask("patrol_hours_by_week").num_rows == 0


def test_the_card_says_what_to_load_where_no_operation_is_known(sample_store):
    answer = corridors.answer(asked(open_current(sample_store), Filters()))
    assert answer.rows("operations") == []
    assert moved.sentence(answer, EN) == ""


@pytest.mark.parametrize(
    ("which", "filters", "language", "said"),
    [
        ("planted", IN_VIEW, "en", "Displacement is likely"),
        ("planted", IN_VIEW, "bn", "Displacement is likely"),
        ("planted", Filters(BEGAN, END, {"d": ("BD5594",)}), "en", "No operation that began in this period"),
        ("spread", IN_VIEW, "en", "Too soon"),
        ("spread", Filters(BEGAN, END - timedelta(days=40)), "en", "patrol hours do not settle why"),
    ],
)
def test_the_page_draws_the_card_of_each_state(request, monkeypatch, which, filters, language, said):
    store = request.getfixturevalue(which)
    answer = corridors.answer(asked(store, filters))
    folder = Path(store.identity[0]).parents[1]
    made, _ = snapshots.freeze(
        ledger.open_ledger(folder), "corridors", answer, "test", datetime(2026, 11, 24, tzinfo=UTC)
    )
    monkeypatch.setenv("SIMANTA_STORE", str(folder))
    configured.cache_clear()
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    app.query_params["snapshot"], app.query_params["lang"] = made, language
    app.run()
    configured.cache_clear()
    assert not app.exception
    texts = [each.value for each in (*app.markdown, *app.caption)]
    told = said if language == "en" else next(t for m, t in catalogue("bn").items() if m.startswith(said) or said in m)
    assert any(told.split("{")[0] in each for each in texts)
    assert not any("nan" in each.casefold().split() or "None" in each for each in texts)


VERDICTS = {
    "displacement_likely": "is likely", "displacement_unsettled": "more next door; patrol hours do not settle",
    "diffusion_likely": "beyond the change in patrols", "diffusion_unsettled": "next door; patrol hours do not settle",
    "fell": "fewer at", "rose": "more at", "no_evidence": "", "too_few": "",
}  # fmt: skip


@pytest.fixture(scope="module")
def drawn(planted):
    """The planted operation, and the answer that it is drawn in."""
    return operations.begun(asked(planted))[0], corridors.answer(asked(planted))


@given(st.lists(st.integers(0, 90), min_size=8, max_size=8), st.sampled_from(["beyond_effort", "unknown"]))
@settings(max_examples=40)
def test_the_sentence_and_the_figures_hold_together(drawn, counts, effort_says):
    """Whatever the counts are: the headline's words are those of the verdict, and no withheld count can be read off."""
    op, answer = drawn
    table = answered(op, np.array(counts).reshape(4, 2), effort_says)
    answer = replace(answer, tables={**answer.tables, "operations": table})
    (row,) = answer.rows("operations")
    said = moved.sentence(answer, EN)
    words = VERDICTS.get(row["verdict"], "")
    assert words in said if words else said == ""
    if "likely" in said:
        assert row["displacement_low"] > 0 > row["local_high"]
        assert row["target_effort"] == row["zone_effort"] == "beyond_effort"
    listed = " ".join(moved.operations(answer, EN)["What is said"])
    assert ("together show no fall" in listed) == bool(row["moved_not_removed"])
    assert ("Moved, not removed" in listed) == (bool(row["moved_not_removed"]) and "likely" in said)
    if row["moved_not_removed"]:
        assert row["displacement_low"] > 0 > row["local_high"]
        assert row["total_high"] >= 0
    if any(row[name + HIDDEN] for name in displacement.COUNTS):
        assert row["moved_not_removed"] is None
    parts = {"local": displacement.HERE, "displacement": displacement.NEXT_DOOR, "total": displacement.COUNTS}
    for part, own in parts.items():
        if any(row[name + HIDDEN] for name in own):
            assert all(row[f"{part}_{figure}"] is None for figure in displacement.FIGURES)


def answered(op, counts, effort_says):
    """The row of an operation whose counts and effort were these, as it leaves."""
    wdd = stats.wdd(counts, np.ones((4, 2)), 1.0)
    told = displacement._measured(op, counts, wdd, wdd.local.p, wdd.displacement.p)
    told |= {"target_effort": effort_says, "zone_effort": effort_says}
    if told["verdict"] is not None:
        told["verdict"] = displacement._verdict(reading(counts), counts, effort_says, effort_says)
    table = operations.tabled([displacement._told(1, op) | told], displacement.OPERATION)
    return suppress(table, displacement.MEASURED)


@given(st.lists(st.integers(0, 40), min_size=8, max_size=8))
@settings(max_examples=50)
def test_what_is_said_is_the_same_whatever_a_withheld_count_is(counts):
    table = np.array(counts).reshape(4, 2)
    said = reading(table)
    told = displacement._is_same_for_all(table, said, 1.0)
    for value in range(1, 5):
        other = np.where((table > 0) & (table < 5), value, table)
        if told:
            assert (reading(other).local, reading(other).next_door) == (said.local, said.next_door)


def reading(counts):
    wdd = stats.wdd(counts, np.ones((4, 2)), 1.0)
    return stats.reading(wdd, counts, wdd.local.p, wdd.displacement.p)


def test_tetulia_2025_from_the_sheets_to_the_table(tmp_path):
    """The public interception is on the ribbon as reported; the move is found in the counts marked invented."""
    known = json.loads((ROOT / "tests" / "refs" / "corridors" / "tetulia_2025.json").read_text())
    public, made_up = known["public"], known["invented"]
    start = date.fromisoformat(made_up["operation_date_start"])
    rows = []
    for origin, via, total in zip(
        made_up["origin_adm2"], made_up["via_tetulia_before_after"], made_up["by_any_before_after"], strict=True
    ):
        for side, first in enumerate((start - timedelta(weeks=17), start)):
            for number in range(total[side]):
                crossing = public["crossing"] if number < via[side] else made_up["operation_crossing"]
                rows.append(
                    {"source_ref": f"INVENTED-{origin}-{side}-{number}", "event_type": "interception_at_border",
                     "date_start": (first + timedelta(days=number * 2)).isoformat(), "crossing": crossing,
                     "origin_adm2": origin, "invented": "yes"}
                )  # fmt: skip
    op = operation(made_up["operation_crossing"], start=start)
    made = [sheet(tmp_path / "incidents.csv", rows), sheet(tmp_path / "operations.csv", [op])]
    report = build.load([ROOT / "data" / "sample" / "public_reports.csv", *made], tmp_path / "store", today=END)
    assert report.as_dict()["quarantined"] == 0
    store = open_current(tmp_path / "store")
    filters = Filters(start, start + timedelta(days=83))
    answer = corridors.answer(asked(store, filters))
    (tetulia,) = [row for row in answer.rows("origins") if row["crossing"] == public["crossing"]]
    assert (tetulia["n"], tetulia["n_any_before"], tetulia["n_any"]) == (14, 80, 60)
    assert (tetulia["n_before"], tetulia["n_before" + HIDDEN], tetulia["share"]) == (None, True, None)  # it was 1
    assert tetulia["verdict"] == "more"  # as it would be were it 4
    assert "larger share by Shukani" in moved._same_origins(answer, answer.rows("operations")[0], EN)
    alone = asked(store, replace(filters, date_from=date.fromisoformat(public["date_start"])))
    stretches = ribbon.counted(alone, ribbon.line(alone), 1)
    segments = {row["crossing"]: row for row in alone.ask("border_crossings").to_pylist()}
    at = ribbon.line(alone).stretch_of[segments[public["crossing"]]["border_segment"]]
    assert stretches[at].sum() >= 1

"""Hotspots: effort within its scope, placements within their areas, months, clusters, and words that agree."""

import json
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import h3
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from dashboard import snapshots
from dashboard.access import Principal, local_user
from dashboard.answers import hotspots
from dashboard.cli import ask, places
from dashboard.components import budget, explained
from dashboard.database import open_current
from dashboard.disclosure import HIDDEN, LEFT_OUT, K
from dashboard.figures import baseline, cells, effort, emerging, hot_clusters, kinds, period, placing, precision
from dashboard.filters import Filters
from dashboard.i18n import Text
from dashboard.pages import hotspots as page
from dashboard.settings import settings
from dashboard.stats import gi_star, imputation

EN, BN = Text("en"), Text("bn")
NOW, BEFORE = date(2026, 8, 31), date(2026, 6, 8)  # Mondays: 12 weeks each, up to 22 November
UNTIL = date(2026, 11, 22)
WEEK = timedelta(days=7)
JASHORE, JHENAIDAH, SATKHIRA = "BD4041", "BD4044", "BD4087"


@pytest.fixture(scope="module")
def store(sample_store):
    return open_current(sample_store)


@pytest.fixture(scope="module")
def worked(tmp_path_factory):
    """Three districts, 10 detections before and 30 now in each, a few hours of patrol: small enough to reckon by hand.

    Jashore: 100 hours a week before, 300 now, at a crossing. Jhenaidah: 100 throughout, told of the district.
    Satkhira: 100 hours in 3 weeks now, nothing before.
    """
    from etl import build

    folder = tmp_path_factory.mktemp("worked")
    incidents, hours = (
        ["source_ref,event_type,date_start,date_precision,adm2"],
        ["unit,agency,adm2,crossing,week,patrol_hours"],
    )
    for adm2 in (JASHORE, JHENAIDAH, SATKHIRA):
        for start, n in ((BEFORE, 10), (NOW, 30)):
            days = [start + timedelta(days=2 * i) for i in range(n)]
            incidents += [f"{adm2}-{day},interception_inland,{day},day,{adm2}" for day in days]
    incidents += [f"edge-{day},interception_inland,{day},day,BD2022" for day in (BEFORE, UNTIL)]
    incidents.append(f"month-1,interception_inland,2026-10-01,month,{SATKHIRA}")
    for i in range(24):
        monday = BEFORE + i * WEEK
        hours.append(f"unit a,bgb,,x-benapole,{monday},{300 if monday >= NOW else 100}")
        hours.append(f"unit b,bgb,{JHENAIDAH},,{monday},100")
    hours += [f"unit c,police,{SATKHIRA},,{NOW + i * WEEK},100" for i in range(3)]
    (folder / "incidents.csv").write_text("\n".join(incidents) + "\n")
    (folder / "effort.csv").write_text("\n".join(hours) + "\n")
    report = build.load([folder / "incidents.csv", folder / "effort.csv"], folder / "store", today=UNTIL)
    assert report.as_dict()["quarantined"] == 0
    return open_current(folder / "store")


def select(store, principal=None, **filters):
    chosen = Filters(**({"date_from": NOW, "date_to": UNTIL} | filters))
    return period.settle(store.select(chosen, principal or local_user()))[0]


def told(selected):
    return {row["adm2"] for row in selected.ask("effort_by_place").to_pylist()}


# Effort


def test_effort_obeys_the_scope_and_no_filter_passes_it(worked):
    def seen(districts, **choices):
        return told(select(worked, Principal("p", "planner", districts), choices=choices))

    assert told(select(worked)) == {JASHORE, JHENAIDAH, SATKHIRA}
    assert seen((JHENAIDAH,)) == {JHENAIDAH}
    assert seen(()) == set()
    assert seen((JHENAIDAH,), d=(JASHORE,)) == set()
    assert seen((JHENAIDAH,), x=("x-benapole",)) == set()
    assert seen((JHENAIDAH,), agency=("police",)) == set()


@pytest.mark.parametrize(
    "first", [date(2026, 1, 1), date(2024, 12, 1), date(2024, 1, 1), date(2021, 1, 1), date(2018, 9, 1)]
)
def test_agencies_that_began_are_those_of_which_nothing_is_older(store, first):
    """The years are asked one after the other; here all at once."""
    selected = store.select(Filters(UNTIL - WEEK, UNTIL, {"d": (JASHORE,)}), local_user())
    whole = store.select(Filters(date(2000, 1, 1), UNTIL, selected.filters.choices), local_user())
    all_of_them = whole.ask("agencies_since").to_pylist()
    began = [row for row in all_of_them if row["first_month"] > first]
    assert emerging.begun(selected, [(first, UNTIL)]).to_pylist() == began
    if date(2018, 10, 1) < first < date(2024, 12, 1):
        assert len(all_of_them) > len(began) > 0  # the control: some did, some did not


def test_each_cell_touches_those_that_it_touches():
    held = [cell for cell in h3.grid_disk(h3.latlng_to_cell(23.2, 89.2, 6), 3) if cell[-9] != "3"]
    mask = np.array([h3.str_to_int(cell) for cell in held], dtype=np.uint64)
    for i, near in enumerate(cells.neighbours(mask.tobytes())):
        assert {held[j] for j in near if j >= 0} == {*h3.grid_disk(held[i], 1)} & {*held}
    assert cells.neighbours(b"").shape == (0, 7)


def test_effort_follows_districts_agencies_crossings_and_whole_weeks(worked):
    assert told(select(worked, choices={"d": (SATKHIRA,)})) == {SATKHIRA}
    assert told(select(worked, choices={"agency": ("police",)})) == {SATKHIRA}
    assert told(select(worked, choices={"x": ("x-benapole",)})) == {JASHORE}
    assert told(select(worked, choices={"label": ("TIP",)})) == {JASHORE, JHENAIDAH, SATKHIRA}
    cut = select(worked, date_from=NOW + timedelta(days=1), date_to=UNTIL - timedelta(days=1))
    weeks = {row["week"] for row in cut.ask("effort_by_place").to_pylist()}
    assert weeks == {NOW + i * WEEK for i in range(1, 11)}  # the first and the last week are cut


def test_a_rise_is_set_against_effort(worked):
    rows = {row["adm2"]: row for row in effort.by_district(baseline.settled(select(worked))).to_pylist()}
    # 30 against 10 in as many days: p = 0.002. Jashore's hours trebled too, 30 / 3,600 against 10 / 1,200 is once.
    jashore, jhenaidah, satkhira = (rows[adm2] for adm2 in (JASHORE, JHENAIDAH, SATKHIRA))
    assert (jashore["n"], jashore["n_before"], jashore["effort"], jashore["effort_before"]) == (30, 10, 3600, 1200)
    assert jashore["ratio"] == pytest.approx(1)
    assert jashore["said"] == "explained_by_effort"
    assert jhenaidah["ratio"] == pytest.approx(3)
    assert jhenaidah["said"] == "beyond_effort"
    # Satkhira: 3 of 12 weeks are under 80 %. The one dated to its month only is in no week.
    assert (satkhira["n"], satkhira["n_within"], satkhira["rate"], satkhira["said"]) == (31, 11, None, "unknown")


def test_what_effort_says_of_a_withheld_count_is_withheld(worked):
    week = hotspots.answer(select(worked, date_to=NOW + timedelta(days=6)))  # four detections in each district
    rows = [row for row in week.rows("effort") if row["adm2"] == JASHORE]
    assert [(row["n"], row["n" + HIDDEN], row["effort"]) for row in rows] == [(None, True, 300.0)]
    assert all(row[name] is None for row in rows for name in effort.DERIVED)


def test_a_week_that_fewer_units_reported_is_missing_and_not_less_effort(worked):
    def week(reports, amount):
        return effort._Weekly(
            {"d": np.ones(5, dtype=np.int64)}, {("d", "raids"): (np.array(reports), np.array(amount))}
        )

    now, before = week([2, 2, 2, 2, 1], [9.0] * 5), week([1, 1, 2, 2, 2], [9.0] * 5)
    full = effort._recorded(now, before, "d", "raids")
    assert (full.effort, full.n_within, full.n_unknown, full.withheld) == (36.0, 4, 1, None)
    assert effort._recorded(before, now, "d", "raids").withheld == "effort_missing"


def test_a_cell_is_known_only_where_effort_reached_it_for_most_of_the_time(worked):
    selected = select(worked, resolution=6, precision=7)
    area = selected.ask("detections_by_cell", resolution=6, districts=[])
    ids, adm2 = area["cell"].to_numpy().astype(np.uint64), area["adm2"].to_pylist()
    whole, three, seven = (NOW, UNTIL), (NOW, NOW + 3 * WEEK - timedelta(days=1)), (NOW, NOW + timedelta(days=6))
    short = (UNTIL - timedelta(days=5), UNTIL)  # no week lies in it as a whole
    known = effort.known(selected, ids, adm2, [whole, three, seven, short])
    (benapole,) = [row for row in selected.ask("crossings").to_pylist() if row["crossing"] == "x-benapole"]
    for cell, district, flags in zip(ids.tolist(), adm2, known, strict=True):
        away = h3.great_circle_distance(h3.cell_to_latlng(h3.int_to_str(cell)), (benapole["lat"], benapole["lon"]))
        near = district == JHENAIDAH or away < effort.REACH_KM
        assert flags.tolist() == [near, near or district == SATKHIRA, near or district == SATKHIRA, False]
    assert 0 < known[:, 0].sum() < len(ids)


def test_no_cell_is_cold_where_effort_is_unknown_in_it_or_beside_it():
    near = np.array([[0, 1, -1], [0, 1, 2], [1, 2, -1]])
    assert cells.all_known(np.array([True, True, False]), near).tolist() == [True, False, False]
    assert cells.all_known(np.array([[True, False]] * 3), near).tolist() == [[True, False]] * 3


def test_unknown_cells_are_all_cells_without_effort_and_no_other(store):
    area = cells.study_area(select(store))
    is_known = np.arange(len(area.cells)) % 7 == 0
    given_ = effort.unknown(area.cells[~is_known])["cell"].to_pylist()
    opened = h3.uncompact_cells([h3.int_to_str(cell) for cell in given_], select(store).filters.resolution)
    assert sorted(h3.str_to_int(cell) for cell in opened) == sorted(area.cells[~is_known].tolist())


def test_a_cell_below_chance_is_cold_where_effort_is_known_and_only_there():
    # half of 91 cells hold 10, half none: seven empty ones together have p = 0.008, and q = 0.02 as 35 do
    patch = sorted(h3.str_to_int(cell) for cell in h3.grid_disk("853cf047fffffff", 5))
    lon = np.array([h3.cell_to_latlng(h3.int_to_str(cell))[1] for cell in patch])
    n = np.where(lon < np.median(lon), 10, 0)
    home = pa.table({"cell": pa.array(patch, pa.uint64()), "adm2": [JASHORE] * 91, "n": pa.array(n, pa.int64())})
    home = home.append_column(LEFT_OUT, pa.array(np.full(91, False)))
    near = cells.neighbours(np.array(patch, dtype=np.uint64).tobytes())
    found = {}
    for name, is_known in (("everywhere", np.full(91, True)), ("in the west", n > 0), ("nowhere", np.full(91, False))):
        found[name] = Counter(
            cells.tested(cells.Area(home, near, is_known, home.slice(0, 0), np.zeros(0, np.uint64), None))[
                "class"
            ].to_pylist()
        )
    assert found["everywhere"]["cold"] > 20
    assert found["in the west"]["cold"] == found["nowhere"]["cold"] == 0
    assert found["everywhere"]["hot"] == found["nowhere"]["hot"] > 20


# Placements


@st.composite
def asked(draw):
    start = draw(st.dates(date(2025, 1, 1), date(2026, 9, 1)))
    chosen = draw(st.sampled_from([(), (JASHORE,), (JASHORE, JHENAIDAH, SATKHIRA), ("BD2022",)]))
    ask_for = draw(st.sampled_from([None, 4, 5, 6]))
    return Filters(start, start + timedelta(days=draw(st.integers(6, 400))), {"d": chosen}, resolution=ask_for)


@examples(max_examples=20)
@given(asked())
def test_every_detection_of_the_country_is_placed_dealt_or_said_to_be_left_out(store, filters):
    selected, _ = period.settle(store.select(filters, local_user()))
    area = cells.study_area(selected)
    placed = placing.placed(selected, area)
    (totals,) = kinds.totals(selected).to_pylist()
    dealt = placed.n_in_cell + placed.n_in_district + placed.n_nowhere
    if area.untested:
        assert dealt == 0
    else:
        assert totals["n_placed"] + dealt == totals["n"] - totals["n_outside"] - totals["n_coarse"]


def test_a_record_is_dealt_within_its_own_coarser_cell_and_district(store, monkeypatch):
    selected = select(store, date_from=date(2025, 6, 1), precision=7, resolution=6)
    selected = store.select(Filters(date(2025, 6, 1), UNTIL, resolution=6), local_user())
    area, dealt = cells.study_area(selected), []
    original = imputation.deal
    monkeypatch.setattr(imputation, "deal", lambda *given_: dealt.append((given_, original(*given_))) or dealt[-1][1])
    placing.placed(selected, area)
    districts = np.array(area.home["adm2"].to_pylist())
    expected = Counter()
    held = {
        (adm2, own, h3.cell_to_parent(h3.int_to_str(cell), own))
        for cell, adm2 in zip(area.cells.tolist(), districts, strict=False)
        for own in (4, 5)
    }
    for row in selected.ask("vague_by_area", resolution=6).to_pylist():
        own = row["area_resolution"]
        # a coarse cell at sea may hold no cell of its record's district: such a record is dealt nowhere
        if own is None or (row["adm2"], own, h3.int_to_str(row["cell"])) in held:
            expected[own] += row["n"]
    assert [int(given_[0].sum()) for given_, _ in dealt][:2] == [expected[5], expected[4]]
    for (n, area_of_cell, *_), found in dealt:
        assert (found.sum(axis=1) == n.sum()).all()
        for index in range(len(n)):
            inside = area_of_cell == index
            assert len(set(districts[inside])) == 1
            assert (found[:, inside].sum(axis=1) == n[index]).all()
    for (_, area_of_cell, *_), _ in dealt[:-1]:
        coarser = 5 if area_of_cell is dealt[0][0][1] else 4
        parents = [h3.cell_to_parent(h3.int_to_str(cell), coarser) for cell in area.cells.tolist()]
        assert all(
            len({p for p, i in zip(parents, area_of_cell, strict=True) if i == k}) == 1
            for k in set(area_of_cell) - {-1}
        )


def test_with_nothing_to_deal_p_hot_says_what_the_exact_records_say(store):
    at_border = {"type": ("interception_at_border", "interception_inland")}  # a home is placed nowhere, and dealt
    selected = select(store, precision=2, resolution=4, choices=at_border)
    area = cells.study_area(selected)
    placed, tested = placing.placed(selected, area), cells.tested(area)
    assert placed.n_in_cell + placed.n_in_district == 0
    hot = [row == "hot" for row in tested["class"].to_pylist()]
    assert placed.columns["p_hot"].to_pylist() == [float(each) for each in hot]


def test_the_same_question_is_dealt_the_same_and_another_one_anew(store):
    first, again = (hotspots.answer(store.select(Filters(), local_user())) for _ in range(2))
    assert first == again
    seeds = {placing.seed_of(select(store, choices={"d": d})) for d in ((), (JASHORE,), (SATKHIRA,))}
    assert len(seeds) == 3
    assert first.notes["seed"] == str(placing.seed_of(period.settle(store.select(Filters(), local_user()))[0]))


def test_where_the_records_do_not_carry_it_there_is_no_share(store):
    selected = select(store, choices={"d": (JASHORE,)}, date_from=UNTIL - timedelta(days=6))
    area = cells.study_area(selected)
    assert area.untested
    assert set(placing.placed(selected, area).columns["called"].to_pylist()) == {"undefined"}


# Months


def test_the_months_end_before_the_one_that_is_still_filling_up(store):
    selected = select(store)
    months = emerging.slices(selected)
    delay = emerging.reporting_delay(store, local_user())
    assert 0 < delay < 22
    assert (len(months), months[0][0], months[-1]) == (24, date(2024, 11, 1), (date(2026, 10, 1), date(2026, 10, 31)))
    assert emerging.slices(select(store, date_to=date(2026, 10, 30)))[-1][1] == date(2026, 9, 30)


def test_a_month_waits_for_late_reports(store, monkeypatch):
    monkeypatch.setattr(emerging, "reporting_delay", lambda *_: 30)  # 22 November less 30 days is 23 October
    assert emerging.slices(select(store))[-1][1] == date(2026, 9, 30)


def test_a_cube_holds_the_placed_records_of_its_months_also_those_dated_to_a_month(store, facts, as_shown):
    selected = select(store)
    area, months = cells.study_area(selected), emerging.slices(selected)
    columns, resolution = emerging.history(selected, area).columns, selected.filters.resolution
    records = facts.execute(
        "SELECT event_type, cell, resolution FROM incident WHERE event_type <> 'pushed_in' AND adm2 IS NOT NULL "
        "AND date_precision IN ('day', 'week', 'month') AND date_start BETWEEN ? AND ?",
        [months[0][0], months[-1][1]],
    ).fetchall()
    shown = [as_shown(*each) for each in records]
    expected = Counter(
        h3.str_to_int(h3.cell_to_parent(h3.int_to_str(cell), resolution))
        for cell, own in shown
        if own is not None and own >= resolution
    )
    assert columns["n_months"].to_pylist() == [expected[cell] for cell in area.cells.tolist()]
    # the sum of a neighbourhood also counts cells beyond the area that hold records in those months, if 5 or more
    told = {cell: n for cell, n in expected.items() if n >= K}
    around = [
        sum(told.get(h3.str_to_int(c), 0) for c in h3.grid_disk(h3.int_to_str(cell), 1)) for cell in area.cells.tolist()
    ]
    assert columns["n_near_months"].to_pylist() == around


def test_a_month_dated_record_is_in_no_week(worked):
    weekly = select(worked).ask("detections_by_district_week").to_pylist()
    assert sum(row["n"] for row in weekly if row["adm2"] == SATKHIRA) == 30


def test_too_short_a_history_is_refused_in_words(worked):
    answer = hotspots.answer(worked.select(Filters(), local_user()))
    assert answer.notes["unclassed"] == "too_few_slices"
    assert page.headline(answer, EN, "emerging").startswith("Too short a history: ")
    assert set(answer.tables["cells"]["emerging"].to_pylist()) <= {"undefined", None}


# Clusters


@given(st.sets(st.integers(0, 36)))
def test_clusters_are_the_groups_of_flagged_cells_that_touch(flagged):
    patch = sorted(h3.grid_disk("853cf047fffffff", 3))
    near = cells.neighbours(np.array([h3.str_to_int(cell) for cell in patch], dtype=np.uint64).tobytes())
    flags = np.array([i in flagged for i in range(37)])
    number = hot_clusters.numbered(flags, near)
    assert ((number >= 0) == flags).all()
    left = set(flagged)
    while left:  # flood from any cell: all that it reaches has one number, and nothing else has
        reached, edge = set(), {next(iter(left))}
        while edge:
            reached |= edge
            edge = {i for i in left - reached if any(h3.are_neighbor_cells(patch[i], patch[j]) for j in edge)}
        assert {i for i in range(37) if number[i] == number[next(iter(reached))]} == reached
        left -= reached


@examples(max_examples=15)
@given(asked())
def test_a_cluster_counts_what_its_cells_count_and_no_small_one_is_listed(store, filters):
    selected, _ = period.settle(store.select(filters, local_user()))
    area = cells.study_area(selected)
    table = cells.tested(area)
    for name, column in (placing.placed(selected, area).columns | emerging.history(selected, area).columns).items():
        table = table.append_column(name, column)
    table = hot_clusters.with_clusters(table, area.near)
    for row in hot_clusters.listed(selected, table).to_pylist():
        inside = table.filter(pa.compute.equal(table[hot_clusters.COLUMN + row["view"]], row["cluster"])).to_pylist()
        assert (row["n"], row["cells"]) == (sum(cell["n"] for cell in inside if not cell[LEFT_OUT]), len(inside))
        assert row["adm2"] in {cell["adm2"] for cell in inside}
    answer = hotspots.answer(selected)
    assert all(row[page.COUNT[view]] >= K for view in page.VIEWS for row in page.listed(answer, view))


# What leaves


@examples(max_examples=20)
@given(asked())
def test_what_is_computed_from_a_withheld_count_is_withheld(store, filters):
    answer = hotspots.answer(store.select(filters, local_user()))
    rules = {
        "clusters": hot_clusters.DERIVED,
        "effort": effort.DERIVED,
        "budget": precision.DERIVED,
    }
    for name, derived in rules.items():
        for row in answer.rows(name):
            for column, sources in derived.items():
                assert row[column] is None or not any(row[source + HIDDEN] for source in sources)
    for table in answer.tables.values():
        counts = [c for c in table.column_names if (c == "n" or c.startswith("n_")) and not c.endswith(HIDDEN)]
        assert not any(0 < (n or 0) < K for c in counts for n in table[c].to_pylist())


@examples(max_examples=20)
@given(asked())
def test_each_headline_counts_the_rows_under_it(store, filters):
    answer = hotspots.answer(store.select(filters, local_user()))
    rows = answer.rows("cells")
    said = {view: page.headline(answer, EN, view) for view in page.VIEWS}
    if answer.figure("n") == 0:
        assert all(each.startswith("No detections match.") for each in said.values())
        return
    sure = sum(row["called"] == "hot_wherever" for row in rows)
    hot = sum(row["class"] == "hot" for row in rows)
    starts = {0: "No evidence that any cell", 1: "One cell is hot"}.get(hot, f"{hot} cells are hot")
    assert answer.notes["untested"] or said["significance"].startswith(starts)
    assert answer.notes["untested"] or ("withheld" in said["significance"]) == any(row["class"] is None for row in rows)
    if answer.notes["untested"]:
        assert said["p_hot"] == said["significance"]
        assert sure == hot == 0
    else:
        assert said["p_hot"].startswith(
            f"{sure} cells are hot in at least 8 of 10" if sure else "No cell is hot in 8 of 10"
        )
    classes = Counter(row["emerging"] for row in rows)
    for each, word in page.HISTORY.items():
        if classes[each] and each not in ("no_pattern", "undefined"):
            assert f"{classes[each]} {word}" in said["emerging"]
    for view in page.VIEWS:
        top = page.listed(answer, view)[:1]
        if top and view != "p_hot":
            assert f": {top[0][page.COUNT[view]]:,}." in said[view]
        for text in (EN, BN):
            spoken = page.headline(answer, text, view)
            assert "{" not in spoken
            assert "None" not in spoken


@pytest.mark.parametrize(
    ("codes", "unit"),
    [
        ([1, 2, 2, 2, 5], "place"),  # 4 of 5 are known to a named place
        ([1, 2, 2, 4, 5], "upazila"),
        ([2, 5, 5, 5, 5], "district"),
        ([2, 5, 5, 7, 7], None),
        ([], None),
    ],
)
def test_the_smallest_honest_unit(codes, unit):
    class Selection:
        principal, reader = local_user(), "exact"

        def ask(self, _):
            counted = sorted(Counter(codes).items())
            return pa.table(
                {
                    "precision_code": pa.array([c for c, _ in counted], pa.uint8()),
                    "n": pa.array([n for _, n in counted], pa.int64()),
                }
            )

    (row,) = precision.budget(Selection()).to_pylist()
    assert (row["n"], row["smallest_unit"]) == (len(codes), unit)


def test_why_names_every_fact_of_a_cell(store):
    answer = hotspots.answer(store.select(Filters(), local_user()))
    hot = next(row for row in answer.rows("cells") if row["class"] == "hot")
    said = " ".join(explained.reasons(hot, answer, EN))
    for fact in (
        "Detections here",
        "z ",
        "q ",
        "of 100 placements",
        "over 24 months",
        "trend",
        "placed",
        "unknown, not safe",
    ):
        assert fact in said


def test_what_stands_beside_a_small_count_gives_it_not_back(store):
    """Neighbours, clusters and precision of a cell are sums of what is told; tests see its small ones levelled."""
    selected, _ = period.settle(store.select(Filters(date_from=date(2025, 1, 1), resolution=5), local_user()))
    true = {row["cell"]: row["n"] for row in selected.ask("detections_by_cell", resolution=5, districts=[]).to_pylist()}
    rows = hotspots.answer(selected).rows("cells")
    told = {row["cell"]: row["n"] for row in rows}
    assert any(0 < true[row["cell"]] < K for row in rows)
    assert any(row["n_exact"] is None and row["n"] is not None for row in rows)
    for row in rows:
        ring = [told.get(h3.str_to_int(c), 0) for c in h3.grid_disk(h3.int_to_str(row["cell"]), 1)]
        assert row["n_near"] in (None, sum(n for n in ring if n is not None))  # abroad nothing is counted
        if row["n"] is not None and None not in (row["n_exact"], row["n_upazila"]):
            assert min(row["n_exact"], row["n_upazila"]) in (0, *range(K, row["n"] + 1))
    swapped = cells.levelled(np.array([1, 4, 9, 2, 0]))
    assert (swapped == cells.levelled(np.array([4, 2, 9, 1, 0]))).all()


def test_the_page_says_what_the_resolution_that_was_refused_was(store):
    answer = hotspots.answer(store.select(Filters(resolution=7), local_user()))
    assert budget._refused(answer, EN)[0].startswith("Cells of resolution 7 are refused")


# The screen and the command line


@pytest.fixture
def shown(sample_store, monkeypatch):
    monkeypatch.setenv("SIMANTA_STORE", str(sample_store))
    settings.cache_clear()
    yield AppTest.from_file(str(Path(__file__).parents[2] / "streamlit_app.py"), default_timeout=60)
    settings.cache_clear()


@pytest.mark.parametrize("language", ["en", "bn"])
def test_a_snapshot_draws_each_view_as_the_page_does(shown, sample_store, store, language):
    from datetime import UTC, datetime

    from dashboard import ledger

    answer = hotspots.answer(store.select(Filters(), local_user()))
    made, _ = snapshots.freeze(
        ledger.open_ledger(sample_store), "hotspots", answer, "t", datetime(2026, 11, 24, tzinfo=UTC)
    )
    shown.query_params["snapshot"] = made
    shown.query_params["lang"] = language
    shown.run()
    for view in ("emerging", "p_hot", "significance"):
        shown.segmented_control(key="hotspots-view").set_value(view).run()
        assert not shown.exception
        assert shown.subheader[0].value == page.headline(answer, Text(language), view)


def test_a_change_of_view_computes_nothing_anew(store, monkeypatch):
    """The page draws three views of one Answer, which the session keeps."""
    calls = []
    original = gi_star.hot_q_of_each
    monkeypatch.setattr(gi_star, "hot_q_of_each", lambda *given_: calls.append(1) or original(*given_))
    monkeypatch.setenv("SIMANTA_STORE", str(store.identity[0].rsplit("/facts/", 1)[0]))
    settings.cache_clear()

    app = AppTest.from_function(_the_page, default_timeout=60)
    app.query_params["from"], app.query_params["to"] = "2026-03-02", "2026-06-07"  # a question of this test alone
    app.run()
    for view in ("emerging", "p_hot"):
        app.segmented_control(key="hotspots-view").set_value(view).run()
        assert not app.exception
    assert len(calls) == 1
    settings.cache_clear()


@pytest.mark.parametrize(
    "link",
    [
        {"from": "2031-01-01", "to": "2031-02-01"},
        {"from": "2026-11-16", "to": "2026-11-22", "d": JASHORE},
        {"from": "2026-11-22", "to": "2026-11-22"},
        {"d": "BD6091", "res": "3"},
        {"res": "7", "prec": "1"},
        {"from": "2000-01-01", "to": "2026-11-22"},
    ],
    ids=str,
)
@pytest.mark.parametrize("language", ["en", "bn"])
def test_no_choice_breaks_a_view(sample_store, monkeypatch, link, language):
    monkeypatch.setenv("SIMANTA_STORE", str(sample_store))
    settings.cache_clear()
    app = AppTest.from_function(_the_page, default_timeout=60)
    for name, value in (link | {"lang": language}).items():
        app.query_params[name] = value
    app.run()
    for view in ("emerging", "p_hot"):
        app.segmented_control(key="hotspots-view").set_value(view).run()
        assert not app.exception
        assert not any("nan" in each.value.lower() for each in (*app.subheader, *app.caption, *app.markdown))
    settings.cache_clear()


def _the_page():
    from dashboard.components import frame
    from dashboard.pages import hotspots as shown_page

    frame.run(shown_page.PAGE, {})


def test_geojson_has_the_cells_of_json_as_closed_rings(sample_store, capsys):
    answer = ask.asked("hotspots", sample_store, {}, None)
    told_, drawn = ask.as_json(answer), places.hotspots_on_map(answer, lambda name: ask._spoken(answer, name))
    assert [feature["properties"] for feature in drawn["features"]] == told_["cells"]
    for feature in drawn["features"]:
        (ring,) = feature["geometry"]["coordinates"]
        assert ring[0] == ring[-1]
        turns = sum((b[0] - a[0]) * (b[1] + a[1]) for a, b in pairwise(ring))
        assert turns < 0  # anticlockwise
    assert json.dumps(drawn)


def test_json_keeps_the_names_of_the_contract(sample_store):
    told_ = ask.as_json(ask.asked("hotspots", sample_store, {}, None))
    assert {"cell", "count", "z", "p", "q", "p_hot", "class", "effort"} <= set(told_["cells"][0])
    assert {row["effort"] for row in told_["cells"]} <= {"known", "unknown"}
    hot = [row for row in told_["cells"] if row["class"] == "hot"]
    assert hot
    assert all(0 <= row["p_hot"] <= 1 for row in hot)

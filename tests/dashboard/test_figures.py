"""What pages share, against plain recomputation and examples that a person can check by hand."""

from collections import Counter
from datetime import date

import h3
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.access import local_user
from dashboard.database import open_current
from dashboard.figures import baseline, cells, change, corridors, period, times
from dashboard.figures.daily import daily
from dashboard.filters import Filters
from tests.dashboard.conftest import HOMES

PERIOD = {"date_from": date(2026, 8, 31), "date_to": date(2026, 11, 22)}


@pytest.fixture(scope="module")
def store(sample_store):
    return open_current(sample_store)


@pytest.fixture(scope="module")
def records(facts, as_shown):
    """The incidents of the period as they stand in the file, with the cell that may be told."""
    found = facts.execute(
        "SELECT event_type, cell, resolution, lat, lon, precision_code, adm2, uncertainty_m FROM incident "
        "WHERE event_type <> 'pushed_in' AND date_start BETWEEN '2026-08-31' AND '2026-11-22'"
    ).fetchall()
    return [(*row[3:5], *as_shown(*row[:3]), *row[5:]) for row in found]


def settled(store, **filters):
    return period.settle(store.select(Filters(**PERIOD, **filters), local_user()))


@pytest.mark.parametrize("resolution", [3, 4, 5])
def test_a_cell_holds_exactly_the_records_whose_own_cell_lies_in_it(store, records, resolution):
    selected, refused = settled(store, resolution=resolution)
    assert (selected.filters.resolution, refused) == (resolution, None)
    found = cells.hot_cells(cells.study_area(selected))
    expected = Counter(
        h3.cell_to_parent(h3.int_to_str(cell), resolution)
        for _, _, cell, own, *_ in records
        if cell and own >= resolution
    )
    shown = {h3.int_to_str(c): n for c, n in zip(found["cell"].to_pylist(), found["n"].to_pylist(), strict=True) if n}
    assert shown == dict(expected)


def test_a_record_known_to_its_district_only_is_on_no_cell(store, records):
    by_district = [row for row in records if row[4] == 5]
    assert len(by_district) > 20
    assert all(cell is None and resolution is None for _, _, cell, resolution, *_ in by_district)
    total = change.totals(settled(store)[0]).to_pylist()[0]
    assert total["n_district_only"] == len(by_district)
    assert total["n_placed"] + total["n_district_only"] <= total["n"]


def test_a_cell_is_no_finer_than_its_record_is_known(records):
    for _, _, cell, resolution, _, _, uncertainty_m in records:
        if cell is not None:
            assert h3.get_resolution(h3.int_to_str(cell)) == resolution
            assert h3.average_hexagon_edge_length(resolution, unit="m") >= uncertainty_m


def test_a_finer_resolution_than_the_data_carry_is_refused(store):
    selected, refused = settled(store, resolution=7)
    assert refused == 7
    assert selected.filters.resolution == 5


@pytest.mark.parametrize(("carried", "drawn"), [(9, 7), (7, 7), (6, 6), (3, 3), (2, 3), (None, 4)])
def test_the_resolution_that_is_drawn_is_within_those_of_the_study_area(carried, drawn):
    row = {"event_type": "seizure_only", "resolution": carried, "n": 5}
    assert period.finest_carried(pa.Table.from_pylist([row])) == drawn


def test_four_of_five_of_those_on_land_carry_it():
    def drawn(*rows):
        names = ("event_type", "resolution", "n")
        return period.finest_carried(pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows]))

    vague, inland, sea = ("seizure_only", None, 100), "interception_inland", "interception_at_sea"
    assert drawn((inland, 7, 8), (inland, 5, 2), vague) == 7
    assert drawn((inland, 7, 7), (inland, 6, 1), ("rescue_from_exploitation", 5, 2), vague) == 6
    assert drawn((inland, 7, 8), (sea, 4, 9)) == 7
    assert drawn((sea, 4, 9), vague) == drawn(vague) == period.COARSEST


def test_most_placed_records_carry_the_resolution_that_is_told(store, facts):
    # average edges: r7 1,406 m, r6 3,725 m, r5 9,854 m: four of five are known as well as the edge or better
    radii = facts.execute(
        "SELECT list(uncertainty_m ORDER BY uncertainty_m) FROM incident WHERE cell IS NOT NULL "
        "AND date_start BETWEEN '2026-08-31' AND '2026-11-22' "
        "AND NOT list_contains($left_out, event_type)",
        {"left_out": ["pushed_in", "interception_at_sea", *HOMES]},
    ).fetchone()[0]
    least = radii[-(-4 * len(radii) // 5) - 1]
    told = period.finest_carried(settled(store)[0].ask("kinds"))
    edges = {resolution: h3.average_hexagon_edge_length(resolution, unit="m") for resolution in range(10)}
    assert told == max(resolution for resolution, edge in edges.items() if edge >= least)


def test_neighbours_are_the_cells_that_touch():
    patch = sorted(h3.str_to_int(cell) for cell in h3.grid_disk("853cf047fffffff", 2))
    found = cells.neighbours(np.array(patch, dtype=np.uint64).tobytes())
    for i, cell in enumerate(patch):
        touching = {h3.str_to_int(other) for other in h3.grid_disk(h3.int_to_str(cell), 1)} & set(patch)
        assert {patch[j] for j in found[i] if j >= 0} == touching


def test_the_study_area_is_the_country_with_its_empty_cells(store):
    selected, _ = settled(store, resolution=5)
    area = selected.ask("detections_by_cell", resolution=5, districts=[])
    assert 500 < area.num_rows < 700  # 145,962 km2 over 253 km2 a cell is 577
    assert sum(n == 0 for n in area["n"].to_pylist()) > 400


@pytest.mark.parametrize(
    ("start", "end", "unit", "ends"),
    [
        (date(2026, 3, 1), date(2026, 3, 21), "week", [date(2026, 3, 7), date(2026, 3, 14), date(2026, 3, 21)]),
        (date(2026, 3, 1), date(2026, 3, 8), "week", [date(2026, 3, 1), date(2026, 3, 8)]),
        (date(2026, 1, 15), date(2026, 3, 10), "month", [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 10)]),
    ],
)
def test_bins_cover_a_period_to_its_last_day(start, end, unit, ends):
    assert times.bins(start, end, unit) == ends


@given(st.dates(date(2015, 1, 1), date(2030, 1, 1)), st.integers(0, 1500), st.sampled_from(["week", "month"]))
def test_every_day_of_a_period_falls_in_one_bin(start, days, unit):
    end = date.fromordinal(start.toordinal() + days)
    ends = times.bins(start, end, unit)
    assert ends == sorted(set(ends))
    assert ends[0] >= start
    assert ends[-1] == end


def test_the_bars_add_up_to_the_total(store):
    selected, _ = settled(store)
    series = times.over_time(selected, selected, daily(selected))
    total = change.totals(selected).to_pylist()[0]
    dated = total["n"] - series.n_not_dated
    assert sum(series.all["n"].to_pylist()) == sum(series.labelled["n"].to_pylist()) == dated
    assert sum(series.all["n_before"].to_pylist()) <= total["n_before"]


def test_a_change_is_said_only_where_q_allows_it():
    # 20 against 5: p = 0.004; beside it nineteen rows without change, so q = 0.004 * 20 = 0.08;
    # rows with too few to test are in no family
    alone = change.with_change(pa.table({"n": [20], "n_before": [5]}), 84).to_pylist()[0]
    among = change.with_change(pa.table({"n": [20] + [10] * 19, "n_before": [5] + [10] * 19}), 84).to_pylist()[0]
    few = change.with_change(pa.table({"n": [20] + [1] * 19, "n_before": [5] + [1] * 19}), 84).to_pylist()[0]
    assert few["q"] == alone["q"]
    assert (alone["verdict"], among["verdict"]) == ("rise", "no_evidence")
    assert alone["p"] == among["p"] < 0.01 < among["q"]


def test_periods_that_the_data_do_not_cover_are_not_compared(store):
    whole, _ = period.settle(store.select(Filters(date(2026, 1, 1), date(2026, 12, 31)), local_user()))
    overlapping = Filters(date(2025, 1, 1), date(2026, 11, 22), against="year_before")
    long, _ = period.settle(store.select(overlapping, local_user()))
    usual, _ = settled(store)
    assert [period.is_comparable(each) for each in (whole, long, usual)] == [False, False, True]
    row = baseline.settled(long).compared().to_pylist()[0]
    assert (row["verdict"], row["p"]) == ("not_comparable", None)


def test_the_default_period_does_not_follow_the_choice(store):
    """Else the link of a filter on one district would end on the day of its last detection."""
    ends = {
        period.settle(store.select(Filters(choices={"d": (code,)}), local_user()))[0].filters.date_to
        for code in sorted(store.codes["district"])
    }
    assert ends == {date(2026, 11, 22)}


def test_under_ten_in_both_periods_nothing_is_said():
    rows = change.with_change(pa.table({"n": [5, 0, 9], "n_before": [4, 0, 0]}), 84).to_pylist()
    assert [row["verdict"] for row in rows] == ["too_few", "none_in_either", "too_few"]


def test_a_group_that_is_gone_stays_in_the_table(store):
    selected, _ = settled(store)
    changes = corridors.crossings(baseline.settled(selected)).to_pylist()
    told = baseline.settled(selected).told
    before = {r["crossing"]: r["n"] for r in told.compared().ask("detections_by_crossing").to_pylist()}
    assert {row["crossing"]: row["n_before"] for row in changes if row["n_before"]} == before

"""The heart: no row is lost, nothing raises, and it agrees with plain h3 and shapely."""

import pickle
import re
from datetime import date

import h3
import numpy as np
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.index import index_batch
from etl.records import DATES, FAULTS, INCIDENT, QUARANTINE, TEXTS
from etl.values import CODED, COUNTS, MISSING, NUMBERS, PLACES

GOOD = {
    "source_ref": "T-1", "event_type": "interception_at_border", "date_start": "2026-03-02",
    "lat": "23.03120", "lon": "88.90210", "precision_code": "1", "adm2": "BD4041",
}  # fmt: skip
NASTY = [
    "2024-02-29", "2026-02-29", "2026-02-31", "2026-13-01", "0000-00-00", "9999-12-31", "+99999-01-01",
    "١٢", "১২", "১2", "nan", "NaN", "inf", "-inf",
    "1e308", "9" * 400, "-0", "1.0", "0x10", "1_000", "1,00,000", "😀", "\x00", "\x1f", "\u202e", "é" * 300, "", " ",
    "-99", "NULL", "=1+2", "BD4041", "Jashore", "যশোর", "Nawabganj", "x-benapole", "23.1", "88.9", "90.0", "-91", "181",
    "0", "1", "5", "7", "8", "day", "range", "year", "2026-03-02", "02/03/2026", "world", "yes", "TIP",
    "death_or_missing", "March 2024", "মার্চ ২০২৪", "3-9 March 2024", "15-17/09/2023", "2024", "Q1 2024", "16-Sep-24",
    "2+", "কমপক্ষে ২", "২৩°০৮'", "23°08'32\"N", "23.1423, 89.2567", "45Q 730000 2560000", "à¦¯à¦¶à§‹à¦°", "Jashoree",
    "Teknaf upazila", "Pan\u200bchagarh",
]  # fmt: skip
CELL = st.one_of(st.none(), st.sampled_from(NASTY), st.dates().map(str), st.text(max_size=20))
# A row is good but for a few cells, so that every rule is reached and not only the first.
ROWS = st.lists(
    st.tuples(st.dictionaries(st.sampled_from(TEXTS), CELL, max_size=6), st.sampled_from([None, None, None, *FAULTS])),
    min_size=1,
    max_size=8,
)
CHECKED = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@CHECKED
@given(
    rows=ROWS,
    order=st.sampled_from([None, "dmy", "mdy", "ymd", "mixed"]),
    area=st.sampled_from(["bangladesh", "world"]),
)
def test_no_row_is_lost_and_nothing_raises(rows, order, area, raw, terms, reference):
    told = raw(*({**GOOD, **cells, "fault": fault} for cells, fault in rows))
    asked = type(terms)(terms.source, area, terms.key, terms.today, order)
    good, quarantined, _ = index_batch(told, asked, reference)
    assert good.schema == INCIDENT
    assert quarantined.schema == QUARANTINE
    numbers = good["row_no"].to_pylist() + quarantined["row_no"].to_pylist()
    assert sorted(numbers) == told["row_no"].to_pylist()


SEPARATORS = st.sampled_from(["", " ", "-", " - ", ". ", "/", ") "])  # a point alone makes a decimal of it
PLANTED = ["01712345678", "8801712345678", "1990123456789", "19901234567890123"]


@CHECKED
@given(
    column=st.sampled_from([column for column in TEXTS if column != "precision_code"]),
    number=st.sampled_from(PLANTED),
    script=st.sampled_from(["0123456789", "০১২৩৪৫৬৭৮৯", "０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩"]),
    sign=SEPARATORS,
    at=st.integers(1, 8),
)
def test_a_number_of_somebody_is_refused_and_repeated_nowhere(column, number, script, sign, at, raw, terms, reference):
    spelt = f"{number[:at]}{sign}{number[at:]}".translate(str.maketrans("0123456789", script))
    judged = index_batch(raw({**GOOD, column: spelt}), terms, reference)
    assert judged.quarantined.num_rows == 1
    said = repr(judged.quarantined.drop(["row_no"]).to_pylist()) + repr(judged.places.to_pylist())
    assert spelt not in said
    assert number[:at] + number[at:] not in re.sub(r"\D", "", said)


READ_AS = sorted({*CODED, *DATES, *COUNTS, *PLACES, *NUMBERS} - {"precision_code", "date_end", "country"})


@CHECKED
@given(
    column=st.sampled_from(READ_AS),
    cell=st.one_of(st.sampled_from(NASTY), st.text(max_size=12), st.integers(-5, 10**12).map(str)),
)
def test_what_is_said_is_read_or_the_row_is_refused(column, cell, raw, terms, reference):
    judged = index_batch(raw({**GOOD, "precision_code": "4", column: cell}), terms, reference)
    kept = judged.good[column].to_pylist()
    is_nothing = cell.strip() in MISSING or not cell.strip()
    assert kept != [None] or is_nothing
    assert all(fix for fix in judged.quarantined["fix"].to_pylist())


def test_each_nasty_cell_in_each_column_is_kept_or_refused(raw, terms, reference):
    told = raw(*({**GOOD, column: cell} for column in TEXTS for cell in NASTY))
    good, quarantined, _ = index_batch(told, terms, reference)
    assert sorted(good["row_no"].to_pylist() + quarantined["row_no"].to_pylist()) == told["row_no"].to_pylist()
    leap = [row["date_start"] for row in good.to_pylist() if row["date_start"] == date(2024, 2, 29)]
    assert len(leap) == 1


def test_the_same_rows_give_the_same_answer_alone_and_together(raw, terms, reference):
    rows = [{**GOOD, "source_ref": f"T-{n}", "date_start": NASTY[n]} for n in range(len(NASTY))]
    together = index_batch(raw(*rows), terms, reference)
    alone = [index_batch(raw(row), terms, reference) for row in rows]
    assert together[0]["incident_id"].to_pylist() == [
        i for good, _, _ in alone for i in good["incident_id"].to_pylist()
    ]
    assert together[1]["rule"].to_pylist() == [r for _, bad, _ in alone for r in bad["rule"].to_pylist()]


def test_district_and_cell_agree_with_plain_h3_and_shapely(raw, terms, reference):
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(88.0, 92.7, 600).round(5), rng.uniform(20.6, 26.7, 600).round(5)
    uncertainty = rng.choice([100, 200, 250, 500, 600], 600)
    rows = [
        {**GOOD, "adm2": None, "lat": f"{y:.5f}", "lon": f"{x:.5f}", "uncertainty_m": str(u)}
        for x, y, u in zip(lon, lat, uncertainty, strict=True)
    ]
    good = {row["row_no"]: row for row in index_batch(raw(*rows), terms, reference)[0].to_pylist()}
    shapes = {code: shapely.from_wkb(wkb) for code, wkb in reference.district_shapes.items()}
    seen = 0
    for n, (x, y, u) in enumerate(zip(lon, lat, uncertainty, strict=True), start=2):
        holds = [code for code, shape in shapes.items() if shape.intersects(shapely.Point(x, y))]
        if holds and n in good:
            finest = max(r for r in range(10) if h3.average_hexagon_edge_length(r, unit="m") >= u)
            assert good[n]["adm2"] in holds
            assert good[n]["resolution"] == finest
            assert good[n]["cell"] == h3.str_to_int(h3.latlng_to_cell(y, x, finest))
            seen += 1
    assert seen > 200


def test_a_cell_is_never_finer_than_its_uncertainty_by_hand(raw, terms, reference):
    # Average edges: resolution 9 is 200.8 m, 8 is 531.4 m, 7 is 1,406.5 m, 6 is 3,724.5 m, 5 is 9,854.1 m.
    given_m = {
        ("1", "200"): 9,
        ("1", "201"): 8,
        ("2", "1400"): 7,
        ("2", None): 6,
        ("3", None): 6,
        ("4", None): 5,
        ("5", None): None,
    }
    rows = [{**GOOD, "precision_code": code, "uncertainty_m": metres} for code, metres in given_m]
    good, quarantined, _ = index_batch(raw(*rows), terms, reference)
    assert quarantined.num_rows == 0
    assert good["resolution"].to_pylist() == list(given_m.values())
    assert (good["cell"][6].as_py(), good["lat"][6].as_py(), good["adm2"][6].as_py()) == (
        None,
        None,
        "BD4041",
    )


def test_parents_by_arithmetic_in_sql_are_those_of_h3():
    # The rule of architecture.md that the dashboard's SQL uses on our cells.
    for lat, lon in ((23.0312, 88.9021), (20.87, 92.3), (26.5, 88.5)):
        cell = h3.str_to_int(h3.latlng_to_cell(lat, lon, 9))
        for r in range(3, 9):
            parent = (cell & ~(15 << 52)) | (r << 52) | ((1 << (3 * (15 - r))) - 1)
            assert parent == h3.str_to_int(h3.cell_to_parent(h3.int_to_str(cell), r))


def test_terms_travel_to_a_worker_and_give_the_same_rows(raw, terms, reference):
    rows = raw(GOOD, {**GOOD, "date_start": "2026-02-31"})
    there = index_batch(rows, pickle.loads(pickle.dumps(terms)), reference)
    assert [part.to_pylist() for part in there] == [part.to_pylist() for part in index_batch(rows, terms, reference)]


def test_the_day_is_given_and_not_looked_up(raw, terms, reference):
    earlier = type(terms)(terms.source, terms.area, terms.key, date(2026, 3, 1))
    assert index_batch(raw(GOOD), earlier, reference)[1]["rule"].to_pylist() == ["future_date"]
    assert index_batch(raw(GOOD), terms, reference)[0].num_rows == 1

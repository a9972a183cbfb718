"""Corridors: every detection is in one, small ones together, and what is not recorded is unknown and not dropped."""

import csv
from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import differences, layers
from dashboard.access import local_user
from dashboard.answers import corridors as question
from dashboard.components import explained
from dashboard.database import open_current
from dashboard.disclosure import K
from dashboard.figures.corridors import COUNTS, Corridor, with_others
from dashboard.filters import Filters
from dashboard.i18n import Text
from dashboard.pages import corridors as page
from dashboard.theme import LIGHT
from etl import build

UNTIL = date(2026, 11, 22)
EN, BN = Text("en"), Text("bn")
PILLAR = {"lat": "25.26000", "lon": "88.99000", "precision_code": 1}  # on the border near Hili, at no named crossing
# n, and what is recorded of the journey: a crossing, a place on the border without a name, or neither.
PLANTED = [
    (8, {"origin_adm2": "BD4044", "crossing": "x-benapole", "destination_country": "IN"}),
    (6, {"origin_adm2": "BD4044", "destination_country": "IN", **PILLAR}),
    (7, {"origin_adm2": "BD3029"}),
    (5, {"destination_country": "IN"}),
    (9, {}),
    (3, {"origin_adm2": "BD3068", "crossing": "x-benapole"}),
    (4, {"origin_adm2": "BD3054", "crossing": "x-benapole", "destination_country": "IN"}),
    (2, {"origin_adm2": "BD5552", "crossing": "x-burimari"}),
]
TOTAL = sum(n for n, _ in PLANTED)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corridors")
    names = ("source_ref", "event_type", "crime_label", "date_start", "report_date", "adm2", "crossing", "lat", "lon",
             "precision_code", "origin_adm2", "destination_country")  # fmt: skip
    with (folder / "sheet.csv").open("w", newline="", encoding="utf-8") as file:
        sheet = csv.DictWriter(file, names)
        sheet.writeheader()
        for kind, (n, told) in enumerate(PLANTED):
            for i in range(n):
                day = UNTIL - timedelta(days=14 + i)
                where = {} if "lat" in told or "crossing" in told else {"adm2": "BD4041", "precision_code": 5}
                sheet.writerow({
                    "source_ref": f"r-{kind}-{i}", "event_type": "interception_at_border", "crime_label": "SOM",
                    "date_start": day, "report_date": day, **where, **told,
                })  # fmt: skip
    report = build.load([folder / "sheet.csv"], folder / "store", today=UNTIL)
    assert report.files[0].loaded == TOTAL
    return open_current(folder / "store")


@pytest.fixture(scope="module")
def answer(store):
    return question.answer(store.select(Filters(date_from=UNTIL - timedelta(days=84), date_to=UNTIL), local_user()))


def test_every_detection_is_in_a_corridor_with_unknown_legs_and_small_ones_together(answer):
    rows = [
        (row["origin_adm2"], row["crossing"], row["stretch"] is not None, row["destination_country"], row["n"])
        for row in answer.rows("corridors")
        if not row["is_other"]
    ]
    assert sorted(rows, key=str) == sorted([
        ("BD4044", "x-benapole", False, "IN", 8),
        ("BD4044", None, True, "IN", 6),
        ("BD3029", None, False, None, 7),
        (None, None, False, None, 9),
    ], key=str)  # fmt: skip
    # Benapole's 3 and 4 are the others of its district. Burimari's 2 are too few alone: the smallest, 5, joins them.
    others = [(row["adm2"], row["n"]) for row in answer.rows("corridors") if row["is_other"]]
    assert sorted(others, key=str) == [("BD4041", 7), (None, 7)]
    assert sum(n for _, n in others) + sum(row[-1] for row in rows) == TOTAL == answer.figure("n")


def test_the_share_of_known_legs_is_said_and_listed(answer):
    rows = {row["part"]: (row["n_known"], row["n_unknown"]) for row in answer.rows("legs")}
    # Origin: all but 5 and 9. Border: 8, 6, 3, 4, 2. Destination: 8, 6, 5, 4. Legs: 23 and 18.
    assert rows == {"origin": (30, 14), "border": (23, 21), "destination": (23, 21), "legs": (41, 47)}
    assert page.known(answer, EN) == (
        "Of 44 detections the origin is known in 68%, the place on the border in 52%, the destination in 52%; "
        "47% of the legs are known at both ends."
    )
    assert "৪৭%" in page.known(answer, BN)


def test_a_line_is_drawn_where_the_border_is_known_and_every_row_is_explained(answer):
    rows = answer.rows("corridors")
    names = [layers.corridor_of(row) for row in rows]
    assert len(set(names)) == len(names)
    lines, _ = layers.corridors(answer, EN, LIGHT)
    drawn = {piece["sel"] for piece in lines["data"]}
    assert drawn == {layers.corridor_of(row) for row in rows if row["crossing"] or row["stretch"] is not None}
    assert len(drawn) == 2
    for row, name in zip(rows, names, strict=True):
        title, lines_ = explained.about(name, answer, EN)
        assert title
        assert f"{row['n']} detections on" in lines_[0]
        assert layers.chosen(answer, name, LIGHT)[-1]["data"] or name not in drawn


def test_a_place_without_a_crossing_is_named_by_its_25_km(answer):
    (row,) = [row for row in answer.rows("corridors") if row["stretch"] is not None]
    assert row["end_km"] - row["start_km"] == pytest.approx(25, abs=1)
    named = layers.border_place(row, EN, answer.label("en"))
    assert named == f"border, km {row['start_km']:,.0f}–{row['end_km']:,.0f}"


def test_two_answers_with_the_same_corridors_do_not_differ(answer):
    assert list(differences.between(answer, answer)) == []
    keys = [differences._key(row) for row in answer.rows("corridors")]
    assert len(set(keys)) == len(keys)


CORRIDORS = st.dictionaries(
    st.builds(Corridor, st.sampled_from("AB"), st.sampled_from("xyz"), st.none(), st.none(), st.sampled_from("ST")),
    st.integers(1, 12),
)


@given(CORRIDORS)
def test_nothing_is_lost_and_no_row_is_small_unless_all_is(found):
    counted = {each: Counter(dict.fromkeys(COUNTS, 0) | {"n": n}) for each, n in found.items()}
    told = with_others(counted)
    assert sum(each["n"] for each in told.values()) == sum(found.values())
    assert all(each["n"] >= K for each in told.values()) or len(told) == 1
    kept = {each for each in told if not each.is_other}
    assert all(told[each]["n"] == found[each] >= K for each in kept)

"""The map: what can be clicked can be explained, what is chosen is outlined, and what it is made of is what it was."""

import gzip
import hashlib
import json
import re
from pathlib import Path

import pydeck
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import cell_layers, layers
from dashboard.access import local_user
from dashboard.answers import corridors, district, hotspots, overview
from dashboard.components import choosing, explained
from dashboard.database import open_current
from dashboard.filters import Filters
from dashboard.i18n import Text
from dashboard.settings import settings
from dashboard.theme import LIGHT

ROOT = Path(__file__).resolve().parents[2]
DECK = ROOT / "static" / "deck"
EN = Text("en")
PAGES = {
    "overview": (overview.answer, layers.overview),
    "hotspots": (hotspots.answer, cell_layers.drawn("significance", None, True)),
    "corridors": (corridors.answer, layers.corridors),
}


@pytest.fixture(scope="module")
def store(sample_store):
    return open_current(sample_store)


def answered(store, name, **choices):
    question, drawn = PAGES[name]
    return question(store.select(Filters(**choices), local_user())), drawn


def clickable(drawn):
    """What a click on each row of a map would choose."""
    return {row.get("sel", row.get("h")) for layer in drawn.layers if layer.get("pickable") for row in layer["data"]}


@pytest.mark.parametrize("name", PAGES)
def test_whatever_can_be_clicked_is_explained_and_outlined(store, name):
    answer, drawn = answered(store, name)
    places = clickable(layers.country(drawn, answer, EN, LIGHT))
    assert len(places) > 5
    for place in places:
        title, lines = explained.about(place, answer, EN)
        assert title
        assert all(lines)
        assert [layer["id"] for layer in layers.chosen(answer, place, LIGHT)][-1] == "chosen"


def _the_page(name, answer):
    from dashboard.i18n import Text
    from dashboard.pages import BY_NAME

    BY_NAME[name].draw(answer, Text("en"))


@pytest.mark.parametrize("name", PAGES)
def test_whatever_can_be_clicked_is_a_row_of_a_table_of_its_page(store, name, monkeypatch):
    """The keyboard's way to what a click does."""
    listed, table = set(), choosing.table

    def noted(columns, places, *more, **named):
        listed.update(each[0] for each in places)
        table(columns, places, *more, **named)

    monkeypatch.setattr(choosing, "table", noted)
    answer, drawn = answered(store, name)
    app = AppTest.from_function(_the_page, args=(name, answer), default_timeout=60).run()
    assert not app.exception
    clicked = clickable(layers.country(drawn, answer, EN, LIGHT))
    assert clicked - listed == set()
    if name != "corridors":
        assert any(place.startswith("BD") for place in clicked)  # a ring


def test_on_one_districts_map_too(store):
    answer = district.answer(store.select(Filters(choices={"d": ("BD4041",)}), local_user()))
    drawn = layers.district(answer, EN, LIGHT)
    assert drawn.fit == ["BD4041"]
    assert clickable(drawn)
    assert all(explained.about(place, answer, EN) for place in clickable(drawn))


def test_every_corridor_has_a_name_of_its_own(store):
    answer, _ = answered(store, "corridors")
    names = [layers.corridor_of(row) for row in answer.rows("corridors")]
    assert len(names) == len(set(names)) > 5


@pytest.mark.parametrize("place", [None, "nonsense", "x-nowhere", "BD4041~x-nowhere~IND", "80000000000000f"])
def test_what_no_answer_knows_is_neither_explained_nor_outlined(store, place):
    answer, _ = answered(store, "corridors")
    assert explained.about(place, answer, EN) is None
    drawn = layers.chosen(answer, place, LIGHT)
    assert not any(layer["data"] for layer in drawn if layer["@@type"] != "GeoJsonLayer")


def test_a_chosen_cell_without_detections_says_so_and_keeps_its_line(store):
    answer, _ = answered(store, "hotspots")
    empty = "853cf5d7fffffff"
    assert empty not in {layers.h3_of(row["cell"]) for row in answer.rows("cells")}
    assert explained.about(empty, answer, EN)[1] == ["No detection here under these filters."]
    (path,) = layers.chosen(answer, empty, LIGHT)[-1]["data"]
    assert path["path"][0] == path["path"][-1]


def test_a_withheld_count_is_explained_as_withheld(store):
    answer, _ = answered(store, "overview")
    hidden = next(row for row in answer.rows("cells") if row["n_hidden"])
    assert "Detections here: withheld" in " ".join(explained.about(layers.h3_of(hidden["cell"]), answer, EN)[1])


def test_a_map_holds_the_country_the_chosen_districts_or_what_is_abroad(store):
    answer, drawn = answered(store, "hotspots")
    assert layers.country(drawn, answer, EN, LIGHT).fit == layers.COUNTRY
    answer, drawn = answered(store, "hotspots", choices={"d": ("BD4041", "BD4044")})
    assert layers.country(drawn, answer, EN, LIGHT).fit == ("BD4041", "BD4044")


def test_the_country_is_where_its_outline_is():
    outline = json.loads((ROOT / "static" / "map" / "country.geojson").read_text(encoding="utf-8"))
    numbers = re.findall(r"\[(-?[\d.]+), ?(-?[\d.]+)\]", json.dumps(outline))
    lons, lats = zip(*((float(lon), float(lat)) for lon, lat in numbers), strict=True)
    west, south, east, north = layers.COUNTRY
    assert west <= min(lons) < west + 0.1
    assert south <= min(lats) < south + 0.1
    assert east - 0.1 < max(lons) <= east
    assert north - 0.1 < max(lats) <= north


def test_every_layer_of_data_can_be_switched_off_and_no_ground(store):
    answer, drawn = answered(store, "overview")
    drawn = layers.country(drawn, answer, EN, LIGHT, layers.h3_of(answer.rows("cells")[0]["cell"]))
    off = {each for _, ids in drawn.groups() for each in ids}
    kept = {layer["id"] for layer in drawn.layers if layer["data"]} - off
    assert kept == {"sea", "land", "country", "districts", "border", "chosen", "chosen-casing"}


def test_the_class_of_a_cell_is_in_its_words(store):
    answer, drawn = answered(store, "overview")
    hot = next(layer for layer in layers.country(drawn, answer, EN, LIGHT).layers if layer["id"] == "hot")
    assert hot["data"]
    assert all(" · hot, q ≤ 0.0" in row["tip"] or row["tip"].endswith("fewer than expected") for row in hot["data"])


def test_a_layer_is_what_pydeck_makes_of_the_same_words():
    words = {
        "get_width": "w",
        "width_units": pydeck.types.String("pixels"),
        "get_color": [1, 2, 3, 4],
        "pickable": False,
    }
    rows = [{"w": 2, "tip": "<5"}]
    made = layers.layer("PathLayer", "lines", rows, **words)
    assert made == json.loads(pydeck.Layer("PathLayer", rows, id="lines", **words).to_json())
    assert made["data"] is rows
    assert (made["@@type"], made["getWidth"], made["widthUnits"]) == ("PathLayer", "@@=w", "pixels")


def test_the_libraries_are_the_files_that_the_registry_gave():
    told = dict(re.findall(r"^([0-9a-f]{64})  (\S+)", (DECK / "README.txt").read_text(), re.MULTILINE))
    assert {name: sum_ for sum_, name in told.items()}.keys() == {path.name for path in DECK.glob("*-*.js")}
    for sum_, name in told.items():
        assert hashlib.sha256((DECK / name).read_bytes()).hexdigest() == sum_


def test_our_own_code_asks_no_host_and_evaluates_no_text():
    code = "".join((DECK / name).read_text(encoding="utf-8") for name in ("map.js", "sketch.js"))
    assert not re.search(r"https?://|\beval\(|new Function|innerHTML|new Worker", code)


# Through the front door


@pytest.fixture
def door(sample_store, monkeypatch):
    monkeypatch.setenv("SIMANTA_STORE", str(sample_store))
    settings.cache_clear()

    def opened(**query):
        app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
        for name, value in query.items():
            app.query_params[name] = value
        return app.run()

    yield opened
    settings.cache_clear()


def told_to_the_map(app):
    return json.loads(gzip.decompress(app.get("bidi_component")[0].proto.bytes))


def test_a_link_with_a_choice_explains_it_outlines_it_and_changes_no_filter(door, store):
    answer, _ = answered(store, "overview")
    place = layers.h3_of(next(row["cell"] for row in answer.rows("cells") if row["class"] == "hot"))
    plain, app = door(), door(sel=place)
    assert not app.exception
    assert any(place in each.value for each in app.markdown)
    assert app.subheader[0].value == plain.subheader[0].value
    assert app.query_params["sel"] == place
    assert told_to_the_map(app)["chosen"] == place
    assert "chosen" in {layer["id"] for layer in told_to_the_map(app)["layers"]}
    without = {name: value for name, value in app.query_params.items() if name != "sel"}
    assert without == dict(plain.query_params.items())


def test_a_choice_that_names_no_place_is_ignored_and_told(door):
    app = door(sel="<script>")
    assert "sel" not in app.query_params
    assert "sel=" in app.warning[0].value


def test_choosing_nothing_takes_the_choice_out_of_the_link(door, store):
    answer, _ = answered(store, "overview")
    app = door(sel=str(next(row["crossing"] for row in answer.rows("crossings") if row["n"])))
    app.button(key="choose-nothing").click().run()
    assert "sel" not in app.query_params

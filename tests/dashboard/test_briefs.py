"""A brief says what its page says, sets Bangla right, and needs neither a browser nor a network."""

import io
import re
import socket
import time
from datetime import UTC, datetime
from functools import cache

import numpy as np
import pypdf
import pytest
import typst
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from dashboard import briefs, flat_chart, flat_map, layers
from dashboard.access import local_user
from dashboard.components import handout, recorder
from dashboard.database import open_current
from dashboard.filters import Filters
from dashboard.i18n import Text
from dashboard.pages import BY_NAME
from dashboard.paper import Figure, Heading, Legend, Listing, Mark, Picture, Placed, Prose
from dashboard.theme import LIGHT

SHAREABLE = ("overview", "hotspots", "corridors", "trends", "warning", "district", "trails", "law")
MADE_AT = datetime(2026, 11, 29, 12, tzinfo=UTC)
AT_MOST_S = 3.0


@pytest.fixture(scope="module")
def store(sample_store):
    return open_current(sample_store)


@pytest.fixture(scope="module", autouse=True)
def _warm(store):
    """What a server loads once: the charts' engine and the fonts."""
    handout.brief(BY_NAME["district"], answered(store, "district"), Text("bn"), MADE_AT)


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("a brief asked for the network")

    for way in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, way, refuse)


@cache
def answered(store, name):
    filters = Filters().choose("d", ["BD4041"]) if name == "district" else Filters()
    return BY_NAME[name].answer(store.select(filters, local_user()))


def words_of(pdf: bytes) -> str:
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages))


@pytest.mark.parametrize("name", SHAREABLE)
def test_every_shareable_page_has_a_brief_that_says_what_it_says(store, name, no_network):
    page, answer, text = BY_NAME[name], answered(store, name), Text("en")
    blocks = [placed.block for placed in recorder.heard(page, answer, text)]
    told = words_of(handout.brief(page, answer, text, MADE_AT))
    (heading,) = [block for block in blocks if isinstance(block, Heading)]
    figures = [f"{block.name} {block.figure} {block.note}" for block in blocks if isinstance(block, Figure)]
    tables = [block for block in blocks if isinstance(block, Listing)]
    rows = [row for table in tables for row in list(zip(*table.columns.values(), strict=True))[:1]]
    assert all(said in told for said in [heading.said, *figures, *(re.sub(r"\s+", " ", " ".join(r)) for r in rows)])
    assert answer.filters.sentence(text, answer.label("en")) in told
    assert "detections, not persons and not prevalence" in told
    assert "How to read this" in told
    assert f"data v{answer.version:06d}" in told


@pytest.mark.parametrize("name", SHAREABLE)
def test_a_brief_in_bangla_is_whole_and_soon_there(store, name, no_network):
    page, answer = BY_NAME[name], answered(store, name)
    began = time.process_time()
    made = handout.brief(page, answer, Text("bn"), MADE_AT)
    assert time.process_time() - began < AT_MOST_S
    fonts = {font for page in pypdf.PdfReader(io.BytesIO(made)).pages for font in _fonts(page)}
    assert any("NotoSansBengali" in font for font in fonts)
    assert all("+" in font for font in fonts), "each font is in the file, so that no machine needs it"


def _fonts(page):
    return [str(font.get_object()["/BaseFont"]) for font in page["/Resources"].get("/Font", {}).values()]


def test_the_same_moment_gives_the_same_bytes(store):
    answer = answered(store, "district")
    made = [handout.brief(BY_NAME["district"], answer, Text("bn"), MADE_AT) for _ in range(2)]
    assert made[0] == made[1]


def test_a_pdf_names_no_author_and_no_path(store):
    made = handout.brief(BY_NAME["overview"], answered(store, "overview"), Text("en"), MADE_AT)
    assert "/Author" not in pypdf.PdfReader(io.BytesIO(made)).metadata
    assert str(briefs.FONTS).encode() not in made


@pytest.mark.parametrize("word", ["ক্ষেত্র", "বঙ্গোপসাগর", "মহেশপুর", "স্ক্রিনিং"])
def test_bangla_is_set_as_a_shaper_sets_it(word):
    # Raqm is another shaper than typst's; unshaped, the same letters look otherwise.
    font = str(briefs.FONTS / "noto-sans-bengali-bengali-400.ttf")
    ours = _ink(_typeset(word))
    right, wrong = (_ink(_drawn(word, font, engine)) for engine in (ImageFont.Layout.RAQM, ImageFont.Layout.BASIC))
    assert _alike(ours, right) > 0.9
    assert _alike(ours, wrong) < 0.8


def _typeset(word):
    picture = Picture(
        '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="100"></svg>',
        400,
        100,
        [flat_map.Word(200, 60, word, "center", 48, "#000000")],
        "",
    )
    made = Image.open(io.BytesIO(briefs.as_picture(picture, "bn", "", "png"))).convert("L")
    return np.asarray(made)


def _drawn(word, font, engine):
    made = Image.new("L", (1200, 300), 255)
    face = ImageFont.truetype(font, 133, layout_engine=engine)
    ImageDraw.Draw(made).text((60, 60), word, fill=0, font=face, features=["kern"] if engine else None)
    return np.asarray(made)


def _ink(grey):
    rows, columns = np.where(grey < 128)
    cut = Image.fromarray(grey[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1])
    return np.asarray(cut.resize((160, 60))).astype(float)


def _alike(a, b):
    return np.corrcoef(a.ravel(), b.ravel())[0, 1]


HOSTILE = '#panic("x") *b* $x$ @ref <label> [i](http://x.example) \\ #import "@preview/x:1.0.0" </svg>'


def test_words_are_never_read_as_a_program(no_network):
    sheet = briefs.Sheet(HOSTILE, HOSTILE, "en", HOSTILE, HOSTILE, [(HOSTILE,) * 3], HOSTILE, [HOSTILE], HOSTILE)
    blocks = [
        Placed(Heading(HOSTILE), 1),
        Placed(Prose([[(HOSTILE, True)], [(HOSTILE, False)]], False, True), 1),
        Placed(Figure(HOSTILE, HOSTILE, HOSTILE), 0.5),
        Placed(Listing({HOSTILE: [HOSTILE]}, HOSTILE), 0.5),
        Placed(Legend([Mark({"background": "#112233"}, HOSTILE)]), 0.5),
    ]
    told = words_of(briefs.as_pdf(sheet, blocks, MADE_AT)).replace(" ", "")
    assert told.count(HOSTILE.replace(" ", "")) >= 10


def test_the_map_on_paper_has_what_the_map_on_the_screen_has(store):
    answer, text = answered(store, "hotspots"), Text("en")
    made = layers.country(layers.hotspots, answer, text, LIGHT)
    spec = {"layers": made.layers, "initialViewState": flat_map.fitted(made.fit, 400, 500)}
    drawn = flat_map.drawn(spec, 1e5, 1e5, lambda key: key, "")  # so wide that nothing is cut off
    by_id = {layer["id"]: layer for layer in spec["layers"]}
    cells = sum(len(by_id[name]["data"]) for name in ("counts", "hot", "peaks"))
    outlines = sum(
        len(flat_map._features(by_id[name]["data"])) for name in ("sea", "land", "country", "districts", "border")
    )
    assert drawn.svg.count("<path d=") - 1 == cells + outlines  # one more is the hatch
    assert drawn.svg.count("<circle") == len(by_id["rings"]["data"])
    assert {word.said for word in drawn.words} == {row["icon"] for row in flat_map._file(by_id["names"]["data"])}


def test_a_layer_that_paper_cannot_draw_is_no_silent_gap():
    spec = {"initialViewState": {"longitude": 90, "latitude": 24, "zoom": 6}, "layers": [{"@@type": "Other"}]}
    with pytest.raises(KeyError):
        flat_map.drawn(spec, 100, 100, lambda key: key, "")


def test_a_place_lies_where_web_mercator_puts_it():
    # At zoom 0 the world is 512 px wide: 45 degrees east of the middle are 64 px.
    view = flat_map.View({"longitude": 0, "latitude": 0, "zoom": 0}, 200, 100)
    assert np.allclose(view.at(0, 0), (100, 50))
    assert np.allclose(view.at(45, 0), (164, 50))
    assert np.isclose(view.at(0, 85)[1], 50 - 255.2, atol=0.1)


@pytest.mark.parametrize("fit", [(88.0, 20.55, 92.7, 26.65), ("BD4041", "BD4044")])
def test_what_a_map_must_hold_is_on_the_paper_and_fills_it(fit):
    state = flat_map.fitted(fit, 400, 300)
    west, south, east, north = fit if isinstance(fit[0], float) else flat_map._box(fit)
    view = flat_map.View(state, 400, 300)
    (x0, y1), (x1, y0) = view.at(west, south), view.at(east, north)
    assert 0 <= x0 < x1 <= 400
    assert 0 <= y0 < y1 <= 300
    assert x1 - x0 > 360 or y1 - y0 > 270


def test_a_layer_of_another_zoom_is_not_drawn():
    shown = {"@@type": "IconLayer", "id": "names", "getColor": [0, 0, 0], "data": [{"icon": "x:a", "at": [90, 24]}]}
    spec = {"initialViewState": {"longitude": 90, "latitude": 24, "zoom": 6}, "layers": [shown]}
    assert [word.said for word in flat_map.drawn(spec, 100, 100, lambda key: key, "").words] == ["x:a"]
    spec["layers"] = [shown | {"@@zoom": [7.4, 99]}]
    assert flat_map.drawn(spec, 100, 100, lambda key: key, "").words == []


def test_a_label_that_the_chart_hides_is_not_on_paper():
    days = [f"{i} September 2026" for i in range(40)]
    spec = {
        "data": {"values": [{"day": day, "n": 1} for day in days]},
        "mark": "bar",
        "encoding": {
            "x": {"field": "day", "type": "ordinal", "axis": {"labelAngle": 0, "labelOverlap": "greedy"}},
            "y": {"field": "n", "type": "quantitative"},
        },
    }
    shown = [word for word in flat_chart.drawn(spec, 345, "en", "").words if "September" in word.said]
    assert 1 < len(shown) < 10
    assert "<text" not in flat_chart.drawn(spec, 345, "en", "").svg


BLOCKS = st.one_of(
    st.builds(Prose, st.just([[("a", True)]]), st.booleans(), st.just(False)),
    st.builds(Figure, st.just("a"), st.just("1"), st.just("")),
    st.builds(Listing, st.integers(1, 7).map(lambda n: {str(i): ["x"] * n for i in range(n)}), st.just("")),
    st.builds(Heading, st.just("h")),
    st.builds(Picture, st.just("<svg/>"), st.just(300.0), st.floats(50, 500), st.just([]), st.just("")),
)


@given(st.lists(st.builds(Placed, BLOCKS, st.sampled_from([0.25, 0.5, 1.0])), max_size=20))
def test_the_layout_loses_no_block(blocks):
    sheet = briefs.Sheet("", "", "en", "", "", [], "{n}", [])
    units = []
    for part in briefs._parts(blocks, sheet):
        units += [part["wide"]] if "wide" in part else [*part["left"], *part["right"]]
    n = sum(len(block.get("figures", [block])) for unit in units for block in unit["blocks"])
    assert n == len(blocks)


def test_what_does_not_fit_on_paper_is_said():
    sheet = briefs.Sheet("", "", "en", "", "", [], "{n} more rows", [])
    block = briefs._block(Listing({"a": ["x"] * 75}, ""), sheet.more)
    assert (len(block["rows"]), block["more"]) == (60, "15 more rows")


def test_the_compiler_reads_no_file_beside_its_program(tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    program = f'#read("{tmp_path / "secret.txt"}")'.encode()
    with pytest.raises(typst.TypstError):
        typst.compile(program)

"""What a browser test cannot read in Bangla: words of tables, which are drawn as pictures, and those of map tips."""

import gzip
import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.pages import MENU, response
from dashboard.settings import settings
from etl import build
from etl.invented import write_invented
from etl.invented_parts import write_invented_parts
from tests.conftest import SAMPLE, UNTIL
from tests.latin import AUTHORS, OWN, latin

DOOR = str(Path(__file__).resolve().parents[2] / "streamlit_app.py")
# A page, and what its link chooses: each of its parts.
PARTS = [
    *((page.name, {}) for page in MENU),
    ("district", {"d": "BD4041"}),
    *(("response", {"sel": part}) for part in response.PARTS),
    ("plan", {"sel": "police"}),
]
AS_WRITTEN = {  # names that are nobody's language: of authors, of the files that were loaded
    "help": AUTHORS,
    "quality": {"invented", "public", "reports", "csv", "effort", "handover", "labels", "operations", "outcome",
                "persons", "trails"},
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The public reports, and invented records of every kind."""
    made = tmp_path_factory.mktemp("bangla")
    write_invented(made / "invented.csv", rows=1500, seed=7, until=UNTIL)
    further = write_invented_parts(made / "invented.csv", made, until=UNTIL)
    build.load([SAMPLE, made / "invented.csv", *further], made / "store", today=UNTIL)
    return made / "store"


@pytest.fixture
def opened(folder, monkeypatch):
    """A function that opens a page in Bangla through the front door."""
    monkeypatch.setenv("SIMANTA_STORE", str(folder))
    settings.cache_clear()

    def start(page, **query):
        app = AppTest.from_file(DOOR, default_timeout=90)
        for name, value in (query | {"lang": "bn"}).items():
            app.query_params[name] = value
        app.run()
        if page != MENU[0].name:  # which is open already
            pages = app._registered_pages.items()
            app._page_hash = next(n for n, of in pages if of.get("url_pathname") == page)
            app.run()
        assert not app.exception
        return app

    yield start
    settings.cache_clear()


def of_tables(app):
    """Every heading and every cell of every table."""
    for each in (*app.dataframe, *app.table):
        yield from map(str, each.value.columns)
        for column in each.value.columns:
            yield from map(str, each.value[column])


def of_map(told):
    """What a map shows where the pointer is, on its buttons and in its list of layers, and reads aloud."""
    rows = [row for layer in told["layers"] if isinstance(layer["data"], list) for row in layer["data"]]
    yield from (row["tip"] for row in rows if "tip" in row)
    yield from (group["name"] for group in told["groups"])
    for words in told["words"].values():
        yield from [words] if isinstance(words, str) else words
    for frame in told.get("frames", ()):
        yield from (frame["name"], frame["note"])
    yield told["alt"]


@pytest.mark.parametrize(("page", "query"), PARTS, ids=lambda each: str(each))
def test_no_word_of_a_table_or_map_is_in_another_language(opened, page, query):
    app = opened(page, **query)
    said = [*of_tables(app)]
    maps = [json.loads(gzip.decompress(each.proto.bytes)) for each in app.get("bidi_component")]
    said += [words for told in maps for words in of_map(told)]
    assert len(said) > 5
    allowed = OWN | AS_WRITTEN.get(page, set())
    assert {word: each for each in said for word in latin(each) - allowed} == {}


def test_words_are_found_and_numbers_of_machines_are_not():
    assert latin("added a face at 853cf2abfffffff, v000012, ৩১ আগস্ট") == {"added", "face", "at"}

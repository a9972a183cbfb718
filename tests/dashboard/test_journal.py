"""What the server writes down of itself: one object a line, and no canary in any of them."""

import io
import json
import logging
import threading
import warnings

import pytest

from dashboard import journal, web
from dashboard.errors import SimantaError
from tests.dashboard.test_meters import answer

CANARIES = ("01712345678", "Rahima-Begum", "d=BD4041", "rahim@example.org")


WRITERS = ("uvicorn.error", "streamlit", "dashboard.pages.trouble", "simanta")


@pytest.fixture
def written(monkeypatch):
    """The journal's lines, from any logger, whatever ran in this process before; all is put back at the end."""
    factory, hook, before = logging.getLogRecordFactory(), threading.excepthook, logging.root.level
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(journal.BARE)
    journal.begin()
    silenced = logging.root.manager.disable
    logging.disable(logging.NOTSET)  # a command may have silenced all
    for name in (*WRITERS, "uvicorn", "py.warnings", "x"):  # uvicorn's own settings keep its lines from the root
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
        monkeypatch.setattr(logging.getLogger(name), "disabled", False)
        logging.getLogger(name).setLevel(logging.NOTSET)
    for logger in (logging.root, journal.EVENTS):
        logger.addHandler(handler)
    logging.root.setLevel(logging.INFO)
    monkeypatch.setattr(journal.EVENTS, "propagate", False)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.setLogRecordFactory(factory)
    logging.captureWarnings(False)
    logging.root.setLevel(before)
    logging.disable(silenced)
    threading.excepthook = hook
    for logger in (logging.root, journal.EVENTS):
        logger.removeHandler(handler)


def test_an_answer_is_an_event_with_numbers_and_words(written):
    answer("/hotspots")
    (line,) = [each for each in written() if each.get("page") == "hotspots"]
    assert (line["event"], line["status"], line["level"]) == ("answer", 200, "info")
    assert set(line) == {"at", "level", "event", "page", "status", "ms"}


def test_no_canary_is_written_whoever_writes_it(written):
    said = " ".join(CANARIES)
    for path in (f"/s/{CANARIES[0]}", f"/{CANARIES[1]}", f"/hotspots/{CANARIES[2]}", f"/media/{CANARIES[3]}.csv"):
        answer(path)
    for logger in map(logging.getLogger, WRITERS):
        logger.warning("a link %s was not read", said)
        logger.warning(f"a link {said} was not read")
        logger.warning(said)
        try:
            raise ValueError(said)
        except ValueError:
            logger.exception("fault of %s", said, stack_info=True)
    warnings.warn(said, stacklevel=1)
    died = threading.Thread(target=lambda: int(said))
    died.start()
    died.join()
    lines = written()
    assert len(lines) >= 4 + 16 + 2  # the control: all of it was written down
    assert [canary for canary in CANARIES if canary in json.dumps(lines)] == []


def test_a_fault_says_its_kind_its_places_and_the_code_of_a_refusal(written):
    try:
        raise SimantaError("STORE_UNREADABLE", CANARIES[0], "")
    except SimantaError as error:
        logging.getLogger("x").error("a page could not be drawn", exc_info=error)
    (line,) = written()
    assert (line["fault"], line["code"], line["level"]) == ("SimantaError", "STORE_UNREADABLE", "error")
    assert line["through"][0].startswith("test_journal.py:")
    assert line["where"].startswith("test_journal.py:")


def test_a_template_is_kept_without_its_values(written):
    logging.getLogger("x").warning('%s - "WebSocket %s" [accepted]', CANARIES[0], CANARIES[2])
    assert written()[0]["template"] == '%s - "WebSocket %s" [accepted]'


def test_the_query_of_an_address_is_no_part_of_what_is_counted():
    assert "?" not in web.kind_of("/hotspots?d=BD4041")

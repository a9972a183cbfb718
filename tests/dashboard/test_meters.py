"""The figures of the server: what is counted, what is told of the store, and that no address comes out with them."""

import asyncio
import shutil
import socket
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client import generate_latest

from dashboard import audit, health, ledger, meters, web
from dashboard.errors import SimantaError
from dashboard.settings import settings


@pytest.fixture
def store(sample_store, tmp_path, monkeypatch):
    copied = shutil.copytree(sample_store, tmp_path / "store")
    monkeypatch.setenv("SIMANTA_STORE", str(copied))
    settings.cache_clear()
    yield copied
    settings.cache_clear()


def figures():
    return generate_latest(meters.REGISTRY).decode()


def value(name):
    """Of a figure that is there once; 0 where it is not."""
    return next((float(line.split()[-1]) for line in figures().splitlines() if line.startswith(name)), 0)


def answer(path, status=200, kind="http", then=None):
    """One request that ends with a status, as it is counted."""

    async def behind(scope, receive, send):
        told = "websocket.accept" if kind == "websocket" else "http.response.start"
        await send({"type": told, "status": status})
        if then:
            then()

    async def send(_):
        return

    with ThreadPoolExecutor(1) as apart:  # the tests in a browser leave a loop at work in this thread
        apart.submit(lambda: asyncio.run(web.Counted(behind)({"type": kind, "path": path}, None, send))).result()


def test_answers_are_counted_by_page_and_status():
    before = value('simanta_answers_total{page="hotspots",status="200"}')
    answer("/hotspots")
    answer("/hotspots", 403)
    assert value('simanta_answers_total{page="hotspots",status="200"}') == before + 1
    assert value('simanta_answers_total{page="hotspots",status="403"}') >= 1


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/", "first"), ("/hotspots", "hotspots"), ("/audit", "audit"), ("/readyz", "health"), ("/s/abc", "link"),
     ("/media/x.csv", "file"), ("/_stcore/stream", "streamlit"), ("/rahim", "other"),
     ("/hotspots/01712345678", "other"), ("/oauth2callback", "sign_in"), ("//", "first")],
)  # fmt: skip
def test_an_address_is_a_word_out_of_a_short_list(path, kind):
    assert web.kind_of(path) == kind


def test_a_session_is_open_for_as_long_as_its_socket_is():
    seen = []
    before = value("simanta_sessions_open")
    answer("/_stcore/stream", kind="websocket", then=lambda: seen.append(value("simanta_sessions_open")))
    assert (seen, value("simanta_sessions_open")) == ([before + 1], before)


def test_a_page_that_was_drawn_is_timed_and_one_that_was_broken_off_is_not():
    name = 'simanta_draw_seconds_count{page="law"}'
    before = value(name)
    meters.drawing("law")(lambda: None)()
    with pytest.raises(KeyboardInterrupt), meters.drawing("law"):
        raise KeyboardInterrupt
    assert value(name) == before + 1


def test_version_age_and_the_last_load_are_told(store):
    audit.by_command(ledger.open_ledger(store), "load", "v000001", "done")
    audit.by_command(ledger.open_ledger(store), "load", "", "refused")
    told = figures()
    assert "simanta_ready 1.0" in told
    assert "simanta_version 1.0" in told
    assert 0 <= value("simanta_data_age_seconds") < 86_400
    assert 'simanta_last_load{outcome="refused"} 1.0' in told
    assert "done" not in told
    assert value("simanta_last_load_timestamp_seconds") > 1.7e9


@pytest.mark.parametrize(
    ("break_it", "word"),
    [(lambda store: None, "empty"), (lambda store: (store / "current.json").write_text("{"), "unreadable")],
)
def test_a_store_that_cannot_be_shown_is_no_ready_one_and_says_why(tmp_path, monkeypatch, break_it, word):
    monkeypatch.setenv("SIMANTA_STORE", str(tmp_path))
    settings.cache_clear()
    break_it(tmp_path)
    assert health.readiness() == (None, word)
    assert "simanta_ready 0.0" in figures()
    assert "simanta_version" not in figures()
    settings.cache_clear()


def test_a_ledger_that_cannot_be_read_is_no_ready_one(store):
    (store / "ledger.sqlite").write_bytes(b"no ledger" * 500)
    assert health.readiness() == (None, "ledger")


def test_the_port_is_open_where_it_is_named_and_on_this_machine_alone(store, monkeypatch):
    opened = []
    monkeypatch.setattr(meters, "start_http_server", lambda port, **how: opened.append((port, how["addr"])))
    meters.serve()
    assert opened == []
    monkeypatch.setenv("SIMANTA_METRICS_PORT", "9464")
    settings.cache_clear()
    meters.serve()
    assert opened == [(9464, "127.0.0.1")]


def test_the_port_tells_the_figures_and_a_port_that_is_taken_is_named(store, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("SIMANTA_METRICS_PORT", str(port))
    settings.cache_clear()
    meters.serve()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as told:
        assert b"simanta_ready 1.0" in told.read()
    with pytest.raises(SimantaError, match=f"{port}, is in use"):
        meters.serve()

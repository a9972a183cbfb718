"""What the guard lets through, what it closes, and what every answer carries, without a browser."""

import asyncio
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.requests import Request

from dashboard import admission, audit, database, ledger, session, web
from dashboard.pages import BY_NAME
from dashboard.settings import settings

SECRET = "of-the-proxy-0123456789-abcdefghijkl"
HOME = {"host": "127.0.0.1:8501"}


@pytest.fixture(autouse=True)
def _of_a_store(tmp_path, monkeypatch):
    monkeypatch.setenv("SIMANTA_STORE", str(tmp_path / "store"))
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def behind_a_proxy(monkeypatch):
    rules = {"adapter": "proxy", "proxy_secret": SECRET, "people": {"p@example.org": {"role": "planner"}}}
    monkeypatch.setenv("SIMANTA_ACCESS", json.dumps(rules))
    settings.cache_clear()


def lines(tmp_path):
    return audit.lines(ledger.open_ledger(tmp_path / "store"))


def ask(path, headers=HOME, method="GET", kind="http", answered=(("content-type", "text/html; charset=utf-8"),)):
    """One request through the guard; what was sent back, or None where the app behind it was reached by a socket."""
    sent = []

    async def behind(scope, receive, send):
        if scope["type"] == "http":
            told = [(name.encode(), value.encode()) for name, value in answered]
            await send({"type": "http.response.start", "status": 200, "headers": told})
            await send({"type": "http.response.body", "body": b"behind"})
        else:
            await send({"type": "websocket.accept"})

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": kind, "path": path, "raw_path": path.encode(), "query_string": b"", "headers": raw, "scheme": kind,
             "server": ("127.0.0.1", 8501), "client": ("127.0.0.1", 5), "root_path": ""}  # fmt: skip
    scope |= {"method": method} if kind == "http" else {}
    with ThreadPoolExecutor(1) as apart:  # a browser test may hold this thread's own loop
        apart.submit(lambda: asyncio.run(web.Guard(behind)(scope, receive, send))).result()
    first = sent[0]
    if kind == "http":
        first["said"] = {name.decode(): value.decode() for name, value in first["headers"]}
    return first


def test_every_answer_carries_the_headers_and_allows_no_evaluation():
    said = ask("/")["said"]
    policy = said["content-security-policy"]
    assert "unsafe-eval" not in policy.replace("wasm-unsafe-eval", "")
    assert "script-src 'self'" in policy
    assert all(part in policy for part in ("frame-ancestors 'none'", "object-src 'none'", "base-uri 'self'"))
    assert {name.lower(): value for name, value in web.HEADERS.items()}.items() <= said.items()
    assert said["cache-control"] == "no-store"
    assert "strict-transport-security" not in said
    assert ask("/_stcore/metrics")["said"]["content-security-policy"] == policy


@pytest.mark.parametrize(
    "path",
    ["/_stcore/metrics", "/_stcore/agent/interact", "/_stcore/agent/openapi.json", "/_stcore/agent/mcp",
     "/_stcore/upload_file/a/b", "/_stcore/script-health-check"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "OPTIONS"])
def test_what_nobody_needs_is_closed(path, method):
    assert ask(path, method=method)["status"] == 403


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://127.0.0.1:8501", 200), ("http://evil.example.org", 403), ("null", 403), ("http://127.0.0.1", 403)],
)
def test_another_site_posts_nothing_and_opens_no_socket(origin, status):
    headers = HOME | {"origin": origin}
    assert ask("/x", headers, method="POST")["status"] == status
    opened = ask("/_stcore/stream", headers, kind="websocket")["type"]
    assert opened == ("websocket.accept" if status == 200 else "websocket.close")


@pytest.mark.parametrize("header", ["x-forwarded-for", "x-remote-user", "x-real-ip", "forwarded", "x-simanta-proxy"])
def test_a_file_is_given_to_the_local_user_and_to_nobody_behind_a_proxy_that_was_not_named(header):
    assert ask("/media/x.csv")["status"] == 200
    assert ask("/media/x.csv", HOME | {header: "10.0.0.5"})["status"] == 403


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + " "])
def test_a_forged_header_gets_no_answer_and_a_line_in_the_audit(behind_a_proxy, tmp_path, kind, secret):
    forged = HOME | {"x-remote-user": "p@example.org"} | ({"x-simanta-proxy": secret} if secret is not None else {})
    told = ask("/", forged, kind=kind)
    assert told.get("status", told["type"]) in (403, "websocket.close")
    (line,) = lines(tmp_path)
    assert (line.action, line.outcome, line.subject) == ("denied", "FORGED", "nobody")


def test_a_request_that_the_proxy_sent_gets_through(behind_a_proxy):
    real = HOME | {"x-remote-user": "p@example.org", "x-simanta-proxy": SECRET}
    assert ask("/", real)["status"] == 200
    assert ask("/media/x.csv", real)["status"] == 200
    assert ask("/media/x.csv", real | {"x-remote-user": "nobody@example.org"})["status"] == 403


def test_a_flood_of_forged_requests_does_not_fill_the_audit(behind_a_proxy, tmp_path):
    for _ in range(50):
        ask("/", HOME)
    assert len(lines(tmp_path)) <= 10


@pytest.fixture
def signed_in_at_home(monkeypatch):
    rules = {"adapter": "oidc", "issuer": "https://id.example.org"}
    monkeypatch.setenv("SIMANTA_ACCESS", json.dumps(rules))
    monkeypatch.setenv("SIMANTA_PUBLIC_URL", "https://simanta.example.org")
    settings.cache_clear()


CALLBACK = (("location", "/"), ("set-cookie", "_streamlit_user=x; Path=/; HttpOnly"))


def test_after_a_sign_in_a_browser_goes_back_once_to_where_it_wanted_to_go(signed_in_at_home):
    admission._back["b"] = "/hotspots?d=BD4041"
    from_browser = HOME | {"cookie": "simanta_browser=b"}
    assert ask("/oauth2callback", from_browser, answered=CALLBACK)["said"]["location"] == "/hotspots?d=BD4041"
    assert ask("/oauth2callback", from_browser, answered=CALLBACK)["said"]["location"] == "/"
    assert (
        ask("/oauth2callback", HOME | {"cookie": "simanta_browser=other"}, answered=CALLBACK)["said"]["location"] == "/"
    )


def test_a_sign_in_that_failed_goes_nowhere(signed_in_at_home):
    admission._back["c"] = "/trends"
    told = ask("/oauth2callback", HOME | {"cookie": "simanta_browser=c"}, answered=(("location", "/"),))
    assert told["said"]["location"] == "/"
    assert admission._back.pop("c") == "/trends"


def test_over_tls_every_cookie_is_marked_and_the_browser_is_told_to_stay(signed_in_at_home):
    said = ask("/", answered=(("content-type", "text/html"), ("set-cookie", "a=1; Path=/")))
    cookies = [value.decode() for name, value in said["headers"] if name == b"set-cookie"]
    assert len(cookies) == 2
    assert all(cookie.endswith("; Secure") for cookie in cookies)
    assert "max-age" in said["said"]["strict-transport-security"]


def test_without_a_sign_in_no_file_is_given(signed_in_at_home):
    assert ask("/media/x.csv")["status"] == 403
    assert ask("/media/x.csv", HOME | {"cookie": "_streamlit_user=forged"})["status"] == 403


@pytest.mark.parametrize("path", ["//elsewhere.example/x", "/\\elsewhere.example/x", "///elsewhere.example/x"])
def test_the_way_back_leads_to_no_other_server(signed_in_at_home, monkeypatch, path):
    here = SimpleNamespace(url=f"https://simanta.example.org{path}", cookies={"simanta_browser": "d"})
    monkeypatch.setattr(admission.st, "context", here)
    monkeypatch.setattr(admission.st, "login", lambda: None)
    admission.sign_in()
    assert admission.way_back("d") == "/elsewhere.example/x"


def test_the_address_of_a_snapshot_names_its_own_handle_whatever_the_link_asks():
    said = asyncio.run(web.open_snapshot(Request(_scope("/s/x", b"h=another&lang=bn", id="A" * 22))))
    asked = parse_qs(urlsplit(said.headers["location"]).query)
    (handle,) = asked["h"]
    assert handle != "another"
    assert f"simanta_snapshot_{handle}={'A' * 22}" in said.headers["set-cookie"]


def _scope(path, query, **found):
    return {"type": "http", "method": "GET", "path": path, "query_string": query, "headers": [], "path_params": found}


def test_a_server_makes_ready_for_the_first_visitor_and_writes_nothing_down(sample_store, tmp_path, monkeypatch):
    store = shutil.copytree(sample_store, tmp_path / "store")
    before = audit.lines(ledger.open_ledger(store))
    web.make_ready()
    monkeypatch.setattr(database.Store, "ask", lambda *asked: pytest.fail(f"asked again: {asked[3]}"))
    assert session.prepare("overview", BY_NAME["overview"].answer).figure("n") > 0
    assert audit.lines(ledger.open_ledger(store)) == before


def test_a_server_without_data_starts_all_the_same():
    web.make_ready()


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_what_watches_the_server_needs_no_secret_and_opens_no_socket(behind_a_proxy, tmp_path, path):
    assert ask(path)["status"] == 200
    assert "content-security-policy" in ask(path)["said"]
    assert lines(tmp_path) == []
    assert ask(path, kind="websocket")["type"] == "websocket.close"
    assert ask(path + "/hotspots")["status"] == 403


def whole(path, **headers):
    """One request through the whole app, with every middleware and route."""

    async def asked():
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(web.app), base_url="http://127.0.0.1:8501"
        ) as client:
            return await client.get(path, headers=headers)

    with ThreadPoolExecutor(1) as apart:
        return apart.submit(lambda: asyncio.run(asked())).result()


def test_alive_and_ready_are_no_pages_and_tell_a_version_or_a_word(sample_store, monkeypatch):
    assert (whole("/healthz").status_code, whole("/healthz").text) == (200, "alive\n")
    assert (whole("/readyz").status_code, whole("/readyz").text) == (503, "empty\n")
    monkeypatch.setenv("SIMANTA_STORE", str(sample_store))
    settings.cache_clear()
    told = whole("/readyz")
    assert (told.status_code, told.text, told.headers["cache-control"]) == (200, "v000001\n", "no-store")
    assert whole("/healthz", host="evil.example.org").status_code == 400

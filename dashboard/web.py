"""The app as a server runs it: who may ask, headers on every answer, our document over Streamlit's, and `/s/ID`."""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from threading import Thread
from time import perf_counter
from urllib.parse import urlencode, urlsplit

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.auth_util import get_cookie_with_chunks, get_signing_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value

from dashboard import access, admission, health, journal, meters, shell
from dashboard.access import Principal
from dashboard.errors import NotAdmitted, SimantaError
from dashboard.i18n import Text, languages
from dashboard.settings import ROOT, settings
from dashboard.snapshots import COOKIE, ID

SIGNED_IN = "_streamlit_user"  # Streamlit's cookie of a sign-in
# What nobody needs from outside: figures of the server, its interface for programs, and uploads: no page takes any.
CLOSED = ("/_stcore/metrics", "/_stcore/agent/", "/_stcore/upload_file/", "/_stcore/script-health-check")
PRIVATE = "/media/"  # files that a page has made for one visitor
CALLBACK = "/oauth2callback"
ASKS = ("GET", "HEAD", "OPTIONS")
LARGE = 4  # of the pages, the first ones: they ask most of the data
ALIVE, READY = "/healthz", "/readyz"  # for whoever watches the server
# What an address is counted and logged as, by its first word; a page by its name.
KINDS = {
    "": "first", ALIVE[1:]: "health", READY[1:]: "health", "s": "link", "media": "file", "app": "static",
    "static": "static", "_stcore": "streamlit", "auth": "sign_in", CALLBACK[1:]: "sign_in", "snapshot": "snapshot",
    "audit": "audit",
}  # fmt: skip
# The version of such a file is in its name.
LIBRARY = re.compile(r"/_stcore/bidi-components/simanta\.map/[\w.-]+-\d+\.\d+\.\d+\.[\w.]+")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

PAGE = re.compile("/[a-z]*")  # every path of one word is a page or is told by one that there is none


@cache
def streamlits_document() -> str:
    """The index.html that Streamlit would send."""
    return (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")


@cache
def _ahead() -> tuple[str, ...]:
    """The scripts that a browser is told of with the document (`shell.ELEMENTS`)."""
    main = re.search(r'src="\./(static/js/index\.[^"]+)"', streamlits_document())
    if main is None:
        return ()
    script = (Path(st.__file__).parent / "static" / main[1]).read_text(encoding="utf-8")
    return shell.parts_of(script, streamlits_document())


@cache
def content_security_policy() -> str:
    """Everything from this server; the one script that Streamlit writes into its page, by its hash."""
    scripts = re.findall(r"<script>(.*?)</script>", streamlits_document(), re.DOTALL)
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts)
    return (
        "default-src 'self'; connect-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
        f"script-src 'self' 'wasm-unsafe-eval' {hashes}; worker-src 'self' blob:; font-src 'self' data:; "
        "frame-ancestors 'none'; object-src 'none'; base-uri 'self'; form-action 'self'"
    )


class Counted:
    """Counts and writes down each answer by what was asked, and its status: an address may hold filters or an id."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; a socket is one for as long as it is open."""
        began, said = perf_counter(), {"status": 500, "is_open": False}

        async def heard(message: Message) -> None:
            if message["type"] == "http.response.start":
                said["status"] = message["status"]
            elif message["type"] == "websocket.accept":
                said["is_open"] = True
                meters.SESSIONS.inc()
            await send(message)

        try:
            await self.app(scope, receive, heard)
        finally:
            if said["is_open"]:
                meters.SESSIONS.dec()
            if scope["type"] == "http":
                asked, ms = kind_of(scope["path"]), round((perf_counter() - began) * 1000)
                meters.ANSWERS.labels(asked, said["status"]).inc()
                journal.event("answer", page=asked, status=said["status"], ms=ms)


def kind_of(path: str) -> str:
    """What is asked for, in a word out of a short list."""
    from dashboard.pages import BY_NAME  # not above: see `make_ready`

    first = path.strip("/").partition("/")[0]
    return KINDS.get(first) or (first if first in BY_NAME and PAGE.fullmatch(path) else "other")


class Guard:
    """Turns away who comes past the proxy or from another site, closes what nobody needs, and sets the headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request through the guard."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        asked = HTTPConnection(scope)
        why = refused(asked)

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                dress(MutableHeaders(scope=message), asked)
            await send(message)

        if why and scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        app = PlainTextResponse(why, status_code=403) if why else self.app
        await app(scope, receive, dressed)


class OurDocument:
    """Answers for a page with our document: Streamlit's own is always in English."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request: a page is ours, all else is Streamlit's."""
        is_asked = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        is_page = is_asked and PAGE.fullmatch(scope["path"]) and scope["path"] not in (ALIVE, READY)
        app = self.document(Request(scope)) if is_page else self.app
        await app(scope, receive, send)

    def document(self, request: Request) -> Response:
        """The document in the language of the link, else in the installation's."""
        codes = (request.query_params.get("lang"), *_installed())
        language = next(code for code in codes if code in languages())
        page = shell.document(streamlits_document(), language, _ahead())
        return HTMLResponse(page, headers={"Cache-Control": "no-cache"})


def _installed() -> tuple[str, ...]:
    try:
        return settings().language, "en"
    except SimantaError:  # the page itself tells what of the configuration is wrong
        return ("en",)


async def alive(_: Request) -> Response:
    """Says that the process answers, and no more."""
    return PlainTextResponse("alive\n", headers={"Cache-Control": "no-store"})


def ready_or_why(_: Request) -> Response:
    """Says which version is shown, or with 503 in a word why none is."""
    version, why = health.readiness()
    told, status = (f"{why}\n", 503) if version is None else (f"v{version:06d}\n", 200)
    return PlainTextResponse(told, status_code=status, headers={"Cache-Control": "no-store"})


async def script(_: Request) -> Response:
    """What keeps the document in the language of its address."""
    return FileResponse(shell.SCRIPT, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


def refused(asked: HTTPConnection) -> str | None:
    """Why a request gets no answer, in a word; None where it does."""
    rules, path = settings().access, asked.url.path
    if path in (ALIVE, READY) and asked.scope["type"] == "http":
        return None  # asked by what starts and stops the server, which knows no secret
    if rules.adapter == "proxy" and any(len(asked.headers.getlist(name)) > 1 for name in access.NAMING):
        return "named twice"  # of two the page would believe the last and a file's route the first
    if rules.adapter == "proxy" and not access.is_from_proxy(rules, asked.headers):
        admission.turned_away(asked.client.host if asked.client else None)
        return "use the usual address"
    if path.startswith(CLOSED):
        return "closed"
    if asked.scope["type"] == "websocket" or asked.scope["method"] not in ASKS:
        origin = asked.headers.get("origin")
        own = {asked.headers.get("host"), urlsplit(settings().public_url or "").netloc} - {""}
        if origin is not None and urlsplit(origin).netloc not in own:
            return "from another site"
    if path.startswith(PRIVATE):
        try:
            who_asks(asked)
        except NotAdmitted:
            return "sign in first"
    return None


def who_asks(asked: HTTPConnection) -> Principal:
    """Who sends a request, for a route of ours. Raises NotAdmitted."""
    peer = asked.client.host if asked.client else None
    return admission.of_request(asked.headers, _claims(asked.cookies), peer)


def _claims(cookies: Mapping[str, str]) -> dict[str, object]:
    """What the cookie of a sign-in says; nothing where it is not there or was not signed here."""
    secret = get_signing_secret()

    def signed(name: str) -> bytes | None:
        return decode_signed_value(secret, name, cookies[name].encode("latin-1")) if name in cookies else None

    told = get_cookie_with_chunks(signed, SIGNED_IN) if SIGNED_IN in cookies else None
    claims: dict[str, object] = json.loads(told) if told else {}
    return claims


def dress(headers: MutableHeaders, asked: HTTPConnection) -> None:
    """The headers that every answer carries; and after a sign-in, the way back to where it began."""
    headers.update(HEADERS | {"Content-Security-Policy": content_security_policy()})
    is_page = headers.get("content-type", "").startswith("text/html")
    if is_page or asked.url.path.startswith(PRIVATE):
        headers["Cache-Control"] = "no-store"
    if LIBRARY.fullmatch(asked.url.path):  # two megabytes that need not be sent at every visit
        headers["Cache-Control"] = "public, max-age=31536000, immutable"
    browser = asked.cookies.get(admission.BROWSER)
    if settings().access.adapter == "oidc":
        if asked.url.path == CALLBACK and browser and any(SIGNED_IN in each for each in headers.getlist("set-cookie")):
            headers["location"] = admission.way_back(browser)
        elif is_page and not browser:
            headers.append(
                "set-cookie", f"{admission.BROWSER}={secrets.token_urlsafe(16)}; Path=/; HttpOnly; SameSite=Lax"
            )
    if (settings().public_url or "").startswith("https://"):
        headers["Strict-Transport-Security"] = "max-age=31536000"
        _secure(headers)


def _secure(headers: MutableHeaders) -> None:
    """Marks every cookie as one that never goes over a line that can be read along."""
    cookies = headers.getlist("set-cookie")
    del headers["set-cookie"]
    for cookie in cookies:
        headers.append("set-cookie", cookie if "; secure" in cookie.lower() else f"{cookie}; Secure")


async def open_snapshot(request: Request) -> Response:
    """Moves the id out of the address into a cookie of this browser session, one a link: tabs do not mix."""
    handle, snapshot_id = secrets.token_hex(4), request.path_params["id"]
    address = "/snapshot?" + urlencode({**request.query_params, "h": handle})
    answer = RedirectResponse(address, status_code=302, headers={"Cache-Control": "no-store"})
    if ID.fullmatch(snapshot_id):
        answer.set_cookie(COOKIE + handle, snapshot_id, httponly=True, samesite="lax")
    return answer


def make_ready() -> None:
    """Reads the newest data, draws the first page and answers the next ones before anybody comes, who would wait.

    For nobody: nothing is written down, and the answers are those of whoever sees every district.
    """
    from dashboard import session  # not above: a cache wants the runtime that it is made in
    from dashboard.components import recorder
    from dashboard.pages import MENU

    first, *others = MENU[:LARGE]
    try:
        answer = session.prepare(first.name, first.answer)
        for language in languages():
            recorder.heard(first, answer, Text(language))
        for page in others:
            session.prepare(page.name, page.answer)
    except SimantaError:  # no data, or none that can be read: the page says so to whoever comes
        return


@asynccontextmanager
async def ready(_: st.App) -> AsyncIterator[None]:
    """Imports the pages before it listens, so that no visitor's run meets them half imported; asks the data beside."""
    import dashboard.pages  # noqa: F401

    if settings().log == "json":
        journal.undress()
    meters.serve()
    Thread(target=make_ready, name="ready", daemon=True).start()
    journal.event("begun")
    yield
    journal.event("ended")


def refuse_to_start() -> None:
    """Raises SimantaError where this must not listen: a server that is open by mistake is worse than none."""
    told = settings()
    why = access.refuse_start(told.access, str(st.get_option("server.address") or ""), told.public_url)
    if why is None and told.access.adapter == "oidc":
        section = st.secrets.get("auth") if st.secrets.load_if_toml_exists() else None
        why = access.refuse_secrets(section or {}, told.public_url)
    if why:
        raise SimantaError("REFUSED_TO_START", why, "See docs/administrator.md.")


refuse_to_start()
if settings().log == "json":
    journal.begin()
# Streamlit looks for this very assignment in the source, and takes the file for a page of its own without it.
app = st.App(
    ROOT / "streamlit_app.py",
    lifespan=ready,
    routes=[
        Route("/s/{id}", open_snapshot),
        Route("/shell.js", script),
        Route(ALIVE, alive),
        Route(READY, ready_or_why),
    ],
    middleware=[
        Middleware(Counted),
        Middleware(Guard),
        Middleware(TrustedHostMiddleware, allowed_hosts=list(settings().hosts)),
        Middleware(OurDocument),
    ],
)

"""The app as a server runs it: security headers on every answer, and `/s/ID`, which opens a snapshot."""

import base64
import hashlib
import re
import secrets
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.settings import ROOT
from dashboard.snapshots import ID

COOKIE = "simanta_snapshot_"  # and a handle, which stands in the address in place of the id
HOSTS = ("127.0.0.1", "localhost")
CLOSED = ("/_stcore/metrics",)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@cache
def content_security_policy() -> str:
    """Everything from this server; the one script that Streamlit writes into its page, by its hash."""
    page = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts)
    return (
        "default-src 'self'; connect-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
        f"script-src 'self' 'wasm-unsafe-eval' {hashes}; worker-src 'self' blob:; font-src 'self' data:; "
        "frame-ancestors 'none'; object-src 'none'; base-uri 'self'; form-action 'self'"
    )


class Guard:
    """Closes what nobody needs from outside, and sets the headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request through the guard."""

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                extra = HEADERS | {"Content-Security-Policy": content_security_policy()}
                message["headers"] = [
                    *message["headers"],
                    *((k.lower().encode(), v.encode()) for k, v in extra.items()),
                ]
            await send(message)

        is_closed = scope["type"] == "http" and scope["path"] in CLOSED
        app = PlainTextResponse("closed", status_code=403) if is_closed else self.app
        await app(scope, receive, dressed)


async def open_snapshot(request: Request) -> Response:
    """Moves the id out of the address into a cookie of this browser session, one a link: tabs do not mix."""
    handle, snapshot_id = secrets.token_hex(4), request.path_params["id"]
    address = "/snapshot?" + urlencode({"h": handle, **request.query_params})
    answer = RedirectResponse(address, status_code=302, headers={"Cache-Control": "no-store"})
    if ID.fullmatch(snapshot_id):
        answer.set_cookie(COOKIE + handle, snapshot_id, httponly=True, samesite="lax")
    return answer


app = st.App(
    ROOT / "streamlit_app.py",
    routes=[Route("/s/{id}", open_snapshot)],
    middleware=[Middleware(Guard), Middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS))],
)

"""A running dashboard, a real browser, and a page that remembers every request and every console error."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-quic",
    "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
BENIGN = "_stcore/"  # Streamlit looks for its own base path below each page's, and is told 404


def pytest_collection_modifyitems(items):
    """Whatever stands in this folder opens a browser."""
    for item in items:
        if "e2e" in Path(item.fspath).parts:
            item.add_marker(pytest.mark.e2e)


@dataclass
class Served:
    """A dashboard on a free port over one store."""

    url: str
    store: Path


@pytest.fixture(scope="session")
def serve():
    """A function that serves a store, and stops every server at the end."""
    running = []

    def start(store: Path) -> Served:
        port = _free_port()
        command = [sys.executable, "-m", "streamlit", "run", "dashboard/web.py", "--server.port", str(port)]
        running.append(subprocess.Popen(command, cwd=ROOT, env=os.environ | {"SIMANTA_STORE": str(store)}))
        _wait_for(f"http://127.0.0.1:{port}/_stcore/health")
        return Served(f"http://127.0.0.1:{port}", store)

    yield start
    for process in running:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="session")
def dashboard(serve, sample_store):
    return serve(sample_store)


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import sync_playwright

    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium: run make browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Seen:
    """A browser page and what happened on it."""

    page: object
    url: str
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def open(self, path: str, settle_s: float = 1.0) -> object:
        """Goes to a path and waits until the script has run and the pictures have settled."""
        self.page.goto(self.url + path)
        self.settle(settle_s)
        return self.page

    def settle(self, seconds: float = 1.0) -> None:
        self.page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=60_000)
        self.page.wait_for_timeout(1000 * seconds)

    def assert_nothing_left_and_nothing_broke(self) -> None:
        """No request to any other host, no console error, no exception on the page."""
        home = urlsplit(self.url).netloc
        strangers = [
            u for u in self.requests if urlsplit(u).scheme not in ("data", "blob") and urlsplit(u).netloc != home
        ]
        assert strangers == []
        assert self.errors == []
        assert self.page.locator("[data-testid=stException]").count() == 0


@pytest.fixture
def look(chromium, dashboard):
    """A function that opens a fresh browser page of a size, theme and language over the sample."""
    contexts = []

    def start(width=1440, height=900, theme="light", url=dashboard.url) -> Seen:
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
        contexts.append(context)
        seen = Seen(context.new_page(), url)
        seen.page.on("request", lambda request: seen.requests.append(request.url))
        seen.page.on("websocket", lambda socket_: seen.requests.append(socket_.url.replace("ws", "http", 1)))
        seen.page.on("console", lambda message: _keep(seen, message))
        seen.page.on("pageerror", lambda error: seen.errors.append(str(error)))
        return seen

    yield start
    for context in contexts:
        context.close()


def _keep(seen: Seen, message) -> None:
    if message.type == "error" and BENIGN not in (message.location or {}).get("url", ""):
        seen.errors.append(message.text)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(url: str) -> None:
    for _ in range(240):
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.25)
    raise TimeoutError(f"the dashboard did not answer at {url}")

"""A running dashboard, a real browser, and a page that remembers every request and every console error."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.latin import OWN, latin

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-quic",
    "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
# What is seen and what is read aloud, but for the names of icons.
SAID = """() => {
    const said = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const left_out = '[data-testid=stIconMaterial], [data-testid=stAlertDynamicIcon], noscript, script, style';
    while (texts.nextNode()) {
        const within = texts.currentNode.parentElement;
        if (!within.closest(left_out) && within.checkVisibility()) said.push(texts.currentNode.nodeValue);
    }
    const names = ['aria-label', 'title', 'placeholder', 'alt'];
    const told = [...document.querySelectorAll(names.map(name => `[${name}]`).join())];
    return [...said, ...told.flatMap(each => names.map(name => each.getAttribute(name)))].join(' ');
}"""
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]  # axe files every rule of WCAG 2.2 AA under these
AXE = """tags => axe.run(document, {runOnly: tags}).then(found => found.violations.map(each =>
    [each.id, each.impact, each.nodes.map(node => node.html.slice(0, 160))]))"""
# Words that an ancestor cuts: they reach out of a box that neither shows nor scrolls what is beyond its edge.
CUT = """() => {
    const cut = [], main = document.querySelector('[data-testid=stMain]');
    const texts = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const range = document.createRange(); range.selectNodeContents(texts.currentNode);
        const words = range.getBoundingClientRect();
        if (words.width < 2 || words.height < 2) continue;
        if (getComputedStyle(texts.currentNode.parentElement).opacity === '0') continue;  // a label left out for room
        for (let box = texts.currentNode.parentElement; box && box !== document.body; box = box.parentElement) {
            const style = getComputedStyle(box), edge = box.getBoundingClientRect();
            if (style.position === 'absolute' && (edge.width < 2 || edge.height < 2)) break;  // for screen readers
            const hides = axis => ['hidden', 'clip'].includes(style[axis]);
            if ((hides('overflowX') && (words.right > edge.right + 2 || words.left < edge.left - 2)) ||
                (hides('overflowY') && (words.bottom > edge.bottom + 2 || words.top < edge.top - 2))) {
                cut.push(texts.currentNode.nodeValue.slice(0, 80)); break;
            }
            if (['auto', 'scroll'].includes(style.overflowX) || ['auto', 'scroll'].includes(style.overflowY)) break;
        }
    }
    return cut;
}"""
WIDEST = """() => Math.max(document.documentElement.scrollWidth,
    document.querySelector('[data-testid=stMain]').scrollWidth)"""
WAIT_MS = 120_000  # on a busy machine the first page of a server that has just started needs a minute
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

    def start(
        store: Path,
        port: int | None = None,
        environment: dict[str, str] | None = None,
        *more: str,
        said: Path | None = None,
    ) -> Served:
        port = port or _free_port()
        command = [sys.executable, "-m", "streamlit", "run", "dashboard/web.py", "--server.port", str(port), *more]
        told = os.environ | {"SIMANTA_STORE": str(store)} | (environment or {})
        log = said.open("wb") if said else None  # what the server says, where a test reads it
        running.append(subprocess.Popen(command, cwd=ROOT, env=told, stdout=log, stderr=log and subprocess.STDOUT))
        _wait_for(f"http://127.0.0.1:{port}/_stcore/health")
        return Served(f"http://127.0.0.1:{port}", store)

    yield start
    for process in running:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="session")
def free_port():
    return _free_port


@pytest.fixture(scope="module")
def own_store(sample_store, tmp_path_factory):
    """The sample, with a ledger of this module's own."""
    return shutil.copytree(sample_store, tmp_path_factory.mktemp("own") / "store")


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
        at_rest = self.page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
        at_rest.wait_for()
        self.page.wait_for_timeout(1000 * seconds)
        at_rest.wait_for()  # what was just pressed has begun by now, and on a busy machine not ended

    def until(self, holds: Callable[[], bool]) -> None:
        """Waits until what is promised holds, however busy the machine, and the script has run to its end."""
        for _ in range(WAIT_MS // 200):
            if holds():
                break
            self.page.wait_for_timeout(200)
        self.settle(0)
        assert holds()

    def take(self, button: object) -> Path:
        """The file that a button gives, once the page is at rest: a run gives every button a new name for its file."""
        self.settle(0.2)
        with self.page.expect_download() as given:
            button.click()
        return given.value.path()

    def assert_accessible(self) -> None:
        """No finding of axe, and neither at 200 % of 1440 px nor on a phone is a word cut or the page too wide."""
        size = self.page.viewport_size
        self.assert_no_finding()
        for width, height in ((720, 450), (390, 844)):
            self.page.set_viewport_size({"width": width, "height": height})
            self.settle(0.7)
            self.until(lambda: self.page.evaluate(WIDEST) <= width)  # noqa: B023  # it holds before the next turn
            self.until(lambda: self.page.evaluate(CUT) == [])
        self.page.set_viewport_size(size)

    def assert_no_finding(self) -> None:
        """No finding of axe on what is open now."""
        self.page.mouse.move(1, 1)  # axe would see the colours of what the pointer is on
        self.page.evaluate(AXE_SCRIPT)
        assert self.page.evaluate(AXE, WCAG) == []

    def assert_no_english(self, but: Collection[str] = ()) -> None:
        """Not even Streamlit's own words, and not in what is only read aloud."""
        assert self.page.evaluate("document.documentElement.lang") == "bn"
        words = latin(self.page.evaluate(SAID) + " " + self.page.title())
        assert words - OWN - {*but} == set()

    def assert_nothing_left_and_nothing_broke(self) -> None:
        """No request to any other host, no console error, no exception on the page."""
        home = urlsplit(self.url).netloc
        strangers = [
            u for u in self.requests if urlsplit(u).scheme not in ("data", "blob") and urlsplit(u).netloc != home
        ]
        assert strangers == []
        assert self.errors == []
        assert self.page.locator("[data-testid=stException]").count() == 0
        assert self.page.get_by_text("a fault of ours").count() == 0


@pytest.fixture
def look(chromium, dashboard):
    """A function that opens a fresh browser page of a size, theme and language over the sample."""
    contexts = []

    def start(width=1440, height=900, theme="light", url=dashboard.url) -> Seen:
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
        contexts.append(context)
        context.set_default_timeout(WAIT_MS)
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
        except HTTPError:  # behind a proxy of its own it answers, and lets nobody else in
            return
        except OSError:
            time.sleep(0.25)
    raise TimeoutError(f"the dashboard did not answer at {url}")

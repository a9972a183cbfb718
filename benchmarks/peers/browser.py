"""What a person waits for in a browser, the same for every peer with a page: Chromium with nothing cached."""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from first_view import FLAGS, LONGEST_MS
from PIL import Image
from playwright.sync_api import Locator, Page, sync_playwright

MOST_OF_ONE_COLOUR = 0.99  # of a map that shows nothing yet
Prepare = Callable[[Page], None]


def seen(address: str, numbers: str, picture: str, prepare: Prepare | None = None) -> list[float]:
    """ms from the address until the numbers stand, and until the picture is drawn.

    picture: its element. Where it is a canvas, it is drawn once its pixels are not of one colour.
    prepare: what comes before and is not counted, such as signing in.
    """
    path = next(found for name in ("chromium", "chromium-browser") if (found := shutil.which(name)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        if prepare:
            prepare(page)
        started = time.perf_counter()
        page.goto(address, wait_until="commit")
        page.locator(numbers).first.wait_for(timeout=LONGEST_MS)
        told = [1_000 * (time.perf_counter() - started)]
        drawn = page.locator(picture).first
        drawn.wait_for(timeout=LONGEST_MS)
        if drawn.evaluate("e => e.tagName") == "CANVAS":
            _wait_for_colours(drawn)
        told.append(1_000 * (time.perf_counter() - started))
        browser.close()
    return told


def _wait_for_colours(canvas: Locator) -> None:
    canvas.scroll_into_view_if_needed()
    until = time.monotonic() + LONGEST_MS / 1_000
    while time.monotonic() < until:
        picture = Image.open(io.BytesIO(canvas.screenshot())).convert("RGB").resize((200, 200))
        if Counter(picture.getdata()).most_common(1)[0][1] < MOST_OF_ONE_COLOUR * 200 * 200:
            return
    raise SystemExit("The map of a peer stayed empty for a minute: look at its page in a browser.")


@contextmanager
def listening(words: list[str | Path], health: str, given: Mapping[str, str]) -> Iterator[str]:
    """A server on a free port ({port} in its words) that answers; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [str(word).replace("{port}", port) for word in words]
    log = subprocess.DEVNULL
    server = subprocess.Popen(command, env=os.environ | given, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        while not _answers(f"{address}{health}"):
            if server.poll() is not None:
                raise SystemExit(f"The server of a peer ended with {server.returncode}: {' '.join(command)}")
            time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait()


def _answers(address: str) -> bool:
    try:
        with urlopen(address) as told:
            return bool(told.status == 200)
    except (URLError, ConnectionError):
        return False


def streamlit(script: Path, given: Mapping[str, str]) -> object:
    """A script as Streamlit runs it."""
    words = [sys.executable, "-m", "streamlit", "run", script, "--server.port", "{port}", "--server.headless", "true"]
    return listening([*words, "--browser.gatherUsageStats", "false"], "/_stcore/health", given)

"""What one person waits for the first view of a page in a browser: nothing cached, neither there nor in the server.

    .venv/bin/python benchmarks/first_view.py --store DIR [--write] [--after 0,15]

Each page has a server of its own that listens since some seconds, and a browser profile of its own, on the same cores.
Four moments count from the address being entered: the headline stands; the first map or chart stands; the map is drawn
by WebGL, and moves from then on; nothing is put into the page any more. Needs Chromium, which draws maps without a
graphics card here. Prints Markdown; --write keeps it in FIRST_VIEW.md.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from itertools import product
from pathlib import Path

from load import about
from people import served
from playwright.sync_api import Browser, Page, sync_playwright

RESULTS = Path(__file__).resolve().parent / "FIRST_VIEW.md"
FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
PAGES = ("", "hotspots", "corridors", "trends", "district?d=BD4041")
HEADLINE = "[data-testid=stMain] h3"
SKETCH = ".frame[data-sketched]"
PICTURE = f"{SKETCH}, [data-testid=stVegaLiteChart] :is(canvas, svg)"
MAP = ".frame[data-drawn]"  # by WebGL: from then on it moves
AT_REST = "[data-testid=stApp][data-test-script-state=notRunning]"
# Nothing came into the page, left it or changed for a while: tells when it last did, ms since the address was entered.
LAST_MOVE = """quiet => new Promise(done => {
    let last = performance.now();
    new MutationObserver(() => { last = performance.now(); })
        .observe(document.body, {subtree: true, childList: true, characterData: true});
    const look = () => performance.now() - last > quiet ? done(last) : setTimeout(look, 50);
    look();
})"""
QUIET_MS, LONGEST_MS, ROUNDS = 1_000, 60_000, 3
# A window first stands empty so long: a browser loads pages of its own for each new one, and that is no view of ours.
OPEN_S = 3


def view(browser: Browser, address: str) -> tuple[float, float, float | None, float]:
    """ms from the address until the headline stands, a picture stands, the map moves, and nothing comes any more."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.wait_for_timeout(1_000 * OPEN_S)
    started = time.perf_counter()
    page.goto(address, wait_until="commit")
    headline, picture = _when(page, HEADLINE, started), _when(page, PICTURE, started)
    page.locator(AT_REST).wait_for(timeout=LONGEST_MS)
    moves = _when(page, MAP, started) if page.locator(".frame").count() else None
    if page.locator(SKETCH).count():  # its own time: WebGL then keeps the page from answering for seconds
        picture = min(picture, float(page.locator(SKETCH).first.get_attribute("data-sketched") or picture))
    rest = float(page.evaluate(LAST_MOVE, QUIET_MS))
    context.close()
    return headline, picture, moves, rest


def _when(page: Page, selector: str, started: float) -> float:
    page.locator(selector).first.wait_for(timeout=LONGEST_MS)
    return 1_000 * (time.perf_counter() - started)


def row(browser: Browser, store: Path, path: str, after: float) -> str:
    """One line of the table: the middle of some rounds, each with a server that listens since `after` seconds."""
    rounds = []
    for _ in range(ROUNDS):
        with served(store) as (port, _):
            time.sleep(after)
            rounds.append(view(browser, f"http://127.0.0.1:{port}/{path}"))
    middle = (sorted(ms for ms in each if ms is not None)[ROUNDS // 2 :][:1] for each in zip(*rounds, strict=True))
    told = (f"{ms[0]:,.0f}" if ms else "no map" for ms in middle)
    headline, picture, moves, rest = told
    most = max(seen for _, seen, _, _ in rounds)
    return f"| {after:g} | /{path} | {headline} | {picture} | {most:,.0f} | {moves} | {rest} |"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="The first view of a page in a browser.")
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--after", default="0,15")
    parser.add_argument("--write", action="store_true", help=f"also write {RESULTS.name}")
    given = parser.parse_args()
    header = "\n".join(f"- {line}" for line in about(os.getloadavg()[0]))
    lines = [
        "| server since, s | page | headline, ms | first picture | at most | map moves | nothing comes |",
        "|---:|---|---:|---:|---:|---:|---:|",
    ]
    path = next(found for name in ("chromium", "chromium-browser") if (found := shutil.which(name)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        for after, page in product(map(float, given.after.split(",")), PAGES):
            lines.append(row(browser, given.store, page, after))
            print(lines[-1], file=sys.stderr)  # noqa: T201
        browser.close()
    parts = [
        "# Benchmarks: the first view of a page in a browser",
        "Written by `benchmarks/first_view.py`; how to read it: `benchmarks/README.md`.",
        header,
        f"## The middle of {ROUNDS} rounds",
        "\n".join(lines),
    ]
    text = "\n\n".join(parts) + "\n"
    print(text)  # noqa: T201
    if given.write:
        RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

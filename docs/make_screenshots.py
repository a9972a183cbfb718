"""Takes the pictures in docs/screenshots: every page, light and dark, English and Bangla, wide and 390 px.

Run: make screenshots. They show the shipped sample with invented rows up to a fixed day, so that they stay comparable.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import date
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from etl import build
from etl.invented import write_invented

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "docs" / "screenshots"
UNTIL = date(2026, 11, 22)
PORT = 8599
FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
PAGES = {"overview": "/", "hotspots": "/hotspots", "corridors": "/corridors", "trends": "/trends"}
SIZES = {"1440": (1440, 900), "390": (390, 844)}


def main() -> None:
    """Loads the sample into a store of its own, serves it, and takes every picture."""
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        snapshot = _load(Path(made))
        server = _serve(Path(made) / "store")
        try:
            with sync_playwright() as playwright:
                path = next(p for name in ("chromium", "chromium-browser") if (p := shutil.which(name)))
                browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
                _take_all(browser, PAGES | {"snapshot": snapshot})
        finally:
            server.terminate()


def _load(folder: Path) -> str:
    """A store with the sample, and the link of a snapshot of its Overview."""
    write_invented(folder / "invented.csv", rows=1500, seed=7, until=UNTIL)
    files = [ROOT / "data" / "sample" / "public_reports.csv", folder / "invented.csv"]
    build.load(files, folder / "store", today=UNTIL)
    command = [sys.executable, "-c", "from dashboard.cli import main; main()", "snapshot", "create", "--json"]
    told = subprocess.run(
        [*command, "--store", str(folder / "store")], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return told.stdout.split('"link": "')[1].split('"')[0]


def _serve(store: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "streamlit", "run", "dashboard/web.py", "--server.port", str(PORT)]
    server = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"SIMANTA_STORE": str(store)})
    for _ in range(120):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/_stcore/health", timeout=1)
            return server
        except (TimeoutError, OSError):
            time.sleep(0.5)
    raise TimeoutError("the dashboard did not start")


def _take_all(browser: Browser, pages: dict[str, str]) -> None:
    for name, path in pages.items():
        for size, (width, height) in SIZES.items():
            for theme in ("light", "dark"):
                for language in ("en", "bn"):
                    _take(browser, path, width, height, theme, language, OUT / f"{name}_{size}_{theme}_{language}.webp")


def _take(browser: Browser, path: str, width: int, height: int, theme: str, language: str, to: Path) -> None:
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{PORT}{path}{'' if path.startswith('/s/') else '?lang=' + language}")
    ready = page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
    ready.wait_for(timeout=60_000)
    if path.startswith("/s/"):
        page.goto(f"http://127.0.0.1:{PORT}/snapshot?lang={language}")
        ready.wait_for(timeout=60_000)
    page.wait_for_timeout(5000)
    tall = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": width, "height": max(height, tall)})
    page.wait_for_timeout(1500)
    Image.open(BytesIO(page.screenshot())).convert("RGB").save(to, quality=82, method=6)
    context.close()


main()

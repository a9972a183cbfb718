"""Takes the pictures in docs/screenshots: every page in both themes, languages and widths, and those of the guides.

Run: make screenshots, or docs/make_screenshots.py with the beginnings of names to take some (commander planner).
They show the shipped sample with invented rows up to a fixed day, so that they stay comparable.
"""

import json
import os
import secrets
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
from etl.invented_parts import write_invented_parts

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "docs" / "screenshots"
UNTIL = date(2026, 11, 22)
PORT = 8599
FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
PAGES = {
    "overview": "/",
    "hotspots": "/hotspots",
    "corridors": "/corridors",
    "trends": "/trends",
    "playback": "/playback",
    "warning": "/warning",
    "district": "/district?d=BD4041",
    "trails": "/trails",
    "response": "/response",
    "law": "/law",
    "plan": "/plan",
    "quality": "/quality",
    "audit": "/audit",
    "help": "/help",
}
# What stands where there is nothing to draw, too little, or other data: over which store, and where.
STATES = {
    "empty": ("nothing", "/"),
    "unreadable": ("broken", "/"),
    "newer": ("two", "/?v=1"),
    "old_link": ("two", "/?v=7"),
    "nothing_matches": ("two", "/?from=2001-01-01&to=2001-01-31"),
    "too_few": ("two", "/hotspots?from=2026-11-16&to=2026-11-22"),
    "two_districts": ("two", "/district?d=BD4041&d=BD4044"),
    "practice": ("practice", "/practice"),
    "sign_in": ("signed", "/hotspots"),
}
# Where people sign in at a provider; nobody signs in for a picture, so it is never asked.
PROVIDER = {
    "adapter": "oidc",
    "issuer": "https://sign-in.invalid",
    "people": {"planner@example.org": {"role": "planner", "districts": "all"}},
}
LOOKS = (("1440", "light", "en"), ("390", "dark", "bn"))  # of a state
SIZES = {"1440": (1440, 900), "390": (390, 844)}
THEMES, LANGUAGES = ("light", "dark"), ("en", "bn")
STEPS = {  # of a guide: a page, and what is pressed on it
    "commander_share": ("/district?d=BD4041", "Share"),
    "planner_districts": ("/trends", "all districts"),
    "planner_against": ("/district?d=BD4041", "the 12 weeks before"),
}


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
                begun = tuple(sys.argv[1:]) or ("",)
                _take_all(browser, PAGES | {"snapshot": snapshot}, begun)
                server.terminate()
                server.wait(20)
                _take_states(browser, Path(made), begun)
        finally:
            server.terminate()


def _take_states(browser: Browser, folder: Path, begun: tuple[str, ...]) -> None:
    """Pictures of a store without data, one that cannot be read, one with a second version, for practice, a sign-in."""
    wanted = {name: told for name, told in STATES.items() if f"state_{name}".startswith(begun)}
    if not wanted:
        return
    stores = {name: folder / name for name in ("nothing", "broken", "two", "practice", "signed")}
    for name in ("broken", "two", "signed"):
        shutil.copytree(folder / "store", stores[name])
        shutil.copytree(folder / "store.keys", folder / f"{name}.keys")
    (stores["broken"] / "facts" / "v000001.duckdb").write_bytes(b"no database")
    (folder / "more.csv").write_text(
        "source_ref,event_type,date_start,adm2\nNEW,interception_inland,2026-11-20,BD4041\n"
    )
    build.load([folder / "more.csv"], stores["two"], today=UNTIL)
    _simanta("practice", "--institution", "border_force", "--store", str(stores["practice"]))
    for of in dict.fromkeys(store for store, _ in wanted.values()):
        server = _serve(stores[of], _signing(folder) if of == "signed" else None)
        for name, path in [(name, path) for name, (kept, path) in wanted.items() if kept == of]:
            for size, theme, language in LOOKS:
                _take(
                    browser, path, *SIZES[size], theme, language, OUT / f"state_{name}_{size}_{theme}_{language}.webp"
                )
        server.terminate()
        server.wait(20)


def _signing(folder: Path) -> dict[str, str]:
    """The settings of a dashboard at which people sign in, and the file of its secrets, which are made up."""
    url, secret = f"http://127.0.0.1:{PORT}", secrets.token_hex(32)
    (folder / "secrets.toml").write_text(
        f'[auth]\nredirect_uri = "{url}/oauth2callback"\ncookie_secret = "{secret}"\nclient_id = "simanta"\n'
        f'client_secret = "{secret}"\nserver_metadata_url = "{PROVIDER["issuer"]}/.well-known/openid-configuration"\n'
    )
    return {
        "SIMANTA_ACCESS": json.dumps(PROVIDER),
        "SIMANTA_PUBLIC_URL": url,
        "STREAMLIT_SECRETS_FILES": str(folder / "secrets.toml"),
    }


def _simanta(*words: str) -> str:
    """What a command prints."""
    command = [sys.executable, "-c", "from dashboard.cli import main; main()", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout


def _load(folder: Path) -> str:
    """A store with the sample, and the link of a snapshot of its Overview."""
    write_invented(folder / "invented.csv", rows=1500, seed=7, until=UNTIL)
    further = write_invented_parts(folder / "invented.csv", folder, until=UNTIL)
    files = [ROOT / "data" / "sample" / "public_reports.csv", folder / "invented.csv", *further]
    build.load(files, folder / "store", today=UNTIL)
    told = _simanta("snapshot", "create", "--json", "--store", str(folder / "store"))
    return told.split('"link": "')[1].split('"')[0]


def _serve(store: Path, environment: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "streamlit", "run", "dashboard/web.py", "--server.port", str(PORT)]
    server = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"SIMANTA_STORE": str(store)} | (environment or {}))
    for _ in range(120):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/_stcore/health", timeout=1)
            return server
        except (TimeoutError, OSError):
            time.sleep(0.5)
    raise TimeoutError("the dashboard did not start")


def names() -> list[str]:
    """Of every picture that this script takes."""
    looks = [f"{size}_{theme}_{language}" for size in SIZES for theme in THEMES for language in LANGUAGES]
    return [*STEPS, *(f"{page}_{look}" for page in [*PAGES, "snapshot"] for look in looks)]


def _take_all(browser: Browser, pages: dict[str, str], begun: tuple[str, ...]) -> None:
    for name in (name for name in names() if name.startswith(begun)):
        if name in STEPS:
            path, pressed = STEPS[name]
            size, theme, language = "1440", "light", "en"
        else:
            page, size, theme, language = name.rsplit("_", 3)
            path, pressed = pages[page], ""
        _take(browser, path, *SIZES[size], theme, language, OUT / f"{name}.webp", pressed)


def _take(
    browser: Browser, path: str, width: int, height: int, theme: str, language: str, to: Path, pressed: str = ""
) -> None:
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)  # type: ignore[arg-type]
    page = context.new_page()
    spoken = "" if path.startswith("/s/") else f"{'&' if '?' in path else '?'}lang={language}"
    page.goto(f"http://127.0.0.1:{PORT}{path}{spoken}")
    ready = page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
    ready.wait_for(timeout=60_000)
    if path.startswith("/s/"):
        page.goto(f"{page.url}{'&' if '?' in page.url else '?'}lang={language}")  # its handle is in the address now
        ready.wait_for(timeout=60_000)
    page.wait_for_timeout(5000)
    if pressed:
        page.get_by_role("button", name=pressed).first.click()
        page.wait_for_timeout(1500)
    tall = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": width, "height": max(height, tall)})
    page.wait_for_timeout(1500)
    Image.open(BytesIO(page.screenshot())).convert("RGB").save(to, quality=82, method=6)
    context.close()


if __name__ == "__main__":
    main()

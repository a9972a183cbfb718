"""Our document over Streamlit's, and that what it replaces is still there to be replaced."""

import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import streamlit

from dashboard import shell, web
from dashboard.i18n import Text, catalogue, languages

BUNDLE = Path(streamlit.__file__).parent / "static" / "static" / "js"


@pytest.fixture(scope="module")
def scripts():
    return "\n".join(path.read_text(encoding="utf-8") for path in BUNDLE.glob("*.js"))


def get(path):
    """What the app answers to a browser on this machine: headers and text."""
    path, _, query = path.partition("?")
    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": query.encode(),
        "root_path": "", "scheme": "http", "http_version": "1.1", "server": ("localhost", 80), "client": ("::1", 1),
        "headers": [(b"host", b"localhost")],
    }  # fmt: skip
    sent = []

    async def receive():
        await asyncio.Event().wait()  # a browser that says nothing more, and stays

    async def send(message):
        sent.append(message)

    # On a thread of its own: the browser tests of the same process keep a loop running on this one.
    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, web.app(scope, receive, send)).result()
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return headers, b"".join(message.get("body", b"") for message in sent[1:]).decode()


@pytest.mark.parametrize(("path", "language"), [("/", "en"), ("/?lang=bn", "bn"), ("/trends?lang=bn", "bn"),
                                                ("/?lang=xx", "en"), ("/?lang=%22%3E%3Cscript%3E", "en")])  # fmt: skip
def test_a_page_declares_the_language_of_its_link(path, language):
    headers, page = get(path)
    assert headers["content-type"].startswith("text/html")
    assert re.findall(r'<html lang="(.*?)">', page) == [language]
    assert "<title>Simanta</title>" in page
    assert "default-src 'self'" in headers["content-security-policy"]


def test_the_document_is_streamlits_but_for_what_is_ours():
    streamlits = web.streamlits_document()
    ours = shell.document(streamlits, "bn")
    assert set(re.findall(r'src="\./static/.*?"', streamlits)) <= set(re.findall(r'src=".*?"', ours))
    assert all(Text(code)(shell.NO_SCRIPT) in ours for code in languages())
    assert "agent" not in re.findall(r"<noscript>.*?</noscript>", ours, re.DOTALL)[0]


def test_every_word_that_is_put_into_bangla_is_one_that_streamlit_still_says(scripts):
    told = json.loads(re.findall(r'id="simanta">(.*?)</script>', shell.document("<head></head>", "bn"))[0])
    assert set(told["words"]["bn"]) == set(shell.STREAMLITS)
    assert all(catalogue("bn")[word] == said for word, said in told["words"]["bn"].items())
    said = {word: word.removesuffix(" to apply").replace("{}", "") for word in shell.STREAMLITS}
    assert [word for word, core in said.items() if core not in scripts] == []


def test_the_script_is_served_as_one():
    headers, script = get("/shell.js")
    assert headers["content-type"].startswith("text/javascript")
    assert script == shell.SCRIPT.read_text(encoding="utf-8")


def test_what_takes_figures_along_past_the_audit_is_hidden_in_every_language(scripts):
    style = "".join(re.findall(r"<style>(.*?)</style>", shell.document("<head></head>", "bn"), re.DOTALL))
    hidden = re.findall(r'\[data-testid="stElementToolbarButton"\]:has\(\[aria-label\^="(.*?)"\]\)', style)
    assert set(hidden) == {Text(code)(word) for code in languages() for word in shell.NOT_OFFERED}
    assert all(word in scripts for word in (*shell.NOT_OFFERED, "stElementToolbarButton"))


def test_parts_of_elements_that_every_page_has_are_fetched_with_the_document():
    ahead, folder = web._ahead(), Path(streamlit.__file__).parent / "static" / "static" / "js"
    assert {part.split(".")[0] for part in ahead} >= {*shell.ELEMENTS} - {"Html"}
    assert all((folder / part).is_file() for part in ahead)
    assert len({*ahead}) == len(ahead) > 30
    told = re.findall(r'id="simanta">(.*?)</script>', shell.document(web.streamlits_document(), "bn", ahead))
    assert json.loads(told[0])["ahead"] == [*ahead]
    assert [part for part in ahead if part in web.streamlits_document()] == []  # none is asked for twice


def test_a_main_script_that_is_written_in_another_way_is_left_to_streamlit():
    assert shell.parts_of("", "") == shell.parts_of('m.f=["./a.js"]', "") == ()

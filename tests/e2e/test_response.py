"""A person goes through the parts of Response, in both languages, on the practice data that are shipped."""

from urllib.parse import parse_qs, urlsplit

import pytest

from etl import build
from etl.invented import write_invented
from etl.invented_parts import write_invented_parts
from tests.conftest import UNTIL

PARTS = {"Return": "return", "Hand-overs": "handover", "3P": "pillars", "Non-punishment": "accused"}


@pytest.fixture(scope="module")
def practice(serve, tmp_path_factory):
    folder = tmp_path_factory.mktemp("practice")
    write_invented(folder / "invented.csv", rows=600, seed=7, until=UNTIL)
    files = write_invented_parts(folder / "invented.csv", folder, until=UNTIL)
    build.load([folder / "invented.csv", *files], folder / "store", today=UNTIL)
    return serve(folder / "store")


def test_each_part_answers_on_its_first_screen_and_its_link_opens_it_again_in_bangla(look, practice):
    seen = look(url=practice.url)
    page = seen.open("/response?from=2025-06-01&to=2026-11-22", 2)
    findings = {page.locator("h3").first.inner_text()}
    for words, part in PARTS.items():
        page.get_by_role("radio", name=words).click()
        seen.until(lambda: parse_qs(urlsplit(page.url).query).get("sel") == [part])  # noqa: B023  # before the next turn
        seen.settle(1)
        findings.add(page.locator("h3").first.inner_text())
        first = page.locator("[data-testid=stVegaLiteChart], [data-testid=stDataFrame]").first.bounding_box()
        assert first["y"] + first["height"] <= 900
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight") <= 900
        seen.assert_accessible()
    assert len(findings) == 5
    page.get_by_role("button", name="বাংলা").click()
    page.locator("html[lang=bn]").wait_for(state="attached")
    page.reload()
    seen.settle(2)
    assert parse_qs(urlsplit(page.url).query)["sel"] == ["accused"]
    assert "পাসপোর্ট" in page.locator("h3").first.inner_text()
    seen.assert_nothing_left_and_nothing_broke()

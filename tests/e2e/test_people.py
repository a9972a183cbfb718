"""Whole ways of people, in both languages: a commander's minute, a planner's district, a data officer's morning."""

import re
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from dashboard import access, database
from dashboard.cli import commands
from dashboard.filters import Filters
from dashboard.i18n import Text
from dashboard.pages import BY_NAME, hotspots
from etl import build

TODAY = date(2026, 11, 22)
SHEET = "source_ref,event_type,date_start,district,precision_code\n"


def link(page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def headline(page) -> str:
    return page.locator("h3").first.inner_text()


@pytest.mark.parametrize("language", ["en", "bn"])
def test_a_commander_reads_finds_the_hottest_cluster_opens_its_district_and_shares_it(look, sample_store, language):
    text = Text(language)
    answer = BY_NAME["hotspots"].answer(database.open_current(sample_store).select(Filters(), access.local_user()))
    hottest = answer.label(language)("district", hotspots.listed(answer, "significance")[0]["adm2"])
    seen = look()
    page = seen.open(f"/?lang={language}")
    assert re.search(r"[%০-৯\d]", headline(page))
    page.get_by_role("link", name=text("Hotspots"), exact=True).click()
    page.wait_for_url("**/hotspots*")
    seen.settle()
    assert hottest in headline(page)
    page.get_by_role("link", name=text("Open the brief of {district}", district=hottest)).click()
    page.wait_for_url("**/district*")
    seen.until(lambda: headline(page).startswith(f"{hottest}:"))
    assert headline(page).startswith(f"{hottest}:")
    page.get_by_role("button", name=text("Share")).click()
    page.get_by_role("button", name=text("Make the link")).click()
    seen.settle()
    link = page.locator("[data-testid=stCode]").inner_text().strip()
    said = headline(page)
    other = look()
    assert headline(other.open(f"{link}?lang={language}", 1.5)) == said
    assert other.page.evaluate("document.documentElement.lang") == language
    seen.assert_nothing_left_and_nothing_broke()


@pytest.mark.parametrize("language", ["en", "bn"])
def test_a_planner_filters_compares_and_takes_it_away(look, language):
    text, seen = Text(language), look()
    page = seen.open(f"/trends?lang={language}")
    page.get_by_role("button", name=text("all districts")).click()
    page.get_by_test_id("stPopoverBody").get_by_role("combobox").fill("Jessor")
    page.get_by_role("option").first.click()
    seen.until(lambda: link(page).get("d") == ["BD4041"])
    page.keyboard.press("Escape")
    page.get_by_role("button", name=text("the {weeks} before", weeks=text("{n} weeks", n=12))).click()
    page.get_by_test_id("stPopoverBody").get_by_text(
        text("the same {weeks} a year earlier", weeks=text("{n} weeks", n=12)), exact=True
    ).click()
    seen.until(lambda: link(page)["vs"] == ["year_before"])
    page.keyboard.press("Escape")
    page.get_by_role("button", name=text("Export")).click()
    book = CalamineWorkbook.from_path(seen.take(page.get_by_role("button", name=text("Every table (XLSX)"))))
    told = " ".join(str(cell) for row in book.get_sheet_by_index(0).to_python() for cell in row)
    foot = page.locator("[data-testid=stCaptionContainer]", has_text=text("As of {day}", day="")).last.inner_text()
    n = re.search(r"· ([\d০-৯,]+)", foot).group(1)
    assert all(part in told for part in ("Jashore", "যশোর", n))
    assert {"weeks", "labels"} <= {name.lower() for name in book.sheet_names}
    seen.assert_nothing_left_and_nothing_broke()


def test_a_data_officer_sees_a_refused_row_takes_the_list_away_corrects_it_and_sees_it_gone(look, serve, tmp_path):
    store, book = tmp_path / "store", tmp_path / "to_correct.xlsx"
    (tmp_path / "feb.csv").write_text(
        SHEET + "A-1,interception_inland,2026-02-03,Jashore,5\nA-2,interception_inland,2026-02-31,Jashore,5\n"
    )
    build.load([tmp_path / "feb.csv"], store, today=TODAY)
    url = serve(store).url
    open_pages = {language: look(url=url) for language in ("en", "bn")}
    for language, seen in open_pages.items():
        text = Text(language)
        page = seen.open(f"/quality?lang={language}")
        assert text("{n} refused rows of all loads wait for correction.", n=1) in headline(page)
        with open(seen.take(page.get_by_role("button", name="CSV").first), encoding="utf-8-sig") as file:
            assert "impossible_date,date_start,1,1" in file.read()
    exported = CliRunner().invoke(commands(), ["quarantine", "export", str(book), "--store", str(store)])
    assert exported.exit_code == 0, exported.output
    _correct(book, {"date_start": "2026-02-28"})
    assert build.load([book], store, today=TODAY).files[0].loaded == 1
    for language, seen in open_pages.items():
        text = Text(language)
        seen.page.reload()
        seen.settle()
        seen.page.get_by_role("button", name=text("Read the newest data")).click()
        seen.settle()
        assert text("No refused row waits.") in headline(seen.page)
        seen.assert_nothing_left_and_nothing_broke()


def _correct(book, cells) -> None:
    """What a person saves after writing some cells of the first row anew."""
    header, *rows = CalamineWorkbook.from_path(book).get_sheet_by_index(0).to_python()
    rows[0] = [cells.get(name, cell) for name, cell in zip(header, rows[0], strict=True)]
    with xlsxwriter.Workbook(book) as saved:
        sheet = saved.add_worksheet()
        for number, row in enumerate([header, *rows]):
            for at, cell in enumerate(row):
                sheet.write_string(number, at, str(cell))

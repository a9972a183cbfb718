"""District brief, Data quality and Help in a browser: a choice by an old name, a download."""

from datetime import date

import pytest

from etl import build


@pytest.mark.parametrize("typed", ["Jessor", "যশোহর"])
def test_a_district_is_chosen_by_an_old_name(look, typed):
    seen = look()
    page = seen.open("/district", 1)
    page.get_by_role("combobox", name="District, by any of its names").fill(typed)
    page.get_by_role("option").first.click()
    seen.settle(2)
    assert page.locator("h3").first.inner_text().startswith("Jashore:")
    assert "d=BD4041" in page.url


def test_a_table_is_taken_away_as_csv(look):
    seen = look()
    page = seen.open("/quality", 1)
    with open(seen.take(page.get_by_role("button", name="CSV").first), encoding="utf-8-sig") as file:
        assert file.readline().startswith("rule,field,refused_rows,open_rows")


def test_a_file_whose_name_is_markup_makes_the_browser_ask_nobody(look, serve, tmp_path):
    name = "![a](http:&#47;&#47;evil.example&#47;x.png) :red[b].csv"
    (tmp_path / name).write_text("source_ref,event_type,date_start,adm2\nA-1,interception_inland,2026-03-02,BD4041\n")
    build.load([tmp_path / name], tmp_path / "store", today=date(2026, 11, 22))
    seen = look(url=serve(tmp_path / "store").url)
    page = seen.open("/quality?lang=en", 2)
    seen.assert_nothing_left_and_nothing_broke()
    assert name in page.locator("[data-testid=stMain]").inner_text()

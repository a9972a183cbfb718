"""Whole ways through the dashboard: filter, reload, share, open later, and links that are broken."""

import json
import re
import shutil
import sqlite3
from datetime import UTC, date, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from dashboard import access, database, ledger, snapshots
from dashboard.answers import overview
from dashboard.filters import Filters


def link(page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def headline(page) -> str:
    return page.locator("h3").first.inner_text()


def test_a_filter_acts_lives_in_the_address_and_survives_a_reload_and_a_change_of_page(look):
    seen = look()
    page = seen.open("/hotspots")
    before = headline(page)
    page.get_by_role("button", name="all districts").click()
    page.get_by_role("combobox").last.fill("Jashore")
    page.get_by_role("option", name="Jashore", exact=True).click()
    seen.settle(1.5)
    assert link(page)["d"] == ["BD4041"]
    filtered = headline(page)
    assert filtered != before
    page.reload()
    seen.settle(1.5)
    assert headline(page) == filtered
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Trends").click()
    page.wait_for_url("**/trends*")
    seen.settle(1.5)
    assert link(page)["d"] == ["BD4041"]
    seen.assert_nothing_left_and_nothing_broke()


def test_the_link_spells_out_every_value(look):
    found = link(look().open("/"))
    assert {"from", "to", "type", "prec", "vs", "res", "v", "lang"} <= set(found)
    assert len(found["type"]) == 10


def test_the_language_changes_and_the_filters_stay(look):
    seen = look()
    page = seen.open("/trends?d=BD4041")
    page.get_by_role("button", name="বাংলা").click()
    seen.settle(1.5)
    assert link(page)["lang"] == ["bn"]
    assert link(page)["d"] == ["BD4041"]
    assert re.search("[\u0980-\u09ff]", headline(page))


def test_a_link_with_unknown_or_broken_parameters_opens_and_says_which_were_ignored(look):
    page = look().open("/?d=BD9999&from=2026-02-31&colour=red&label=TIP&v=777")
    told = page.locator("[data-testid=stAlert]").inner_text()
    assert all(part in told for part in ("d=BD9999", "from=2026-02-31", "colour=red", "v=777"))
    assert link(page)["label"] == ["TIP"]


def test_a_snapshot_made_on_the_page_opens_by_its_link_with_the_same_headline(look):
    seen = look()
    page = seen.open("/?d=BD4041&d=BD4044")
    frozen = headline(page)
    page.get_by_role("button", name="Share snapshot").click()
    page.get_by_role("button", name="Make the link").click()
    seen.settle()
    made = page.locator("[data-testid=stCode]").inner_text().strip()
    assert re.fullmatch(r"/s/[A-Za-z0-9_-]{22}", made)
    other = look()
    opened = other.open(made, 2)
    assert headline(opened) == frozen
    assert made.removeprefix("/s/") not in opened.url
    assert "Local" in opened.locator("[data-testid=stAlert]").first.inner_text()
    opened.reload()
    other.settle(1.5)
    assert headline(opened) == frozen
    other.assert_nothing_left_and_nothing_broke()


def test_two_snapshots_in_two_tabs_do_not_mix(look, sample_store):
    opened = database.open_current(sample_store)
    book, links = ledger.open_ledger(sample_store), []
    for codes in (("BD4041",), ("BD2022",)):
        answer = overview.answer(opened.select(Filters(choices={"d": codes}), access.local_user()))
        links.append(snapshots.freeze(book, "overview", answer, "test", datetime(2026, 11, 24, tzinfo=UTC))[0])
    seen = look()
    first = headline(seen.open(f"/s/{links[0]}"))
    tab = seen.page.context.new_page()
    tab.goto(f"{seen.url}/s/{links[1]}")
    tab.locator("h3").first.wait_for()
    seen.page.reload()
    seen.settle(1.5)
    assert headline(seen.page) == first != headline(tab)


def test_a_snapshot_that_does_not_exist_says_so(look):
    for path in ("/s/" + "A" * 22, "/s/nonsense", "/?snapshot=" + "A" * 22):
        seen = look()
        page = seen.open(path)
        assert headline(page) == "There is no such snapshot."


def test_an_altered_snapshot_shows_no_figure_and_names_the_part(look, serve, sample_store, tmp_path):
    store = shutil.copytree(sample_store, tmp_path / "store")
    opened = database.open_current(store)
    answer = overview.answer(opened.select(Filters(), access.local_user()))
    made, _ = snapshots.freeze(
        ledger.open_ledger(store), "overview", answer, "test", datetime(2026, 11, 24, tzinfo=UTC)
    )
    with sqlite3.connect(store / "ledger.sqlite") as raw:
        (body,) = raw.execute("SELECT body FROM snapshot_part WHERE name = 'table totals'").fetchone()
        raw.execute("UPDATE snapshot_part SET body = ? WHERE name = 'table totals'", (body.replace("1", "2", 1),))
    page = look(url=serve(store).url).open(f"/s/{made}")
    assert headline(page) == "This snapshot was altered."
    assert "table totals" in page.locator("[data-testid=stAlert]").inner_text()
    assert page.locator("[data-testid=stMetric]").count() == 0


def test_an_empty_store_says_what_to_do(look, serve, tmp_path):
    page = look(url=serve(tmp_path / "empty").url).open("/")
    assert headline(page) == "No data has been loaded yet."
    assert "simanta demo" in page.locator("[data-testid=stCode]").inner_text()


def test_an_unreadable_store_says_what_to_do_and_shows_no_traceback(look, serve, sample_store, tmp_path):
    store = shutil.copytree(sample_store, tmp_path / "store")
    (store / "facts" / "v000001.duckdb").write_bytes(b"no database")
    page = look(url=serve(store).url).open("/")
    assert headline(page) == "The data cannot be read."
    assert "Traceback" not in page.content()


def test_a_version_published_while_a_page_is_open_is_offered_and_never_mixed_in(look, serve, sample_store, tmp_path):
    from etl import build

    store = shutil.copytree(sample_store, tmp_path / "store")
    shutil.copytree(sample_store.with_name("store.keys"), tmp_path / "store.keys")
    seen = look(url=serve(store).url)
    page = seen.open("/")
    frozen = headline(page)
    sheet = tmp_path / "more.csv"
    sheet.write_text("source_ref,event_type,date_start,adm2\nNEW-1,interception_inland,2026-11-20,BD4041\n")
    assert build.load([sheet], store, today=date(2026, 11, 24)).version == 2
    page.reload()
    seen.settle(1.5)
    assert headline(page) == frozen
    assert "Newer data is ready" in page.locator("[data-testid=stAlert]").inner_text()
    page.get_by_role("button", name="Read the newest data").click()
    seen.settle(1.5)
    assert link(page)["v"] == ["2"]
    assert page.get_by_text("Newer data is ready").count() == 0


@pytest.mark.parametrize("path", ["/", "/hotspots", "/corridors", "/trends"])
def test_a_filter_that_leaves_nothing_says_so_in_words(look, path):
    seen = look()
    page = seen.open(f"{path}?from=2001-01-01&to=2001-01-31")
    assert headline(page) == "No detections match. No record here is not the same as no event."
    seen.assert_nothing_left_and_nothing_broke()
    assert "nan" not in page.locator("[data-testid=stMain]").inner_text().lower()


def test_the_command_line_prints_the_numbers_of_the_page(look, sample_store, capsys, monkeypatch):
    from dashboard.cli.ask import as_json, asked

    page = look().open("/hotspots?d=BD4041&d=BD4044&d=BD4087&label=TIP&label=SOM&label=UNDETERMINED")
    told = as_json(asked("hotspots", sample_store, {}, urlsplit(page.url).query))
    foot = page.locator("[data-testid=stCaptionContainer]", has_text="As of").inner_text()
    assert f"{told['n']} detections" in foot
    assert json.dumps(told, default=str)

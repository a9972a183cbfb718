"""Whole ways through the dashboard: filter, reload, share, open later, and links that are broken."""

import re
import shutil
import sqlite3
from datetime import UTC, datetime
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
    seen, sent = look(), []
    seen.page.on("websocket", lambda socket: socket.on("framereceived", lambda payload: sent.append(len(payload))))
    page = seen.open("/hotspots")
    before = headline(page)
    sent.clear()
    page.get_by_role("button", name="all districts").click()
    page.get_by_test_id("stPopoverBody").get_by_role("combobox").fill("Jashore")
    page.get_by_role("option").first.click()
    seen.until(lambda: link(page).get("d") == ["BD4041"] and headline(page) != before)
    filtered = headline(page)
    assert 0 < sum(sent) < 100_000  # bytes, of the whole page after a filter
    page.reload()
    seen.until(lambda: headline(page) == filtered)
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Trends").click()
    page.wait_for_url("**/trends*")
    seen.until(lambda: link(page).get("d") == ["BD4041"])
    seen.assert_nothing_left_and_nothing_broke()


MOST_BYTES = {"/trends": 140_000}  # twelve districts are drawn one by one; its first page has them too
PICTURED = ("/", "/hotspots", "/corridors", "/trends", "/playback", "/warning", "/district?d=BD4041", "/response")


@pytest.mark.parametrize("path", PICTURED)
def test_a_change_of_period_sends_little(look, path):
    """Bytes of the whole page after a press that changes its numbers and colours alone, before any compression."""
    seen, sent = look(), []
    seen.page.on("websocket", lambda socket: socket.on("framereceived", lambda payload: sent.append(len(payload))))
    page = seen.open(path)
    before = link(page)["to"]
    sent.clear()
    page.get_by_role("button", name="‹", exact=True).click()
    seen.until(lambda: link(page)["to"] != before)
    assert 10_000 < sum(sent) < MOST_BYTES.get(path, 100_000)


def test_the_link_spells_out_every_value_and_keeps_them_in_the_other_language(look):
    seen = look()
    page = seen.open("/trends?d=BD4041")
    found = link(page)
    assert {"from", "to", "type", "prec", "vs", "res", "v", "lang"} <= set(found)
    assert len(found["type"]) == 10
    page.get_by_role("button", name="বাংলা").click()
    seen.until(lambda: link(page)["lang"] == ["bn"] and re.search("[\u0980-\u09ff]", headline(page)))
    assert link(page) == found | {"lang": ["bn"]}


def test_a_link_with_unknown_or_broken_parameters_opens_and_says_which_were_ignored(look):
    page = look().open("/?d=BD9999&from=2026-02-31&colour=red&label=TIP&v=777")
    told = " ".join(page.locator("[data-testid=stAlert]").all_inner_texts())
    assert all(part in told for part in ("d=BD9999", "from=2026-02-31", "colour=red", "Data version 777"))
    assert link(page)["label"] == ["TIP"]


def test_a_snapshot_made_on_the_page_opens_by_its_link_with_the_same_headline(look):
    seen = look()
    page = seen.open("/?d=BD4041&d=BD4044")
    frozen = headline(page)
    page.get_by_role("button", name="Share").click()
    page.get_by_role("button", name="Make the link").click()
    made = page.locator("[data-testid=stCode]").inner_text().strip()
    assert re.fullmatch(r"/s/[A-Za-z0-9_-]{22}", made)
    other = look()
    opened = other.open(made, 2)
    assert headline(opened) == frozen
    assert made.removeprefix("/s/") not in opened.url
    assert "Frozen view" in opened.locator("[data-testid=stAlert]").first.inner_text()
    opened.reload()
    other.until(lambda: headline(opened) == frozen)
    other.assert_nothing_left_and_nothing_broke()


def test_two_snapshots_in_two_tabs_do_not_mix(look, sample_store):
    opened = database.open_current(sample_store)
    book, links = ledger.open_ledger(sample_store), []
    for codes in (("BD4041",), ("BD2022",)):
        answer = overview.answer(opened.select(Filters(choices={"d": codes}), access.local_user()))
        links.append(snapshots.freeze(book, "overview", answer, "test", datetime.now(UTC))[0])
    seen = look()
    first = headline(seen.open(f"/s/{links[0]}"))
    tab = seen.page.context.new_page()
    tab.goto(f"{seen.url}/s/{links[1]}")
    tab.locator("h3").first.wait_for()
    seen.page.reload()
    seen.until(lambda: headline(seen.page) == first)
    assert headline(tab) != first


def test_a_snapshot_that_does_not_exist_says_so(look):
    for path in ("/s/" + "A" * 22, "/s/nonsense", "/?snapshot=" + "A" * 22):
        seen = look()
        page = seen.open(path)
        assert headline(page) == "There is no such snapshot."


def test_an_altered_snapshot_shows_no_figure_and_names_the_part(look, serve, sample_store, tmp_path):
    store = shutil.copytree(sample_store, tmp_path / "store")
    opened = database.open_current(store)
    answer = overview.answer(opened.select(Filters(), access.local_user()))
    made, _ = snapshots.freeze(ledger.open_ledger(store), "overview", answer, "test", datetime.now(UTC))
    with sqlite3.connect(store / "ledger.sqlite") as raw:
        (body,) = raw.execute("SELECT body FROM snapshot_part WHERE name = 'table totals'").fetchone()
        raw.execute("UPDATE snapshot_part SET body = ? WHERE name = 'table totals'", (body.replace("1", "2", 1),))
    page = look(url=serve(store).url).open(f"/s/{made}")
    assert headline(page) == "This snapshot was altered."
    assert "table totals" in page.locator("[data-testid=stAlert]").inner_text()
    assert page.locator("[data-testid=stMetric]").count() == 0


@pytest.mark.parametrize("path", ["/hotspots", "/corridors", "/trends"])
def test_a_filter_that_leaves_nothing_says_so_in_words(look, path):
    seen = look()
    page = seen.open(f"{path}?from=2001-01-01&to=2001-01-31")
    assert headline(page) == "No detections match. No record here is not the same as no event."
    seen.assert_nothing_left_and_nothing_broke()
    assert "nan" not in page.locator("[data-testid=stMain]").inner_text().lower()


def test_an_analyst_goes_from_the_blind_trail_to_its_sections_and_a_checklist_in_bangla(look):
    seen = look()
    page = seen.open("/trails?lang=bn", 2)
    grid = page.locator("[data-testid=stDataFrame]").first
    grid.click(position={"x": 60, "y": 52})  # the first trail; then by the keys alone
    for trail in ("advertising", "rental_premises", "transport", "communications", "finance"):
        seen.until(lambda: link(page).get("sel") == [f"{trail}~any"])  # noqa: B023  # it holds before the next turn
        if trail != "finance":
            page.keyboard.press("ArrowDown")
    card = page.get_by_test_id("stMain")
    seen.until(lambda: "অর্থ · যেকোনো পর্যায়" in card.inner_text())
    for told in ("ধারা ৩৩: সম্পদ অবরুদ্ধ", "৭ জানুয়ারী ২০২৬ থেকে", "এরপর জানুন"):
        seen.until(lambda: told in card.inner_text())  # noqa: B023  # it holds before the next turn
    page.reload()
    seen.until(lambda: "অর্থ · যেকোনো পর্যায়" in card.inner_text())
    made = seen.take(page.get_by_role("button", name="ছাপার জন্য তালিকা"))
    assert made.read_bytes().startswith(b"%PDF")
    page = seen.open("/trails?lang=bn&sel=finance~any~x-maheshpur", 1)
    assert "মহেশপুর" in page.get_by_text("অর্থ · যেকোনো পর্যায় ·").inner_text()
    page.get_by_role("button", name="করণীয়").click()
    page.get_by_role("menuitem", name="আইন", exact=True).click()
    page.wait_for_url("**/law*")
    seen.until(lambda: "প্রযোজ্য ছিল" in headline(page))
    seen.assert_nothing_left_and_nothing_broke()

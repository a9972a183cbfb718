"""What a person sees where there is nothing to draw, too little, or other data than a moment ago; in both languages."""

import re
import shutil
from datetime import date

import pytest

from dashboard.i18n import Text
from etl import build
from tests.latin import latin

TEXTS = [Text("en"), Text("bn")]
TODAY = date(2026, 11, 24)


def headline(page) -> str:
    return page.locator("h3").first.inner_text()


def alerts(page) -> str:
    return " ".join(page.locator("[data-testid=stAlert]").all_inner_texts())


def typed(page) -> set[str]:
    """What is to be typed as it stands, in any language."""
    return latin(" ".join(page.locator("[data-testid=stCode]").all_inner_texts()))


def versions_told(page) -> set[str]:
    """Every data version that the page names: its foot, its link, its tables."""
    seen = re.findall(r"v(\d{6})", page.locator("[data-testid=stMain]").inner_text())
    return {int(each) for each in seen} | {int(each) for each in re.findall(r"[?&]v=(\d+)", page.url)}


@pytest.fixture
def copied(sample_store, tmp_path):
    """A store of this test's own, with the keys that a further load needs."""
    shutil.copytree(sample_store.with_name("store.keys"), tmp_path / "store.keys")
    return shutil.copytree(sample_store, tmp_path / "store")


def load_more(store, n=1):
    sheet = store.with_name("more.csv")
    rows = [f"NEW-{i},interception_inland,2026-11-20,BD4041" for i in range(n)]
    sheet.write_text("\n".join(["source_ref,event_type,date_start,adm2", *rows]) + "\n")
    return build.load([sheet], store, today=TODAY).version


def test_an_empty_store_says_what_to_do_and_the_page_comes_once_data_is_there(look, serve, sample_store, tmp_path):
    store = tmp_path / "store"
    seen = look(url=serve(store).url)
    for text in TEXTS:
        page = seen.open(f"/?lang={text.language}", 0.3)
        assert headline(page) == text("No data has been loaded yet.")
        assert "simanta demo" in page.locator("[data-testid=stCode]").inner_text()
        seen.assert_no_finding()
    seen.assert_no_english(typed(page))
    shutil.copytree(sample_store, store)
    page.get_by_role("button", name=TEXTS[1]("Try again")).click()
    page.get_by_text(TEXTS[1]("How sure")).wait_for()
    seen.assert_nothing_left_and_nothing_broke()


def test_an_unreadable_store_says_what_to_do_and_shows_no_traceback(look, serve, copied):
    (copied / "facts" / "v000001.duckdb").write_bytes(b"no database")
    seen = look(url=serve(copied).url)
    for text in TEXTS:
        page = seen.open(f"/?lang={text.language}", 0.3)
        assert headline(page) == text("The data cannot be read.")
        assert "simanta rollback VERSION" in page.locator("[data-testid=stCode]").inner_text()
        assert "Traceback" not in page.content()
        assert page.locator("[data-testid=stMetric]").count() == 0
        seen.assert_no_finding()
    seen.assert_no_english(typed(page) | {"STORE", "UNREADABLE"})  # the code of the error
    seen.assert_nothing_left_and_nothing_broke()


def test_a_store_that_breaks_and_is_made_anew_while_a_page_is_open(look, serve, copied):
    facts = copied / "facts" / "v000001.duckdb"
    seen, whole = look(url=serve(copied).url), facts.read_bytes()
    page = seen.open("/")
    said = headline(page)
    facts.unlink()  # in the middle of being replaced
    page.get_by_role("button", name="‹").click()
    page.get_by_text("The data cannot be read.").wait_for()
    seen.settle(0.3)
    seen.assert_nothing_left_and_nothing_broke()
    facts.write_bytes(whole)
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("The data cannot be read.").wait_for(state="detached")
    seen.settle()
    page.get_by_role("button", name="›").click()
    seen.until(lambda: headline(page) == said)
    seen.assert_nothing_left_and_nothing_broke()


def test_a_load_that_goes_wrong_in_the_middle_leaves_the_page_as_it_is(look, serve, copied):
    seen = look(url=serve(copied).url)
    page = seen.open("/")
    said = headline(page)
    (copied / "facts" / "v000002.duckdb").write_bytes(b"half of a version")  # written, and never named by the pointer
    page.reload()
    seen.until(lambda: headline(page) == said)
    assert versions_told(page) == {1}
    seen.assert_nothing_left_and_nothing_broke()


def test_a_newer_version_is_offered_without_a_reload_and_never_mixed_in(look, serve, copied):
    seen = look(url=serve(copied).url)
    page = seen.open("/")
    said = headline(page)
    assert load_more(copied, 7) == 2
    page.get_by_text("Newer data is ready").wait_for()
    assert headline(page) == said
    assert versions_told(page) == {1}
    page.get_by_role("button", name="‹").click()
    seen.until(lambda: headline(page) != said)
    page.get_by_role("button", name="›").click()
    seen.until(lambda: headline(page) == said)
    assert versions_told(page) == {1}
    page.get_by_role("button", name="Read the newest data").click()
    seen.until(lambda: versions_told(page) == {2} and headline(page) != said)
    assert page.get_by_text("Newer data is ready").count() == 0
    seen.assert_nothing_left_and_nothing_broke()


def test_a_version_that_is_pruned_while_it_is_read_gives_way_to_the_newest_and_says_so(look, serve, copied):
    from etl import store as stores

    seen = look(url=serve(copied).url)
    page = seen.open("/")
    load_more(copied)
    stores.prune(copied, 1, frozenset())
    page.get_by_role("button", name="‹").click()
    page.get_by_text("Data version 1 is no longer kept.").wait_for()
    seen.until(lambda: versions_told(page) == {2})
    seen.assert_nothing_left_and_nothing_broke()


def test_an_old_link_opens_on_the_newest_data_and_says_that_figures_may_differ(look):
    text, seen = Text("bn"), look()
    page = seen.open(f"/trends?v=777&d=BD4041&lang={text.language}")
    assert text("Data version {version} is no longer kept.", version="777") in alerts(page)
    assert "d=BD4041" in page.url
    seen.assert_nothing_left_and_nothing_broke()


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.language)
def test_where_nothing_matches_each_restriction_can_be_lifted(look, text):
    seen = look()
    page = seen.open(f"/?from=2001-01-01&to=2001-01-31&lang={text.language}")
    assert headline(page) == text("No detections match. No record here is not the same as no event.")
    assert "nan" not in page.locator("[data-testid=stMain]").inner_text().lower()
    assert page.get_by_text(text("Nothing was recorded that fits all parts of the sentence above.")).count() == 1
    seen.assert_no_finding()
    if text.language == "bn":
        seen.assert_no_english()
    page.get_by_role("button", name=text("All data")).last.click()
    seen.until(lambda: headline(page) != text("No detections match. No record here is not the same as no event."))
    seen.assert_nothing_left_and_nothing_broke()


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.language)
def test_where_too_few_are_placed_for_a_test_it_says_how_many_and_offers_more(look, text):
    seen = look()
    page = seen.open(f"/hotspots?from=2026-11-16&to=2026-11-22&lang={text.language}")
    assert text("For a test of where they cluster, choose a longer period or fewer restrictions.") in (
        page.locator("[data-testid=stMain]").inner_text()
    )
    page.get_by_role("button", name=text("Last 52 weeks")).last.click()
    seen.until(
        lambda: (
            text("For a test of where they cluster, choose a longer period or fewer restrictions.")
            not in page.locator("[data-testid=stMain]").inner_text()
        )
    )
    seen.assert_nothing_left_and_nothing_broke()


def test_while_a_page_is_counted_its_shape_stands_there(look):
    seen = look()
    seen.page.add_init_script(
        "new MutationObserver(() => { if (document.querySelector('[data-testid=stSkeleton]')) window.shaped = true })"
        ".observe(document, {childList: true, subtree: true})"
    )
    page = seen.open("/trends?from=2025-03-03&to=2025-08-31")
    assert page.evaluate("window.shaped") is True
    assert page.get_by_test_id("stSkeleton").count() == 0

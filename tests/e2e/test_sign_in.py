"""A real sign-in at a provider, in the browser: the link that was followed, what is seen, and the way out."""

import json
import secrets
import shutil
from http.client import HTTPConnection
from urllib.parse import parse_qs, urlsplit

import pytest

from dashboard import audit, ledger

SECRET = secrets.token_hex(32)
PEOPLE = {
    "planner@example.org": {"role": "planner", "districts": ["BD4041"]},
    "admin@example.org": {"role": "administrator"},
    "recipient@example.org": {"role": "recipient", "districts": ["BD4041"]},
}
MAP = ".frame[data-drawn]"
GROUP = {"general@example.org": "commanders"}
GROUPS = {"commanders": {"role": "commander", "districts": "all"}}


@pytest.fixture(scope="module")
def provider():
    """An OpenID provider of the tests' own, whose tokens last an hour."""
    from oidc_provider_mock import User, run_server_in_thread

    names = [*PEOPLE, "general@example.org", "stranger@example.org"]
    people = [
        User(sub=name, claims={"email": name, "email_verified": True, "groups": [GROUP.get(name, "nobody")]})
        for name in names
    ]
    with run_server_in_thread(user_claims=people) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(scope="module")
def signed(serve, free_port, own_store, provider, tmp_path_factory):
    """A dashboard where people sign in at the provider."""
    port, told = free_port(), tmp_path_factory.mktemp("secrets") / "secrets.toml"
    url = f"http://127.0.0.1:{port}"
    told.write_text(
        f'[auth]\nredirect_uri = "{url}/oauth2callback"\ncookie_secret = "{SECRET}"\nclient_id = "simanta"\n'
        f'client_secret = "{SECRET}"\nserver_metadata_url = "{provider}/.well-known/openid-configuration"\n'
        'client_kwargs = { scope = "openid profile email groups" }\n'
    )
    rules = {"adapter": "oidc", "issuer": provider, "people": PEOPLE, "groups": GROUPS}
    environment = {"SIMANTA_ACCESS": json.dumps(rules), "SIMANTA_PUBLIC_URL": url}
    return serve(own_store, port, environment, "--secrets.files", str(told))


def sign_in(seen, name):
    seen.page.get_by_role("button", name="Sign in").click()
    seen.page.get_by_role("button", name=name).click()
    seen.page.wait_for_url(f"{seen.url}/**")
    seen.settle(1.5)
    return seen.page


def headline(page):
    return page.locator("h3").first.inner_text()


def deeds(signed, name):
    return [(line.action, line.object, line.outcome) for line in audit.lines(ledger.open_ledger(signed.store), name)]


def test_a_link_is_open_after_the_sign_in_that_it_asked_for(look, signed):
    seen = look(url=signed.url)
    page = seen.open("/hotspots?d=BD4041&label=SOM", 2)
    seen.assert_nothing_left_and_nothing_broke()
    assert headline(page) == "Sign in to read."
    assert page.get_by_role("link", name="Trends").count() == 0
    sign_in(seen, "general@example.org")
    page.locator(MAP).wait_for()
    link = urlsplit(page.url)
    assert (link.path, parse_qs(link.query)["d"], parse_qs(link.query)["label"]) == ("/hotspots", ["BD4041"], ["SOM"])
    (begun, *_) = reversed(deeds(signed, "general@example.org"))
    assert begun[0] == "sign_in"


def test_who_signed_out_is_out_also_with_the_cookie_that_was_kept(look, signed):
    seen = look(url=signed.url)
    page = seen.open("/trends", 2)
    sign_in(seen, "general@example.org")
    kept = page.context.cookies(signed.url)
    page.get_by_role("button", name="general").click()
    page.get_by_role("button", name="Sign out").click()
    for _ in range(300):  # the browser is with the provider by now, so there is no page to wait for
        if any(deed == "sign_out" for deed, _, _ in deeds(signed, "general@example.org")):
            break
        page.wait_for_timeout(200)
    other = look(url=signed.url)
    other.page.context.add_cookies(kept)
    assert headline(other.open("/", 2)) == "Your session has ended."
    assert ("denied", "", "EXPIRED") in deeds(signed, "general@example.org")


def test_a_planner_sees_and_is_offered_their_own_district_alone(look, signed):
    seen = look(url=signed.url)
    page = seen.open("/", 2)
    sign_in(seen, "planner@example.org")
    page.get_by_role("button", name="Jashore").first.click()
    page.get_by_test_id("stPopoverBody").get_by_role("combobox").click()
    assert [each.split(" · ")[0] for each in page.get_by_role("option").all_inner_texts()] == ["Jashore"]
    page.goto(f"{signed.url}/?d=BD2022")
    seen.settle()
    assert "d=BD2022" in page.locator("[data-testid=stAlert]").first.inner_text()
    assert "Cox" not in headline(page)


def test_an_administrator_reads_the_audit_and_not_one_figure(look, signed):
    seen = look(url=signed.url)
    page = seen.open("/audit", 2)
    sign_in(seen, "admin@example.org")
    assert headline(page).endswith("and the chain is whole.")
    page.get_by_test_id("stDataFrame").nth(1).wait_for()
    page.goto(f"{signed.url}/hotspots")
    seen.until(lambda: headline(page) == "Your role does not open this page.")
    assert page.locator(MAP).count() == 0
    assert ("denied", "hotspots", "ROLE") in deeds(signed, "admin@example.org")


def test_who_has_no_role_is_told_so_and_sees_nothing(look, signed):
    seen = look(url=signed.url)
    page = seen.open("/", 2)
    sign_in(seen, "stranger@example.org")
    assert headline(page) == "You are known, and have no role here."
    assert deeds(signed, "stranger@example.org") == [("denied", "", "NO_ROLE")]


def test_ids_that_are_guessed_open_nothing_and_after_ten_there_is_a_pause(look, signed):
    seen = look(url=signed.url)
    page = seen.open("/", 2)
    sign_in(seen, "recipient@example.org")
    for each in range(10):
        page.goto(f"{signed.url}/s/{each}{'A' * 21}")
        seen.settle(0.2)
    page.goto(f"{signed.url}/s/{'B' * 22}")
    page.get_by_text("Too many links did not open.").wait_for()
    missed = [object_ for action, object_, _ in deeds(signed, "recipient@example.org") if action == "denied"]
    assert f"snapshot 0{'A' * 5}" in missed
    assert not any("A" * 7 in each or "BB" in each for each in missed)


def test_behind_a_trusted_proxy_its_person_reads_shares_and_opens_and_nobody_else_gets_an_answer(
    look, serve, sample_store, tmp_path
):
    store = shutil.copytree(sample_store, tmp_path / "store", ignore=shutil.ignore_patterns("ledger*"))
    rules = {"adapter": "proxy", "proxy_secret": SECRET, "people": PEOPLE, "groups": GROUPS}
    url = serve(store, None, {"SIMANTA_ACCESS": json.dumps(rules)}).url
    of = {"X-Simanta-Proxy": SECRET, "X-Remote-User": "Planner@example.org"}
    seen = look(url=url)
    seen.page.context.set_extra_http_headers(of)
    page = seen.open("/?d=BD4041", 2)
    exact = headline(page)
    page.get_by_role("button", name="planner").click()
    assert "Jashore" in page.get_by_test_id("stPopoverBody").inner_text()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Share").click()
    page.get_by_role("combobox", name="For these roles").click()
    page.get_by_role("option", name="recipients").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="See it as they will").click()
    seen.until(lambda: headline(page) != exact)
    theirs = headline(page)
    page.get_by_role("button", name="Make the link").click()
    link = page.locator("[data-testid=stCode]").first
    link.wait_for()
    made = link.inner_text().strip()
    seen.assert_nothing_left_and_nothing_broke()
    other = look(url=url)
    other.page.context.set_extra_http_headers(of | {"X-Remote-User": "recipient@example.org"})
    assert headline(other.open(made, 2)) == theirs
    book = ledger.open_ledger(store)
    assert ("share", "done") in [(line.action, line.outcome) for line in audit.lines(book, "planner@example.org")]
    assert "open" in [line.action for line in audit.lines(book, "recipient@example.org")]
    for headers in ({}, of | {"X-Simanta-Proxy": "x" * 64}):
        forged = look(url=url)
        forged.page.context.set_extra_http_headers(headers)
        answer = forged.page.goto(url)
        assert (answer.status, answer.text()) == (403, "use the usual address")
    assert "FORGED" in [line.outcome for line in audit.lines(book, "nobody")]


def test_without_a_sign_in_the_page_says_who_it_is_for(look):
    page = look().open("/", 1.5)
    page.get_by_role("button", name="Local user").click()
    assert "There is no sign-in here" in page.get_by_test_id("stPopoverBody").inner_text()


@pytest.mark.parametrize("path", ["/", "/hotspots", "/s/" + "A" * 22, "/_stcore/stream"])
def test_under_another_name_the_server_gives_no_answer(dashboard, path):
    """As a page of another site would ask, whose name was made to lead to this machine."""
    for host, status in (("evil.example.org", 400), (urlsplit(dashboard.url).netloc, None)):
        connection = HTTPConnection(urlsplit(dashboard.url).netloc, timeout=60)
        connection.request("GET", path, headers={"Host": host})
        told = connection.getresponse().status
        connection.close()
        assert (told == 400) == (status == 400)


def test_the_local_user_is_nobody_to_a_request_that_came_by_a_proxy(look):
    seen = look()
    seen.page.context.set_extra_http_headers({"X-Forwarded-For": "10.0.0.5"})
    assert headline(seen.open("/", 1.5)) == "Without sign-in Simanta serves the user of its own machine alone."

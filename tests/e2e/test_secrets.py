"""What a server says of its errors holds no secret; a link that was copied opens for nobody else."""

import json
import secrets
import shutil
import urllib.error
import urllib.request

import pytest

from dashboard import audit, ledger

PROXY, COOKIE, CLIENT = (secrets.token_hex(32) for _ in range(3))
PEOPLE = {name: {"role": "planner", "districts": "all"} for name in ("one@example.org", "two@example.org")}
BY_PROXY = {"adapter": "proxy", "proxy_secret": PROXY, "people": PEOPLE}


def of(name, secret=PROXY):
    return {"X-Simanta-Proxy": secret, "X-Remote-User": name}


def status(url, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


def break_store(store):
    """The version in force is no database any more, and the ledger no ledger."""
    for file in (*(store / "facts").iterdir(), store / "ledger.sqlite"):
        file.unlink(missing_ok=True)
        file.write_bytes(b"broken" * 500)


@pytest.fixture
def store(sample_store, tmp_path):
    return shutil.copytree(sample_store, tmp_path / "store", ignore=shutil.ignore_patterns("ledger*"))


def test_behind_a_proxy_no_error_says_the_secret(look, serve, store, tmp_path):
    said = tmp_path / "said.txt"
    served = serve(store, None, {"SIMANTA_ACCESS": json.dumps(BY_PROXY)}, said=said)
    forged = PROXY[:-1] + ("0" if PROXY[-1] != "0" else "1")  # as one would log to see what is wrong with it
    assert status(served.url, **of("one@example.org", forged)) == 403
    assert status(served.url + "/media/none.csv", **of("nobody@example.org")) == 403
    break_store(store)
    seen = look(url=served.url)
    seen.page.context.set_extra_http_headers(of("one@example.org"))
    assert seen.open("/hotspots?d=BD4041", 2).locator("[data-testid=stAlert], h3").count()
    told = said.read_text(encoding="utf-8", errors="replace")
    assert served.url.rpartition(":")[2] in told  # the control: the server does say things here
    assert [name for name, word in {"right": PROXY, "forged": forged}.items() if word[:16] in told] == []


def test_with_a_sign_in_no_error_says_a_secret_or_a_cookie(look, serve, free_port, store, tmp_path):
    port, said, told_in = free_port(), tmp_path / "said.txt", tmp_path / "secrets.toml"
    url, cookie = f"http://127.0.0.1:{port}", "2|1:0|10:1700000000|15:_streamlit_user|8:" + secrets.token_hex(24)
    told_in.write_text(
        f'[auth]\nredirect_uri = "{url}/oauth2callback"\ncookie_secret = "{COOKIE}"\nclient_id = "simanta"\n'
        f'client_secret = "{CLIENT}"\n'
        f'server_metadata_url = "http://localhost:{free_port()}/.well-known/openid-configuration"\n'
    )
    rules = {"adapter": "oidc", "issuer": "http://localhost:1", "people": PEOPLE}
    environment = {"SIMANTA_ACCESS": json.dumps(rules), "SIMANTA_PUBLIC_URL": url}
    serve(store, port, environment, "--secrets.files", str(told_in), said=said)
    assert status(f"{url}/media/none.csv", Cookie=f"_streamlit_user={cookie}") >= 400
    assert status(f"{url}/oauth2callback?code=x&state=y", Cookie=f"_streamlit_user={cookie}") < 600
    assert status(f"{url}/auth/login") < 600  # its provider cannot be reached
    break_store(store)
    seen = look(url=url)
    seen.page.context.add_cookies([{"name": "_streamlit_user", "value": cookie, "url": url}])
    seen.open("/", 2)
    told = said.read_text(encoding="utf-8", errors="replace")
    assert str(port) in told
    planted = {"cookie secret": COOKIE, "client secret": CLIENT, "cookie": cookie.rpartition(":")[2]}
    assert [name for name, word in planted.items() if word[:16] in told] == []


def test_a_copied_handle_of_an_opened_snapshot_opens_nothing_for_another_and_is_a_line(look, serve, store):
    served = serve(store, None, {"SIMANTA_ACCESS": json.dumps(BY_PROXY)})
    seen = look(url=served.url)
    seen.page.context.set_extra_http_headers(of("one@example.org"))
    page = seen.open("/?d=BD4041", 2)
    page.get_by_role("button", name="Share").click()
    page.get_by_role("button", name="See it as they will").click()
    page.get_by_role("button", name="Make the link").click()
    link = page.locator("[data-testid=stCode]").first
    link.wait_for()
    opened = seen.open(link.inner_text().strip(), 2)
    handed = opened.url
    assert "/snapshot?h=" in handed or "&h=" in handed
    shown = opened.locator("h3").first.inner_text()
    other = look(url=served.url)
    other.page.context.set_extra_http_headers(of("two@example.org"))
    copied = other.open(handed.removeprefix(served.url), 2)
    assert shown not in copied.locator("[data-testid=stMain]").inner_text()
    assert copied.locator("[data-testid=stAlert], h3").count()
    other.assert_nothing_left_and_nothing_broke()
    lines = [(line.action, line.outcome) for line in audit.lines(ledger.open_ledger(store), "two@example.org")]
    assert any(action == "denied" and "SNAPSHOT" in outcome for action, outcome in lines), lines

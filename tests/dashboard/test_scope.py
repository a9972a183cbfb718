"""What lies outside a person's districts changes nothing that they see: no figure, option, error or cached answer."""

import importlib.util
import json
import os
import re
import shutil
from datetime import UTC, datetime

import duckdb
import pypdf
import pytest
import streamlit
from starlette.requests import HTTPConnection
from streamlit.testing.v1 import AppTest

from dashboard import admission, audit, lattice, ledger, snapshots
from dashboard.access import MAY, Audience, Principal, may_open
from dashboard.database import Selected, open_current
from dashboard.filters import Filters
from dashboard.pages import BY_NAME, MENU
from dashboard.settings import settings
from tests.dashboard.cli.test_cli import simanta
from tests.dashboard.test_pages import DOOR, ROOT

JASHORE, SATKHIRA, OTHER = "BD4041", "BD4087", "BD3026"
OF_RECORDS = [page for page in MENU if page.needs == "look"]


@pytest.fixture(scope="module")
def two(sample_store, tmp_path_factory):
    """The sample, and the same without a single row of any other district than Jashore."""
    folder = tmp_path_factory.mktemp("alone") / "store"
    shutil.copytree(sample_store, folder)
    with duckdb.connect(str(folder / "facts" / "v000001.duckdb")) as facts:
        facts.execute("DELETE FROM incident WHERE adm2 IS DISTINCT FROM ?", [JASHORE])
        facts.execute("DELETE FROM effort WHERE adm2 IS DISTINCT FROM ?", [JASHORE])
        facts.execute("DELETE FROM operation WHERE adm2 IS DISTINCT FROM ?", [JASHORE])
        facts.execute("CHECKPOINT")
    return open_current(sample_store), open_current(folder)


@pytest.mark.parametrize("page", OF_RECORDS, ids=lambda page: page.name)
def test_what_lies_outside_the_scope_changes_no_answer(two, page):
    whole, alone = two
    one = Principal("x", "planner", (JASHORE,))
    first, second = (page.answer(store.select(Filters(), one)) for store in (whole, alone))
    assert first.tables.keys() == second.tables.keys()
    for name in first.tables:
        assert first.tables[name].equals(second.tables[name]), name
    assert (first.notes, first.filters, first.scope) == (second.notes, second.filters, JASHORE)


def test_a_district_brief_tells_nothing_of_its_neighbours_that_are_out_of_view(two):
    one, asked = Principal("x", "planner", (JASHORE,)), Filters(choices={"d": (JASHORE,)})
    first, second = (BY_NAME["district"].answer(store.select(asked, one)) for store in two)
    assert all(first.tables[name].equals(second.tables[name]) for name in first.tables)
    assert first.rows("neighbours") == []


def test_no_cell_outside_the_scope_is_on_the_map_not_even_as_an_empty_one(two):
    one = Principal("x", "planner", (JASHORE,))
    answer = BY_NAME["hotspots"].answer(two[0].select(Filters(), one))
    assert {row["adm2"] for row in answer.rows("cells")} == {JASHORE}
    bound = {"resolution": 5, "districts": []}
    empty = two[0].select(Filters(), Principal("x", "planner", ())).ask("detections_by_cell", **bound)
    assert empty.num_rows == 0


def test_an_origin_in_another_district_is_told_as_its_division(two):
    one = Principal("x", "planner", (JASHORE,))
    for store in two:
        rows = store.select(Filters(), one).ask("corridors").to_pylist()
        origins = {row["origin_adm2"] for row in rows} - {None}
        assert origins
        assert all(code == JASHORE or len(code) == 4 for code in origins)
        assert all(store.label("en")("district", code).endswith(" division") for code in origins if len(code) == 4)


def test_a_list_offers_no_district_out_of_view_and_a_link_to_one_is_an_unknown_code(sample_store, as_person):
    app = as_person(Principal("x", "planner", (JASHORE,)), d=SATKHIRA)
    assert [option.split(" · ")[0] for option in app.selectbox(key="add-d").options] == ["Jashore"]
    assert f"d={SATKHIRA}" in app.warning[0].value
    unknown = as_person(Principal("x", "planner", (JASHORE,)), d="BD9999")
    assert app.subheader[0].value == unknown.subheader[0].value
    assert app.warning[0].value.replace(SATKHIRA, "") == unknown.warning[0].value.replace("BD9999", "")


def test_a_cache_that_one_person_filled_answers_nobody_of_another_reach(two, as_person):
    everything = as_person(Principal("a", "commander", None)).subheader[0].value
    own = as_person(Principal("b", "planner", (JASHORE,))).subheader[0].value
    assert own != everything
    assert as_person(Principal("c", "planner", (SATKHIRA,))).subheader[0].value not in (own, everything)
    assert as_person(Principal("d", "planner", (JASHORE,))).subheader[0].value == own


def test_a_grant_without_a_district_sees_a_page_that_says_there_is_nothing(as_person):
    app = as_person(Principal("x", "planner", ()))
    assert not app.exception
    assert app.subheader[0].value.startswith("No detections match.")


@pytest.fixture
def as_person(sample_store, monkeypatch):
    """A function that opens the front door as somebody, at a link."""
    monkeypatch.setenv("SIMANTA_STORE", str(sample_store))
    settings.cache_clear()

    def opened(person, **link):
        monkeypatch.setattr(admission, "principal", lambda: person)
        app = AppTest.from_file(DOOR, default_timeout=60)
        for name, value in link.items():
            app.query_params[name] = value
        return app.run()

    yield opened
    settings.cache_clear()


ADDRESSES = [*BY_NAME, "snapshot", "audit"]
GRANTS = {"own": (JASHORE,), "other": (SATKHIRA,), "both": (JASHORE, SATKHIRA), "every": None, "none": ()}


def test_a_role_opens_its_pages_and_no_other_and_the_paper_says_so(as_person, monkeypatch, paper, two, commands):
    monkeypatch.setattr("dashboard.components.frame.run", lambda page, places: streamlit.subheader("drawn"))
    monkeypatch.setattr("dashboard.pages.snapshot.run", lambda pages: streamlit.subheader("drawn"))
    monkeypatch.setattr("dashboard.pages.audit.run", lambda pages: streamlit.subheader("drawn"))
    pages = [("role", *ADDRESSES)]
    for role in MAY:
        app = as_person(Principal("x", role, (JASHORE,)))
        pages.append((role, *(_found(app, address) for address in ADDRESSES)))
    by_role = {role: dict(commands(role)) for role in MAY}
    asked = [("role", *by_role["planner"]), *((role, *told.values()) for role, told in by_role.items())]
    made = paper.page(pages, _rows(two[0]), asked, _routes(monkeypatch))
    if os.environ.get("SIMANTA_WRITE_AUTHORISATION"):
        paper.PAGE.write_text(made, encoding="utf-8")
    assert made == paper.PAGE.read_text(encoding="utf-8"), "run: make authorisation"


def _found(app, address):
    """What stands behind an address. AppTest itself switches to files alone."""
    hashes = {of.get("url_pathname") or "": name for name, of in app._registered_pages.items()}
    app._page_hash = hashes.get(address, hashes.get(""))  # the first that a role opens stands at `/`
    app.run()
    assert not app.exception
    said = app.subheader[0].value
    assert said in ("drawn", "Your role does not open this page.")
    return "opens" if said == "drawn" else "closed"


def _rows(store):
    """What a question and a snapshot give, for each role and grant."""
    yield ("role", "grant", "rows of its own", "rows of another", "loads", *(name for name, _, _ in SNAPSHOTS))
    for role in MAY:
        for grant, districts in GRANTS.items():
            one = Principal("x", role, districts)
            held = store.select(Filters(), one)
            seen = set(held.ask("detections_by_district")["adm2"].to_pylist())
            mine = set(districts or ()) if districts is not None else store.codes["district"]
            yield (
                role,
                grant,
                "yes" if seen & mine else "no",
                "yes" if seen - mine else "no",
                "yes" if held.ask("load_files").num_rows else "no",
                *("opens" if may_open(one, Audience((), (role,), (), *of)) else "closed" for _, *of in SNAPSHOTS),
            )


SNAPSHOTS = (
    ("own, finer", (JASHORE,), "inside"),
    ("own, rounded", (JASHORE,), "outside"),
    ("another's, finer", (OTHER,), "inside"),
    ("another's, rounded", (OTHER,), "outside"),
    ("of all, finer", None, "inside"),
    ("of all, rounded", None, "outside"),
)


@pytest.fixture
def commands(sample_store, tmp_path, monkeypatch):
    """A function that tries each command as an account of the machine with a role."""
    folder = shutil.copytree(sample_store, tmp_path / "store", ignore=shutil.ignore_patterns("ledger*"))
    book, now = ledger.open_ledger(folder), datetime.now(UTC)
    given = Selected(open_current(folder), Filters(), Principal("x", "planner", (JASHORE,)), "outside")

    def frozen(*roles):
        terms = snapshots.Terms.of("somebody", Audience(("somebody",), roles), now)
        answer = BY_NAME["overview"].question("outside")(given)
        return snapshots.freeze(book, "overview", answer, "x", now, terms)[0]

    def tried(role):
        rules = {"adapter": "proxy", "proxy_secret": "s3cret-of-the-proxy-0123456789abcdef"}
        people = {f"os:{audit.account()}": {"role": role, "districts": [JASHORE]}}
        monkeypatch.setenv("SIMANTA_ACCESS", json.dumps(rules | {"people": people}))
        settings.cache_clear()
        made, other = frozen(role), frozen()
        for name, words in {
            "overview": ("overview", "--json"),
            "export": ("export", "--out", tmp_path / "x.csv"),
            "brief": ("brief", "--out", tmp_path / "x.pdf"),
            "snapshot create": ("snapshot", "create", "--json"),
            "show, addressed": ("snapshot", "show", made),
            "show, another's": ("snapshot", "show", other),
            "revoke another's": ("snapshot", "revoke", made, "--reason", "x"),
            "audit": ("audit", "--json"),
        }.items():
            told = simanta(*words, "--store", folder)
            yield name, _outcome(told, words[-1] if "--out" in words else None)
        yield "compare", _outcome(simanta("snapshot", "compare", made, made, "--store", folder), None)
        sheet = tmp_path / "sheet.csv"
        row = f"{role}-1,interception_inland,2026-03-02,{JASHORE}"
        sheet.write_text(f"source_ref,event_type,date_start,adm2\n{row}\nX,y,z,w\n", encoding="utf-8")
        for name, words in {
            "load": ("load", sheet),
            "quarantine list": ("quarantine", "list"),
            "quarantine export": ("quarantine", "export", tmp_path / f"{role}.xlsx"),
            "erase": ("erase", "--source-ref", f"{role}-1", "--reason", "x"),
            "rollback": ("rollback", 1),
            "prune": ("prune", "--keep", 9),
            "key --rotate": ("snapshot", "key", "--rotate"),
        }.items():
            yield name, _outcome(simanta(*words, "--store", tmp_path / "kept"), None)

    yield tried
    settings.cache_clear()
    lattice._inside.cache_clear()
    lattice._outside.cache_clear()


def _routes(monkeypatch):
    """Which routes beside the pages answer, where people sign in by a proxy: for each role, and for who has none."""
    from dashboard import web

    secret = "s3cret-of-the-proxy-0123456789abcdef"
    people = {role: {"role": role, "districts": [JASHORE]} for role in MAY}
    rules = {"adapter": "proxy", "proxy_secret": secret, "people": people}
    monkeypatch.setenv("SIMANTA_ACCESS", json.dumps(rules))
    settings.cache_clear()
    routes = {"/media": "/media/" + "a" * 40 + ".csv", "/s": "/s/" + "A" * 22}
    yield ("who", *routes)
    for who in (*MAY, "known, no role", "past the proxy"):
        given = {"host": "127.0.0.1:8501", "x-remote-user": who}
        given |= {} if who == "past the proxy" else {"x-simanta-proxy": secret}
        raw = [(name.encode(), value.encode()) for name, value in given.items()]
        asked = {"type": "http", "method": "GET", "scheme": "http", "query_string": b"", "headers": raw}
        asked |= {"server": ("127.0.0.1", 8501), "client": ("127.0.0.1", 5), "root_path": ""}
        found = (web.refused(HTTPConnection(asked | {"path": path})) for path in routes.values())
        yield (who, *("closed" if why else "opens" for why in found))


def _outcome(told, written):
    if told.returncode:
        assert "Traceback" not in told.stderr
        return "closed"
    if written and written.suffix == ".pdf":
        answered = "".join(page.extract_text() for page in pypdf.PdfReader(written).pages)
    else:
        answered = written.read_text() if written else told.stdout
    signs = ("least", '"figures": "inside"', "rounded for readers inside")
    return "rounded" if any(sign in re.sub(r"\s+", " ", answered) for sign in signs) else "opens"


@pytest.fixture(scope="module")
def paper():
    spec = importlib.util.spec_from_file_location("make_authorisation", ROOT / "docs" / "make_authorisation.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made

"""What somebody makes up on purpose: ids, filters, names of files. Each gets a plain page or sentence, and a line."""

import json
import shutil
import sqlite3
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import admission, audit, lattice, ledger, snapshots
from dashboard.access import Audience, Misses, Principal, local_user
from dashboard.database import Selected, open_current
from dashboard.disclosure import HIDDEN, K
from dashboard.filters import Filters
from dashboard.pages import MENU
from dashboard.settings import settings
from tests.dashboard.cli.test_cli import simanta
from tests.dashboard.test_pages import DOOR

JASHORE, SATKHIRA = "BD4041", "BD4087"
OF_RECORDS = [page for page in MENU if page.needs == "look"]


@pytest.fixture
def folder(sample_store, tmp_path, monkeypatch):
    """A store of its own, that the front door opens; with a count of misses that nobody else has."""
    made = tmp_path / "store"
    shutil.copytree(sample_store, made, ignore=shutil.ignore_patterns("ledger*"))
    shutil.copytree(sample_store.with_name("store.keys"), made.with_name("store.keys"))
    monkeypatch.setenv("SIMANTA_STORE", str(made))
    monkeypatch.setattr(admission, "_misses", Misses())
    settings.cache_clear()
    yield made
    settings.cache_clear()
    lattice._inside.cache_clear()
    lattice._outside.cache_clear()


def opened(snapshot):
    app = AppTest.from_file(DOOR, default_timeout=60)
    app.query_params["snapshot"] = snapshot
    return app.run()


def frozen(folder, now=None, **choices):
    """The id of a snapshot of the overview, for planners, with rounded figures."""
    asked = Selected(open_current(folder), Filters(choices=choices), Principal("a", "planner", (JASHORE,)), "inside")
    terms = snapshots.Terms.of("a", Audience(("a",), ("planner",)), now or datetime.now(UTC), days=2)
    overview = next(page for page in MENU if page.name == "overview")
    answer = overview.question("inside")(asked)
    return snapshots.freeze(ledger.open_ledger(folder), "overview", answer, "x", now or datetime.now(UTC), terms)[0]


def _altered(folder, made):
    with sqlite3.connect(folder / "ledger.sqlite") as raw:
        raw.execute("UPDATE snapshot_part SET body = replace(body, '1', '2') WHERE name = 'table totals'")
    return made


def _revoked(folder, made):
    snapshots.revoke(ledger.open_ledger(folder), made, local_user(), "wrong period", datetime.now(UTC))
    return made


UNKNOWN = ("SNAPSHOT_UNKNOWN", "There is no such snapshot.")
MADE_UP = {
    "guessed": (lambda folder, made: "A" * 22, UNKNOWN),
    "truncated": (lambda folder, made: made[:-1], UNKNOWN),
    "longer": (lambda folder, made: made + "A", UNKNOWN),
    "one letter off": (lambda folder, made: made[:-1] + ("A" if made[-1] != "A" else "B"), UNKNOWN),
    "a path": (lambda folder, made: "../../../etc/passwd", UNKNOWN),
    "a route's word": (lambda folder, made: ":id", UNKNOWN),
    "markup": (lambda folder, made: "<img src=x onerror=alert(1)>", UNKNOWN),
    "a formula": (lambda folder, made: "=HYPERLINK(1)", UNKNOWN),
    "sql": (lambda folder, made: "' OR 1=1 --", UNKNOWN),
    "altered": (_altered, ("SNAPSHOT_ALTERED", "This snapshot was altered.")),
    "revoked": (_revoked, ("SNAPSHOT_REVOKED", "This snapshot was taken back.")),
}


@pytest.mark.parametrize("kind", MADE_UP)
def test_an_id_that_does_not_hold_gets_a_plain_page_and_a_line(folder, kind):
    tampered, (code, said) = MADE_UP[kind]
    asked = tampered(folder, frozen(folder))
    app = opened(asked)
    assert not app.exception
    assert app.subheader[0].value == said
    assert not app.metric
    assert not app.dataframe
    line = audit.lines(ledger.open_ledger(folder))[0]
    assert (line.action, line.outcome, line.object) == ("denied", code, audit.short(asked))
    assert asked not in line.object or len(asked) <= 6


def test_one_that_has_ended_gets_a_plain_page_and_a_line(folder):
    app = opened(frozen(folder, now=datetime.now(UTC) - timedelta(days=3)))
    assert app.subheader[0].value == "This snapshot has ended."
    assert not app.metric
    assert audit.lines(ledger.open_ledger(folder))[0].outcome == "SNAPSHOT_EXPIRED"


def test_one_that_opened_before_it_was_taken_back_opens_no_more_in_the_same_window(folder):
    made = frozen(folder)
    app = opened(made)
    assert "detections" in app.subheader[0].value
    _revoked(folder, made)
    assert app.run().subheader[0].value == "This snapshot was taken back."
    assert audit.lines(ledger.open_ledger(folder))[0].outcome == "SNAPSHOT_REVOKED"


def test_its_author_takes_it_back_on_its_page_for_a_reason_and_nobody_else_is_offered_that(folder, monkeypatch):
    made = frozen(folder)
    monkeypatch.setattr(admission, "principal", lambda: Principal("b", "planner", (JASHORE,)))
    assert "back" not in [button.key for button in opened(made).button]
    monkeypatch.setattr(admission, "principal", lambda: Principal("a", "planner", (JASHORE,)))
    app = opened(made)
    assert app.button(key="back").disabled
    app.text_input(key="back-reason").set_value("wrong period").run()
    app.button(key="back").click().run()
    assert app.subheader[0].value == "This snapshot was taken back."
    assert any("wrong period" in each.value for each in app.caption)
    book = ledger.open_ledger(folder)
    assert [(line.subject, line.object) for line in audit.lines(book) if line.action == "revoke"] == [
        ("a", audit.short(made))
    ]


def test_to_somebody_of_another_district_there_is_none_and_a_line_says_who_tried(folder, monkeypatch):
    made = frozen(folder)
    monkeypatch.setattr(admission, "principal", lambda: Principal("s@example.org", "planner", (SATKHIRA,)))
    app = opened(made)
    assert app.subheader[0].value == "There is no such snapshot."
    line = audit.lines(ledger.open_ledger(folder))[0]
    assert (line.subject, line.action, line.outcome) == ("s@example.org", "denied", "SNAPSHOT_UNKNOWN")
    monkeypatch.setattr(admission, "principal", lambda: Principal("j@example.org", "planner", (JASHORE,)))
    assert "detections" in opened(made).subheader[0].value


@pytest.fixture
def single(facts):
    """Filters that choose one record and no other: a day, a district, an agency, a label."""
    (found,) = facts.execute(
        "SELECT date_start, adm2, detecting_agency::VARCHAR, crime_label::VARCHAR FROM published.incident "
        "WHERE adm2 IS NOT NULL AND detecting_agency IS NOT NULL AND event_type <> 'pushed_in' "
        "GROUP BY ALL HAVING count(*) = 1 ORDER BY ALL DESC LIMIT 1"
    ).fetchall()
    day, district, agency, label = found
    return Filters(day, day, {"d": (district,), "agency": (agency,), "label": (label,)})


@pytest.mark.parametrize("page", OF_RECORDS, ids=lambda page: page.name)
def test_a_filter_that_singles_one_record_out_tells_no_count_of_it(folder, single, page):
    store = open_current(folder)
    assert store.select(single, local_user()).ask("detections_by_district")["n"].to_pylist() == [1]
    answer = page.answer(store.select(single, local_user()))
    for name, table in answer.tables.items():
        counts = [column for column in table.column_names if column + HIDDEN in table.column_names]
        small = [(name, column, n) for column in counts for n in table[column].to_pylist() if n and 0 < n < K]
        if name not in ("loads", "refusals", "readings"):  # rows of loads, which are no detections
            assert small == []
    for reader in ("inside", "outside"):
        given = page.question(reader)(Selected(store, single, local_user(), reader))
        assert given.filters.date_from != single.date_from or not given.notes["carried"]  # no day, but whole quarters


def test_such_a_filter_is_a_plain_page_and_its_filters_stand_in_the_audit(folder, single):
    app = AppTest.from_file(DOOR, default_timeout=60)
    for name, values in single.to_link().items():
        app.query_params[name] = values
    app.run()
    assert not app.exception
    assert "<5" in "".join([app.subheader[0].value, *(each.value for each in app.caption)])
    book = ledger.open_ledger(folder)
    line = audit.lines(book)[0]
    asked = audit.questions(book)[line.question]
    assert line.action == "open"
    assert asked == single.to_link()


NAMES = ("=1+1.csv", "+cmd.csv", "![a](x)<b>.csv", "@SUM(A1).csv", "..\\..\\x.csv", "${HOME};rm.csv")


@pytest.mark.parametrize("name", NAMES)
def test_a_file_whose_name_is_a_trick_is_a_name_and_a_line(folder, tmp_path, name):
    (tmp_path / name).write_text("source_ref,event_type,date_start,adm2\nX-1,interception_inland,2026-03-02,BD4041\n")
    assert simanta("load", tmp_path / name, "--store", folder).returncode == 0
    line = audit.lines(ledger.open_ledger(folder))[0]
    assert (line.action, line.outcome) == ("load", "done")
    assert not set(line.object) & set("=+!<>$;\\[]()")
    told = simanta("quality", "--store", folder, "--format", "csv", "--part", "loads")
    assert told.returncode == 0
    cells = [cell for row in told.stdout.splitlines() for cell in row.split(",")]
    assert not [cell for cell in cells if cell.lstrip('"').startswith(("=", "+", "@"))]


@pytest.mark.parametrize("member", ["../x.csv", "/etc/x.csv", "C:\\x.csv", "a/../../x.csv"])
def test_an_archive_with_a_path_trick_is_a_sentence_and_a_line(folder, tmp_path, member):
    with zipfile.ZipFile(tmp_path / "sheets.zip", "w") as packed:
        packed.writestr(member, "source_ref,event_type,date_start,adm2\nX-1,interception_inland,2026-03-02,BD4041\n")
    told = simanta("load", tmp_path / "sheets.zip", "--store", folder, "--json")
    assert (told.returncode, json.loads(told.stdout)["error"]["code"]) == (1, "ARCHIVE_PATH")
    line = audit.lines(ledger.open_ledger(folder))[0]
    assert (line.action, line.outcome) == ("load", "refused")

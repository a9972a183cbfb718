"""What is given to others is made for them: shown to its sender first, rounded, of their districts, written down."""

import io
import json
import os
import shutil
import stat
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import openpyxl
import pytest
from sqlalchemy.exc import OperationalError
from streamlit.testing.v1 import AppTest

from dashboard import access, admission, audit, differences, exports, lattice, ledger, signing, snapshots
from dashboard.access import Audience, Principal, local_user
from dashboard.cli.handout import write
from dashboard.components import caveat, compared, handout, taken_away
from dashboard.database import Selected, open_current
from dashboard.disclosure import HIDDEN
from dashboard.errors import NotAdmitted, SimantaError
from dashboard.filters import Filters
from dashboard.i18n import Text
from dashboard.pages import BY_NAME
from dashboard.settings import Access, settings
from tests.dashboard.cli.test_cli import simanta
from tests.dashboard.test_pages import DOOR

JASHORE, SATKHIRA, DHAKA = "BD4041", "BD4087", "BD3026"
NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
EN = Text("en")
SECRET = "s3cret-of-the-proxy-0123456789abcdef"


@pytest.fixture(scope="module")
def folder(sample_store, tmp_path_factory):
    """A store of its own, with a ledger made here, and a key that is the same every day: so is what is withheld."""
    made = tmp_path_factory.mktemp("giving") / "store"
    shutil.copytree(sample_store, made, ignore=shutil.ignore_patterns("ledger*"))
    keys = made.with_name("store.keys")
    keys.mkdir(mode=0o700)
    (keys / "disclosure.key").write_bytes(b"k" * lattice.KEY_BYTES)
    yield made
    lattice._inside.cache_clear()
    lattice._outside.cache_clear()


@pytest.fixture
def door(folder, monkeypatch):
    """A function that opens the front door at a link."""
    monkeypatch.setenv("SIMANTA_STORE", str(folder))
    settings.cache_clear()

    def opened(**link):
        app = AppTest.from_file(DOOR, default_timeout=60)
        for name, value in link.items():
            app.query_params[name] = value
        return app.run()

    yield opened
    settings.cache_clear()


def rounded(folder, page="overview", reader="outside", **filters):
    asked = Selected(open_current(folder), Filters(**filters), local_user(), reader)
    return BY_NAME[page].question(reader)(asked)


def selected(folder, principal=None, **choices):
    return open_current(folder).select(Filters(choices=choices), principal or local_user())


def lines(folder, action):
    return [line for line in audit.lines(ledger.open_ledger(folder)) if line.action == action]


# ---- for whom


def test_what_is_shared_is_of_the_districts_that_are_named_or_chosen(folder):
    of = lambda audience, **given: snapshots.for_audience(selected(folder, **given), audience, Access())  # noqa: E731
    named = Audience(("local",), ("planner",), (JASHORE,))
    assert of(named).principal.districts == (JASHORE,)
    assert of(Audience(("local",), ("planner",)), d=(SATKHIRA,)).principal.districts == (SATKHIRA,)
    assert of(Audience(("local",), ("planner",))).principal.districts is None
    with pytest.raises(SimantaError, match="No district of theirs"):
        of(named, d=(SATKHIRA,))
    for nothing in (Principal("p", "planner", ()), Principal("p", "planner", (SATKHIRA,))):
        with pytest.raises(SimantaError, match="No district of theirs"):
            snapshots.for_audience(selected(folder, nothing), named, Access())
    one = Principal("p", "planner", (JASHORE, DHAKA))
    theirs = snapshots.for_audience(selected(folder, one), Audience(("p",), (), (JASHORE, SATKHIRA)), Access())
    assert (theirs.principal.districts, theirs.reader) == ((JASHORE,), "inside")


def test_a_view_of_a_district_with_foreign_origins_opens_for_who_sees_that_district_alone(folder):
    """Corridors of Jashore begin in other districts: nothing of these is in what is given away."""
    exact = BY_NAME["corridors"].answer(selected(folder, d=(JASHORE,)))
    assert snapshots.scope_of(exact) != (JASHORE,)
    theirs = snapshots.for_audience(selected(folder, d=(JASHORE,)), Audience(("local",), ("planner",)), Access())
    given = BY_NAME["corridors"].question(theirs.reader)(theirs)
    book = ledger.open_ledger(folder)
    terms = snapshots.Terms.of("local", Audience(("local",), ("planner",)), NOW)
    made, _ = snapshots.freeze(book, "corridors", given, "x", NOW, terms)
    own, other = (Principal("p", "planner", (code,)) for code in (JASHORE, SATKHIRA))
    assert snapshots.open_for(book, made, own, NOW).answer.scope == JASHORE
    with pytest.raises(SimantaError, match="no snapshot"):
        snapshots.open_for(book, made, other, NOW)


def test_a_recipient_opens_what_was_made_for_outside_and_nothing_finer(folder):
    book, recipient = ledger.open_ledger(folder), Principal("r", "recipient", None)
    for reader, opens in (("exact", False), ("inside", False), ("outside", True)):
        given = rounded(folder, reader=reader)
        terms = snapshots.Terms.of("local", Audience(("local", "r")), NOW)
        made, _ = snapshots.freeze(book, "overview", given, "x", NOW, terms)
        if opens:
            assert snapshots.open_for(book, made, recipient, NOW).answer == given
        else:
            with pytest.raises(SimantaError, match="no snapshot"):
                snapshots.open_for(book, made, recipient, NOW)


# ---- on the screen


def share(app, roles=(), districts=()):
    app.multiselect(key="share-roles").set_value(list(roles))
    return app.multiselect(key="share-districts").set_value(list(districts)).run()


def press(app, label):
    return next(button for button in app.button if button.label == label).click().run()


def test_the_page_is_redrawn_for_its_audience_and_what_was_seen_is_what_is_frozen(door, folder):
    app = door()
    mine = app.subheader[0].value
    app = press(share(app, ["recipient"], [JASHORE]), "See it as they will")
    theirs = app.subheader[0].value
    assert theirs != mine
    assert any("recipients" in each.value and "Jashore" in each.value for each in app.markdown)
    before = len(lines(folder, "share"))
    app = press(app, "Make the link")
    link = next(code.value for code in app.code if code.value.startswith("/s/"))
    book = ledger.open_ledger(folder)
    frozen = snapshots.open_for(book, link.removeprefix("/s/"), local_user(), datetime.now(UTC))
    assert (frozen.answer.reader, frozen.answer.scope) == ("outside", JASHORE)
    assert frozen.terms.audience.roles == ("recipient",)
    opened = door(snapshot=link.removeprefix("/s/"))
    assert opened.subheader[0].value == theirs
    assert [line.object for line in lines(folder, "share")][: len(lines(folder, "share")) - before] == [
        audit.short(frozen.id)
    ]
    app = press(app, "Back to what I see")
    assert app.subheader[0].value == mine


def test_for_oneself_the_link_is_made_of_what_the_page_shows(door, folder):
    app = press(door(), "Make the link")
    link = next(code.value for code in app.code if code.value.startswith("/s/"))
    frozen = snapshots.open_snapshot(ledger.open_ledger(folder), link.removeprefix("/s/"))
    assert (frozen.answer.reader, frozen.terms.audience.people) == ("exact", ("local",))


def test_what_is_being_shared_is_forgotten_where_the_filter_changes(door):
    app = press(share(door(), ["planner"]), "See it as they will")
    app.session_state["chosen"] = Filters().choose("d", (JASHORE,))
    app = app.run()
    assert "Back to what I see" not in [button.label for button in app.button]


@pytest.mark.parametrize("page", ["playback", "warning"])
def test_a_page_that_the_lattice_does_not_carry_is_given_to_nobody(folder, page):
    assert not BY_NAME[page].may_leave("inside")
    told = simanta("snapshot", "create", "--page", page, "--role", "planner", "--store", folder, "--json")
    assert json.loads(told.stdout)["error"]["code"] == "NOT_CARRIED"
    told = simanta("export", "--page", page, "--for", "inside", "--out", folder / "x.csv", "--store", folder, "--json")
    assert json.loads(told.stdout)["error"]["code"] == "NOT_CARRIED"
    assert not (folder / "x.csv").exists()


@pytest.mark.parametrize(
    ("named", "figures"),
    [
        ([], "exact"),
        (["--role", "planner"], "inside"),
        (["--role", "recipient"], "outside"),
        (["--of", JASHORE], "inside"),
    ],
)
def test_a_command_freezes_for_its_audience_too(folder, named, figures):
    made = json.loads(simanta("snapshot", "create", "--store", folder, "--json", *named).stdout)
    frozen = snapshots.open_snapshot(ledger.open_ledger(folder), made["id"])
    assert made["figures"] == frozen.answer.reader == figures
    assert frozen.answer.scope == (JASHORE if "--of" in named else "all")


# ---- the threshold of the reader, not one's own


def test_what_is_withheld_is_told_as_below_the_readers_own_number(folder):
    given = rounded(folder)
    withheld = [row for row in given.rows("districts") if row["n" + HIDDEN]]
    assert withheld
    assert 5 not in {row["most"] + 1 for row in withheld}
    book = openpyxl.load_workbook(io.BytesIO(handout.made("xlsx", BY_NAME["overview"], given, "districts", NOW)))
    head, *rows = [[cell.value for cell in row] for row in book["districts"].iter_rows()]
    told = {row[head.index("adm2")]: row[head.index("n")] for row in rows}
    assert {told[row["adm2"]] for row in withheld} == {f"<{row['most'] + 1}" for row in withheld}


def test_a_comparison_says_below_what_a_withheld_count_is(folder):
    given = rounded(folder)
    row = next(row for row in given.rows("districts") if row["n" + HIDDEN])
    found = differences.Difference(None, (("adm2", row["adm2"]),), None, 44, (row["most"] + 1, 11))
    columns = compared.columns([found], given, EN)
    assert columns[EN("In the snapshot")] == [f"<{row['most'] + 1}"]
    other = replace(given, tables=given.tables | {"districts": given.tables["districts"].slice(1)})
    assert all(each.under[0] != 5 for each in differences.between(given, other) if each.before is None)


# ---- files


@pytest.mark.parametrize("reader", ["inside", "outside"])
@pytest.mark.parametrize("page", ["overview", "corridors", "trends", "district"])
def test_rounded_figures_leave_in_every_format_and_say_for_whom(folder, page, reader):
    given = rounded(folder, page, reader, choices={"d": (JASHORE,)} if page == "district" else {})
    for kind in ("xlsx", "csv", "gpkg", "geojson", "kml", "parquet"):
        assert handout.made(kind, BY_NAME[page], given, exports.main(given), NOW)
    assert handout.brief(BY_NAME[page], given, Text("bn"), NOW).startswith(b"%PDF")
    told = "\n".join(handout.about(BY_NAME[page], given, NOW)["en"])
    assert f"rounded for readers {reader} the force" in told
    assert "Counts under 5 are hidden" not in told
    assert f"{given.notes['policy']} {reader}" in told
    drawn = zipfile.ZipFile(io.BytesIO(handout.all_pictures(BY_NAME[page], given, EN, "svg"))).namelist()
    assert bool(drawn) == BY_NAME[page].has_pictures_for(reader)


def test_rounded_figures_have_their_places_in_a_file_of_places(folder):
    told = json.loads(handout.made("geojson", BY_NAME["overview"], rounded(folder), "districts", NOW))
    of = {feature["properties"]["adm2"] for feature in told["features"]}
    assert of == {row["adm2"] for row in rounded(folder).rows("districts")}
    assert {feature["geometry"]["type"] for feature in told["features"]} == {"Point"}


def test_a_figure_reads_as_its_reader_may_have_it():
    assert caveat.told({"n": 15, "n_hidden": False, "least": 11, "most": 19}, "n", EN) == "about 15 (11–19)"
    assert caveat.told({"n": None, "n_hidden": True, "least": 0, "most": 10}, "n", EN) == "<11"
    assert caveat.told({"n": None, "n_hidden": True}, "n", EN) == "<5"
    assert caveat.told({"n": 1234, "n_hidden": False}, "n", EN) == "1,234"


@pytest.fixture
def offered(monkeypatch):
    """What download buttons would call, by their keys: Streamlit calls it when a message of a browser says so."""
    found = {}

    def button(label, data, **words):
        found[words["key"]] = data

    monkeypatch.setattr(taken_away.st, "download_button", button)
    return found


def test_a_file_is_written_down_by_what_makes_it_also_where_no_button_was_pressed(door, folder, offered):
    door()
    before = len(lines(folder, "export"))
    assert len(lines(folder, "export")) == before
    for key, start in (("export-pdf", b"%PDF"), ("export-png", b"PK"), ("export-xlsx", b"PK")):
        assert offered[key]().startswith(start)
    told = lines(folder, "export")[: len(lines(folder, "export")) - before]
    assert [line.object for line in reversed(told)] == [
        "overview pdf v000001 exact",
        "overview png v000001 exact",
        "overview xlsx v000001 exact",
    ]
    assert all((line.subject, bool(line.question)) == ("local", True) for line in told)


def test_a_table_of_a_page_and_a_copy_of_a_snapshot_are_written_down_too(door, folder, offered):
    door(**{"for": "inside"})
    assert offered["download-districts"]().decode("utf-8-sig").startswith("adm2,")
    assert lines(folder, "export")[0].object == "overview districts v000001 inside"
    made = json.loads(simanta("snapshot", "create", "--store", folder, "--json").stdout)["id"]
    door(snapshot=made)
    assert offered["keep-html"]().startswith(b"<!doctype html>")
    assert lines(folder, "export")[0].object == f"{audit.short(made)} html"


def test_where_it_cannot_be_written_down_no_file_is_made(door, offered, monkeypatch):
    door()

    def full(*_):
        raise SimantaError(*audit.UNWRITABLE)

    monkeypatch.setattr(audit, "record", full)
    with pytest.raises(SimantaError, match="written down"):
        offered["export-csv"]()


def rules(**people):
    return json.dumps({"adapter": "proxy", "proxy_secret": SECRET, "people": people})


@pytest.fixture
def behind_proxy(door, monkeypatch):
    """A function that opens the front door as the proxy's planner of Jashore."""
    monkeypatch.setenv("SIMANTA_ACCESS", rules(**{"p@example.org": {"role": "planner", "districts": [JASHORE]}}))
    settings.cache_clear()
    told = {access.SECRET_HEADER: SECRET, access.USER_HEADER: "p@example.org"}
    monkeypatch.setattr(admission, "_headers", lambda: told)
    yield door
    admission._sittings.cache_clear()


def test_who_signed_in_takes_rounded_figures_of_their_districts_away(behind_proxy, folder, offered):
    app = behind_proxy()
    assert "about" not in app.subheader[0].value  # on the screen they are exact from 5 on
    rows = offered["export-csv"]().decode("utf-8-sig").splitlines()
    assert "least" in rows[0]
    assert "most" in rows[0]
    line = lines(folder, "export")[0]
    assert (line.subject, line.role, line.object) == ("p@example.org", "planner", "overview csv v000001 inside")


def test_a_right_that_was_taken_away_takes_no_file_away_any_more(behind_proxy, folder, offered, monkeypatch):
    behind_proxy()
    monkeypatch.setenv("SIMANTA_ACCESS", rules(**{"p@example.org": {"role": "recipient"}}))
    settings.cache_clear()
    before = len(lines(folder, "export"))
    with pytest.raises(NotAdmitted, match="no files"):
        offered["export-csv"]()
    assert len(lines(folder, "export")) == before
    assert (lines(folder, "denied")[0].subject, lines(folder, "denied")[0].outcome) == ("p@example.org", "ROLE")
    monkeypatch.setenv("SIMANTA_ACCESS", rules())
    settings.cache_clear()
    with pytest.raises(NotAdmitted):
        offered["export-csv"]()
    assert lines(folder, "denied")[0].outcome == "NO_ROLE"


def test_a_district_that_was_taken_away_is_in_no_file_any_more(behind_proxy, folder, offered, monkeypatch):
    behind_proxy()
    assert JASHORE in offered["export-csv"]().decode()
    monkeypatch.setenv("SIMANTA_ACCESS", rules(**{"p@example.org": {"role": "planner", "districts": [SATKHIRA]}}))
    settings.cache_clear()
    told = offered["export-csv"]().decode()
    assert (JASHORE in told, SATKHIRA in told) == (False, True)


def test_a_session_that_was_ended_takes_no_file_away(behind_proxy, folder, offered):
    behind_proxy()
    admission._sittings().end(admission._sittings()._seen)
    with pytest.raises(NotAdmitted, match="ended"):
        offered["export-csv"]()
    assert lines(folder, "denied")[0].outcome == "EXPIRED"


# ---- no share without a line, and no line without a share


@pytest.fixture
def book(tmp_path):
    return ledger.open_ledger(tmp_path / "s")


def test_no_snapshot_is_without_its_line_and_no_line_without_its_snapshot(book, folder, monkeypatch):
    given = rounded(folder)
    freeze = lambda: snapshots.freeze(book, "overview", given, "x", NOW)  # noqa: E731
    made, _ = freeze()
    assert [line.object for line in audit.lines(book)] == [audit.short(made)]

    def fails(*_):
        raise OperationalError("", {}, Exception("full"))

    with monkeypatch.context() as patched:
        patched.setattr(audit, "_add", fails)
        with pytest.raises(SimantaError):
            freeze()
        with pytest.raises(SimantaError):
            snapshots.revoke(book, made, local_user(), "wrong", NOW)
    assert [head["id"] for head in ledger.list_snapshots(book)] == [made]
    assert snapshots.open_snapshot(book, made)
    with monkeypatch.context() as patched:
        patched.setattr(snapshots, "new_id", lambda: made)  # there already: the row is refused after the line
        with pytest.raises(SimantaError):
            freeze()
    assert len(audit.lines(book)) == 1
    snapshots.revoke(book, made, local_user(), "wrong", NOW)
    assert [line.action for line in audit.lines(book)] == ["revoke", "share"]
    assert audit.verify(book).broken_at is None


def test_another_persons_snapshot_is_not_taken_back(book, folder):
    terms = snapshots.Terms.of("a@example.org", Audience(("a@example.org",), ("planner",)), NOW)
    made, _ = snapshots.freeze(book, "overview", rounded(folder, reader="inside"), "x", NOW, terms)
    with pytest.raises(SimantaError, match="no snapshot"):
        snapshots.revoke(book, made, Principal("b@example.org", "planner", None), "mine now", NOW)
    snapshots.revoke(book, made, Principal("a@example.org", "planner", None), "wrong", NOW)


# ---- whose a file is


def test_the_ledger_and_the_keys_are_their_owners_alone_whatever_the_umask(tmp_path, folder):
    store = tmp_path / "s"
    before = os.umask(0)
    try:
        book = ledger.open_ledger(store)
        audit.by_command(book, "ask")
        with book.connect() as connection:  # the journal lives while somebody reads
            connection.exec_driver_sql("SELECT 1 FROM audit")
            audit.by_command(book, "ask")
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in store.iterdir()}
        signing.sign(signing.folder_of(store), b"x", NOW)
    finally:
        os.umask(before)
    assert set(modes) >= {"ledger.sqlite", "ledger.sqlite-wal"}
    assert set(modes.values()) == {0o600}
    assert {stat.S_IMODE(file.stat().st_mode) for file in signing.folder_of(store).iterdir()} == {0o600}
    assert stat.S_IMODE(signing.folder_of(store).stat().st_mode) == 0o700


def test_a_ledger_of_an_older_release_becomes_its_owners_alone(tmp_path):
    book = ledger.open_ledger(tmp_path)
    audit.by_command(book, "ask")
    (tmp_path / "ledger.sqlite").chmod(0o644)
    audit.by_command(book, "ask")
    assert stat.S_IMODE((tmp_path / "ledger.sqlite").stat().st_mode) == 0o600


def test_a_file_that_a_command_writes_follows_no_link_and_is_its_owners_alone(tmp_path):
    kept, link = tmp_path / "kept", tmp_path / "out.csv"
    kept.write_text("untouched")
    link.symlink_to(kept)
    (tmp_path / ".out.csv.part").symlink_to(kept)  # where an earlier release wrote first
    before = os.umask(0)
    try:
        write(link, b"made", False)
    finally:
        os.umask(before)
    assert kept.read_text() == "untouched"
    assert not link.is_symlink()
    assert link.read_bytes() == b"made"
    assert stat.S_IMODE(link.stat().st_mode) == 0o600
    assert sorted(file.name for file in tmp_path.iterdir()) == [".out.csv.part", "kept", "out.csv"]

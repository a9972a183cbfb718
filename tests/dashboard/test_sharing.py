"""Who may open a snapshot, until when, what is left of one that was taken back, and what a copy of it proves."""

import base64
import dataclasses
import io
import json
import os
import random
import re
import shutil
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from types import SimpleNamespace

import pyarrow as pa
import pypdf
import pytest
import segno
from streamlit.testing.v1 import AppTest

from dashboard import access, database, differences, exports, ledger, sealed, signing, snapshots
from dashboard.access import Audience
from dashboard.answers import overview
from dashboard.components import frozen, handout, recorder
from dashboard.errors import SimantaError, SnapshotAltered, SnapshotExpired, SnapshotRevoked, SnapshotUnknown
from dashboard.filters import Filters
from dashboard.i18n import Text
from dashboard.pages import BY_NAME
from dashboard.pages import snapshot as page
from dashboard.settings import settings
from dashboard.snapshots import Terms
from dashboard.standalone import as_html
from tests.dashboard.test_pages import DOOR

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
LOCAL = access.local_user()
SELF = Audience(people=("local",))
ITS_OWN = "mondays"  # a series in which no other test's snapshots, which are of today, come after these


@pytest.fixture
def store(sample_store, tmp_path):
    return shutil.copytree(sample_store, tmp_path / "store")


@pytest.fixture(scope="module")
def answer(sample_store):
    return overview.answer(database.open_current(sample_store).select(Filters(), LOCAL))


@pytest.fixture
def book(store):
    return ledger.open_ledger(store)


def frozen_at(book, answer, now=NOW, **terms):
    made, _ = snapshots.freeze(book, "overview", answer, "0.1.0", now, Terms.of("local", SELF, now, **terms))
    return made


def test_a_snapshot_ends_after_thirty_days_unless_said(book, answer):
    made, longer = frozen_at(book, answer), frozen_at(book, answer, days=60)
    last, over = NOW + timedelta(days=30, seconds=-1), NOW + timedelta(days=30)
    assert snapshots.open_for(book, made, LOCAL, last).answer == answer
    assert snapshots.open_for(book, longer, LOCAL, over).answer == answer
    with pytest.raises(SnapshotExpired):
        snapshots.open_for(book, made, LOCAL, over)


@pytest.mark.parametrize("days", [0, -1, snapshots.MOST_DAYS + 1])
def test_none_is_without_an_end(days):
    with pytest.raises(SimantaError, match="end"):
        Terms.of("local", SELF, NOW, days)


def test_none_is_for_anybody():
    with pytest.raises(SimantaError, match="Nobody is named"):
        Terms.of("local", Audience(), NOW)


def test_to_somebody_else_there_is_none(book, answer):
    made = frozen_at(book, answer)
    stranger = dataclasses.replace(LOCAL, subject="other@example.org", role="planner", districts=("BD2022",))
    if hasattr(stranger, "is_local"):
        stranger = dataclasses.replace(stranger, is_local=False)
    with pytest.raises(SnapshotUnknown) as told:
        snapshots.open_for(book, made, stranger, NOW)
    with pytest.raises(SnapshotUnknown) as unknown:
        snapshots.open_for(book, "A" * 22, stranger, NOW)
    assert str(told.value) == str(unknown.value)
    snapshots.revoke(book, made, LOCAL, "wrong", NOW)
    with pytest.raises(SnapshotUnknown):
        snapshots.open_for(book, made, stranger, NOW)


def test_what_is_taken_back_is_gone_and_says_why(book, store, answer):
    made = frozen_at(book, answer)
    snapshots.revoke(book, made, LOCAL, "wrong period", NOW)
    for opening in (lambda: snapshots.open_snapshot(book, made), lambda: snapshots.open_for(book, made, LOCAL, NOW)):
        with pytest.raises(SnapshotRevoked, match=r"2026-11-24.*wrong period"):
            opening()
    with sqlite3.connect(store / "ledger.sqlite") as raw:
        assert raw.execute("SELECT count(*) FROM snapshot_part WHERE snapshot_id = ?", (made,)).fetchone() == (0,)
        assert raw.execute("SELECT content_hash FROM snapshot WHERE id = ?", (made,)).fetchone()[0]
    with pytest.raises(SnapshotRevoked):
        snapshots.revoke(book, made, LOCAL, "again", NOW)


def test_it_is_taken_back_for_a_reason(book, answer):
    with pytest.raises(SimantaError, match="reason"):
        snapshots.revoke(book, frozen_at(book, answer), LOCAL, "  ", NOW)


@pytest.mark.parametrize(
    "reason",
    [
        *("Call 01712345678", "ফোন ০১৭১-২৩৪ ৫৬৭৮", "NID 1990123456789"),
        *("Md Rahim and Mst Salma Begum asked", "সালমা বেগম বলেছেন"),
    ],
)
def test_no_number_and_no_name_of_a_person_is_kept_as_a_reason(book, answer, reason):
    made = frozen_at(book, answer)
    with pytest.raises(SimantaError, match="may be a person's"):
        snapshots.revoke(book, made, LOCAL, reason, NOW)
    assert snapshots.open_for(book, made, LOCAL, NOW).answer == answer


def test_the_terms_are_under_the_hash(book, store, answer):
    made = frozen_at(book, answer)
    with sqlite3.connect(store / "ledger.sqlite") as raw:
        raw.execute("UPDATE snapshot_part SET body = replace(body, '2026-12-24', '2027-12-24') WHERE name = 'head'")
    with pytest.raises(SnapshotAltered, match="head"):
        snapshots.open_for(book, made, LOCAL, NOW)


def test_a_whole_snapshot_that_somebody_else_wrote_is_not_ours(book, store, answer):
    """Every hash holds, and only the signature shows it."""
    made = frozen_at(book, answer)
    signing.rotate(store.with_name("other.keys"), NOW)
    head, _ = ledger.find_snapshot(book, made)
    key_id, forged = signing.sign(
        store.with_name("other.keys"), snapshots.signed_message(made, head["content_hash"]), NOW
    )
    with sqlite3.connect(store / "ledger.sqlite") as raw:
        raw.execute("UPDATE snapshot_signature SET key_id = ?, signature = ?", (key_id, forged))
    with pytest.raises(SnapshotAltered, match="signature"):
        snapshots.open_snapshot(book, made)


def test_a_signature_is_of_one_snapshot_alone(book, store, answer):
    first, second = frozen_at(book, answer), frozen_at(book, answer)
    with sqlite3.connect(store / "ledger.sqlite") as raw:
        raw.execute(
            "UPDATE snapshot_signature SET signature = "
            "(SELECT signature FROM snapshot_signature WHERE snapshot_id = ?) WHERE snapshot_id = ?",
            (first, second),
        )
    with pytest.raises(SnapshotAltered, match="signature"):
        snapshots.open_snapshot(book, second)


def test_after_a_new_key_the_old_snapshots_still_open(book, store, answer):
    made = frozen_at(book, answer)
    signing.rotate(signing.folder_of(store), NOW)
    newer = frozen_at(book, answer)
    old, new = (snapshots.open_for(book, each, LOCAL, NOW) for each in (made, newer))
    assert old.key_id != new.key_id
    assert len(signing.known_keys(signing.folder_of(store))) == 2


def test_the_private_key_is_the_owners_alone_and_not_in_the_store(book, store, answer):
    frozen_at(book, answer)
    key = signing.folder_of(store) / signing.PRIVATE
    assert stat.S_IMODE(os.stat(key).st_mode) == 0o600
    assert not list(store.rglob("*.pem"))


def test_a_series_goes_on_and_says_what_took_its_place(book, answer):
    first = frozen_at(book, answer, series=ITS_OWN)
    second = frozen_at(book, answer, now=NOW + timedelta(days=7), series=ITS_OWN, supersedes=first)
    assert ledger.find_last_of(book, ITS_OWN) == second
    assert ledger.find_successor(book, first) == second
    assert ledger.find_successor(book, second) is None
    snapshots.revoke(book, second, LOCAL, "wrong", NOW)
    assert ledger.find_successor(book, first) is None


def test_the_districts_of_its_figures_are_told_with_it(sample_store):
    opened = database.open_current(sample_store)
    whole, one = (
        BY_NAME["district"].answer(opened.select(Filters().choose("d", codes), LOCAL)) for codes in ([], ["BD4041"])
    )
    assert snapshots.scope_of(whole) is None
    neighbours = {row["adm2"] for row in one.rows("neighbours")}
    assert set(snapshots.scope_of(one)) == {"BD4041", *neighbours}


def test_later_loads_are_told_as_the_counts_that_changed(store, sample_store, answer):
    from etl import build

    sheet = store.parent / "later.csv"
    rows = "".join(f"NEW-{i},interception_inland,2026-11-20,BD4041\n" for i in range(7))
    sheet.write_text(f"source_ref,event_type,date_start,adm2\n{rows}")
    shutil.copytree(sample_store.with_name("store.keys"), store.with_name("store.keys"))
    build.load([sheet], store, today=date(2026, 11, 24))
    now = overview.answer(database.open_current(store).select(answer.filters, LOCAL))
    changed = differences.between(answer, now)
    (all_of_them,) = [each for each in changed if each.figure == "n"]
    assert all_of_them.now - all_of_them.before == 7
    assert differences.between(answer, answer) == []
    assert [each.size for each in changed if each.figure is None] == sorted(
        (each.size for each in changed if each.figure is None), reverse=True
    )


@pytest.fixture(scope="module")
def copies(sample_store, tmp_path_factory):
    """A snapshot as both kinds of file, and the public key alone."""
    store = shutil.copytree(sample_store, tmp_path_factory.mktemp("copies") / "store")
    book, opened = ledger.open_ledger(store), database.open_current(store)
    made = overview.answer(opened.select(Filters(), LOCAL))
    snapshot_id, _ = snapshots.freeze(book, "overview", made, "0.1.0", NOW, Terms.of("local", SELF, NOW))
    snapshot = snapshots.open_snapshot(book, snapshot_id)
    keys = signing.folder_of(store)
    files = {
        kind: frozen.file_of(BY_NAME["overview"], snapshot, Text("bn"), kind, keys, NOW) for kind in ("html", "pdf")
    }
    return snapshot, files, signing.keyring(keys / signing.KEYRING)


@pytest.mark.parametrize("kind", ["html", "pdf"])
def test_a_file_is_verified_with_the_public_key_alone(copies, kind):
    snapshot, files, public = copies
    seal = sealed.unsealed(files[kind], public)
    assert (seal.id, seal.content_hash) == (snapshot.id, snapshot.content_hash)
    assert datetime.fromisoformat(seal.expires_at) == snapshot.terms.expires_at


@pytest.mark.parametrize("kind", ["html", "pdf"])
def test_any_changed_byte_of_a_file_is_found(copies, kind):
    _, files, public = copies
    whole, dice = files[kind], random.Random(7)
    tail = range(len(whole) - 700, len(whole))  # the seal itself, byte for byte
    for at in [*tail, *(dice.randrange(len(whole)) for _ in range(300))]:
        changed = bytearray(whole)
        changed[at] ^= 1 << dice.randrange(8)
        with pytest.raises(SimantaError) as told:
            sealed.unsealed(bytes(changed), public)
        assert told.value.code in ("SNAPSHOT_ALTERED", "KEY_UNKNOWN")
    for cut in (b"", whole[:-1], whole + b"\n", whole[1:], whole + whole):
        with pytest.raises(SimantaError):
            sealed.unsealed(cut, public)


def test_a_signature_is_written_in_one_way_alone(tmp_path):
    key_id, signature = signing.sign(tmp_path, b"message", NOW)
    known = signing.known_keys(tmp_path)
    assert signing.is_signed(known, key_id, signature, b"message")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    same = signature[:-3] + letters[letters.index(signature[-3]) ^ 1] + "=="
    assert base64.b64decode(same) == base64.b64decode(signature)
    assert not signing.is_signed(known, key_id, same, b"message")


def test_a_file_signed_by_another_key_is_not_taken(copies, tmp_path):
    _, files, _ = copies
    signing.rotate(tmp_path / "other", NOW)
    with pytest.raises(SimantaError, match="not known here"):
        sealed.unsealed(files["html"], signing.keyring(tmp_path / "other" / signing.KEYRING))


class Links(HTMLParser):
    """Every address in a file, and every script that a browser would run."""

    def __init__(self):
        super().__init__()
        self.found, self.scripts = [], []

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        self.found += [value for name, value in attrs if name in ("src", "href", "action", "data", "srcset") and value]
        if tag == "script" and told.get("type") != "application/json":
            self.scripts.append(told)
        assert not [name for name, _ in attrs if name.startswith("on")]


def test_the_html_asks_for_nothing_and_runs_nothing(copies):
    told = copies[1]["html"].decode()
    links = Links()
    links.feed(told)
    assert [link for link in links.found if not link.startswith(("#", "data:"))] == []
    assert links.scripts == []
    assert set(re.findall(r"url\(([^)#d]*)", told)) <= {""}
    assert "default-src 'none'" in told


def test_the_html_holds_the_frozen_content_for_programs(copies):
    snapshot, files, _ = copies
    packed = re.search(r'id="simanta-snapshot">(.*?)</script>', files["html"].decode(), re.DOTALL)[1]
    told = json.loads(packed)
    assert snapshots.read(told["id"], told["content_hash"], told["parts"]).answer == snapshot.answer


def test_both_files_say_who_made_them_until_when_and_how_to_check(copies):
    snapshot, files, _ = copies
    pdf = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(files["pdf"])).pages)
    for told in (files["html"].decode(), pdf):
        assert snapshot.id in told
        assert snapshot.content_hash in re.sub(r"\s", "", told)
        assert snapshot.key_id in told


def test_markup_in_a_name_is_no_markup_in_the_file(copies):
    snapshot, page, text = copies[0], BY_NAME["overview"], Text("en")
    labels = snapshot.answer.labels.to_pylist()
    for row in labels:
        row["label_en"] = "</script><img src=x onerror=alert(1)>"
    hostile = dataclasses.replace(snapshot.answer, labels=pa.Table.from_pylist(labels, snapshot.answer.labels.schema))
    bodies = snapshots.to_parts("overview", hostile, "x", snapshot.created_at, snapshot.terms)
    blocks = recorder.heard(page, hostile, text)
    made = as_html(handout.sheet(page, hostile, text, [], None), blocks, ["<b>"], json.dumps(bodies)).decode()
    links = Links()
    links.feed(made)
    assert "x" not in links.found
    assert links.scripts == []


def test_a_keyring_that_was_altered_is_refused(tmp_path):
    signing.rotate(tmp_path, NOW)
    ring = tmp_path / signing.KEYRING
    name, raw, since = ring.read_text().split()
    other = base64.b64encode(bytes(32)).decode()
    ring.write_text(f"{name} {other} {since}\n")
    assert raw != other
    with pytest.raises(SimantaError, match="public key"):
        signing.keyring(ring)


@pytest.mark.parametrize(("role", "reader", "asked"), [("recipient", "exact", []), ("planner", "outside", ["outside"])])
def test_newer_figures_are_asked_for_the_snapshots_own_reader_and_by_nobody_who_may_not_look(
    book, answer, monkeypatch, role, reader, asked
):
    kept = snapshots.open_for(book, frozen_at(book, answer), LOCAL, NOW)
    kept = dataclasses.replace(kept, answer=dataclasses.replace(answer, reader=reader))
    made_for = []
    monkeypatch.setattr(page.database, "open_current", lambda _: SimpleNamespace(version=answer.version + 1))
    monkeypatch.setattr(page.session, "ask", lambda name, question, visit: made_for.append(visit.reader) or kept.answer)
    shown = SimpleNamespace(name="overview", question=lambda of: made_for.append(of), has_filters=True)
    page._since(shown, kept, access.Principal("r", role, None), Text("en"))
    assert made_for == asked * 2


@pytest.mark.parametrize("name", sorted(exports.MAIN))
def test_no_two_rows_of_a_main_table_are_one_row_to_a_comparison(sample_store, name):
    told = BY_NAME[name].answer(database.open_current(sample_store).select(Filters(choices={"d": ("BD4041",)}), LOCAL))
    keys = [differences._key(row) for row in told.rows(exports.main(told)) if "n" in row]
    assert len(keys) == len(set(keys))


def test_many_first_signatures_at_once_are_of_one_key_that_is_known(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        signed = list(pool.map(lambda _: signing.sign(tmp_path / "keys", b"x", NOW), range(16)))
    assert set(signing.known_keys(tmp_path / "keys")) == {key_id for key_id, _ in signed}
    assert len(set(signed)) == 1


def test_a_key_that_was_cut_off_before_it_could_sign_is_no_harm(tmp_path, monkeypatch):
    keys, write = tmp_path / "keys", signing._write
    signing.sign(keys, b"x", NOW)

    def cut_off(file, body):
        if file.name == signing.PRIVATE:
            raise OSError("no room")
        write(file, body)

    monkeypatch.setattr(signing, "_write", cut_off)
    with pytest.raises(OSError, match="no room"):
        signing.rotate(keys, NOW)
    key_id, signature = signing.sign(keys, b"y", NOW)
    assert signing.is_signed(signing.known_keys(keys), key_id, signature, b"y")


def test_the_page_of_a_snapshot_says_what_changed_since_what_took_its_place_how_to_cite_and_its_code(
    store, sample_store, answer, monkeypatch
):
    """Seven later detections in Jashore: their total and their district's crossing-less rows are what changed."""
    from etl import build

    monkeypatch.setenv("SIMANTA_STORE", str(store))
    settings.cache_clear()
    now = datetime.now(UTC).replace(microsecond=0)
    shutil.copytree(sample_store.with_name("store.keys"), store.with_name("store.keys"), dirs_exist_ok=True)
    made = frozen_at(ledger.open_ledger(store), answer, now=now)
    sheet = store.parent / "later.csv"
    rows = "".join(f"NEW-{i},interception_inland,2026-11-20,BD4041\n" for i in range(7))
    sheet.write_text(f"source_ref,event_type,date_start,adm2\n{rows}")
    build.load([sheet], store, today=date(2026, 11, 24))
    book = ledger.open_ledger(store)
    newer = overview.answer(database.open_current(store).select(answer.filters, LOCAL))
    changed = differences.between(answer, newer)
    after = frozen_at(book, newer, now=now + timedelta(seconds=5), supersedes=made)
    app = AppTest.from_file(DOOR, default_timeout=60)
    app.query_params["snapshot"] = made
    app.run()
    assert not app.exception
    said = [each.value for each in app.markdown]
    assert f"**Newer data: {len(changed)} of these numbers changed.**" in said
    shown = next(table.value for table in app.dataframe if "In the snapshot" in table.value.columns)
    row = shown[shown["Figure"] == "Detections"].iloc[0]
    assert int(row["Now"].replace(",", "")) - int(row["In the snapshot"].replace(",", "")) == 7
    assert [each.value for each in app.info] == ["A newer snapshot took the place of this one."]
    head, _ = ledger.find_snapshot(book, made)
    assert all(part in app.code[0].value for part in (made, head["content_hash"], "data v000001", "signed by key"))
    assert snapshots.open_snapshot(book, after).terms.supersedes == made
    settings.cache_clear()


def test_the_code_of_a_snapshot_is_its_link_and_its_hash(copies):
    """Read back with the encoder's own table of modules: one letter of the link changed gives another picture."""
    snapshot = copies[0]
    link = f"/s/{snapshot.id}#sha256={snapshot.content_hash}"
    drawn = segno.make(link, error="m", micro=False).svg_inline(scale=3, dark="#000000", light="#FFFFFF", border=2)
    path = re.compile(r' d="([^"]+)"')
    assert path.findall(frozen.qr(snapshot)) == path.findall(drawn)
    other = dataclasses.replace(snapshot, content_hash="0" + snapshot.content_hash[1:])
    assert path.findall(frozen.qr(other)) != path.findall(drawn) or snapshot.content_hash[0] == "0"

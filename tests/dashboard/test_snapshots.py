"""A frozen Answer thaws equal, also after the store was rebuilt; one altered byte is found and named."""

import random
import shutil
import sqlite3
from contextlib import suppress
from datetime import UTC, date, datetime

import pytest

from dashboard import access, database, ledger, snapshots
from dashboard.answers import corridors, hotspots, overview, trends
from dashboard.errors import SimantaError, SnapshotAltered, SnapshotUnknown
from dashboard.filters import Filters

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
TERMS = snapshots.Terms.of("local", access.Audience(people=("local",)), NOW)
QUESTIONS = {"overview": overview, "hotspots": hotspots, "corridors": corridors, "trends": trends}


@pytest.fixture
def store(sample_store, tmp_path):
    return shutil.copytree(sample_store, tmp_path / "store")


def ask(store, name, **filters):
    opened = database.open_current(store)
    return QUESTIONS[name].answer(opened.select(Filters(**filters), access.local_user()))


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_answer_thaws_equal_to_what_was_frozen(store, name):
    answer = ask(store, name)
    book = ledger.open_ledger(store)
    made, content_hash = snapshots.freeze(book, name, answer, "0.1.0", NOW)
    opened = snapshots.open_snapshot(book, made)
    assert opened.answer == answer
    assert (opened.page, opened.content_hash, opened.code_version) == (name, content_hash, "0.1.0")


def test_the_same_answer_has_the_same_hash_and_another_id(store):
    book, answer = ledger.open_ledger(store), ask(store, "overview")
    first, second = (snapshots.freeze(book, "overview", answer, "0.1.0", NOW) for _ in range(2))
    assert first[1] == second[1]
    assert first[0] != second[0]


def test_a_snapshot_shows_its_numbers_after_later_loads_and_after_the_facts_were_rebuilt(store, sample_store, tmp_path):
    from etl import build

    shutil.copytree(sample_store.with_name("store.keys"), tmp_path / "store.keys", dirs_exist_ok=True)
    book, answer = ledger.open_ledger(store), ask(store, "hotspots")
    made, content_hash = snapshots.freeze(book, "hotspots", answer, "0.1.0", NOW)
    sheet = tmp_path / "later.csv"
    sheet.write_text("source_ref,event_type,date_start,adm2\nNEW-1,interception_inland,2026-11-20,BD4041\n")
    build.load([sheet], store, today=date(2026, 11, 24))
    assert snapshots.open_snapshot(book, made).answer == answer

    shutil.rmtree(store / "facts")
    (store / "current.json").unlink()
    files = [sample_store.parents[0] / "invented.csv"]
    assert build.load(files, store, today=date(2026, 11, 22)).version == 1
    assert snapshots.open_snapshot(book, made).content_hash == content_hash


@pytest.mark.parametrize("part", ["head", "table totals", "table cells", "labels"])
def test_one_altered_byte_is_found_and_its_part_named(store, part):
    book = ledger.open_ledger(store)
    made, _ = snapshots.freeze(book, "overview", ask(store, "overview"), "0.1.0", NOW)
    with sqlite3.connect(store / "ledger.sqlite") as raw:
        (body,) = raw.execute(
            "SELECT body FROM snapshot_part WHERE snapshot_id = ? AND name = ?", (made, part)
        ).fetchone()
        middle = len(body) // 2
        changed = body[:middle] + ("x" if body[middle] != "x" else "y") + body[middle + 1 :]
        raw.execute("UPDATE snapshot_part SET body = ? WHERE snapshot_id = ? AND name = ?", (changed, made, part))
    with pytest.raises(SnapshotAltered, match=part):
        snapshots.open_snapshot(book, made)


@pytest.mark.parametrize(
    ("column", "value"), [("content_hash", "0" * 64), ("page", "trends"), ("created_at", "2020-01-01")]
)
def test_an_altered_entry_in_the_list_is_found(store, column, value):
    book = ledger.open_ledger(store)
    made, _ = snapshots.freeze(book, "overview", ask(store, "overview"), "0.1.0", NOW)
    with sqlite3.connect(store / "ledger.sqlite") as raw:
        raw.execute(f"UPDATE snapshot SET {column} = ? WHERE id = ?", (value, made))  # noqa: S608  # a test's own name
    with pytest.raises(SnapshotAltered):
        snapshots.open_snapshot(book, made)


def test_a_part_that_was_taken_away_is_found(store):
    book = ledger.open_ledger(store)
    made, _ = snapshots.freeze(book, "overview", ask(store, "overview"), "0.1.0", NOW)
    with sqlite3.connect(store / "ledger.sqlite") as raw:
        raw.execute("DELETE FROM snapshot_part WHERE snapshot_id = ? AND name = 'table cells'", (made,))
    with pytest.raises(SnapshotAltered, match="list of parts"):
        snapshots.open_snapshot(book, made)


def test_flipped_bits_in_the_ledgers_file_never_show_other_numbers(store):
    book, answer = ledger.open_ledger(store), ask(store, "trends")
    made, _ = snapshots.freeze(book, "trends", answer, "0.1.0", NOW)
    with sqlite3.connect(store / "ledger.sqlite") as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole, dice = (store / "ledger.sqlite").read_bytes(), random.Random(7)
    for _ in range(60):
        at = dice.randrange(len(whole))
        flipped = bytes([whole[at] ^ (1 << dice.randrange(8))])
        (store / "ledger.sqlite").write_bytes(whole[:at] + flipped + whole[at + 1 :])
        with suppress(SimantaError):  # named; any other error, or any other number, fails
            assert snapshots.open_snapshot(book, made).answer == answer


def test_reading_makes_no_ledger(tmp_path):
    book = ledger.open_ledger(tmp_path / "nowhere")
    assert ledger.list_snapshots(book) == []
    assert not (tmp_path / "nowhere").exists()


def test_an_id_is_never_taken_for_an_option_by_a_shell(monkeypatch):
    drawn = iter(["-AAAAAAAAAAAAAAAAAAAAA", "-BAAAAAAAAAAAAAAAAAAAA", "C-AAAAAAAAAAAAAAAAAAAA"])
    monkeypatch.setattr("secrets.token_urlsafe", lambda size: next(drawn))
    assert snapshots.new_id() == "C-AAAAAAAAAAAAAAAAAAAA"


@pytest.mark.parametrize("snapshot_id", ["", "x", "A" * 22, "../../etc/passwd", "' OR 1=1 --", ":key"])
def test_an_id_that_does_not_exist_is_unknown(store, snapshot_id):
    with pytest.raises(SnapshotUnknown):
        snapshots.open_snapshot(ledger.open_ledger(store), snapshot_id)


def test_no_record_is_in_a_snapshot(store):
    parts = snapshots.to_parts("overview", ask(store, "overview"), "0.1.0", NOW.isoformat(), TERMS)
    everything = "".join(parts.values())
    assert not any(word in everything for word in ("incident_id", "source_ref", "PUB-", "INV-"))


def test_no_count_of_one_to_four_is_in_a_snapshot(store):
    for name in QUESTIONS:
        for table in ask(store, name).tables.values():
            counts = [c for c in table.column_names if (c == "n" or c.startswith("n_")) and not c.endswith("_hidden")]
            assert all(n is None or n == 0 or n >= 5 for c in counts for n in table[c].to_pylist())

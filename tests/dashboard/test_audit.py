"""The audit is only added to; what is altered, taken out or cut off is found; nothing is shown that is not written."""

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import audit, ledger
from dashboard.audit import Deed
from dashboard.errors import SimantaError
from dashboard.settings import settings


@pytest.fixture
def book(tmp_path):
    return ledger.open_ledger(tmp_path / "store")


def write(book, n=5):
    for i in range(n):
        deed = Deed("p@example.org", "planner", "10.0.0.5", "open", f"overview v{i:06d}", filters={"d": ["BD4041"]})
        audit.record(book, deed)


def raw(book, *statements):
    """As somebody with the file in hand would: the triggers are dropped first."""
    with sqlite3.connect(book.url.database) as connection:
        for table in ("audit", "audit_question"):
            for verb in ("update", "delete"):
                connection.execute(f"DROP TRIGGER {table}_{verb}")
        for statement in statements:
            connection.execute(statement)


def test_a_line_says_who_what_when_from_where_and_names_its_filters(book):
    write(book, 1)
    (line,) = audit.lines(book)
    assert (line.seq, line.subject, line.role, line.address) == (1, "p@example.org", "planner", "10.0.0.5")
    assert (line.action, line.object, line.outcome) == ("open", "overview v000000", "done")
    assert audit.questions(book)[line.question] == {"d": ["BD4041"]}
    assert audit.verify(book).broken_at is None


def test_an_empty_audit_is_whole(book):
    assert audit.verify(book) == audit.Chain(0, audit.BEGINNING, None, "0 lines, whole")
    assert audit.lines(book) == []


@pytest.mark.parametrize(
    ("statement", "broken_at"),
    [
        ("UPDATE audit SET subject = 'x' WHERE seq = 3", 3),
        ("UPDATE audit SET outcome = 'x' WHERE seq = 5", 5),
        ("DELETE FROM audit WHERE seq = 1", 1),
        ("DELETE FROM audit WHERE seq = 3", 3),
        ("UPDATE audit SET seq = 9 WHERE seq = 5", 5),
        ("UPDATE audit SET hash = (SELECT hash FROM audit WHERE seq = 1) WHERE seq = 2", 2),
        ("UPDATE audit_question SET filters = '{}'", 5),
        ("DELETE FROM audit_question", 5),
    ],
)
def test_what_was_altered_or_taken_out_is_found(book, statement, broken_at):
    write(book)
    raw(book, statement)
    assert audit.verify(book).broken_at == broken_at


def test_a_tail_that_was_cut_off_or_written_anew_is_found_by_an_anchor(book):
    write(book)
    anchor = audit.verify(book)
    raw(book, "DELETE FROM audit WHERE seq > 3")
    assert audit.verify(book).broken_at is None
    assert audit.verify(book, {anchor.n: anchor.last}).broken_at == 5
    write(book, 2)
    assert audit.verify(book).broken_at is None
    assert audit.verify(book, {anchor.n: anchor.last}).broken_at == 5


@pytest.mark.parametrize("table", ["audit", "audit_question"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET hash = 'x'", "DELETE FROM {}"])
def test_the_database_itself_refuses_to_alter_or_take_out_a_line(book, table, statement):
    write(book, 2)
    with sqlite3.connect(book.url.database) as connection, pytest.raises(sqlite3.IntegrityError, match="only added to"):
        connection.execute(statement.format(table))


def test_many_who_write_at_once_leave_one_chain_without_a_gap(book):
    with ThreadPoolExecutor(8) as people:
        list(people.map(lambda i: audit.record(book, Deed(f"p{i % 8}", "planner", "x", "open")), range(160)))
    chain = audit.verify(book)
    assert (chain.n, chain.broken_at) == (160, None)


def test_what_cannot_be_written_down_is_an_error(book, tmp_path):
    (tmp_path / "store" / "ledger.sqlite").mkdir(parents=True)
    with pytest.raises(SimantaError) as refusal:
        write(book, 1)
    assert refusal.value.code == "AUDIT_UNWRITABLE"


@pytest.mark.parametrize(
    "given", ["x' OR 1=1 --", "<script>", "a\nb", "=cmd|' /C calc'!A0", "![i](http://e)", "x" * 500]
)
def test_no_markup_formula_or_long_text_gets_into_a_line(book, given):
    audit.record(book, Deed(given, "planner", given, "denied", given, given))
    (line,) = audit.lines(book)
    for told in (line.subject, line.address, line.object, line.outcome):
        assert len(told) <= audit.LONGEST
        assert not set(told) & set("'<>\n=|!()[]`*;")


def test_of_a_snapshot_no_more_than_the_beginning_of_its_id_is_kept():
    assert audit.short("AbCdEfGhIjKlMnOpQrStUv") == "snapshot AbCdEf"


def test_a_deed_that_nobody_knows_is_no_line(book):
    with pytest.raises(ValueError, match="no such deed"):
        audit.record(book, Deed("x", "planner", "x", "danced"))


def test_the_page_walks_the_chain_once_for_each_new_line_and_again_when_asked(sample_store, tmp_path, monkeypatch):
    store = shutil.copytree(sample_store, tmp_path / "store", ignore=shutil.ignore_patterns("ledger.sqlite*"))
    monkeypatch.setenv("SIMANTA_STORE", str(store))
    settings.cache_clear()
    walks, verify = [], audit.verify
    monkeypatch.setattr(audit, "verify", lambda *asked: walks.append(asked) or verify(*asked))
    page = AppTest.from_function(_the_page, default_timeout=60).run()
    page.run().run()
    assert len(walks) == 1
    assert page.subheader[0].value.endswith("and the chain is whole.")
    book = ledger.open_ledger(store)
    write(book, 2)
    assert page.run().subheader[0].value == "3 lines, and the chain is whole."
    assert len(walks) == 2
    raw(book, "UPDATE audit SET subject = 'nobody' WHERE seq = 1")
    assert "broken at line 1" in page.button(key="audit-again").click().run().subheader[0].value
    settings.cache_clear()


def _the_page():
    from dashboard.pages import audit

    audit.run({})

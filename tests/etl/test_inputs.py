"""What the words of a command name, and what is opened: ordinary files, seen whole or not at all."""

import io
import os
import socket
from datetime import date
from pathlib import Path
from threading import Event

import pytest

from etl import build, opening
from etl.errors import LoadError
from etl.inputs import named_files, opened, spooled
from etl.store import versions

GOOD = Path(__file__).parent / "badinput" / "control_good.csv"
TODAY = date(2026, 11, 24)


@pytest.fixture
def inbox(tmp_path):
    """A folder of two tables, a hidden file, and a folder in it."""
    folder = tmp_path / "inbox"
    (folder / "older").mkdir(parents=True)
    for name in ("b.csv", "a.csv", ".hidden.csv", "older/c.csv"):
        (folder / name).write_bytes(GOOD.read_bytes())
    return folder


def refusal(do, *arguments, **options):
    with pytest.raises(LoadError) as refused:
        do(*arguments, **options)
    assert refused.value.fix
    return refused.value.code


def test_a_folder_is_its_files_by_name_but_hidden_ones_and_folders(inbox):
    assert named_files([str(inbox)]) == [inbox / "a.csv", inbox / "b.csv"]


def test_a_pattern_is_the_files_that_it_meets_and_a_file_of_that_name_comes_first(inbox):
    assert named_files([f"{inbox}/[ab].csv"]) == named_files([f"{inbox}/*"]) == [inbox / "a.csv", inbox / "b.csv"]
    (inbox / "[ab].csv").write_text("")
    assert named_files([f"{inbox}/[ab].csv"]) == [inbox / "[ab].csv"]


def test_a_word_that_names_nothing_is_refused_when_it_is_opened(inbox):
    (nothing,) = named_files([f"{inbox}/*.kml"])
    assert refusal(opened, nothing) == "NOT_A_FILE"
    (inbox / "empty").mkdir()
    assert refusal(named_files, [str(inbox / "empty")]) == "NOT_A_FILE"


def test_a_link_is_followed_where_it_is_named_and_refused_where_it_lies_in_a_folder(inbox, tmp_path):
    (tmp_path / "outside.csv").write_bytes(GOOD.read_bytes())
    link = inbox / "link.csv"
    link.symlink_to(tmp_path / "outside.csv")
    assert named_files([str(link)]) == [tmp_path / "outside.csv"]
    assert refusal(opened, named_files([str(inbox)])[-1]) == "NOT_A_FILE"
    assert refusal(opened, named_files([f"{inbox}/l*.csv"])[0]) == "NOT_A_FILE"


def test_links_in_a_circle_are_refused(inbox):
    (inbox / "one").symlink_to(inbox / "two")
    (inbox / "two").symlink_to(inbox / "one")
    assert refusal(named_files, [str(inbox / "one")]) == "NOT_A_FILE"


def test_a_hard_link_is_a_file(inbox):
    os.link(inbox / "a.csv", inbox / "z.csv")
    with opened(inbox / "z.csv") as stream:
        assert stream.read() == GOOD.read_bytes()


def _folder(place):
    place.mkdir()


def _socket(place):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(place))


@pytest.mark.parametrize("make", [_folder, os.mkfifo, _socket])
def test_what_is_no_ordinary_file_is_refused_at_once(make, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a socket's path is short
    make(Path("x.csv"))
    assert refusal(build.load, named_files(["x.csv"]), tmp_path / "s", today=TODAY) == "NOT_A_FILE"


def test_a_device_is_refused():
    assert refusal(opened, Path("/dev/zero")) == "NOT_A_FILE"


def test_a_file_that_may_not_be_read_is_refused(tmp_path, monkeypatch):
    def denied(*_):
        raise PermissionError(13, "denied")

    monkeypatch.setattr("etl.inputs.os.open", denied)
    assert refusal(opened, tmp_path) == "FILE_UNREADABLE"


def test_a_sparse_file_of_a_hundred_gigabytes_is_refused_by_its_size(tmp_path):
    with (tmp_path / "x.csv").open("wb") as file:
        file.truncate(100 << 30)
    assert refusal(build.load, [tmp_path / "x.csv"], tmp_path / "s", today=TODAY) == "TOO_LARGE"


def _cut(file):
    file.write_bytes(file.read_bytes()[:-700])


def _grow(file):
    file.write_bytes(file.read_bytes() + file.read_bytes().splitlines()[-1] + b"\n")


@pytest.mark.parametrize("change", [_cut, _grow, Path.unlink])
def test_a_file_that_changes_while_it_is_read_is_refused(change, tmp_path, monkeypatch):
    file = tmp_path / "x.csv"
    file.write_bytes(GOOD.read_bytes())
    open_tables = opening.open_tables

    def opened_and_changed(*arguments):
        tables = open_tables(*arguments)
        change(file)
        return tables

    monkeypatch.setattr(opening, "open_tables", opened_and_changed)
    assert refusal(build.load, [file], tmp_path / "s", today=TODAY) == "FILE_CHANGED"
    assert versions(tmp_path / "s") == ()


def test_a_file_that_changes_before_it_is_hashed_is_refused_too(tmp_path, monkeypatch):
    """The hash is taken beside the reading: where it comes late, it is of what nobody read."""
    file, is_changed = tmp_path / "x.csv", Event()
    file.write_bytes(GOOD.read_bytes())
    open_tables, fingerprint = opening.open_tables, opening.fingerprint

    def opened_and_changed(*arguments):
        tables = open_tables(*arguments)
        _grow(file)
        is_changed.set()
        return tables

    monkeypatch.setattr(opening, "open_tables", opened_and_changed)
    monkeypatch.setattr(opening, "fingerprint", lambda *of: is_changed.wait(20) and fingerprint(*of))
    assert refusal(build.load, [file], tmp_path / "s", today=TODAY) == "FILE_CHANGED"


def test_more_rows_than_allowed_are_refused(tmp_path):
    few = build.Reading(most_rows=9)
    assert refusal(build.load, [GOOD], tmp_path / "s", reading=few, today=TODAY) == "TOO_LARGE"


def test_standard_input_is_kept_while_it_is_read_and_gone_afterwards(tmp_path):
    with spooled(io.BytesIO(GOOD.read_bytes()), tmp_path) as file:
        assert build.load([file], tmp_path, today=TODAY, dry_run=True).as_dict()["loaded"] == 10
        assert file.parent.stat().st_mode & 0o077 == 0
    assert list(tmp_path.glob("input-*")) == []


def test_standard_input_ends_at_the_limit_and_not_at_its_end(tmp_path):
    class Endless(io.RawIOBase):
        def read(self, size=-1):
            return b"a" * size

    with pytest.raises(LoadError, match="larger than 3 MB") as refused, spooled(Endless(), tmp_path, 3_000_000):
        pass
    assert refused.value.code == "TOO_LARGE"
    assert list(tmp_path.glob("input-*")) == []


def test_what_a_killed_command_left_of_its_input_is_swept_and_what_is_in_use_is_not(tmp_path):
    (tmp_path / "input-dead").mkdir()
    (tmp_path / "input-dead" / "standard_input").write_text("left behind")
    with spooled(io.BytesIO(b"first"), tmp_path) as first:
        assert not (tmp_path / "input-dead").exists()
        with spooled(io.BytesIO(b"second"), tmp_path):
            assert first.read_bytes() == b"first"

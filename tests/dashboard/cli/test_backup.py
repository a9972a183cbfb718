"""A store in one file and back: nothing is lost, nothing is written over, no damaged or hostile file is restored."""

import io
import json
import shutil
import tarfile
from pathlib import Path

import pytest

from dashboard import audit, keybox, ledger
from dashboard.errors import SimantaError
from etl.store import locked
from tests.dashboard.cli.test_cli import simanta

HEADER = "source_ref,event_type,date_start,adm2\n"
PASSPHRASE = "a long passphrase of ours"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A store of two versions and a snapshot, and its backup and keys."""
    folder = tmp_path_factory.mktemp("made")
    rows = "A-1,interception_inland,2026-03-02,BD4041\nA-2,interception_inland,2026-02-31,BD4041\n"
    (folder / "patrol.csv").write_text(HEADER + rows, encoding="utf-8")
    for _ in range(2):
        assert simanta("load", folder / "patrol.csv", "--store", folder / "s").returncode == 0
    assert simanta("snapshot", "create", "--store", folder / "s").returncode == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIMANTA_KEYS_PASSPHRASE", PASSPHRASE)
        told = simanta("backup", folder / "b.tar", "--keys", folder / "k.box", "--store", folder / "s", "--json")
    assert (told.returncode, json.loads(told.stdout)["versions"]) == (0, [1, 2])
    return folder


def contents(folder):
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def error(told):
    assert told.returncode == 1, told
    return json.loads(told.stdout)["error"]["code"]


def test_all_comes_back_byte_for_byte_with_the_keys_and_holds(made, tmp_path, monkeypatch):
    monkeypatch.setenv("SIMANTA_KEYS_PASSPHRASE", PASSPHRASE)
    back = tmp_path / "back"
    assert simanta("restore", made / "b.tar", "--keys", made / "k.box", "--store", back).returncode == 0
    for part in ("facts", "current.json"):
        assert contents(back).items() >= {n: b for n, b in contents(made / "s").items() if n.startswith(part)}.items()
    assert (
        contents(tmp_path / "back.keys").items()
        >= {name: content for name, content in contents(made / "s.keys").items() if not name.endswith(".lock")}.items()
    )
    assert simanta("check", "--deep", "--store", back).returncode == 0
    listed = [json.loads(simanta("snapshot", "list", "--json", "--store", s).stdout) for s in (made / "s", back)]
    assert listed[0] == listed[1]
    old, new = (audit.lines(ledger.open_ledger(store)) for store in (made / "s", back))
    assert [line.action for line in new[:1]] == ["restore"]
    assert new[1:] == [line for line in old if line.action != "backup"]
    assert simanta("load", made / "patrol.csv", "--store", back).returncode == 0


def test_what_is_kept_is_its_owners_alone_and_holds_no_key(made, tmp_path):
    assert [file.stat().st_mode & 0o777 for file in (made / "b.tar", made / "k.box")] == [0o600, 0o600]
    kept = (made / "b.tar").read_bytes() + (made / "k.box").read_bytes()
    assert [name for name, key in contents(made / "s.keys").items() if key and key in kept] == []
    assert simanta("restore", made / "b.tar", "--store", tmp_path / "x").returncode == 0
    assert [f for f in contents(tmp_path / "x") if (tmp_path / "x" / f).stat().st_mode & 0o077] == []


def test_a_folder_gets_a_file_named_by_version_and_moment(made, tmp_path):
    assert simanta("backup", tmp_path, "--store", made / "s").returncode == 0
    (file,) = tmp_path.iterdir()
    assert file.name.startswith("simanta_v000002_20")


def test_nothing_is_written_over(made, tmp_path, monkeypatch):
    monkeypatch.setenv("SIMANTA_KEYS_PASSPHRASE", PASSPHRASE)
    before = contents(made)
    assert error(simanta("backup", made / "b.tar", "--store", made / "s", "--json")) == "BACKUP_EXISTS"
    again = simanta("backup", tmp_path / "n.tar", "--keys", made / "k.box", "--store", made / "s", "--json")
    assert error(again) == "KEYS_UNWRITABLE"
    assert error(simanta("restore", made / "b.tar", "--store", made / "s", "--json")) == "STORE_EXISTS"
    (tmp_path / "x.keys").mkdir()
    (tmp_path / "x.keys" / "pseudonym.key").write_bytes(b"k")
    keys = simanta("restore", made / "b.tar", "--keys", made / "k.box", "--store", tmp_path / "x", "--json")
    assert error(keys) == "KEYS_EXIST"
    assert not (tmp_path / "x").exists()
    changed = {name for name, content in contents(made).items() if before.get(name) != content}
    assert {Path(name).name.partition("-")[0] for name in changed} <= {"ledger.sqlite"}  # the audit's lines


def test_while_a_loader_is_at_work_there_is_none(made, tmp_path):
    with locked(made / "s"):
        told = simanta("backup", tmp_path / "b.tar", "--store", made / "s")
    assert (told.returncode, list(tmp_path.iterdir())) == (3, [])


def test_a_damaged_version_is_not_kept_as_if_it_were_whole(made, tmp_path):
    store = shutil.copytree(made / "s", tmp_path / "s")
    with (store / "facts" / "v000001.duckdb").open("r+b") as file:
        file.seek(9_000)
        file.write(b"\xff")
    assert error(simanta("backup", tmp_path / "b.tar", "--store", store, "--json")) == "STORE_DAMAGED"
    assert not list(tmp_path.glob("b.tar*"))


def cut(at):
    return lambda whole: whole[: int(len(whole) * at)]


def flipped(whole):
    return whole[:9_000] + bytes([whole[9_000] ^ 1]) + whole[9_001:]


@pytest.mark.parametrize("spoil", [cut(0), cut(0.1), cut(0.5), cut(0.99), flipped, lambda _: b"no tar" * 500])
def test_a_damaged_backup_is_refused_and_nothing_is_there(made, tmp_path, spoil):
    (tmp_path / "b.tar").write_bytes(spoil((made / "b.tar").read_bytes()))
    assert error(simanta("restore", tmp_path / "b.tar", "--store", tmp_path / "x", "--json")) == "BACKUP_UNREADABLE"
    assert [file.name for file in tmp_path.iterdir()] == ["b.tar"]


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "facts/../../evil", "facts/v000001.duckdb.x", "ledger"])
def test_a_file_out_of_its_place_is_refused(tmp_path, name):
    with tarfile.open(tmp_path / "b.tar", "w") as packed:
        member = tarfile.TarInfo(name)
        member.size = 4
        packed.addfile(member, io.BytesIO(b"evil"))
    assert error(simanta("restore", tmp_path / "b.tar", "--store", tmp_path / "x", "--json")) == "BACKUP_UNREADABLE"
    assert [file.name for file in tmp_path.iterdir()] == ["b.tar"]


def test_a_backup_that_is_not_there_and_an_empty_store_are_named(tmp_path):
    assert error(simanta("restore", tmp_path / "b.tar", "--store", tmp_path / "x", "--json")) == "BACKUP_UNREADABLE"
    assert error(simanta("backup", tmp_path / "b.tar", "--store", tmp_path / "x", "--json")) == "EMPTY_STORE"


@pytest.mark.parametrize(
    ("box", "passphrase"),
    [(lambda b: b, "another passphrase"), (lambda b: b[:-1], PASSPHRASE), (lambda b: b"x" + b, PASSPHRASE)],
)
def test_keys_open_with_their_passphrase_alone_and_whole(made, box, passphrase):
    with pytest.raises(SimantaError, match="cannot be opened"):
        keybox.opened(box((made / "k.box").read_bytes()), passphrase)


def test_a_short_passphrase_and_a_store_without_keys_are_refused(made, tmp_path):
    with pytest.raises(SimantaError, match="12 characters"):
        keybox.sealed(made / "s.keys", "short")
    with pytest.raises(SimantaError, match="no keys"):
        keybox.sealed(tmp_path, PASSPHRASE)

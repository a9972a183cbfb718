"""Facts under a key, as a person at a terminal meets them."""

import base64
import json

import pytest

from dashboard import audit, ledger
from dashboard.database import _open
from etl.facts_key import KEY, KEY_BEFORE
from tests.dashboard.cli.test_cli import GOOD, simanta

ONE, TWO = (base64.b64encode(each * 32).decode() for each in (b"k", b"w"))


@pytest.fixture
def store(tmp_path):
    """A store without a key; nothing of it is open in this process."""
    (tmp_path / "a.csv").write_text(GOOD, encoding="utf-8")
    assert simanta("load", tmp_path / "a.csv", "--store", tmp_path / "s").returncode == 0
    _open.clear()
    return tmp_path / "s"


def test_a_key_is_set_changed_and_missed_in_plain_words(store, tmp_path, monkeypatch):
    monkeypatch.setenv(KEY, ONE)
    said = [simanta("load", tmp_path / "a.csv", "--store", store)]
    assert (said[0].returncode, said[0].stderr.split(". ")[-1]) == (
        1,
        "Encrypt what is there once, with: simanta encrypt.\n",
    )
    done = simanta("encrypt", "--json", "--store", store)
    assert (done.returncode, json.loads(done.stdout)["encrypted"]) == (0, [1])
    assert simanta("check", "--quiet", "--store", store).stdout == ""
    assert json.loads(simanta("overview", "--json", "--store", store).stdout)["version"] == 1
    monkeypatch.setenv(KEY, TWO)
    monkeypatch.setenv(KEY_BEFORE, ONE)
    said.append(simanta("encrypt", "--store", store))
    assert said[1].stderr.startswith("written anew: v000001")
    monkeypatch.delenv(KEY)
    _open.clear()
    for words in (("load", tmp_path / "a.csv"), ("overview",), ("prune", "--keep", 1), ("encrypt",)):
        said.append(told := simanta(*words, "--json", "--store", store))
        assert (told.returncode, json.loads(told.stdout)["error"]["code"]) == (1, "FACTS_KEY_MISSING")
    assert (
        "NOT  encryption: 1 versions are encrypted: set SIMANTA_FACTS_KEY" in simanta("check", "--store", store).stdout
    )
    told = "".join(each.stdout + each.stderr for each in said)
    assert ONE not in told
    assert TWO not in told
    assert "Traceback" not in told
    lines = [(line.action, line.object, line.outcome) for line in audit.lines(ledger.open_ledger(store))]
    assert ("encrypt", "v000001", "done") in lines

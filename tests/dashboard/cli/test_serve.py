"""`simanta serve`: it becomes the server, so that whoever stops it stops the server."""

import os

import pytest

from dashboard.settings import ROOT, settings
from tests.dashboard.cli.test_cli import simanta


@pytest.fixture
def became(monkeypatch, tmp_path):
    """What the process became: words and environment."""
    found = []

    def execve(program, words, environment):
        found.append((program, words, environment))

    monkeypatch.setattr(os, "execve", execve)
    monkeypatch.chdir(tmp_path)
    yield found
    settings.cache_clear()


def test_the_command_becomes_the_server_in_its_folder(became, tmp_path):
    assert simanta("serve", "--port", "8600", "--store", "s", "--quiet").returncode == 0
    ((program, words, environment),) = became
    assert program == words[0]
    assert words[1:4] == ["-m", "streamlit", "run"]
    assert "8600" in words
    assert "--logger.hideWelcomeMessage" not in words
    assert environment["SIMANTA_STORE"] == str(tmp_path / "s")  # as seen from where the command was typed
    assert os.getcwd() == str(ROOT)


def test_where_each_line_is_an_object_streamlit_puts_nothing_before_it(became, monkeypatch):
    monkeypatch.setenv("SIMANTA_LOG", "json")
    settings.cache_clear()
    assert simanta("serve", "--quiet").returncode == 0
    words = became[0][1]
    assert words[words.index("--logger.messageFormat") + 1] == "%(message)s"


def test_an_address_of_everybody_is_refused_and_no_server_is_begun(became):
    told = simanta("serve", "--host", "0.0.0.0", "--json")
    assert (told.returncode, became) == (2, [])
    told = simanta("serve", "--host", "0.0.0.0")
    assert (told.returncode, became) == (1, [])
    assert "serves 127.0.0.1 alone" in " ".join(told.stderr.split())

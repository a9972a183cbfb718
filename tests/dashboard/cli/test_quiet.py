"""--quiet, common to all commands: the answer and errors, and nothing else."""

import re

import pytest
import typer

from dashboard.cli import commands
from tests.dashboard.cli.test_cli import simanta


def leaves(command, path=()):
    """(its words, the command) of every command that does something."""
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from leaves(inner, (*path, name))
    else:
        yield path, command


COMMANDS = dict(leaves(typer.main.get_command(commands())))


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_takes_it(path):
    assert "--quiet" in {word for each in COMMANDS[path].params for word in each.opts}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("quiet")
    header = "source_ref,event_type,date_start,adm2"
    (folder / "a.csv").write_text(f"{header}\nA-1,interception_inland,2026-03-02,BD4041\nA-2,raid,2026-03-02,BD4041\n")
    told = simanta("load", folder / "a.csv", "--store", folder / "s", "--quiet")
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")
    return folder / "s"


def test_an_answer_is_the_same_and_nothing_is_said_beside_it(store):
    for words in (["versions"], ["overview", "--format", "csv"], ["quarantine", "list"], ["prune", "--keep", "9"]):
        loud, quiet = simanta(*words, "--store", store), simanta(*words, "--store", store, "--quiet")
        assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, loud.stdout, "")


def test_what_is_made_is_made_in_silence(store, tmp_path):
    for words in (["template", tmp_path / "t.xlsx"], ["quarantine", "export", tmp_path / "c.xlsx", "--store", store]):
        told = simanta(*words, "--quiet")
        assert (told.returncode, told.stdout, told.stderr) == (0, "", "")
    assert (tmp_path / "t.xlsx").is_file()
    assert (tmp_path / "c.xlsx").is_file()


def test_the_link_of_a_snapshot_and_a_refusal_are_answers(store, tmp_path):
    assert re.search("/s/[A-Za-z0-9_-]{20,}", simanta("snapshot", "create", "--store", store, "--quiet").stderr)
    refused = simanta("load", tmp_path / "none.csv", "--store", store, "--quiet")
    assert (refused.returncode, "none.csv" in refused.stderr) == (1, True)

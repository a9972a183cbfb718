"""The units of systemd: every command in them exists with its options, every setting is known, all are hardened."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from dashboard.cli import commands
from dashboard.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "systemd"
SERVICES = sorted(FOLDER.glob("*.service"))
TIMERS = sorted(FOLDER.glob("*.timer"))
HARDENING = FOLDER / "simanta-.service.d" / "hardening.conf"
UsageError = typer.BadParameter.__base__  # typer brings a click of its own
PROGRAM = "/opt/simanta/.venv/bin/simanta"
MUST = {
    "ProtectSystem": "strict", "NoNewPrivileges": "yes", "PrivateTmp": "yes", "CapabilityBoundingSet": "",
    "SystemCallFilter": "~@privileged", "ProtectHome": "yes", "UMask": "0077", "LimitCORE": "0", "User": "simanta",
    "IPAddressDeny": "any", "RestrictSUIDSGID": "yes",
}  # fmt: skip


def told(file):
    """Key and value of each line, the last first."""
    lines = re.findall(r"^(\w+)=(.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return lines[::-1]


def ran():
    """The words of each line that starts the program."""
    starts = [(file, value) for file in SERVICES for key, value in told(file) if key == "ExecStart"]
    return [(file.name, value.split()) for file, value in starts]


def parsed(words):
    """Reads a command as the program would. Raises KeyError for one that there is not, UsageError for an option."""
    here, rest = get_command(commands()), list(words)
    while hasattr(here, "commands"):
        here = here.commands[rest.pop(0)]
    here.make_context(words[0], rest)


@pytest.mark.parametrize(("unit", "words"), ran(), ids=[unit for unit, _ in ran()])
def test_every_command_of_a_unit_exists_with_its_options(unit, words):
    assert words[0] == PROGRAM
    parsed(words[1:])


@pytest.mark.parametrize("wrong", [["lode"], ["backup"], ["load", "x", "--nightly"], ["snapshot", "make"]])
def test_a_command_that_there_is_not_would_be_seen(wrong):
    with pytest.raises((KeyError, UsageError)):
        parsed(wrong)


def test_each_setting_of_a_unit_is_one():
    said = " ".join(file.read_text(encoding="utf-8") for file in [*SERVICES, HARDENING])
    named = {name.lower() for name in re.findall(r"SIMANTA_(\w+)=", said)}
    fields = {*Settings.model_fields, "access__proxy_secret"}
    assert {"store", "log", "metrics_port"} <= named <= fields


def test_what_is_taken_away_is_taken_from_all_and_given_back_to_the_loader_alone():
    assert MUST.items() <= dict(told(HARDENING)[::-1]).items()
    families = {file.stem: [v for k, v in told(file) if k == "RestrictAddressFamilies"] for file in SERVICES}
    assert {name for name, found in families.items() if found != ["AF_UNIX", ""]} == {"simanta-serve"}
    loosened = {(file.stem, key) for file in SERVICES for key, _ in told(file) if key in MUST}
    assert loosened == set()
    assert {file.stem for file in SERVICES for key, v in told(file) if key == "RestrictNamespaces"} == {"simanta-load"}
    reads_facts = {file.stem for file in SERVICES for key, _ in told(file) if key == "ReadOnlyPaths"}
    assert reads_facts == {file.stem for file in SERVICES} - {"simanta-load"}


def test_every_timer_starts_a_service_and_the_units_are_those_of_the_document():
    assert {timer.stem for timer in TIMERS} == {file.stem for file in SERVICES} - {"simanta-serve"}
    paper = (ROOT / "docs" / "administrator.md").read_text(encoding="utf-8")
    assert [file.name for file in [*SERVICES, *TIMERS] if file.stem not in paper] == []


def test_systemd_itself_finds_no_fault(tmp_path):
    """Where it is installed; elsewhere the tests above have read the units."""
    analyze = shutil.which("systemd-analyze")
    shutil.copytree(FOLDER, tmp_path / "units")
    for file in (tmp_path / "units").glob("*.service"):
        file.write_text(file.read_text(encoding="utf-8").replace(PROGRAM, "/bin/true"), encoding="utf-8")
    units = [file for file in (tmp_path / "units").iterdir() if file.suffix in (".service", ".timer")]
    asked = [["verify", "--man=no", *units]]
    asked += [["security", "--offline=yes", "--threshold=20", unit] for unit in units if unit.suffix == ".service"]
    for words in asked if analyze else ():
        where = {"SYSTEMD_UNIT_PATH": f"{tmp_path / 'units'}:"}
        told = subprocess.run([analyze, *words], env=where, capture_output=True, text=True, check=False)
        assert (told.returncode, told.stderr) == (0, ""), told

"""A bundle that was not copied whole, or is for another machine, is refused with the name of what is wrong."""

import importlib.util
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MADE = importlib.util.spec_from_file_location("make_bundle", ROOT / "deploy" / "make_bundle.py")
make_bundle = importlib.util.module_from_spec(MADE)
MADE.loader.exec_module(make_bundle)
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def bundle(tmp_path):
    """A bundle of tiny files, whole."""
    folder = tmp_path / "bundle"
    about = f"name=x\npython={PYTHON}\nmachine={platform.machine()}\n"
    files = {"BUNDLE": about, "requirements.lock": "none==1\n", "wheels/a b-1.whl": "a", "wheels/b-1.whl": "b",
             "program/pyproject.toml": "[project]\n", "program/data/sample.csv": "x\n"}  # fmt: skip
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "install.sh").write_bytes((ROOT / "deploy" / "install.sh").read_bytes())
    seal(folder)
    return folder


def seal(folder):
    (folder / "SHA256SUMS").write_text(make_bundle.sums_of(folder), encoding="utf-8")


def install(bundle, into="there", python=sys.executable):
    words = ["sh", str(bundle / "install.sh"), into]
    return subprocess.run(words, cwd=bundle.parent, env=os.environ | {"PYTHON": str(python)}, capture_output=True,
                          text=True, check=False)  # fmt: skip


def cut(name):
    def do(folder):
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) // 2])

    return do


def flip(name):
    return lambda folder: (folder / name).write_bytes(b"?" + (folder / name).read_bytes()[1:])


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (cut("wheels/b-1.whl"), "wheels/b-1.whl is missing or damaged (1 in all)"),
        (
            lambda folder: (folder / "wheels" / "a b-1.whl").unlink(),
            "wheels/a b-1.whl is missing or damaged (1 in all)",
        ),
        (flip("program/data/sample.csv"), "program/data/sample.csv is missing or damaged"),
        (flip("BUNDLE"), "BUNDLE is missing or damaged"),
        (lambda folder: (folder / "SHA256SUMS").unlink(), "SHA256SUMS is missing"),
        (lambda folder: (folder / "SHA256SUMS").write_text(""), "SHA256SUMS is missing"),
        (cut("SHA256SUMS"), "SHA256SUMS"),
        (
            lambda folder: (folder / "wheels" / "evil-1.whl").write_text("e"),
            "wheels/evil-1.whl is not named in SHA256SUMS",
        ),
    ],
)
def test_a_half_copied_bundle_is_refused_and_its_file_is_named(bundle, spoil, named):
    spoil(bundle)
    told = install(bundle)
    assert told.returncode == 1
    assert told.stderr.startswith("simanta: ")
    assert named in told.stderr
    assert "Nothing was installed." in told.stderr
    assert not (bundle.parent / "there").exists()


def test_sums_that_end_at_a_line_do_not_pass_for_whole(bundle):
    lines = (bundle / "SHA256SUMS").read_text().splitlines(keepends=True)
    (bundle / "SHA256SUMS").write_text("".join(lines[:3]))
    told = install(bundle)
    assert (told.returncode, "is not named in SHA256SUMS" in told.stderr) == (1, True)


@pytest.mark.parametrize(("ours", "other"), [(f"python={PYTHON}", "python=3.99"), (platform.machine(), "vax")])
def test_a_bundle_for_another_machine_is_refused(bundle, ours, other):
    (bundle / "BUNDLE").write_text((bundle / "BUNDLE").read_text().replace(ours, other))
    seal(bundle)
    told = install(bundle)
    assert told.returncode == 1
    assert f"This is Python {PYTHON} {platform.machine()}, and the bundle is for Python" in told.stderr
    assert not (bundle.parent / "there").exists()


def test_an_installation_that_is_there_is_not_written_over(bundle):
    (bundle.parent / "there" / ".venv").mkdir(parents=True)
    told = install(bundle)
    assert (told.returncode, "has a Simanta already" in told.stderr) == (1, True)
    assert [each.name for each in (bundle.parent / "there").iterdir()] == [".venv"]


def test_what_breaks_off_leaves_no_environment(bundle):
    python = bundle.parent / "python"  # its disk is full when the environment is half made
    python.write_text(f'#!/bin/sh\n[ "$2" != venv ] || {{ mkdir -p "$3/bin"; exit 1; }}\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    told = install(bundle, python=python)
    assert told.returncode == 1
    assert "broken off" in told.stderr
    assert not (bundle.parent / "there" / ".venv").exists()


def test_every_file_but_the_sums_is_in_the_sums(bundle):
    named = {line[66:] for line in (bundle / "SHA256SUMS").read_text().splitlines()}
    there = {file.relative_to(bundle).as_posix() for file in bundle.rglob("*") if file.is_file()}
    assert named == there - {"SHA256SUMS"}


def test_the_program_is_what_runs_and_all_of_it_is_there():
    assert [name for name in make_bundle.PROGRAM if not (ROOT / name).exists()] == []
    assert {"etl", "dashboard", "data", "static", ".streamlit", "streamlit_app.py", "deploy"} <= set(
        make_bundle.PROGRAM
    )
    assert all(option in (ROOT / "deploy" / "install.sh").read_text() for option in ("--no-index", "--require-hashes"))

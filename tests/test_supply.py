"""What is installed is what was locked, with hashes; none of it is known to be open, none is under the GPL alone."""

import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import duckdb
import pytest

import dashboard.extension
import etl.extension

ROOT = Path(__file__).resolve().parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
LOCKED = dict(re.findall(r"^([A-Za-z0-9._-]+)==([0-9][^\s;\\]*)", LOCK, re.MULTILINE))
# Advisories that touch what is locked, and the first version without the fault. Those known when this was written: on a
# machine with a network `make advisories` asks for newer ones.
MENDED = {
    "streamlit": ("CVE-2026-33682", "1.54.0"),
    "starlette": ("CVE-2026-48818", "1.1.0"),
    "python-multipart": ("CVE-2026-24486", "0.0.22"),
}
GPL_ALONE = re.compile(r"(?<!L)(?<!Lesser )(A?GPL|GNU (Affero )?General Public)", re.IGNORECASE)


def numbers(version):
    return tuple(int(part) for part in re.findall(r"\d+", version))


def test_every_locked_package_has_a_hash():
    blocks = re.split(r"\n(?=[A-Za-z0-9])", LOCK.strip())
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block and "==" in block] == []
    assert len(LOCKED) > 50


def test_what_encrypts_is_of_the_database_that_is_locked_and_is_there():
    assert LOCKED["duckdb-extension-httpfs"] == LOCKED["duckdb"] == duckdb.__version__
    assert etl.extension.file_of("httpfs") is not None
    assert etl.extension.file_of("httpfs") == dashboard.extension.file_of("httpfs")


@pytest.mark.parametrize("package", MENDED)
def test_no_locked_package_is_older_than_the_mending_of_a_known_fault(package):
    advisory, first = MENDED[package]
    assert numbers(LOCKED[package]) >= numbers(first), advisory


def test_no_package_is_under_the_gpl_alone():
    found = {}
    for name in LOCKED:
        try:
            about = distribution(name).metadata
        except PackageNotFoundError:  # locked for another system or another Python
            continue
        told = [about.get("License-Expression") or about.get("License") or ""]
        told += [each for each in about.get_all("Classifier") or [] if each.startswith("License")]
        licences = " ".join(each[:200] for each in told)
        if GPL_ALONE.search(licences) and not re.search(r"MIT|BSD|Apache|\bOR\b", licences):
            found[name] = licences
    assert found == {}


def test_the_bill_of_materials_names_every_locked_package_with_its_hashes(tmp_path):
    made = tmp_path / "sbom.json"
    command = [sys.executable, "-m", "cyclonedx_py", "requirements", "requirements.lock", "-o", str(made)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    told = json.loads(made.read_text(encoding="utf-8"))
    assert told["bomFormat"] == "CycloneDX"
    assert {part["name"]: part["version"] for part in told["components"]} == LOCKED
    hashes = {
        part["name"]: {each["content"] for each in part["externalReferences"][0]["hashes"]}
        for part in told["components"]
    }
    blocks = re.split(r"\n(?=[A-Za-z0-9])", LOCK.strip())
    locked = {block.partition("==")[0]: set(re.findall(r"--hash=sha256:(\w+)", block)) for block in blocks}
    assert hashes == {name: locked[name] for name in LOCKED}

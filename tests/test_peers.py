"""The peers of benchmarks/peers answer what the pages answer: else their seconds would say nothing."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
QUESTIONS = ("hexes", "trend", "corridors")


@pytest.fixture(scope="module")
def peers():
    """Its modules know each other by name, as those of a script do."""
    before, names = list(sys.path), set(sys.modules)
    sys.path[:0] = [str(BENCHMARKS / "peers"), str(BENCHMARKS)]
    yield {name: importlib.import_module(name) for name in ("ours", "plain", "rows", "clock")}
    sys.path[:] = before
    for name in set(sys.modules) - names:
        if getattr(sys.modules[name], "__file__", None) and str(BENCHMARKS) in str(sys.modules[name].__file__):
            del sys.modules[name]


def asked(peer, place, file, clock):
    """A peer's answers over a file."""
    place.mkdir()
    peer.load(place, file, clock.Clock())
    with peer.opened(place) as base:
        return {question: sorted(getattr(peer, question)(base)) for question in QUESTIONS}


def test_the_obvious_stack_gives_our_numbers_once_it_has_our_rows_and_more_before(peers, tmp_path):
    file = tmp_path / "full.csv"
    words = [sys.executable, BENCHMARKS / "scale" / "generate.py", "--rows", "1000", "--seed", "3", "--out", file]
    subprocess.run(words, check=True)
    peers["rows"].journeys(file)
    ours = asked(peers["ours"], tmp_path / "ours", file, peers["clock"])
    peers["rows"].kept(file, tmp_path / "ours" / "receipt.csv", tmp_path / "kept.csv")
    of_kept = asked(peers["plain"], tmp_path / "plain", tmp_path / "kept.csv", peers["clock"])
    assert all(len(rows) > 50 for rows in ours.values())
    assert of_kept == ours
    unchecked = asked(peers["plain"], tmp_path / "whole", file, peers["clock"])
    assert all(
        sum(row[at] for row in unchecked[q]) > sum(row[at] for row in ours[q])
        for q, at in zip(QUESTIONS, (1, 2, 3), strict=True)
    )

"""The bar of a real load on a real terminal: rows, how fast, how long it still takes; nothing of it in a pipe."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from datetime import date

import pytest

from etl.invented import write_invented

ROWS = 20_000  # some seconds of work
WIDE = struct.pack("HHHH", 40, 120, 0, 0)  # lines and columns
# Pieces of half a MB, so that 4 MB are told of as often as 250 MB are.
SMALL_PIECES = "import etl.delimited; assert etl.delimited.BLOCK_BYTES; etl.delimited.BLOCK_BYTES = 1 << 19"
COMMAND = (sys.executable, "-c", f"{SMALL_PIECES}; from dashboard.cli import main; main()", "load")


def on_a_terminal(words):
    """(exit code, all that the command writes to a terminal of 120 columns)."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, WIDE)
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "120"}
    with subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        seen = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    return process.returncode, seen.decode()


def _read(terminal):
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # what Linux says when nobody is at the other end
        return b""


@pytest.mark.slow
def test_a_load_that_lasts_shows_how_fast_it_goes_and_how_long_it_still_takes(tmp_path):
    large = tmp_path / "large.csv"
    write_invented(large, rows=ROWS, seed=1, until=date(2026, 11, 22))
    code, seen = on_a_terminal([*COMMAND, str(large), "--store", str(tmp_path / "s")])
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seen)
    frames = re.findall(r"reading +[━╸╺]+ +([0-9,]+) rows +([0-9,]+) rows/s +(\d+:\d\d:\d\d) left", plain)
    assert (code, f"{ROWS:,} rows in = {ROWS:,} loaded" in plain) == (0, True), plain[-2_000:]
    told = {int(rows.replace(",", "")): int(rate.replace(",", "")) for rows, rate, _ in frames}
    assert any(0 < rows < ROWS for rows in told), plain[-2_000:]
    assert all(rate > 0 for rate in told.values())
    assert list(told) == sorted(told)
    assert "publishing" in plain
    assert "elapsed" not in plain  # the database has a bar of its own, and it is off


def test_a_pipe_sees_no_bar(tmp_path):
    write_invented(tmp_path / "a.csv", rows=50, seed=1, until=date(2026, 11, 22))
    words = [*COMMAND, str(tmp_path / "a.csv"), "--store", str(tmp_path / "s"), "--dry-run"]
    told = subprocess.run(words, capture_output=True, check=False)
    assert (told.returncode, told.stdout) == (0, b"")
    assert b"\x1b" not in told.stderr
    assert b"rows/s" not in told.stderr
    assert b"rows in =" in told.stderr

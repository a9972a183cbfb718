"""Runs a command of the store and kills it at a line: a warm process that makes one child a run.

No product code knows of it. The child counts the lines that it executes in `publish`, `store`, `build` and `erase` and
sends itself SIGKILL at the one that it was told; without a number it tells every line in the order of execution.
Asked by one JSON object a line: do, args, at (a count of lines, or null), after (seconds until a kill from outside),
powerless (root without the right to write where the mode forbids it, as any other user is).
"""

import ctypes
import json
import os
import select
import signal
import sys
import time
from datetime import date, datetime
from pathlib import Path

from etl import build, erase, publish, reference, store
from etl.errors import LoadError

TRACED = {module.__file__: Path(module.__file__).stem for module in (build, publish, store, erase)}
LONGEST = 120  # seconds
TODAY, NOW = date(2026, 11, 24), datetime(2026, 11, 24, 12)


def load(file, folder, receipt):
    build.load([Path(file)], Path(folder), today=TODAY, receipt_to=Path(receipt))


def erase_(reference_, folder):
    erase.erase(Path(folder), reference_, None, "a court order", NOW)


def prune(keep, folder):
    store.prune(Path(folder), int(keep), ())


COMMANDS = {"load": load, "erase": erase_, "prune": prune}


def traced(at, told):
    """A trace function that writes down each line, or dies at one."""
    passed = []

    def line(frame, event, _):
        if event == "line":
            code = frame.f_code
            where = f"{TRACED[code.co_filename]}.{code.co_name.strip('<>')}:{frame.f_lineno}"
            passed.append(where)
            if len(passed) == at:
                os.write(told, where.encode())
                os.kill(os.getpid(), signal.SIGKILL)
        return line

    def call(frame, _event, _):
        return line if frame.f_code.co_filename in TRACED else None

    return call, passed


def give_up_power():
    """Takes every capability from this process; nothing changes for one that is not root's."""
    header, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    if ctypes.CDLL(None, use_errno=True).capset(header, none):
        raise OSError(ctypes.get_errno(), "capset")


def child(asked, told):
    """What the child does; it never returns."""
    call, passed = traced(asked["at"], told)
    try:
        if asked["powerless"]:
            give_up_power()
        if asked["after"] is None:
            sys.settrace(call)
        COMMANDS[asked["do"]](*asked["args"])
        sys.settrace(None)
        with os.fdopen(told, "w") as pipe:
            pipe.write("\n".join(passed))
        os._exit(0)
    except LoadError as error:
        os.write(told, error.code.encode())
        os._exit(1)
    except Exception as error:  # noqa: BLE001  # the parent sees that it ended with 1 and nothing said
        sys.stderr.write(f"{error!r}\n")
        os._exit(1)


def run(asked):
    """Forks, waits, and tells how the child ended and what it said."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(ours)
        child(asked, theirs)
    os.close(theirs)
    if asked["after"] is not None:
        time.sleep(asked["after"])
        os.kill(pid, signal.SIGKILL)
    said = b""
    while select.select([ours], [], [], LONGEST)[0] and (more := os.read(ours, 1 << 16)):
        said += more
    os.close(ours)
    return {"ended": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), "said": said.decode()}


if __name__ == "__main__":
    reference.load_reference()
    for asked in map(json.loads, sys.stdin):
        sys.stdout.write(json.dumps(run(asked)) + "\n")
        sys.stdout.flush()

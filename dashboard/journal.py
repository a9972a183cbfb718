"""What the server writes down of itself: one JSON object a line, without anything that a person chose, typed or is.

A message of a library may quote an address with its filters, a name or a cell. So a record loses its values when it is
born, before any handler sees it: of a message its template is kept, of an exception its kind and its places.
"""

import json
import logging
import threading
import traceback
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from dashboard.errors import SimantaError

EVENTS = logging.getLogger("simanta")  # ours: given a dictionary of words and numbers that hold nothing of anybody
BARE = logging.Formatter("%(message)s")
Caught = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None] | None


def begin() -> None:
    """From now on each record is such a line, whoever wrote it."""
    logging.setLogRecordFactory(_bare)
    logging.captureWarnings(True)
    EVENTS.setLevel(logging.INFO)
    threading.excepthook = _of_a_thread


def undress() -> None:
    """Takes the dates and colours away that handlers put before a line; for when the server has made its own."""
    named = (each for each in logging.root.manager.loggerDict.values() if isinstance(each, logging.Logger))
    for handler in (handler for logger in (logging.root, *named) for handler in logger.handlers):
        handler.setFormatter(BARE)
    if not EVENTS.handlers:
        EVENTS.addHandler(logging.StreamHandler())
        EVENTS.propagate = False


def event(name: str, **told: str | int | float) -> None:
    """Writes down something of ours. Every value is a word out of a short list, or a number."""
    EVENTS.info({"event": name} | told)


def _bare(
    name: str,
    level: int,
    pathname: str,
    lineno: int,
    msg: object,
    args: object,
    exc_info: Caught,
    func: str | None = None,
    sinfo: str | None = None,
    **more: Any,
) -> logging.LogRecord:
    line: dict[str, object] = {
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "level": logging.getLevelName(level).lower(),
    }
    if isinstance(msg, dict) and name == EVENTS.name:
        line |= msg
    else:
        line |= {"from": name, "where": f"{Path(pathname).name}:{lineno}"}
        # One without values is no template: they may stand in it already.
        line |= {"template": msg} if args and isinstance(msg, str) else {}
    if exc_info and exc_info[0]:
        line |= {"fault": exc_info[0].__name__, "through": _places(exc_info[2])}
        line |= {"code": exc_info[1].code} if isinstance(exc_info[1], SimantaError) else {}
    return logging.LogRecord(name, level, pathname, lineno, json.dumps(line), (), None, func)


def _places(trace: TracebackType | None) -> list[str]:
    return [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(trace)]


def _of_a_thread(died: threading.ExceptHookArgs) -> None:
    logging.getLogger(__name__).error("a thread died", exc_info=(died.exc_type, died.exc_value, died.exc_traceback))  # type: ignore[arg-type]

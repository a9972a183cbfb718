"""What stops a load: where it happened, what was wrong, what to do about it."""

from __future__ import annotations

import traceback
from pathlib import Path

REFUSED, BUSY = 1, 3
OURS = Path(__file__).resolve().parents[1]


def printable(text: str) -> str:
    """A name from outside as it may be shown and stored: what is no character, or no visible one, is replaced."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


class LoadError(Exception):
    """A refusal of a whole file or a whole load. Quotes no value that could be personal."""

    def __init__(
        self,
        code: str,
        message: str,
        fix: str,
        file: str | None = None,
        row: int | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.fix = code, message, fix
        self.file, self.row, self.field = file and printable(file), row, field and printable(field)

    @property
    def exit_code(self) -> int:
        """What the command ends with: 3 for a second loader, 1 for all other refusals."""
        return BUSY if self.code == "BUSY" else REFUSED

    def as_dict(self) -> dict[str, str | int | None]:
        """The object under `error` in the load report."""
        return {
            "code": self.code,
            "file": self.file,
            "row": self.row,
            "field": self.field,
            "message": self.message,
            "fix": self.fix,
        }

    def __str__(self) -> str:
        row = None if self.row is None else f"row {self.row}"
        where = ", ".join(part for part in (self.file, row, self.field) if part)
        return f"{where}: {self.message} {self.fix}" if where else f"{self.message} {self.fix}"


def fault_of(error: Exception) -> LoadError:
    """What no rule foresaw, by its kind and place alone: its own words may quote a cell."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if any(Path(frame.filename).is_relative_to(OURS / half) for half in ("etl", "dashboard"))
    ]
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "the program"
    fix = "Report this line; nothing was published."
    return LoadError("PROGRAM_FAULT", f"A fault of the program: {type(error).__name__} in {place}.", fix)

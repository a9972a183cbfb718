"""What a load tells of itself: each file, each rule, the first refused rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from etl.table import Warning
from etl.verdict import VERDICTS


@dataclass(frozen=True)
class FileReport:
    """What became of one file; the names are those of the load report."""

    file: str
    sha256: str
    source: str
    rows_in: int
    loaded: int
    unchanged: int
    superseded: int
    duplicate: int
    quarantined: int
    rules: Mapping[str, int]
    precision: Mapping[str, int]
    mapping: Mapping[str, str] | None  # name, version and sha256 of the mapping file
    warnings: Sequence[Warning]


@dataclass(frozen=True)
class Refused:
    """One refused row as a terminal shows it; the value is redacted."""

    file: str
    row: int
    rule: str
    field: str
    value: str
    fix: str
    sheet: str = ""


@dataclass(frozen=True)
class Report:
    """The load report. `refused` is for the terminal alone and not in `as_dict`."""

    version: int | None
    previous_version: int | None
    dry_run: bool
    seconds: float
    peak_mib: int
    files: Sequence[FileReport]
    refused: Sequence[Refused]

    @property
    def rows_in(self) -> int:
        """Rows of all files."""
        return sum(file.rows_in for file in self.files)

    def as_dict(self) -> dict[str, object]:
        """The object that `simanta load --json` prints."""
        told = {key: value for key, value in asdict(self).items() if key != "refused"}
        names = ("rows_in", *VERDICTS)
        return told | {name: sum(getattr(file, name) for file in self.files) for name in names}

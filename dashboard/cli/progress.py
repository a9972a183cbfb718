"""A bar that says how far a load is, how fast it goes and how long it still takes; nothing where nobody looks."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

STAGES = {"read": "reading", "judge": "comparing", "publish": "publishing"}
LOOKED_AT = 1 << 20  # bytes of a file from which its rows are estimated
ZIP = b"PK\x03\x04"


class _Rate(ProgressColumn):
    """Rows in a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f} rows/s" if task.speed else "")


@contextmanager
def following(console: Console, files: Sequence[Path], is_shown: bool) -> Iterator[Callable[[str, int], None]]:
    """Yields what a load tells its stage and its rows so far."""
    columns = (TextColumn("  {task.description:<11}"), BarColumn(), TextColumn("{task.completed:,.0f} rows"))
    bar = Progress(*columns, _Rate(), TimeRemainingColumn(), console=console, disable=not is_shown)
    task = bar.add_task("opening", total=estimated_rows(files) if is_shown else None)

    def follow(stage: str, rows: int) -> None:
        total = {} if stage == "read" else {"total": rows}
        bar.update(task, description=STAGES.get(stage, stage), completed=rows, **total)  # type: ignore[arg-type]  # a float each

    with bar:
        yield follow


def estimated_rows(files: Sequence[Path]) -> int | None:
    """About how many rows some files have, by the lines at their beginning; None where that cannot be told."""
    told = [_lines(file) for file in files]
    return None if None in told else sum(lines for lines in told if lines is not None)


def _lines(file: Path) -> int | None:
    try:
        with file.open("rb") as stream:
            head = stream.read(LOOKED_AT)
        size = file.stat().st_size
    except OSError:
        return None
    lines = head.count(b"\n")
    return None if not lines or head.startswith(ZIP) or b"\0" in head else max(lines * size // len(head) - 1, 1)

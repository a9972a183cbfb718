"""A bar that says how far a load is, how fast it goes and how long it still takes; nothing where nobody looks."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

STAGES = {"read": "reading", "judge": "comparing", "publish": "publishing"}
LOOKED_AT = 1 << 20  # bytes of a file from which its rows are estimated
ZIP = b"PK\x03\x04"


class _Rate(ProgressColumn):
    """Rows in a second since the first was read: a batch may take as long as the bar's own measure looks back."""

    def render(self, task: Task) -> Text:
        rate = _rate(task)
        return Text(f"{rate:,.0f} rows/s" if rate else "")


class _Remaining(ProgressColumn):
    """How long the rest takes at this rate; nothing where the rest is not known."""

    def render(self, task: Task) -> Text:
        rate = _rate(task)
        known = rate and task.remaining is not None
        return Text(f"{timedelta(seconds=round(task.remaining / rate))} left" if known else "")  # type: ignore[operator]  # both are there


def _rate(task: Task) -> float | None:
    """None where nothing is being read."""
    return task.completed / task.elapsed if task.fields["is_reading"] and task.completed and task.elapsed else None


@contextmanager
def following(console: Console, files: Sequence[Path], is_shown: bool) -> Iterator[Callable[[str, int], None]]:
    """Yields what a load tells its stage and its rows so far."""
    columns = (TextColumn("  {task.description:<11}"), BarColumn(), TextColumn("{task.completed:,.0f} rows"))
    bar = Progress(*columns, _Rate(), _Remaining(), console=console, disable=not is_shown)
    estimated = estimated_rows(files) if is_shown else None
    task = bar.add_task("opening", total=estimated, is_reading=False)

    def follow(stage: str, rows: int) -> None:
        is_reading = stage == "read"
        if is_reading and not rows:
            bar.reset(task)
        bar.update(task, description=STAGES.get(stage, stage), completed=rows, is_reading=is_reading)
        bar.tasks[task].total = estimated if is_reading else None  # once all is read, nobody knows the rest

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

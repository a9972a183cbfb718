"""Named statements: one file a statement, the file's name is its name. They know one table of records, `selected`."""

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@cache
def statement(name: str) -> str:
    """The text of a statement. Raises FileNotFoundError for a name that is none."""
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def names() -> list[str]:
    """Every statement's name, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.sql"))

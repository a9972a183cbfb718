"""What a page is: a question, and how its Answer is drawn."""

from collections.abc import Callable
from dataclasses import dataclass

from dashboard.database import Selected
from dashboard.disclosure import Answer
from dashboard.i18n import Text


@dataclass(frozen=True)
class Page:
    """name: its path and its question's name; title: English, in the catalogue; draw: for live and frozen alike."""

    name: str
    title: str
    answer: Callable[[Selected], Answer]
    draw: Callable[[Answer, Text], None]

"""What a page is: a question, and how its Answer is drawn."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from dashboard.access import EXACT
from dashboard.answers import protected
from dashboard.database import Selected
from dashboard.disclosure import Answer
from dashboard.i18n import Text

PICTURED = frozenset(("cells", "months", "quarters"))  # tables of protected figures that are drawn


@dataclass(frozen=True)
class Page:
    """name: its path and its question's name; title: English, in the catalogue; draw: for live and frozen alike.

    choose: what a live page asks for where its question needs a choice; has_filters: whether filters change it;
    has_records: whether it tells of records, and so not the same to every reader.
    group: the menu under which it stands, English; None where it stands by itself.
    needs: what one must be allowed to do to open it (see `access.MAY`); None for whoever is admitted.
    state: a word that changes with whatever else than records, filters and person the answer is made of.
    """

    name: str
    title: str
    answer: Callable[[Selected], Answer]
    draw: Callable[[Answer, Text], None]
    choose: Callable[[Answer, Text], None] | None = None
    has_filters: bool = True
    has_records: bool = True
    needs: str | None = "look"
    group: str | None = None
    state: Callable[[Selected], str] | None = None

    def is_whole_for(self, reader: str) -> bool:
        """Whether the page is drawn as it is for this reader; else of what the lattice carries of it."""
        return reader == EXACT or not self.has_records

    def may_leave(self, reader: str) -> bool:
        """Whether anything of the page can be given to this reader."""
        return self.is_whole_for(reader) or self.name in protected.TABLES

    def has_pictures_for(self, reader: str) -> bool:
        """Whether maps or charts are drawn for this reader."""
        return self.is_whole_for(reader) or not PICTURED.isdisjoint(protected.TABLES.get(self.name, ()))

    def question(self, reader: str) -> Callable[[Selected], Answer]:
        """What to ask for this reader: the page's own question, or what the lattice carries of it."""
        return self.answer if self.is_whole_for(reader) else partial(protected.answer, page=self.name)

"""Two Answers beside one another: the figures that differ, as a table of texts."""

from collections.abc import Sequence

from dashboard.differences import FIGURES, Difference
from dashboard.disclosure import Answer
from dashboard.exports import NAMED
from dashboard.filters import Label
from dashboard.i18n import Text


def columns(changed: Sequence[Difference], answer: Answer, text: Text) -> dict[str, list[object]]:
    """Which figure, then, now."""
    name = answer.label(text.language)
    return {
        text("Figure"): [_figure(each, name, text) for each in changed],
        text("In the snapshot"): [_count(each.before, each.under[0], text) for each in changed],
        text("Now"): [_count(each.now, each.under[1], text) for each in changed],
    }


def _figure(each: Difference, name: Label, text: Text) -> str:
    if each.figure:
        return text(FIGURES[each.figure])
    return " · ".join(filter(None, (_code(column, value, name, text) for column, value in each.key)))


def _code(column: str, value: object, name: Label, text: Text) -> str:
    if column == "is_other":
        return text("others") if value else ""
    if column == "start_km":
        return "" if value is None else text("border from km {n}", n=value)
    if value is None:
        return text("unknown")
    if column == "cell" and isinstance(value, int):
        return format(value, "x")
    return name(NAMED[column], str(value)) if column in NAMED else text.value(value)


def _count(n: int | None, below: int, text: Text) -> str:
    return "<" + text.number(below) if n is None else text.number(n)

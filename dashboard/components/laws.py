"""How a law, a section and its days are named, wherever they stand."""

from dashboard.disclosure import Answer, Row
from dashboard.i18n import Text


def in_force(row: Row, text: Text) -> str:
    """From and to; a day that nobody saw is said to be so."""
    start, end = row["effective_from"], row["effective_to"]
    if end:
        return text("until {day}", day=end)
    return text("since {day}", day=start) if start else text("since a day not seen")


def short(row: Row, answer: Answer, text: Text) -> str:
    """A law by its name in the list of laws that a record can cite, without what is in brackets; else by its title."""
    code = str(row["instrument"])
    name = answer.label(text.language)("legal_basis", code)
    return str(row[f"title_{text.language}"]) if name == code else name.split(" (")[0]


def cited(row: Row, answer: Answer, text: Text) -> str:
    """Section 33, Ordinance 5 of 2026."""
    return text("section {section}, {law}", section=text.digits(row["section"]), law=short(row, answer, text))

"""What do the data say of strengths, weaknesses, opportunities and threats, and what is to be trained for it?"""

from dashboard.database import Selected
from dashboard.disclosure import Answer, disclose
from dashboard.figures import kinds, measured, period, swot, training, workshop


def answer(selected: Selected) -> Answer:
    """Tables: totals, statements (a row a rule), queries (the text behind each), judgements of people, training.

    notes: by which rules the statements were made, as the first signs of their file's hash.
    """
    selected, _ = period.settle(selected)
    told, sign = swot.rules()
    asked, judgements = measured.Asked(selected), workshop.judged(selected)
    found = {name: measured.MEASURES[name].measured(asked) for name in dict.fromkeys(rule.measure for rule in told)}
    statements = swot.statements(told, found)
    rejected = {row["rule"] for row in judgements.to_pylist() if row["verdict"] == workshop.REJECTED}
    return disclose(
        "plan",
        selected,
        {
            "totals": kinds.totals(selected),
            "statements": statements,
            "queries": swot.queries(told),
            "judgements": judgements,
            "training": training.plan(statements.to_pylist(), rejected),
        },
        {"statements": swot.DERIVED},
        {"rules": sign},
    )

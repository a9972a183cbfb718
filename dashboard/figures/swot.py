"""Strengths, weaknesses, opportunities, threats: rules that anybody can read, held against what was measured."""

import csv
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa

from dashboard.disclosure import K, Row
from dashboard.errors import SimantaError
from dashboard.figures import reference
from dashboard.figures.measured import MEASURES, Measured
from dashboard.queries import statement
from dashboard.settings import settings
from dashboard.stats.small_numbers import PERCENT_MIN, share_interval

SHIPPED = reference.FOLDER / "swot_rules.csv"
PARTS = ("S", "W", "O", "T")
COMPARISONS = ("at_least", "at_most")
BLANKS = frozenset({"share", "part", "n", "places"})
HOW = "Correct the row, or take swot_rules out of simanta.toml to use the rules that are shipped."
STATEMENTS = pa.schema(
    {
        **dict.fromkeys(("rule", "part", "measure", "state"), pa.string()),
        **dict.fromkeys(("n", "n_part", "n_rest", "places"), pa.int64()),
        **dict.fromkeys(("share", "low", "high"), pa.float64()),
        "compare": pa.string(),
        "threshold": pa.float64(),
        "min_n": pa.int64(),
        **dict.fromkeys(("statement", "page", "view", "say_en", "say_bn"), pa.string()),
    }
)
# Whoever is told n and that a part is withheld could find it by what another page tells: all of a row goes together.
DERIVED = dict.fromkeys(("n", "n_part", "n_rest", "places", "share", "low", "high"), ("n", "n_part", "n_rest"))


@dataclass(frozen=True)
class Rule:
    """A row of the file of rules. threshold: a share of one; min_n: under which nothing is said."""

    rule: str
    part: str
    measure: str
    compare: str
    threshold: float
    min_n: int
    say_en: str
    say_bn: str

    def holds(self, share: float) -> bool:
        """Whether a share is where the rule says something."""
        return share >= self.threshold if self.compare == "at_least" else share <= self.threshold


def rules() -> tuple[tuple[Rule, ...], str]:
    """The rules in force and the first signs of their file's hash. Raises SimantaError naming file, row and field.

    They are the file that the setting `swot_rules` names, else the one that is shipped.
    """
    return _rules(settings().swot_rules or SHIPPED)


@lru_cache(maxsize=2)
def _rules(file: Path) -> tuple[tuple[Rule, ...], str]:
    try:
        told, sign = reference.read(file), reference.sign_of(file)
    except (OSError, UnicodeDecodeError, csv.Error):
        raise _wrong(file, "it cannot be read as a CSV file in UTF-8") from None
    made = tuple(_rule(file, at, row) for at, row in enumerate(told, start=2))
    names = [rule.rule for rule in made]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise _wrong(file, f"rule {twice[0]} stands there twice")
    return made, sign


def _rule(file: Path, at: int, row: Mapping[str, str]) -> Rule:
    told = {name: (row.get(name) or "").strip() for name in ("rule", "part", "measure", "compare", "say_en", "say_bn")}
    known = {"part": PARTS, "measure": tuple(MEASURES), "compare": COMPARISONS}
    for name, listed in known.items():
        if told[name] not in listed:
            raise _wrong(file, f"row {at}, {name}: it is one of {', '.join(listed)}")
    if not told["rule"].isidentifier():
        raise _wrong(file, f"row {at}, rule: its name is of letters, digits and _, and begins with a letter")
    for name in ("say_en", "say_bn"):
        if not _is_sayable(told[name]):
            raise _wrong(
                file, f"row {at}, {name}: a sentence with no other blanks than {{share}}, {{part}}, {{n}}, {{places}}"
            )
    percent, min_n = (_whole(file, at, row, name) for name in ("percent", "min_n"))
    if not 0 <= percent <= 100:
        raise _wrong(file, f"row {at}, percent: a whole number from 0 to 100")
    if min_n < PERCENT_MIN:
        raise _wrong(file, f"row {at}, min_n: {PERCENT_MIN} or more, for a share of fewer says nothing")
    return Rule(**told, threshold=percent / 100, min_n=min_n)


def _is_sayable(sentence: str) -> bool:
    try:
        parsed = list(string.Formatter().parse(sentence))
    except ValueError:
        return False
    blanks = {name for _, name, _, _ in parsed if name is not None}
    return bool(sentence) and blanks <= BLANKS and not any(spec or how for _, _, spec, how in parsed)


def _whole(file: Path, at: int, row: Mapping[str, str], name: str) -> int:
    try:
        return int(row.get(name) or "")
    except ValueError:
        raise _wrong(file, f"row {at}, {name}: it is to be a whole number") from None


def _wrong(file: Path, what: str) -> SimantaError:
    return SimantaError("SWOT_RULES", f"{file.name}: {what}.", HOW)


def statements(told: Sequence[Rule], measured: Mapping[str, Measured]) -> pa.Table:
    """One row a rule: its state, of n records n_part, n_rest, share with exact 95 % limits, places, and its terms.

    state: holds; not_met; too_few, where n is under the rule's least; withheld, where a count may not be told: then
    neither may be whether the rule holds; not_comparable, where a period is not covered by the data.
    """
    rows = [_judged(rule, measured[rule.measure]) for rule in told]
    return pa.Table.from_pylist(rows, STATEMENTS)


def _judged(rule: Rule, found: Measured) -> Row:
    measure, rest = MEASURES[rule.measure], found.n - found.n_part
    state, is_enough = _state(rule, found), found.n >= rule.min_n
    low, high = share_interval(found.n_part, found.n) if is_enough else (None, None)
    return {
        "rule": rule.rule,
        "part": rule.part,
        "measure": rule.measure,
        "state": state,
        "n": found.n,
        "n_part": found.n_part,
        "n_rest": rest,
        "places": found.n_places,
        "share": found.n_part / found.n if is_enough else None,
        "low": low,
        "high": high,
        "compare": rule.compare,
        "threshold": rule.threshold,
        "min_n": rule.min_n,
        "statement": measure.statement,
        "page": measure.page,
        "view": measure.view,
        "say_en": rule.say_en,
        "say_bn": rule.say_bn,
    }


def _state(rule: Rule, found: Measured) -> str:
    if found.n < rule.min_n:
        return "too_few"
    if not found.is_comparable:
        return "not_comparable"
    if any(0 < count < K for count in (found.n_part, found.n - found.n_part)):
        return "withheld"
    return "holds" if rule.holds(found.n_part / found.n) else "not_met"


def queries(told: Sequence[Rule]) -> pa.Table:
    """One row a statement that a number is made from: its name and its text."""
    names = sorted({MEASURES[rule.measure].statement for rule in told})
    return pa.table({"statement": pa.array(names, pa.string()), "text": pa.array(map(statement, names), pa.string())})

"""What people in a workshop said of the statements: accepted, rejected, added in their own words; the last counts."""

import json
import secrets
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime

import pyarrow as pa

from dashboard import ledger
from dashboard.access import Principal
from dashboard.database import Selected
from dashboard.disclosure import Answer, Row
from dashboard.errors import SimantaError
from dashboard.figures.swot import PARTS
from dashboard.filters import Filters
from dashboard.ledger import Beside

ACCEPTED, REJECTED = "accepted", "rejected"
OWN = "own_"  # before the name of a statement in somebody's own words
LONGEST = 120  # signs of such a statement: a line or two of the printed page
MOST_OWN = 8  # of them on one selection: the printed page is one page
UNTOUCHED = ("from", "to", "vs", "res")  # of the filters, what a judgement is not tied to: it says when it was made
TURNING = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
JUDGEMENTS = pa.schema(
    [*((name, pa.string()) for name in ("rule", "part", "verdict", "said", "by", "role")), ("on", pa.date32()),
     ("on_version", pa.int64())]
)  # fmt: skip


def judged(selected: Selected) -> pa.Table:
    """One row a statement that was judged or added, as it was judged last: by whom, in what role, when, on what data.

    Of this selection but for its period, and of whoever sees the same districts.
    """
    told = ledger.list_judgements(
        ledger.open_ledger(selected.store.folder), scope_of(selected), about(selected.filters)
    )
    last = {each["rule"]: each for each in told}
    words = {each["rule"]: each["said"] for each in told if each["said"]}
    return pa.Table.from_pylist([_row(each, words.get(rule)) for rule, each in last.items()], JUDGEMENTS)


def _row(told: Mapping[str, object], said: str | None) -> Row:
    return {
        "rule": told["rule"],
        "part": told["part"],
        "verdict": told["verdict"],
        "said": said,
        "by": told["subject"],
        "role": told["role"],
        "on": date.fromisoformat(str(told["at"])[:10]),
        "on_version": told["version"],
    }


def state(selected: Selected) -> str:
    """A word that changes with each judgement: what an Answer that was kept is known by."""
    return ledger.last_judgement(ledger.open_ledger(selected.store.folder))


def scope_of(selected: Selected) -> str:
    """The districts of who looks: a statement on all of them is none on a part."""
    districts = selected.principal.districts
    return "all" if districts is None else ",".join(districts)


def about(filters: Filters) -> str:
    """What a judgement is on: the filters, in one spelling, without period, comparison and size of cells."""
    chosen = {name: sorted(codes) for name, codes in filters.to_link().items() if codes and name not in UNTOUCHED}
    return json.dumps(chosen, sort_keys=True, separators=(",", ":"))


def judge(
    book: ledger.Ledger, answer: Answer, rule: str, verdict: str, who: Principal, now: datetime, beside: Beside
) -> None:
    """Writes that somebody accepts or rejects a statement of this Answer. Raises SimantaError where there is none."""
    parts = {row["rule"]: row["part"] for table in ("statements", "judgements") for row in answer.rows(table)}
    if rule not in parts or verdict not in (ACCEPTED, REJECTED):
        raise SimantaError("STATEMENT_UNKNOWN", "There is no such statement here.", "Open the page anew.")
    _keep(book, answer, {"rule": rule, "part": parts[rule], "said": None, "verdict": verdict}, who, now, beside)


def add(
    book: ledger.Ledger, answer: Answer, part: str, said: str, who: Principal, now: datetime, beside: Beside
) -> None:
    """Writes a statement in somebody's own words, which they accept by it.

    Raises SimantaError where it is empty or long, holds a number or a name that may be a person's, or is one too many.
    """
    said = " ".join("".join(sign for sign in said if _is_written(sign) or sign.isspace()).split())
    if part not in PARTS or not said:
        raise SimantaError("NO_STATEMENT", "Nothing is written.", "Write one sentence.")
    if len(said) > LONGEST:
        raise SimantaError("STATEMENT_LONG", f"It has {len(said)} letters, and {LONGEST} fit.", "Write it shorter.")
    if found := ledger.personal(said):
        raise SimantaError("PERSONAL_DATA", f"It holds a {found} that may be a person's.", "Write it without.")
    own = [row for row in answer.rows("judgements") if row["said"] and row["verdict"] == ACCEPTED]
    if len(own) >= MOST_OWN:
        raise SimantaError("STATEMENTS_MANY", f"There are {MOST_OWN} own statements.", "Reject one of them first.")
    told = {"rule": OWN + secrets.token_hex(4), "part": part, "said": said, "verdict": ACCEPTED}
    _keep(book, answer, told, who, now, beside)


def _is_written(sign: str) -> bool:
    """Whether a sign is written or joins what is written, as Bangla needs; none that turns the direction of a line."""
    return unicodedata.category(sign) not in ("Cc", "Co", "Cs", "Cn") and unicodedata.bidirectional(sign) not in TURNING


def _keep(
    book: ledger.Ledger, answer: Answer, told: Mapping[str, object], who: Principal, now: datetime, beside: Beside
) -> None:
    if not who.may("judge"):
        raise SimantaError("ROLE", "Your role judges no statements.", "Ask a planner or a commander.")
    head = {
        "at": now.isoformat(timespec="milliseconds"),
        "subject": who.subject,
        "role": who.role,
        "scope": answer.scope,
    }
    kept = head | {"about": about(answer.filters), "version": answer.version} | dict(told)
    ledger.keep_judgement(book, kept, beside)

"""Commands that answer a question: the numbers that the page of that name shows."""

import csv
import io
import json
import sys
from collections.abc import Callable, Mapping
from functools import partial
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import parse_qs, urlsplit

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text as Words

from dashboard import audit, database, ledger
from dashboard.access import EXACT, leaving
from dashboard.answers import (
    corridors,
    district,
    hotspots,
    law,
    overview,
    plan,
    playback,
    protected,
    quality,
    response,
    trails,
    trends,
    warning,
)
from dashboard.cli import places
from dashboard.cli.app import QuietOption, StoreOption, admitted, app, folder
from dashboard.database import Selected, Store, label_of
from dashboard.disclosure import ALIKE, HIDDEN, Answer, Row, under
from dashboard.errors import SimantaError
from dashboard.exports import cell
from dashboard.filters import BY_NAME, FACETS, read_link
from dashboard.i18n import languages

ANSWERS: dict[str, Callable[[Selected], Answer]] = {
    "overview": overview.answer,
    "hotspots": hotspots.answer,
    "corridors": corridors.answer,
    "trends": trends.answer,
    "playback": playback.answer,
    "warning": warning.answer,
    "brief-data": district.answer,
    "response": response.answer,
    "trails": trails.answer,
    "law": law.answer,
    "plan": plan.answer,
    "quality": quality.answer,
}
# The tables of a question that a person reads as one; `--format json` has all of them.
MAIN = {
    "overview": ("crossings",),
    "hotspots": ("cells",),
    "corridors": ("corridors",),
    "trends": ("weeks",),
    "playback": ("framed",),
    "warning": ("alerts",),
    "brief-data": (
        "districts",
        "pair",
        "difference",
        "past",
        "labels",
        "crossings",
        "neighbours",
        "trails",
        "agencies",
        "delays",
        "effort",
    ),
    "response": (
        "decided",
        "pairs",
        "statuses",
        "deciders",
        "reached",
        "stops",
        "handovers",
        "waiting",
        "clocks",
        "outcomes",
        "indicators",
        "accused",
        "left_out",
    ),
    "trails": ("blind", "grid"),
    "law": ("cited", "instruments"),
    "plan": ("statements", "judgements", "training"),
    "quality": ("loads", "refusals", "readings", "precision", "delays", "doubles"),
}
EXAMPLE = {"brief-data": "--district Jashore", "trails": "--crossing Benapole", "quality": ""}
# Columns of the table on a terminal, where all would be too many; CSV and JSON have them all.
IN_SHORT = {
    "response": (
        *(
            "n",
            "share",
            "first_label",
            "label_now",
            "crime_label",
            "label_status",
            "decider_org",
            "n_timed",
            "median_d",
        ),
        *("step", "n_persons", "from_agency", "to_agency", "turn", "state", "clock", "term", "unit", "pillar", "part"),
        *("n_undecided", "n_pushed_in", "n_done", "n_accepted", "n_waiting", "n_refused", "n_overdue", "n_open"),
        *("n_in_time", "n_late", "n_running", "indicator", "value", "n_here", "n_victims", "low", "high", "why"),
    ),
    "hotspots": ("cell", "adm2", "n", "n_near", "z", "q", "class", "p_hot", "emerging", "effort"),
    "trends": ("week", "n", "expected", "low", "high", "outside", "share", "final"),
    "plan": (
        *("part", "rule", "state", "n", "n_part", "share", "threshold", "statement", "verdict", "said", "by", "on"),
        *("institution", "priority", "module", "story"),
    ),
    "law": ("legal_basis", "standing", "n", "instrument", "number", "title_en", "effective_from", "effective_to"),
}

FromOption = Annotated[str | None, typer.Option("--from", help="First day, 2026-01-31.")]
ToOption = Annotated[str | None, typer.Option("--to", help="Last day.")]
PrecisionOption = Annotated[int | None, typer.Option("--min-precision", min=1, max=7, help="Keeps codes 1 to N.")]
AgainstOption = Annotated[
    str | None, typer.Option("--against", help="before, year_before, or FIRST..LAST, two days of any other period.")
]
EffortOption = Annotated[bool, typer.Option("--with-effort", help="Only districts with effort on record.")]
ResolutionOption = Annotated[int | None, typer.Option("--resolution", help="H3 resolution of cells.")]
FiltersOption = Annotated[str | None, typer.Option("--filters", help="The address bar, whole or from its ? on.")]
FormatOption = Annotated[
    Literal["table", "csv", "json", "geojson"],
    typer.Option("--format", help="geojson: hotspots and corridors only."),
]
ReaderOption = Annotated[
    Literal["inside", "outside"] | None,
    typer.Option("--for", help="Protected figures, as a reader inside or outside the force is shown them."),
]
PartOption = Annotated[str | None, typer.Option("--part", help="Of table and csv: which of the page's tables.")]


# Option -> its name in the link and how it is typed, facets first. Every command that asks has all of them.
FILTERS: dict[str, tuple[str, object]] = {
    **{
        facet.option.removeprefix("--").replace("-", "_"): (
            facet.name,
            Annotated[list[str] | None, typer.Option(facet.option, help=facet.help)],
        )
        for facet in FACETS
    },
    "from_": ("from", FromOption),
    "to": ("to", ToOption),
    "min_precision": ("prec", PrecisionOption),
    "resolution": ("res", ResolutionOption),
    "with_effort": ("effort", EffortOption),
    "against": ("vs", AgainstOption),
}


def with_filters(run: Callable[..., None]) -> Callable[..., None]:
    """A command with every filter as an option: it is given them as `given`, link name to value."""
    own = [each for each in signature(run, eval_str=True).parameters.values() if each.name != "given"]
    asked_for = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=t) for name, (_, t) in FILTERS.items()
    ]

    def command(**words: object) -> None:
        given = {link: words.pop(name) for name, (link, _) in FILTERS.items()}
        run(given=given, **words)

    parameters = [*(each.replace(kind=Parameter.KEYWORD_ONLY) for each in own), *asked_for]
    command.__signature__ = Signature(parameters)  # type: ignore[attr-defined]  # how a function says what it takes
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    command.__name__, command.__doc__ = run.__name__, run.__doc__
    return command


def _command(name: str, purpose: str) -> None:
    """One command a page, with the same filters."""

    def run(
        given: Mapping[str, object],
        store: StoreOption = None,
        filters: FiltersOption = None,
        format_: FormatOption = "table",
        part: PartOption = None,
        for_: ReaderOption = None,
        as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
        quiet: QuietOption = False,
    ) -> None:
        if format_ == "geojson" and (name not in ON_A_MAP or for_):
            raise typer.BadParameter(f"only for {', '.join(ON_A_MAP)}, and exact counts", param_hint="--format")
        answer = carried(name, asked(name, folder(store), given, filters, for_ or EXACT))
        if format_ == "geojson" and answer.reader != EXACT:
            raise typer.BadParameter("only for exact counts; take simanta export", param_hint="--format")
        _print(name, answer, "json" if as_json else format_, part)

    run.__doc__ = purpose
    example = EXAMPLE.get(name, "--from 2026-01-01 --to 2026-06-30")
    app.command(name, epilog=f"Example: simanta {name} {example} --format json".replace("  ", " "))(with_filters(run))


def asked(
    name: str,
    store: Path,
    given: Mapping[str, object],
    link: str | None,
    reader: str = EXACT,
    as_theirs: Callable[[Selected], Selected] = lambda own: own,
) -> Answer:
    """The Answer to a question under an address bar's link and options, which win over it, for a reader.

    Where people sign in, what a terminal prints may be anywhere soon: it is rounded, but for an officer's rows.
    as_theirs: what is asked, made what others may see of it.   Raises SimantaError naming what is not understood: an
    answer to another question would pass for one to this.
    """
    options = {k: _texts(v) for k, v in given.items() if v not in (None, [])}
    written = parse_qs(_query(link or ""), keep_blank_values=True) | options
    opened = _version(store, written.pop("v", []))
    coded = {facet: [code_of(opened, facet, value) for value in values] for facet, values in written.items()}
    filters, ignored = read_link(coded, opened.codes)
    if ignored:
        raise SimantaError("FILTER_UNKNOWN", f"Not understood: {', '.join(ignored)}.", HOW_TO_NAME)
    who = admitted(store, "look")
    audit.by_command(ledger.open_ledger(store), "ask", f"{name} v{opened.version:06d}", filters=filters.to_link())
    reader = reader if name == "quality" else leaving(who, reader)
    selected = as_theirs(Selected(opened, filters, who, reader))
    if selected.reader != EXACT:
        return protected.answer(selected, "district" if name == "brief-data" else name)
    return ANSWERS[name](selected)


def _query(link: str) -> str:
    """The part of a link that holds the filters: behind its ?, where it has one."""
    return urlsplit(link.strip()).query if "?" in link else link.strip()


def carried(page: str, answer: Answer) -> Answer:
    """The Answer, where it tells its reader anything. Raises SimantaError where all of the page is withheld."""
    if answer.reader != EXACT and not answer.notes["carried"]:
        told = f"What {page} tells cannot be given to others without small counts."
        raise SimantaError("NOT_CARRIED", told, f"Take {', '.join(protected.TABLES)}.")
    return answer


def _version(store: Path, asked_for: list[str]) -> Store:
    """The data version that a link names, so that it shows the numbers it was made on; without one, the current."""
    current, published = database.versions(store)
    if not asked_for:
        return database.open_store(store, current)
    if asked_for[0] not in {str(number) for number in published}:
        raise SimantaError("VERSION_UNKNOWN", f"v={asked_for[0]} is not kept.", "Leave v out to ask the current data.")
    return database.open_store(store, int(asked_for[0]))


def _texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


HOW_TO_NAME = "Use a code, or a name as the screen shows it."


def code_of(store: Store, facet: str, given: str) -> str:
    """The code of a name in either language, or of an old spelling; what is no name stays as it is."""
    names = BY_NAME[facet].codes if facet in BY_NAME else None
    if names is None or given in store.codes.get(names, ()):
        return given
    for language in languages():
        label = label_of(store.labels, language)
        for code in store.codes.get(names, ()):
            if given.casefold() in (code.casefold(), label(names, code).casefold()):
                return code
    return store.aliases.get((names, given.lower()), given)


def as_json(answer: Answer) -> dict[str, object]:
    """The shape of `--format json`: version, filters, totals, every table; a withheld number is null and said so."""
    (totals,) = _spoken(answer, "totals")
    shared = {
        "version": answer.version,
        "as_of": answer.as_of.isoformat(),
        "filters": answer.filters.to_link(),
        "n": totals["n"],
        "totals": totals,
        **answer.notes,
    }
    if answer.question == "hotspots" and answer.reader == EXACT:
        return shared | places.hotspots(answer, partial(_spoken, answer))
    return shared | {name: _spoken(answer, name) for name in answer.tables if name != "totals"}


def _spoken(answer: Answer, table: str) -> list[Row]:
    """Rows without the hidden twins; a row with a withheld number carries `suppressed`."""
    rows = []
    for row in answer.rows(table):
        plain = {name: value for name, value in row.items() if not name.endswith(HIDDEN)}
        rows.append(plain | ({"suppressed": True} if any(v for k, v in row.items() if k.endswith(HIDDEN)) else {}))
    return rows


ON_A_MAP: dict[str, Callable[[Answer], object]] = {
    "hotspots": lambda answer: places.hotspots_on_map(answer, partial(_spoken, answer)),
    "corridors": lambda answer: places.corridors_on_map(as_json(answer)),
}


def _print(question: str, answer: Answer, form: str, part: str | None) -> None:
    if form in ("json", "geojson"):
        told = as_json(answer) if form == "json" else ON_A_MAP[answer.question](answer)
        sys.stdout.write(json.dumps(told, ensure_ascii=False, default=str) + "\n")
        return
    if part not in (None, *answer.tables):
        raise SimantaError("PART_UNKNOWN", f"There is no table {part}.", f"Name one of: {', '.join(answer.tables)}.")
    tables = {name: _read(answer, name) for name in _named(question, answer, part)}
    if form == "csv":
        _print_csv(tables)
    else:
        kept = None if part else IN_SHORT.get(question)
        for name, rows in tables.items():
            shown = [{k: v for k, v in row.items() if kept is None or k in kept} for row in rows]
            _print_table(answer, name if len(tables) > 1 else None, shown)


def _named(question: str, answer: Answer, part: str | None) -> list[str]:
    """The tables to print: the one asked for, else those of the question that the answer has."""
    if part or answer.reader != EXACT:
        return [part] if part else list(answer.tables)
    return [name for name in MAIN[question] if name in answer.tables]


def _read(answer: Answer, table: str) -> list[dict[str, str]]:
    return [{k: _shown(k, v, row) for k, v in row.items() if not k.endswith(HIDDEN)} for row in answer.rows(table)]


def _shown(name: str, value: object, row: Row) -> str:
    if row.get(name + HIDDEN) and row.get(ALIKE):
        return "withheld"
    if row.get(name + HIDDEN):
        return f"<{under(row, name)}"
    if value is None:
        return ""
    if name == "cell" and isinstance(value, int):
        return format(value, "x")
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _print_csv(tables: Mapping[str, list[dict[str, str]]]) -> None:
    """One table as it is; several under one header, with the table's name before each row."""
    several = len(tables) > 1
    rows = [({"table": name} if several else {}) | row for name, table in tables.items() for row in table]
    made = io.StringIO()
    writer = csv.DictWriter(made, list(dict.fromkeys(key for row in rows for key in row)), lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: cell(value) for key, value in row.items()} for row in rows)
    sys.stdout.write(made.getvalue())


def _print_table(answer: Answer, title: str | None, rows: list[dict[str, str]]) -> None:
    shown = Table(
        title=title,
        caption=f"{answer.question}, data v{answer.version:06d}, {answer.filters.date_from} to "
        f"{answer.filters.date_to}: detections, not persons and not prevalence",
    )
    for column in rows[0] if rows else ["nothing matches"]:
        shown.add_column(column)
    for row in rows:
        shown.add_row(*(Words(value) for value in row.values()))  # what people wrote is no markup
    Console().print(shown)


for _name, _purpose in {
    "overview": "How many, where, which corridor, what changed.",
    "hotspots": "Cells where detections cluster more than chance would give.",
    "corridors": "Origin district, crossing, destination.",
    "trends": "Counts a week with what season and trend let expect, and how much is still to come.",
    "playback": "Detections by cell, week by week and month by month.",
    "warning": "Districts that are unusual now, the monitor's record, and where next.",
    "trails": "Which trails were looked for and found, by stage, and where nobody looked.",
    "law": "The dated legal table: laws, sections, terms, and which of them the records cite.",
    "plan": "Strengths, weaknesses, opportunities, threats from the numbers, and the training for the gaps.",
    "brief-data": "One district against its own past and its neighbours.",
    "response": "Labels, return, hand-overs, pillars, and those first accused.",
    "quality": "What became of the rows, how exactly, how soon, what may be counted twice.",
}.items():
    _command(_name, _purpose)

"""Writes docs/filters.md from the filters themselves: `make reference` after any change of a filter."""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from dashboard.cli.ask import FILTERS  # noqa: E402
from dashboard.filters import (  # noqa: E402
    COARSEST_PRECISION,
    CODES,
    COMPARED,
    COMPARISONS,
    EFFORT,
    FACETS,
    NO_FILTER,
    PUSHED_IN,
    RESOLUTIONS,
    WEEKS,
    default_types,
)

PAGE = ROOT / "docs" / "filters.md"
TOP = f"""# Filters

Made by `make reference` from `dashboard/filters.py`: change it there. One set of filters chooses the records of a
page, a command, an export and a snapshot, and stands in the address bar. A link that Simanta writes spells every value
out, also what nobody chose. What it cannot read in a link it leaves out, and says so.

Without a period the last {WEEKS} weeks up to the last detection are asked for.
"""
EXAMPLE = """## Copied from the address bar

A command takes the address bar as it is, so a page and a command give the same numbers:
```
simanta hotspots --filters 'http://127.0.0.1:8501/hotspots?d=BD4041&prec=4' --format json
```
"""
LONGEST = 25  # codes that are listed here; a longer list is a link


def page() -> str:
    """The whole document."""
    return "\n".join([TOP, *_facets(), *_others(), EXAMPLE, *_no_filters(), *_codes()])


def _options() -> dict[str, str]:
    """Name in a link -> the option of a command that says the same."""
    return {link: f"--{name.rstrip('_').replace('_', '-')}" for name, (link, _) in FILTERS.items()}


def _facets() -> Iterator[str]:
    yield "## By what was recorded\n\nEach can be given several times; any of its values may hold.\n"
    yield "| in a link | option | on a page | column | codes | where it is not given |\n|---|---|---|---|---|---|"
    for facet in FACETS:
        codes = f"[{facet.codes}](#{facet.codes})"
        words = (f"`{facet.name}`", f"`{facet.option}`", facet.heading, f"`{facet.column}`", codes, facet.every)
        yield f"| {' | '.join(words)} |"
    yield f"\n`{PUSHED_IN}` is a layer of its own: it counts only where it is asked for by name.\n"


def _others() -> Iterator[str]:
    compared = "; ".join(f"`{name}`: {COMPARED[name]}" for name in COMPARISONS)
    meaning = {
        "from": "first day, as `2026-01-31`",
        "to": "last day, which is in the period",
        "prec": f"places known as exactly as this code or better, 1 to {COARSEST_PRECISION}: [codes](#precision)",
        "res": f"H3 resolution of cells, {RESOLUTIONS[0]} to {RESOLUTIONS[-1]}; else the finest that the data allow",
        "effort": f"`1`: {EFFORT[True]}; `0`: {EFFORT[False]}",
        "vs": f"{compared}; or two days of any other period, as `2026-01-01..2026-03-31`",
    }
    yield "## By time, place and what it is compared with\n\nEach is given once.\n"
    yield "| in a link | option | what it says |\n|---|---|---|"
    for link, option in _options().items():
        if link not in {facet.name for facet in FACETS}:
            yield f"| `{link}` | `{option}` | {meaning[link]} |"
    yield ""


def _no_filters() -> Iterator[str]:
    meaning = {
        "v": "version of the data that it was written on",
        "lang": "language of the page",
        "sel": "what is chosen on a map or in a table",
        "snapshot": "id of a snapshot, for the user of this machine",
        "for": "whose figures are shown: `inside` or `outside`",
    }
    yield "## In a link, and no filter\n\n| name | what it is |\n|---|---|"
    yield from (f"| `{name}` | {meaning[name]} |" for name in sorted(NO_FILTER))
    yield ""


def _codes() -> Iterator[str]:
    yield "## Codes\n"
    for name in dict.fromkeys([*(facet.codes for facet in FACETS), "precision"]):
        file = CODES / f"{name}.csv"
        yield f"### {name}\n"
        yield from _list(file) if file.is_file() else [_elsewhere(name)]
        yield ""


def _list(file: Path) -> Iterator[str]:
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    if len(rows) > LONGEST:
        yield f"{len(rows)} codes: [{file.name}](../{file.relative_to(ROOT).as_posix()})."
        return
    yield "| code | English | Bangla |\n|---|---|---|"
    for row in rows:
        is_left_out = file.stem == "event_type" and row["code"] not in default_types()
        code = f"`{row['code']}`" + (" (only where asked for)" if is_left_out else "")
        yield f"| {code} | {row['label_en']} | {row['label_bn']} |"


def _elsewhere(name: str) -> str:
    table = {"district": "districts.csv", "crossing": "crossings.csv"}[name]
    return f"Of the reference data: a code, or a name in either language. [{table}](../data/reference/{table})."


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

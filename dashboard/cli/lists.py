"""The second opinion: how many persons were on none of three lists, from counts that were linked at their source."""

from datetime import date, datetime
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from dashboard.cli.app import JsonOption, QuietOption, app, out, say
from dashboard.errors import SimantaError
from dashboard.stats import capture
from etl.reference import load_reference

Count = typer.Option(min=0)
AreaOption = Annotated[str, typer.Option(help="BD, the country, or the code of a division, as BD40.")]
FromOption = Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day that the lists cover.")]
ToOption = Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")]
COUNTRY = "BD"
MIN_D = 365
FLOORS = {
    "too_few_persons": f"under {capture.MIN_PERSONS} persons on the three lists together",
    "too_few_in_overlap": f"under {capture.MIN_OVERLAP} persons on both of some two lists",
    "too_few_seen_twice": f"under {capture.MIN_SEEN_TWICE} persons on two lists or more",
}
ASSUMPTIONS = (
    "Nobody came or left between the lists: one population over one period, a year or more, a division or the country.",
    "The links are right. One in twenty that is missed makes the total too large by about as much or more.",
    "Everybody could be on every list. Who no list can see is not in any total.",
    "The lists depend on one another as the model says, and no model can be proved from the lists themselves.",
)


@app.command(
    "second-opinion",
    epilog="Example: simanta second-opinion --area BD --from 2025-01-01 --to 2025-12-31 "
    "--a 195 --b 60 --c 104 --ab 41 --ac 66 --bc 18 --abc 23",
)
def second_opinion(
    area: AreaOption,
    from_: FromOption,
    to: ToOption,
    a: Annotated[int, Count],
    b: Annotated[int, Count],
    c: Annotated[int, Count],
    ab: Annotated[int, Count],
    ac: Annotated[int, Count],
    bc: Annotated[int, Count],
    abc: Annotated[int, Count],
    json_: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """How many persons in all, seen and unseen: --a on list A alone, --ab on A and B but not C, --abc on all three.

    The store links no records of different agencies, so the counts come from lists that were linked by a key at their
    source. Every model is shown and none is the winner. Refused where the lists overlap too little, for less than a
    division (--area), and for less than a year (--from, --to).
    """
    _wide_enough(area, from_.date(), to.date())
    found = capture.estimate(np.array([c, b, bc, a, ac, ab, abc]))
    if found.withheld is not None:
        raise SimantaError("TOO_FEW_ON_LISTS", f"No estimate: {FLOORS[found.withheld]}.", "Use longer or wider lists.")
    models = [_row(model) for model in found.models]
    if json_:
        covered = {"area": area, "from": f"{from_:%Y-%m-%d}", "to": f"{to:%Y-%m-%d}"}
        out({**covered, "n": found.n, "at_least": found.chao, "models": models, "assumptions": ASSUMPTIONS})
        return
    shown = Table(caption="Persons whom these lists can see, not prevalence. All models count; none is the winner.")
    for column in ("lists that depend", "in all", "95 %", "fit", "AIC"):
        shown.add_column(column)
    for row in models:
        shown.add_row(*_written(row))
    Console().print(shown)
    say(f"{area}, {from_:%Y-%m-%d} to {to:%Y-%m-%d}.")
    say(f"{found.n:,} persons on the lists; at least {found.chao:,.0f} in all (Chao's lower bound).")
    for line in ASSUMPTIONS:
        say(f"Supposed: {line}")


def _wide_enough(area: str, first: date, last: date) -> None:
    """Refuses what is smaller than a division or shorter than a year: there, people come and go, and links are few."""
    divisions = sorted({district.adm1 for district in load_reference().districts.values()})
    if area not in (COUNTRY, *divisions):
        raise SimantaError(
            "AREA_TOO_SMALL",
            f"No estimate for {area}: it is neither the country nor a division.",
            f"Give --area {COUNTRY}, or a division: {', '.join(divisions)}.",
        )
    if (days := (last - first).days + 1) < MIN_D:
        raise SimantaError(
            "PERIOD_TOO_SHORT",
            f"No estimate: from {first} to {last} are {max(days, 0)} days, and a year is needed.",
            f"Use lists of {MIN_D} days or more, and say so with --from and --to.",
        )


def _row(model: capture.Model) -> dict[str, object]:
    """A model by the names of the lists; what did not settle, and a limit that has no end, is null."""
    numbers = {name: getattr(model, name) for name in ("total", "low", "high", "deviance", "aic")}
    return {
        "dependent": ["ABC"[one] + "ABC"[other] for one, other in model.pairs],
        **{name: value if np.isfinite(value) else None for name, value in numbers.items()},
        "df": model.df,
        "is_bound_only": model.is_bound_only,
    }


def _written(row: dict[str, object]) -> list[str]:
    def number(name: str) -> str:
        value = row[name]
        return f"{value:,.0f}" if isinstance(value, float) else "no limit"

    pairs = row["dependent"]
    named = ", ".join(pairs) if isinstance(pairs, list) and pairs else "none"
    bound = " (a bound only)" if row["is_bound_only"] else ""
    return [named + bound, number("total"), f"{number('low')} to {number('high')}", number("deviance"), number("aic")]

"""What `soak.py` saw, told: the table of faults, curves, loads, and verdicts that are made from the numbers alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "SOAK.md"
WARM_S = 300  # of a life, before it is judged
LEAST_JUDGED = 12  # samples
MOST_GROWTH = 0.10  # of its middle, in an hour: more is called a leak where the fit is sure of it
BAD = ("refused", "fault", "traceback", "wrong", "dropped", "unanswered")
NEVER = ("fault", "traceback", "wrong")  # what nobody may see, whatever breaks
COLOURS = ("#1b6ca8", "#c2571a")
CURVES = {
    "rss": ("MiB of memory", "mib"),
    "handles": ("open files and sockets", "handles"),
    "threads": ("threads", "threads"),
}
MEASURED = ("mib", "handles", "threads")
PARTS = ("loaded", "unchanged", "superseded", "duplicate", "quarantined")


@dataclass
class Look:
    """One page that a person asked for. kind: whole, or one of BAD.   what: its version, or what was said instead."""

    at: float
    site: str
    person: str
    kind: str
    why: str
    ms: float
    what: str


@dataclass
class Life:
    """One process of a dashboard."""

    site: str
    pid: int
    began: float
    ended: float | None = None
    faults: int = 0


@dataclass
class Sample:
    """A process at a moment; used: MiB on the disk of its store; kept: versions."""

    at: float
    site: str
    pid: int
    mib: float
    handles: int
    threads: int
    used: float
    kept: int


@dataclass
class Load:
    """One `simanta load`. code: published, nothing new, killed, or the code of its refusal."""

    at: float
    site: str
    seconds: float
    code: str
    version: int
    kept: int
    rows_in: int
    parts: dict[str, int]
    is_cut: bool
    is_whole: bool = True

    @property
    def holds(self) -> bool:
        """The row equation, and that each row of the sheets was seen."""
        return not self.parts or (self.rows_in == sum(self.parts.values()) and self.is_whole)


@dataclass
class Fault:
    """What was broken when; cured: when it was mended, where the script had to."""

    name: str
    site: str
    at: float
    cured: float = 0.0
    told: str = ""


@dataclass
class Told:
    """All of a run."""

    looks: list[Look] = field(default_factory=list)
    lives: list[Life] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    checks: dict[str, tuple[int, list[str], int]] = field(default_factory=dict)
    versions: dict[str, dict[str, Any]] = field(default_factory=dict)
    records: dict[str, tuple[tuple[int, str], tuple[int, str]]] = field(default_factory=dict)
    pages: dict[str, int] = field(default_factory=dict)  # different ones that were seen
    errors: dict[str, dict[str, int]] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    @property
    def sites(self) -> list[str]:
        """Names of the stores."""
        return list(dict.fromkeys(look.site for look in self.looks))

    @property
    def lasted(self) -> float:
        """Seconds."""
        return max((look.at for look in self.looks), default=0.0)


def report(told: Told, header: Sequence[str], given: str) -> str:
    """The whole of it as Markdown."""
    parts = [
        f"# Benchmarks: long work under faults\n\nWritten by `benchmarks/soak.py` ({given}); how to read it: "
        "`benchmarks/README.md`.",
        "\n".join(f"- {line}" for line in header),
        "## Verdicts, from the numbers below",
        "\n".join(f"- {'holds' if holds else '**DOES NOT HOLD**'}: {line}" for holds, line in verdicts(told)),
        "## Faults",
        "\n".join(fault_table(told)),
        "*people whole again*: seconds from the fault until the last person whom it met had a whole page; *after the "
        "cure*: the same from when the cause was gone. *loads*: until a load published again; one comes every minute.",
        "## What people met",
        "\n".join(people_table(told)),
        "## Each life of a process",
        "\n".join(life_table(told)),
        f"Slopes are of a straight line through all samples after the first {WARM_S // 60} minutes of a life, with its "
        "standard error (samples follow one another, so the true one is larger).",
        *(f"![{CURVES[name][0]}](soak_{name}.svg)" for name in CURVES),
        "## Every five minutes",
        "\n".join(curve_table(told)),
        "## Loads",
        "\n".join(load_table(told)),
        "\n".join(refusals(told)),
        "## At the end",
        "\n".join(end_lines(told)),
    ]
    return "\n\n".join(parts) + "\n"


def verdicts(told: Told) -> Iterator[tuple[bool, str]]:
    """(whether it holds, what)."""
    seen = Counter(look.kind for look in told.looks)
    for kind, name in (("wrong", "wrong pages"), ("fault", "pages with a fault of ours"), ("traceback", "tracebacks")):
        yield seen[kind] == 0, f"{name} seen by people: {seen[kind]} of {len(told.looks):,} looks"
    back = [recovered(told, fault)[1] for fault in told.faults]
    never = sum(each is None for each in back)
    said = sum(load.code.startswith("no JSON") for load in told.loads)
    yield said == 0, f"loads that ended without an answer of theirs: {said} of {len(told.loads)}"
    yield never == 0, f"after every fault each person had a whole page again: {len(back) - never} of {len(back)}"
    again = [published_after(told, fault) for fault in told.faults]
    late = sum(each is None for each in again)
    yield late == 0, f"after every fault a load published again: {len(again) - late} of {len(again)}"
    equations = sum(load.holds for load in told.loads)
    yield (
        equations == len(told.loads),
        f"row equation, with every row of the sheet: {equations} of {len(told.loads)} loads",
    )
    for site, (ours, clean) in told.records.items():
        shown = (
            f"{ours[0]:,} in force, {clean[0]:,} in a store without faults; sums of their words equal: {ours == clean}"
        )
        yield ours == clean and ours[0] > 0, f"records, {site}: {shown}"
    for site, (ended, wrong, n) in told.checks.items():
        shown = f"ended {ended}, {n - len(wrong)} of {n} lines hold" + "".join(f"; {each}" for each in wrong)
        yield ended == 0, f"`simanta check --deep`, {site}: {shown}"
    yield from no_leak(told)
    yield not told.broken, f"this script's own parts that failed: {told.broken or 'none'}"


def no_leak(told: Told) -> Iterator[tuple[bool, str]]:
    """Of memory, handles and threads, over every life that was long enough."""
    judged = [(life, fits) for life in told.lives if (fits := judge(told, life))]
    for what in MEASURED:
        if not judged:
            yield False, f"no leak, {what}: not shown, no life was long enough to judge"
            continue
        grows = [f"{life.site} {life.pid}" for life, fits in judged if fits[what].is_growing]
        shown = f"{len(judged) - len(grows)} of {len(judged)} lives grow by no more than {MOST_GROWTH:.0%} an hour"
        yield not grows, f"no leak, {what}: {shown}" + (f"; more: {', '.join(grows)}" if grows else "")


# --- faults ---


def recovered(told: Told, fault: Fault) -> tuple[Counter[str], float | None]:
    """(what people of that store met from it, seconds until the last of them was whole again; 0: nobody was met).

    What is bad counts as this fault's until the next one of the same store.
    """
    until = min((f.at for f in told.faults if f.site == fault.site and f.at > fault.at), default=float("inf"))
    met, longest = Counter[str](), 0.0
    for person in {look.person for look in told.looks if look.site == fault.site}:
        looks = [look for look in told.looks if look.person == person and fault.at <= look.at + look.ms / 1000]
        bad = [look for look in looks if look.kind in BAD and look.at + look.ms / 1000 < until]
        met.update(look.kind for look in bad)
        if not bad:
            continue
        whole = [look.at + look.ms / 1000 for look in looks if look.kind == "whole" and look.at > bad[-1].at]
        if not whole:
            return met, None
        longest = max(longest, min(whole) - fault.at)
    return met, longest


def published_after(told: Told, fault: Fault) -> float | None:
    """Seconds from the fault until a load of that store published that began after it."""
    ends = [load.at + load.seconds for load in told.loads if load.site == fault.site and load.code == "published"]
    after = [end - fault.at for end in ends if end > max(fault.at, fault.cured - 1)]
    return min(after, default=None)


def fault_table(told: Told) -> Iterator[str]:
    """One row a fault, in the order of their times."""
    yield from _head(
        *("at", "fault", "store", "what was seen"),
        *("refused in words", "lines dropped", "tries without an answer", "never to be seen"),
        *("people whole again, s", "after the cure, s", "loads, s"),
    )
    for fault in told.faults:
        met, back = recovered(told, fault)
        load = published_after(told, fault)
        never = sum(met[kind] for kind in NEVER)
        after = "never" if back is None else f"{max(0.0, back - (fault.cured - fault.at)):.0f}"
        name, counts = fault.name.replace("_", " "), [str(met[kind]) for kind in ("refused", "dropped", "unanswered")]
        again = ["never" if back is None else f"{back:.0f}", after, "none" if load is None else f"{load:.0f}"]
        yield _row(f"{fault.at / 60:.1f} min", name, fault.site, fault.told, *counts, str(never), *again)


def _head(*names: str) -> Iterator[str]:
    yield _row(*names)
    yield "|" + "---|" * len(names)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def people_table(told: Told) -> Iterator[str]:
    """What was seen and how long a change took, at the start and at the end."""
    yield from _head(
        *("store", "looks", "whole", "refused in words", "lines dropped", "tries without an answer"),
        *("fault pages", "tracebacks", "wrong", "held against an earlier look"),
        *("a change, first sixth of the time, p50 ms", "p95", "last sixth, p50 ms", "p95"),
    )
    for site in told.sites:
        looks = [look for look in told.looks if look.site == site]
        seen = Counter(look.kind for look in looks)
        waits = [f"{ms:,.0f}" for part in (0, 5) for ms in _waits(looks, part * told.lasted / 6, told.lasted / 6)]
        counts = [seen[kind] for kind in ("whole", "refused", "dropped", "unanswered", "fault", "traceback", "wrong")]
        again = seen["whole"] + seen["wrong"] - told.pages.get(site, 0)
        yield f"| {site} | {len(looks):,} | {' | '.join(f'{n:,}' for n in counts)} | {again:,} | {' | '.join(waits)} |"


def _waits(looks: Sequence[Look], start: float, length: float) -> tuple[float, float]:
    ms = [x.ms for x in looks if x.kind == "whole" and x.why == "changed" and start <= x.at <= start + length]
    return (median(ms), quantiles(ms, n=20, method="inclusive")[-1]) if len(ms) > 1 else (float("nan"), float("nan"))


# --- curves ---


@dataclass(frozen=True)
class Fit:
    """A straight line through the samples of a life: growth in an hour, its error, and the middle value."""

    slope: float
    error: float
    middle: float

    @property
    def is_growing(self) -> bool:
        """Surely, and by more than is let pass."""
        return self.slope > 2 * self.error and self.slope > MOST_GROWTH * self.middle


def judge(told: Told, life: Life) -> dict[str, Fit]:
    """The fits of a life; nothing where it was too short."""
    mine = [s for s in told.samples if s.pid == life.pid and s.at > life.began + WARM_S]
    if len(mine) < LEAST_JUDGED:
        return {}
    hours = np.array([s.at for s in mine]) / 3600
    return {
        name: _fit(hours, np.array([getattr(s, name) for s in mine], float)) for name in ("mib", "handles", "threads")
    }


def _fit(x: Any, y: Any) -> Fit:
    (slope, _), covariance = np.polyfit(x, y, 1, cov=True)
    return Fit(float(slope), float(np.sqrt(covariance[0, 0])), float(np.median(y)))


def life_table(told: Told) -> Iterator[str]:
    """One row a process."""
    yield from _head(
        *("store", "process", "from min", "to"),
        *(f"{what} first, last, most" for what in ("MiB", "handles", "threads")),
        *(f"{what} an hour" for what in ("MiB", "handles", "threads")),
        "fault pages by its own count",
    )
    for life in sorted(told.lives, key=lambda each: (each.site, each.began)):
        mine, fits = [s for s in told.samples if s.pid == life.pid], judge(told, life)
        spans = [_span([getattr(s, name) for s in mine]) for name in MEASURED]
        slopes = [f"{fits[n].slope:+,.0f} ± {fits[n].error:,.0f}" if fits else "too short" for n in MEASURED]
        end = told.lasted if life.ended is None else life.ended
        span = f"{life.began / 60:.1f}", f"{end / 60:.1f}"
        yield _row(life.site, str(life.pid), *span, *spans, *slopes, str(life.faults))


def _span(values: Sequence[float]) -> str:
    return f"{values[0]:,.0f}, {values[-1]:,.0f}, {max(values):,.0f}" if values else "–"


def curve_table(told: Told, every: float = 300) -> Iterator[str]:
    """One row a store and five minutes: the last sample in them."""
    yield from _head("until min", "store", "process", "MiB", "handles", "threads", "MiB on its disk", "versions kept")
    last = {(int(s.at // every), s.site): s for s in told.samples}
    for (n, site), s in sorted(last.items()):
        until = f"{(n + 1) * every / 60:.0f}"
        yield _row(until, site, *(f"{x:.0f}" for x in (s.pid, s.mib, s.handles, s.threads, s.used, s.kept)))


def write(text: str, told: Told) -> None:
    """SOAK.md and, beside it, its curves."""
    RESULTS.write_text(text, encoding="utf-8")
    for name, (title, of) in CURVES.items():
        (HERE / f"soak_{name}.svg").write_text(curve(told, title, of), encoding="utf-8")


def curve(told: Told, title: str, of: str) -> str:
    """A line a process over the time; a grey one a fault."""
    most = max((getattr(s, of) for s in told.samples), default=1) * 1.1
    span = max(told.lasted, 1.0)

    def at(seconds: float, value: float) -> str:
        return f"{50 + 640 * seconds / span:.1f},{200 - 170 * value / most:.1f}"

    lines = [
        f'<line x1="{50 + 640 * f.at / span:.1f}" x2="{50 + 640 * f.at / span:.1f}" y1="30" y2="200" stroke="#ccc"/>'
        for f in told.faults
    ]
    for life in told.lives:
        points = " ".join(at(s.at, getattr(s, of)) for s in told.samples if s.pid == life.pid)
        lines.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[told.sites.index(life.site)]}"/>')
    words = [(50, 20, f"{title}; a grey line is a fault", "#333"), (10, 35, f"{most:,.0f}", "#333")]
    words += [(30, 204, "0", "#333"), (640, 216, f"{span / 60:.0f} min", "#333")]
    words += [(400 + 100 * n, 20, site, COLOURS[n]) for n, site in enumerate(told.sites)]
    lines += [f'<text x="{x}" y="{y}" fill="{colour}">{word}</text>' for x, y, word, colour in words]
    frame = '<rect width="700" height="220" fill="#fff"/><path d="M50 30V200H690" fill="none" stroke="#333"/>'
    how = 'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 220" font-family="sans-serif" font-size="12"'
    return f"<svg {how}>{frame}{''.join(lines)}</svg>\n"


# --- loads, and the end ---


def load_table(told: Told) -> Iterator[str]:
    """One row a load: the row equation."""
    yield from _head("at min", "store", "ended", "s", "rows in", *PARTS, "equation")
    for load in told.loads:
        ended = f"v{load.version:06d}" if load.code == "published" else load.code
        ended += " (half a sheet)" if load.is_cut else ""
        holds = "–" if not load.parts else "holds" if load.holds else "DOES NOT HOLD"
        parts = [str(load.parts.get(part, "–")) for part in PARTS]
        told_of = [f"{load.at / 60:.1f}", load.site, ended, f"{load.seconds:.1f}", str(load.rows_in or "–")]
        yield _row(*told_of, *parts, holds)


def refusals(told: Told) -> Iterator[str]:
    """What people were told in place of a page, and how often."""
    yield "What people saw in place of a page, and why a line ended:\n"
    shown = Counter(
        (look.site, look.kind, look.what) for look in told.looks if look.kind in BAD and look.kind != "wrong"
    )
    for (site, kind, what), n in shown.most_common(20):
        yield f"- {n} × {site}, {kind}: {what}"


def end_lines(told: Told) -> Iterator[str]:
    """What the store says, and what the servers wrote."""
    for site, listed in told.versions.items():
        rows = [f"v{each['version']:06d} {each.get('rows') or each.get('error')}" for each in listed.get("about", [])]
        force = f"v{listed.get('current') or 0:06d} in force"
        yield f"- `simanta versions`, {site}: {len(rows)} kept, {force}; rows: {', '.join(rows)}"
    for site, errors in told.errors.items():
        yield f"- errors in the server's log, {site}: {sum(errors.values())}"
        for line, n in sorted(errors.items(), key=lambda each: -each[1])[:5]:
            yield f"  - {n} × `{line}`"

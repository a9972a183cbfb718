"""The border ribbon as rectangles, points and words: what `charts.border.along_border` draws."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.charts import STUB, Rows, shown
from dashboard.charts.border import Shapes
from dashboard.disclosure import HIDDEN, K, Row
from dashboard.filters import Label
from dashboard.i18n import Text
from dashboard.theme import Theme

BAND_PX, HEAT_PX, NAME_PX = 14, 7, 15
LETTER_PX, WIDEST_PX = 6.2, 4000  # of a name's letters; a name that needs a wider chart is never drawn
HEAT_BREAKS = (K, 2 * K, 4 * K)  # after none and what is withheld; fixed under every filter and period
EDGE = 0.12  # of the width, within which a name is written inwards
PARTS = {"n_tip": "TIP", "n_som": "SOM", "n_undetermined": "UNDETERMINED", "n_mixed": "mixed"}


@dataclass(frozen=True)
class Ribbon:
    """What a ribbon is drawn from: rows of the tables stretches and marks, and, for its heat rows, periods and past."""

    stretches: Rows
    marks: Rows
    periods: Rows = ()
    past: Rows = ()

    @property
    def length_km(self) -> float:
        """All of the line."""
        return float(self.stretches[-1]["end_km"])


def draw(drawn: Ribbon, text: Text, name: Label, theme: Theme, bars_px: int) -> Shapes:
    """The border as one line: bars up for now by label, down for before; neighbours, districts; a row a past period."""
    base_px, scale = _baseline(drawn.stretches, bars_px)
    band_px = NAME_PX + bars_px + 6
    heat_px = band_px + 2 * BAND_PX + 6
    bands, band_names = _bands(drawn, text, name, theme, band_px)
    bars = [piece for row in drawn.stretches for piece in _bar(row, text, name, theme, base_px, scale)]
    posts = [
        {"x": mark["chainage_km"], "y": band_px - 4, "tip": name("crossing", mark["crossing"])} for mark in drawn.marks
    ]
    return Shapes(
        drawn.length_km,
        heat_px + HEAT_PX * len(drawn.periods),
        base_px,
        [*bands, *_tiles(drawn, text, name, theme, heat_px), *bars],
        posts,
        [*_peaks(drawn, text, name, theme, base_px, scale), *band_names],
    )


def _baseline(stretches: Rows, bars_px: int) -> tuple[float, float]:
    """Where the line of no detections lies, and pixels a detection, the same upwards and downwards."""
    up, down = (max([K, *(row[column] or 0 for row in stretches)]) for column in ("n", "n_before"))
    scale = bars_px / (up + down)
    return NAME_PX + up * scale, scale


def _bar(row: Row, text: Text, name: Label, theme: Theme, base_px: float, scale: float) -> list[dict[str, Any]]:
    """The pieces of a stretch's bar. A count of 1 to 4 is a stub of one height, whatever it is."""
    tip, y, pieces = _stretch_tip(row, text, name), base_px, []
    ends = {"x": row["start_km"], "x2": row["end_km"], "tip": tip}
    if row["n" + HIDDEN]:
        pieces.append(ends | {"y": base_px, "y2": base_px - STUB * scale, "colour": theme.label["mixed"]})
    else:
        for part, label in PARTS.items():
            if n := row[part]:
                pieces.append(ends | {"y": y, "y2": y - n * scale, "colour": theme.label[label]})
                y -= n * scale
    before = STUB if row["n_before" + HIDDEN] else row["n_before"]
    if before:
        pieces.append(ends | {"y": base_px, "y2": base_px + before * scale, "colour": theme.before})
    return pieces


def _stretch_tip(row: Row, text: Text, name: Label) -> str:
    return text(
        "km {start} to {end}, {place}: {n} detections, {before} in the period compared",
        start=round(row["start_km"]),
        end=round(row["end_km"]),
        place=name("district", row["adm2"]),
        n=shown(row, "n", text),
        before=shown(row, "n_before", text),
    )


def _tiles(drawn: Ribbon, text: Text, name: Label, theme: Theme, heat_px: int) -> list[dict[str, Any]]:
    """A row a period, newest on top, on a ground where the data reach over it; none where they do not: unknown."""
    rows = {
        each["period"]: {"y": heat_px + HEAT_PX * at, "y2": heat_px + HEAT_PX * (at + 1) - 1}
        for at, each in enumerate(drawn.periods)
    }
    spans = {
        each["period"]: text("{start} to {end}", start=each["date_from"], end=each["date_to"]) for each in drawn.periods
    }
    ground = [
        {"x": 0, "x2": drawn.length_km, "colour": theme.panel, "tip": spans[each["period"]]} | rows[each["period"]]
        for each in drawn.periods
        if each["is_covered"]
    ]
    place = {row["stretch"]: row for row in drawn.stretches}
    return ground + [
        {
            "x": place[each["stretch"]]["start_km"],
            "x2": place[each["stretch"]]["end_km"],
            "colour": heat_colours(theme)[heat_step(each["n"])],
            "tip": text(
                "{place}, {span}: {n} detections",
                place=name("district", place[each["stretch"]]["adm2"]),
                span=spans[each["period"]],
                n=shown(each, "n", text),
            ),
        }
        | rows[each["period"]]
        for each in drawn.past
    ]


def heat_step(n: int | None) -> int:
    """0 for what is withheld, then 1 from K, 2 from 2 K, 3 from 4 K on."""
    return sum((n or 0) >= limit for limit in HEAT_BREAKS)


def heat_colours(theme: Theme) -> tuple[str, str, str, str]:
    """The four steps of a heat row."""
    return (theme.steps[0], *theme.steps[2:5])  # type: ignore[return-value]  # a theme has five steps


def _bands(
    drawn: Ribbon, text: Text, name: Label, theme: Theme, top_px: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Two bands, neighbours above districts, in two alternating tints; and their names."""
    bands: list[dict[str, Any]] = []
    names: list[dict[str, Any]] = []
    n_shown = {row["adm2"]: 0 for row in drawn.stretches}
    for row in drawn.stretches:
        n_shown[row["adm2"]] = max(n_shown[row["adm2"]], row["n"] or 0)
    for at, (column, tints) in enumerate(
        (("neighbour", (theme.panel, theme.grid)), ("adm2", (theme.grid, theme.before)))
    ):
        runs = _runs(drawn.stretches, column)
        y = top_px + at * BAND_PX
        called = [_called(code, column, text, name) for code, _, _ in runs]
        bands += [
            {"x": start, "x2": end, "y": y, "y2": y + BAND_PX - 1, "colour": tints[i % 2], "tip": word}
            for i, (word, (_, start, end)) in enumerate(zip(called, runs, strict=True))
        ]
        # The districts of the highest bars are named first, also where the name is wider than the band.
        ranked = sorted(
            zip(called, runs, strict=True),
            key=lambda each: (-n_shown[each[1][0]] if column == "adm2" else 0, each[1][1] - each[1][2]),
        )
        fits = [column == "adm2" and n_shown[code] >= K for _, (code, _, _) in ranked]
        placed = [_Word(word, start, end, y + BAND_PX / 2) for word, (_, start, end) in ranked]
        names += _names(placed, fits, drawn.length_km, theme.text if at else theme.muted)
    return bands, names


def _called(code: str | None, column: str, text: Text, name: Label) -> str:
    if column == "adm2":
        return name("district", str(code))
    return name("neighbour", code) if code else text("Bay of Bengal")


def _runs(stretches: Rows, column: str) -> list[tuple[Any, float, float]]:
    """Code, start and end in km of each run of stretches with one code."""
    runs: list[tuple[Any, float, float]] = []
    for row in stretches:
        if runs and runs[-1][0] == row[column]:
            runs[-1] = (row[column], runs[-1][1], row["end_km"])
        else:
            runs.append((row[column], row["start_km"], row["end_km"]))
    return runs


def _peaks(drawn: Ribbon, text: Text, name: Label, theme: Theme, base_px: float, scale: float) -> list[dict[str, Any]]:
    """The names of the highest bars over them, with their counts: those of five or more, the highest first."""
    ranked = sorted((row for row in drawn.stretches if row["n"]), key=lambda row: -row["n"])
    placed = [
        _Word(
            f"{_place(row, name)} {text.number(row['n'])}",
            row["start_km"],
            row["end_km"],
            base_px - row["n"] * scale - 7,
        )
        for row in ranked
    ]
    return _names(placed, [True] * len(placed), drawn.length_km, theme.text)


def _place(row: Row, name: Label) -> str:
    return name("crossing", row["crossing"]) if row["crossing"] else name("district", row["adm2"])


@dataclass(frozen=True)
class _Word:
    """A name to be written over the middle of a piece of the line; y in pixels from the top."""

    word: str
    start_km: float
    end_km: float
    y: float


def _names(
    ranked: Sequence[_Word], may_overhang: Sequence[bool], length_km: float, colour: str
) -> list[dict[str, Any]]:
    """Words at their places, the most important first, each with the least width of the chart at which it is drawn."""
    extents: list[tuple[float, float, float]] = []
    names = []
    for each, overhangs in zip(ranked, may_overhang, strict=True):
        at, wide = (each.start_km + each.end_km) / 2 / length_km, LETTER_PX * len(each.word) + 4
        align = "left" if at < EDGE else "right" if at > 1 - EDGE else "center"
        left = {"left": 0.0, "center": -wide / 2, "right": -wide}[align]
        needed = [_apart(at, left, left + wide, *other) for other in extents]
        needed.append(0 if overhangs else wide * length_km / (each.end_km - each.start_km))
        extents.append((at, left, left + wide))
        if max(needed) <= WIDEST_PX:
            drawn = {"x": at * length_km, "y": each.y, "name": each.word, "tip": each.word}
            names.append(drawn | {"align": align, "colour": colour, "min_px": max(needed)})
    return names


def _apart(at: float, left: float, right: float, other: float, other_left: float, other_right: float) -> float:
    """The least width of the chart at which two words at these shares of it do not touch."""
    if at == other:
        return WIDEST_PX + 1
    reach = right - other_left if at < other else other_right - left
    return max(0.0, reach / abs(at - other))

"""A page's blocks set as a PDF, and one picture of it as PNG or SVG: by typst, with our own letters, no network.

Every word goes to the compiler as data; its program is one file of ours, so no text can become part of it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import typst

from dashboard.paper import Block, Figure, Heading, Legend, Listing, Mark, Picture, Placed, Prose
from dashboard.settings import ROOT

SHEET, ALONE = (Path(__file__).parent / "sheets" / name for name in ("brief.typ", "picture.typ"))
FONTS = ROOT / "static" / "fonts"
ALL, MUCH = 0.9, 0.55  # of a screen's width, from which on words, or a picture, have all of the paper's
COLUMNS = 4  # most columns of a table in half of the paper's width
LITTLE = 60.0  # points of an empty column that are not worth filling
MOST_ROWS = 60  # of a table on paper; all of them are in the exports

Kind = Literal["png", "svg"]


@dataclass(frozen=True)
class Sheet:
    """What stands around the blocks. notes: name, meaning and limit of each kind of number; told: lines at the end.

    is_one_page: all of it is set as much smaller as one page needs.
    """

    title: str
    filters: str
    language: str
    foot: str
    notes_title: str
    notes: Sequence[tuple[str, str, str]]
    more: str
    told: Sequence[str]
    warned: str | None = None
    qr: str | None = None
    is_one_page: bool = False


def as_pdf(sheet: Sheet, blocks: Sequence[Placed], made_at: datetime) -> bytes:
    """A4, tagged for screen readers; the same blocks at the same moment give the same bytes."""
    told = asdict(sheet) | {"parts": list(_parts(blocks, sheet))}
    return _compiled(SHEET, told, format="pdf", timestamp=int(made_at.timestamp()))


def as_picture(picture: Picture, language: str, foot: str, kind: Kind) -> bytes:
    """One map or chart with a line that says what it shows; letters as outlines, so that it needs no font."""
    told = {"picture": _block(picture, ""), "foot": foot, "language": language}
    return _compiled(ALONE, told, format=kind, ppi=200.0)


def _compiled(program: Path, told: Mapping[str, Any], **how: Any) -> bytes:
    made = typst.compile(program.read_bytes(), font_paths=_fonts(), sys_inputs={"told": json.dumps(told)}, **how)
    assert isinstance(made, bytes)  # of one page; a PDF is one file
    return made


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(FONTS)])


def _parts(blocks: Sequence[Placed], sheet: Sheet) -> Iterator[dict[str, Any]]:
    """Wide units over the whole paper; narrow ones in two columns, to which later ones come up where there is room."""
    units = sorted(_units(blocks), key=_rank)
    while units:
        if _is_wide(units[0]):
            yield {"wide": _set(units.pop(0), sheet)}
            continue
        together = []
        while units and not _is_wide(units[0]):
            together.append(units.pop(0))
        while (room := _room(together)) and (fits := _next_narrow(units, room)) is not None:
            together.append(units.pop(fits))
        yield _columns(together, sheet)


def _room(units: Sequence[Sequence[Placed]]) -> float:
    """How much of the shorter column is empty, in points; 0 where it is not worth filling."""
    empty = abs(_heights(units)[0] - _heights(units)[1])
    return empty if empty > LITTLE else 0.0


def _next_narrow(units: Sequence[Sequence[Placed]], room: float) -> int | None:
    found = (i for i, unit in enumerate(units) if not _is_wide(unit) and _tall(unit) <= room + LITTLE)
    return next(found, None)


def _units(blocks: Sequence[Placed]) -> Iterator[list[Placed]]:
    """What must stay together: a title, what it names, and the legend and captions below."""
    unit: list[Placed] = []
    for placed in blocks:
        if unit and _begins(placed, unit):
            yield unit
            unit = []
        unit.append(placed)
    if unit:
        yield unit


def _rank(unit: Sequence[Placed]) -> int:
    """The finding first, then the key figures, then the rest as the page has it."""
    return next((i for i, kind in enumerate((Heading, Figure)) if isinstance(unit[0].block, kind)), 2)


def _begins(placed: Placed, unit: Sequence[Placed]) -> bool:
    block, first, last = placed.block, unit[0].block, unit[-1].block
    if isinstance(block, Figure) or isinstance(last, Figure):
        return type(block) is not type(last)
    if isinstance(block, Heading) or isinstance(last, Heading) or (placed.share >= ALL > unit[-1].share):
        return True
    if isinstance(block, Prose) and block.is_title:
        return not (isinstance(last, Prose) and last.is_title)
    shown = [each.share for each in unit if isinstance(each.block, Picture | Listing)]
    has_title = isinstance(first, Prose) and first.is_title
    return isinstance(block, Picture | Listing) and (shown[-1:] != [placed.share] if shown else not has_title)


def _is_wide(unit: Sequence[Placed]) -> bool:
    blocks = [placed.block for placed in unit]
    return (
        isinstance(blocks[0], Heading | Figure)
        or any(isinstance(placed.block, Picture) and placed.share >= MUCH for placed in unit)
        or any(isinstance(block, Listing) and len(block.columns) > COLUMNS for block in blocks)
        or (unit[0].share >= ALL and all(isinstance(block, Prose) for block in blocks))
    )


def _columns(units: Sequence[Sequence[Placed]], sheet: Sheet) -> dict[str, Any]:
    sides = _sides(units)
    left, right = ([_set(unit, sheet) for unit, at in zip(units, sides, strict=True) if at == side] for side in (0, 1))
    return {"left": left, "right": right}


def _sides(units: Sequence[Sequence[Placed]]) -> list[int]:
    """Each unit's column: the one that is shorter so far."""
    heights, sides = [0.0, 0.0], []
    for unit in units:
        sides.append(heights.index(min(heights)))
        heights[sides[-1]] += _tall(unit)
    return sides


def _heights(units: Sequence[Sequence[Placed]]) -> list[float]:
    sides = _sides(units)
    return [sum(_tall(unit) for unit, at in zip(units, sides, strict=True) if at == side) for side in (0, 1)]


def _tall(unit: Sequence[Placed]) -> float:
    return sum(_height(placed.block) for placed in unit)


def _height(block: Block) -> float:
    """About how high a block is in half of the paper's width, in points."""
    if isinstance(block, Picture):
        return block.height_px * min(1.0, 255 / block.width_px) + 10
    if isinstance(block, Listing):
        return 14.0 * min(block.n_rows, MOST_ROWS) + 24
    if isinstance(block, Legend):
        return 5.0 * len(block.marks) + 10
    if isinstance(block, Prose):
        return sum(12.0 * (1 + sum(len(said) for said, _ in line) // 58) for line in block.lines) + 6
    return 40.0


def _set(unit: Sequence[Placed], sheet: Sheet) -> dict[str, Any]:
    figures = [placed.block for placed in unit if isinstance(placed.block, Figure)]
    if figures:
        return {"blocks": [{"kind": "figures", "figures": [asdict(each) for each in figures]}]}
    return {"blocks": [_block(placed.block, sheet.more) for placed in unit]}


def _block(block: Block, more: str) -> dict[str, Any]:
    if isinstance(block, Listing):
        rows = list(zip(*block.columns.values(), strict=True))
        unprinted = more.replace("{n}", str(len(rows) - MOST_ROWS)) if len(rows) > MOST_ROWS else None
        return {"kind": "table", "heads": list(block.columns), "rows": rows[:MOST_ROWS], "more": unprinted}
    if isinstance(block, Legend):
        return {"kind": "legend", "marks": [_mark(mark) for mark in block.marks]}
    if isinstance(block, Prose):
        return asdict(block) | {"kind": "prose", "is_title": block.is_title}
    return asdict(block) | {"kind": type(block).__name__.lower()}


def _mark(mark: Mark) -> dict[str, Any]:
    """A shape of CSS as what the sheet draws: size in points, colour, line, roundness."""
    style = mark.style
    fill = style.get("background", "transparent")
    line = style.get("border", "").split()
    is_hatched = "gradient" in fill
    return {
        "said": mark.said,
        "share": mark.share,
        "width": _px(style.get("width", "12px")),
        "height": _px(style.get("height", "10px")),
        "fill": None if is_hatched or not fill.startswith("#") else fill,
        "line": "#55636E" if is_hatched else (line[2] if len(line) > 2 and line[2].startswith("#") else None),
        "outlined": bool(line) and not line[-1].startswith("#"),
        "hatched": is_hatched,
        "round": style.get("border-radius") == "50%",
    }


def _px(length: str) -> float:
    return float(length.removesuffix("px") or 0) if length != "100%" else 0.0

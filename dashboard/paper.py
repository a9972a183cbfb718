"""What a page says as plain blocks, without a browser: a brief and a snapshot's file are set from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Run = tuple[str, bool]  # words, and whether they are bold


@dataclass(frozen=True)
class Word:
    """A word in a picture: x and y of its baseline in pixels; align: left, center or right of x; turned in degrees."""

    x: float
    y: float
    said: str
    align: str
    size_px: float
    colour: str
    weight: int = 400
    halo: str | None = None
    turned: float = 0.0


@dataclass(frozen=True)
class Picture:
    """A map or a chart: shapes as SVG, words apart from them, since no two programs set Bangla in an SVG alike.

    svg: a whole `<svg>` of width_px by height_px without any text; alt: what it shows, for those who cannot see it.
    """

    svg: str
    width_px: float
    height_px: float
    words: Sequence[Word]
    alt: str


@dataclass(frozen=True)
class Heading:
    """The page's finding, or the name of a part of it."""

    said: str


@dataclass(frozen=True)
class Prose:
    """Lines of bold and plain runs; is_small: a caption; is_list: each line is a point of a list."""

    lines: Sequence[Sequence[Run]]
    is_small: bool
    is_list: bool

    @property
    def is_title(self) -> bool:
        """Whether all of it is bold: the name of what comes next."""
        return len(self.lines) == 1 and all(bold for _, bold in self.lines[0])


@dataclass(frozen=True)
class Figure:
    """A key figure: its name, the figure, and what it is compared with."""

    name: str
    figure: str
    note: str


@dataclass(frozen=True)
class Listing:
    """A table of texts: heading to its column."""

    columns: Mapping[str, Sequence[str]]
    alt: str

    @property
    def n_rows(self) -> int:
        """How many rows it has."""
        return len(next(iter(self.columns.values()), ()))


@dataclass(frozen=True)
class Mark:
    """A colour or shape and what it means. style: of CSS; share: of the whole, in a bar of shares."""

    style: Mapping[str, str]
    said: str
    share: float | None = None


@dataclass(frozen=True)
class Legend:
    """Marks in a row; with shares, one bar."""

    marks: Sequence[Mark]


Block = Heading | Prose | Figure | Listing | Legend | Picture


@dataclass(frozen=True)
class Placed:
    """A block, and how much of the page's width it has on a screen: 1 for all of it."""

    block: Block
    share: float

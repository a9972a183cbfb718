"""The three pictures of cells on the Hotspots page, significance, history and P(hot), with the shapes of doubt."""

from pydeck.types import String

from dashboard import layers
from dashboard.disclosure import Answer, Row
from dashboard.i18n import N_, Text
from dashboard.layers import Drawn, Layer
from dashboard.theme import Theme, rgba

NEW_PX, EXACT_PX = 1.2, 1.0  # outlines of a new hot spot, and of a cell that is hot on exact records
STEP = {"cannot_tell": 0, "probably": 1, "hot_wherever": 2}
HATCH = {"hatch": {"x": 0, "y": 0, "width": 64, "height": 64, "mask": True}}
HISTORY = {
    "new_hot": N_("new"),
    "consecutive_hot": N_("consecutive"),
    "intensifying_hot": N_("intensifying"),
    "persistent_hot": N_("persistent"),
    "diminishing_hot": N_("diminishing"),
    "sporadic_hot": N_("sporadic"),
    "oscillating_hot": N_("oscillating"),
    "historical_hot": N_("formerly hot"),
    "new_cold": N_("newly below chance"),
    "consecutive_cold": N_("below chance for some months"),
    "intensifying_cold": N_("ever further below chance"),
    "persistent_cold": N_("steadily below chance"),
    "diminishing_cold": N_("less and less below chance"),
    "sporadic_cold": N_("now and then below chance"),
    "oscillating_cold": N_("below chance, once hot"),
    "historical_cold": N_("formerly below chance"),
    "no_pattern": N_("no pattern"),
    "undefined": N_("not tested"),
}


def drawn(view: str, cluster: int | None, with_naive: bool) -> Drawn:
    """What the map of a view shows, one cluster outlined, and naive placing beside it if asked for."""

    def layers_of(answer: Answer, text: Text, theme: Theme) -> list[Layer]:
        return [
            _unknown(answer, theme),
            *_CELLS[view](answer, text, theme),
            *([_naive(answer, theme)] if with_naive else []),
            layers.rings(answer, text, theme),
            _outline(answer, view, cluster, theme),
        ]

    return layers_of


def _significance(answer: Answer, text: Text, theme: Theme) -> list[Layer]:
    return layers.classes(answer, text, theme)


def _history(answer: Answer, text: Text, theme: Theme) -> list[Layer]:
    data = [
        _cell(
            row, colour(row["emerging"], theme), 1.4 if row["emerging"].startswith("new") else 0.4, answer, text, theme
        )
        for row in answer.rows("cells")
        if row["emerging"] not in (None, "no_pattern", "undefined")
    ]
    return [layers.hexagons("history", data)]


def colour(emerging: str, theme: Theme) -> str:
    """The colour of a class: cold ones are all alike, as their name is written beside."""
    return theme.fewer if emerging.endswith("_cold") else theme.history[emerging.removesuffix("_hot")]


def _p_hot(answer: Answer, text: Text, theme: Theme) -> list[Layer]:
    """By share of placements; a heavy outline where the cell is hot on exact records alone."""
    data = [
        _cell(row, theme.hot[STEP[row["called"]]], EXACT_PX if row["class"] == "hot" else 0, answer, text, theme)
        for row in answer.rows("cells")
        if row["called"] in STEP
    ]
    return [layers.hexagons("p-hot", data)]


_CELLS = {"significance": _significance, "emerging": _history, "p_hot": _p_hot}


def _cell(row: Row, fill: str, line_px: float, answer: Answer, text: Text, theme: Theme) -> Layer:
    return {
        "h": layers.h3_of(row["cell"]),
        "c": rgba(fill, 235),
        "w": line_px,
        "o": rgba(theme.text),
        "tip": layers.cell_tip(row, text, answer.label(text.language)),
    }


def _unknown(answer: Answer, theme: Theme) -> Layer:
    """Hatched: no effort on record."""
    return layers.layer(
        "H3HexagonLayer",
        "unknown",
        [{"h": layers.h3_of(row["cell"])} for row in answer.rows("unknown")],
        get_hexagon="h",
        get_fill_color=rgba(theme.muted, 70),
        extruded=False,
        stroked=False,
        high_precision=True,
        pickable=False,
        extensions=[{"@@type": "FillStyleExtension", "pattern": True}],
        fill_pattern_atlas=String(f"{layers.STATIC}/hatch.png"),
        fill_pattern_mapping=HATCH,
        fill_pattern_mask=True,
        get_fill_pattern=String("@@='hatch'"),  # pydeck would take the quotes off, and map.js wants them
        get_fill_pattern_scale=480,
    )


def _naive(answer: Answer, theme: Theme) -> Layer:
    """What placing at centres would call hot: an outline in the colour of doubt, and no fill."""
    data = [
        {"h": layers.h3_of(row["cell"]), "c": [0, 0, 0, 0], "w": 2.2, "o": rgba(theme.accent), "tip": ""}
        for row in answer.rows("cells")
        if row["is_naive_hot"]
    ]
    return layers.hexagons("naive", data, pickable=False)


def rounded(answer: Answer, text: Text, theme: Theme) -> list[Layer]:
    """Rounded counts; a cell that is counted with another is pale, so that one count does not look like several."""
    name = answer.label(text.language)
    data = [
        {
            "h": cell,
            "c": rgba(theme.steps[layers.count_step(row["n"])], 60 if i else 215),
            "w": 0.3 if i else 0.8,
            "o": rgba(theme.text),
            "tip": text(
                "{place}: {n} detections",
                place=name("district", row["adm2"]),
                n=text("about {n} ({least}–{most})", n=row["n"], least=row["least"], most=row["most"]),
            ),
        }
        for row in answer.rows("cells")
        for i, cell in enumerate(cells_of(row))
    ]
    return [layers.hexagons("counts", data)]


def cells_of(row: Row) -> list[str]:
    """A cell of protected figures, and those that are counted with it."""
    return [layers.h3_of(row["cell"]), *(row["joined"] or "").split()]


def _outline(answer: Answer, view: str, cluster: int | None, theme: Theme) -> Layer:
    """The chosen cluster, as one line around all its cells."""
    cells = [layers.h3_of(row["cell"]) for row in answer.rows("cells") if row[f"cluster_{view}"] == cluster is not None]
    return layers.line("cluster", layers.boundary(cells), theme.text, 1.8)

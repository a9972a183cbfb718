"""A chart's Vega-Lite spec as flat shapes and words, without a browser: by vl-convert, its text taken out."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from xml.etree import ElementTree

from dashboard.paper import Picture, Word
from dashboard.settings import ROOT

FONTS = ROOT / "static" / "fonts"
FONT = {"bn": "Noto Sans Bengali"}
VEGA_LITE = "6.4"
SVG = "http://www.w3.org/2000/svg"
MOVE = re.compile(r"translate\(([-\d.e]+)[ ,]+([-\d.e]+)\)")
TURN = re.compile(r"rotate\(([-\d.e]+)")
ALIGN = {"start": "left", "middle": "center", "end": "right"}


def drawn(spec: Mapping[str, Any], width_px: float, language: str, alt: str) -> Picture:
    """A picture of a chart at this width; its height is its own."""
    config = dict(spec.get("config", {})) | {"font": FONT.get(language, "Inter")}
    fitted = {"autosize": {"type": "fit-x", "contains": "padding"}, "width": width_px, "config": config}
    root = ElementTree.fromstring(_vega().vegalite_to_svg(dict(spec) | fitted, vl_version=VEGA_LITE))
    words = list(_words(root, 0.0, 0.0))
    ElementTree.register_namespace("", SVG)
    svg = ElementTree.tostring(root, encoding="unicode")
    return Picture(svg, float(root.attrib["width"]), float(root.attrib["height"]), words, alt)


@cache
def _vega() -> Any:
    """Loaded at first need, as it is large; told of our fonts, so that it leaves words the room that they need."""
    import vl_convert

    vl_convert.register_font_directory(str(FONTS))
    return vl_convert


def _words(node: ElementTree.Element, x: float, y: float) -> Iterator[Word]:
    """Takes every text out of the tree, with where it stood."""
    for child in list(node):
        dx, dy = _moved(child)
        if child.tag == f"{{{SVG}}}text":
            node.remove(child)
            said = "".join(child.itertext())
            if said and child.get("opacity") != "0":  # a label that would touch its neighbour is there, unseen
                yield _word(child, x + dx, y + dy, said)
        else:
            yield from _words(child, x + dx, y + dy)


def _moved(node: ElementTree.Element) -> tuple[float, float]:
    found = MOVE.search(node.get("transform", ""))
    return (float(found[1]), float(found[2])) if found else (0.0, 0.0)


def _word(node: ElementTree.Element, x: float, y: float, said: str) -> Word:
    turned = TURN.search(node.get("transform", ""))
    return Word(
        x,
        y,
        said,
        ALIGN[node.get("text-anchor", "start")],
        float(node.get("font-size", "11px").removesuffix("px")),
        node.get("fill", "#16232E"),
        {"bold": 700}.get(node.get("font-weight", "400"), 600 if node.get("font-weight") == "600" else 400),
        turned=float(turned[1]) if turned else 0.0,
    )

"""Make the map's static files, the favicon and the fonts for paper from data/reference.

Run:  python data/reference/make_static.py
Same inputs and same Pillow give the same bytes. Needs fontTools with Brotli, and Pillow with Raqm, or
Bangla comes out unshaped.
"""

import argparse
import csv
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import shapely
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, features
from shapely.geometry import box, mapping, shape
from shapely.geometry.base import BaseGeometry

REFERENCE = Path(__file__).resolve().parent
STATIC = REFERENCE.parents[1] / "static"
FONTS = STATIC / "fonts"

# Sea where the coarse world outline would stick out beyond the finer coasts drawn over it (lon, lat).
COASTS = (
    ((87.4, 21.0), (87.4, 22.15), (89.15, 22.15), (89.15, 21.0)),
    ((89.15, 20.0), (89.15, 22.9), (92.05, 22.9), (92.05, 20.0)),
    ((92.05, 21.2), (92.15, 21.2), (92.35, 20.8), (93.0, 20.4), (93.9, 19.6), (93.9, 17.3), (92.05, 17.3)),
)
WORLD = box(-180, -85, 180, 85)  # Web Mercator ends at about 85 degrees

Lang = Literal["en", "bn"]
Mask = NDArray[np.float64]
SEAS = {"bay": {"en": "Bay of Bengal", "bn": "বঙ্গোপসাগর"}}
PRINTED = (400, 700)  # weights on paper
WEIGHTS = {"adm2": 600, "x": 700, "sea": 500}
BANGLA = re.compile(r"([\u0964\u0965\u0980-\u09FE\u200C\u200D ]+)")

SCALE = 3  # pixels drawn for one pixel on the screen
FONT_PX: dict[Lang, int] = {"en": 12 * SCALE, "bn": 13 * SCALE}  # Bangla looks smaller at the same size
HEIGHT = 22 * SCALE  # the same for every label, so one getSize of 22 suits all
BASELINE = 46
HALO = 1.5 * SCALE  # how far the halo reaches beyond a letter
MARGIN = 8  # room for the halo at both ends of a label
GUTTER = 6  # empty pixels between labels, so that a shrunk atlas does not bleed
ATLAS_WIDTH = 2048

NAMED = ("BD2015", "BD3026", "BD4041", "BD4047", "BD5081", "BD5585", "BD6091", "BD4561", "BD1006", "BD2019")
MARK = ((10, 46), (24, 30), (35, 38), (54, 15))  # the rising line of the logo, in a square of 64
ORANGE = (0xB8, 0x43, 0x0F, 0xFF)


@dataclass(frozen=True)
class Label:
    """One word on the map: key such as adm2:BD4041, the text, how heavy and how large."""

    key: str
    text: str
    weight: int
    font_px: int


class Fonts(NamedTuple):
    """Where the two typefaces lie."""

    latin: Path
    bangla: Path


class Placed(NamedTuple):
    """A drawn label and its upper left corner in the atlas."""

    key: str
    picture: Mask
    x: int
    y: int


# Outlines


def rows(name: str) -> list[dict[str, str]]:
    """Rows of a CSV file of data/reference."""
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def features_of(name: str) -> list[dict[str, Any]]:
    """Features of a GeoJSON file of data/reference."""
    found: list[dict[str, Any]] = json.loads((REFERENCE / name).read_text(encoding="utf-8"))["features"]
    return found


def feature(properties: dict[str, str], geometry: BaseGeometry | dict[str, Any]) -> dict[str, Any]:
    """One GeoJSON feature."""
    outline = geometry if isinstance(geometry, dict) else mapping(geometry)
    return {"type": "Feature", "properties": properties, "geometry": outline}


def write_json(path: Path, value: object) -> None:
    """Compact UTF-8 JSON with a line end."""
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


def write_features(name: str, items: Iterable[dict[str, Any]]) -> None:
    """A GeoJSON file in static/map."""
    write_json(STATIC / "map" / name, {"type": "FeatureCollection", "features": list(items)})


def named(row: dict[str, Any], code: str, level: str) -> dict[str, str]:
    """The three properties that an outline keeps: its code and both names."""
    return {code: row[f"{level}_pcode"], "name_en": row[f"{level}_en"], "name_bn": row[f"{level}_bn"]}


def areas(name: str, level: str) -> Iterator[dict[str, Any]]:
    """Bangladesh's areas of one level, as they are in data/reference but for their properties."""
    for item in features_of(name):
        yield feature(named(item["properties"], level, level), item["geometry"])


def world_land() -> BaseGeometry:
    """The world's land without its coarse coast round the Bay of Bengal."""
    land = shape(features_of("world_land_110m.geojson")[0]["geometry"])
    coasts = shapely.union_all([shapely.Polygon(corners) for corners in COASTS])
    return shapely.set_precision(land.intersection(WORLD).difference(coasts), 0.01)


def border_states() -> Iterator[dict[str, Any]]:
    """The seven states across the border, simplified together so that they still touch."""
    states = features_of("context_border_states.geojson")
    outlines = shapely.coverage_simplify([shape(item["geometry"]) for item in states], 0.008)
    for item, outline in zip(states, shapely.set_precision(outlines, 0.001), strict=True):
        kept = {key: item["properties"][key] for key in ("iso_3166_2", "name_en", "name_bn")}
        yield feature(kept, outline)


def make_outlines() -> None:
    """All GeoJSON files; each is drawn over the one before."""
    write_features("sea.geojson", [feature({}, WORLD)])
    write_features("land.geojson", [feature({}, world_land()), *border_states()])
    write_features("districts.geojson", areas("bgd_adm2_simple.geojson", "adm2"))
    write_features("country.geojson", areas("bgd_adm0_simple.geojson", "adm0"))


# Labels


def label(key: str, text: str, lang: Lang) -> Label:
    """A label in the weight of its kind and the size of its language."""
    return Label(key, unicodedata.normalize("NFC", text), WEIGHTS[key.split(":")[0]], FONT_PX[lang])


def labels(lang: Lang) -> list[Label]:
    """Every label in one language: districts, crossings, seas."""
    pairs = [(f"adm2:{row['adm2_pcode']}", row[f"adm2_{lang}"]) for row in rows("districts.csv")]
    pairs += [(f"x:{row['crossing_id']}", row[f"name_{lang}"]) for row in rows("crossings.csv")]
    pairs += [(f"sea:{key}", name[lang]) for key, name in SEAS.items()]
    return [label(key, text, lang) for key, text in pairs]


def open_font(path: Path, label: Label) -> ImageFont.FreeTypeFont:
    """A variable font as heavy and large as the label wants, shaped by HarfBuzz."""
    try:
        font = ImageFont.truetype(path, label.font_px, layout_engine=ImageFont.Layout.RAQM)
    except OSError as error:
        raise SystemExit(f"Pillow cannot open {path.name}. Give a .ttf: --latin, --bangla.") from error
    font.set_variation_by_axes([label.weight])
    return font


def runs(label: Label, fonts: Fonts) -> Iterator[tuple[str, ImageFont.FreeTypeFont]]:
    """The label cut where the script changes, each piece with its font."""
    for piece in filter(None, BANGLA.split(label.text)):
        is_bangla = BANGLA.fullmatch(piece) and not piece.isspace()
        yield piece, open_font(fonts.bangla if is_bangla else fonts.latin, label)


def draw_label(label: Label, fonts: Fonts) -> Mask:
    """The label's coverage, 0 to 1, on a strip of the common height."""
    pieces = list(runs(label, fonts))
    width = round(sum(font.getlength(piece) for piece, font in pieces)) + 2 * MARGIN
    picture = Image.new("L", (width, HEIGHT))
    pen, x = ImageDraw.Draw(picture), float(MARGIN)
    for piece, font in pieces:
        pen.text((x, BASELINE), piece, fill=255, font=font, anchor="ls")
        x += font.getlength(piece)
    return np.asarray(picture, dtype=np.float64) / 255


def check_room(label: Label, picture: Mask) -> Mask:
    """The picture, if its ink leaves room for the halo on all four sides."""
    room = ceil(HALO)
    if picture[:room].any() or picture[-room:].any() or picture[:, :room].any() or picture[:, -room:].any():
        raise SystemExit(f"{label.key}: the text touches its edge. Raise HEIGHT or MARGIN.")
    return picture


def dilate(picture: Mask, radius: float) -> Mask:
    """The picture grown by a disc with a soft edge: each pixel takes the most of its neighbours."""
    reach = ceil(radius)
    padded = np.pad(picture, reach)
    grown = np.zeros_like(picture)
    for dy, dx in np.ndindex(2 * reach + 1, 2 * reach + 1):
        soft = np.clip(radius + 0.5 - np.hypot(dy - reach, dx - reach), 0, 1)
        shifted = padded[dy : dy + picture.shape[0], dx : dx + picture.shape[1]]
        grown = np.maximum(grown, soft * shifted)
    return grown


def place(drawn: list[tuple[str, Mask]]) -> list[Placed]:
    """Labels laid out in lines, left to right, longest first so that the lines fill well."""
    x, y, placed = GUTTER, GUTTER, []
    for key, picture in sorted(drawn, key=lambda item: (-item[1].shape[1], item[0])):
        if x + picture.shape[1] + GUTTER > ATLAS_WIDTH:
            x, y = GUTTER, y + HEIGHT + GUTTER
        placed.append(Placed(key, picture, x, y))
        x += picture.shape[1] + GUTTER
    return placed


def icon(item: Placed) -> dict[str, int | bool]:
    """The label's entry in deck.gl's iconMapping, anchored at its middle."""
    height, width = item.picture.shape
    middle = {"anchorX": width // 2, "anchorY": height // 2}
    return {"x": item.x, "y": item.y, "width": width, "height": height, **middle, "mask": True}


def paste(placed: list[Placed]) -> Mask:
    """The whole atlas."""
    sheet = np.zeros((placed[-1].y + HEIGHT + GUTTER, ATLAS_WIDTH))
    for item in placed:
        height, width = item.picture.shape
        sheet[item.y : item.y + height, item.x : item.x + width] = item.picture
    return sheet


def write_mask(path: Path, coverage: Mask) -> None:
    """A white PNG whose transparency has 16 steps: a quarter of the size, and as good for a mask."""
    picture = Image.fromarray(np.rint(coverage * 15).astype(np.uint8))
    picture.putpalette([255] * 48)
    picture.save(path, optimize=True, bits=4, transparency=bytes(range(0, 256, 17)))


def make_labels(lang: Lang, fonts: Fonts) -> None:
    """One language's atlas, its halo, and the mapping that both share."""
    placed = place([(one.key, check_room(one, draw_label(one, fonts))) for one in labels(lang)])
    write_mask(STATIC / "map" / f"labels-{lang}.png", paste(placed))
    halos = [item._replace(picture=dilate(item.picture, HALO)) for item in placed]
    write_mask(STATIC / "map" / f"labels-{lang}-halo.png", paste(halos))
    entries = {item.key: icon(item) for item in placed}
    write_json(STATIC / "map" / f"labels-{lang}.json", dict(sorted(entries.items())))


# Pictures


def make_hatch() -> None:
    """A tile of slanting lines, so that unknown needs no colour: as a mask, for both themes to tint."""
    y, x = np.mgrid[0:64, 0:64]
    across = np.abs((x + y) % 32 - 16)  # from the middle of the nearest line, four lines to a tile
    write_mask(STATIC / "map" / "hatch.png", np.clip(4.5 - across, 0, 1))


def make_names() -> None:
    """Where names stand: at country zoom few enough that no two touch, closer by all districts, then all crossings."""
    districts = [_point(row, f"adm2:{row['adm2_pcode']}", "label_") for row in rows("districts.csv")]
    by_key = {point["icon"]: point for point in districts}
    write_json(STATIC / "map" / "names.json", [by_key[f"adm2:{code}"] for code in NAMED])
    write_json(STATIC / "map" / "names-near.json", districts)
    crossings = [_point(row, f"x:{row['crossing_id']}") for row in rows("crossings.csv")]
    write_json(STATIC / "map" / "names-crossings.json", crossings)


def _point(row: dict[str, str], key: str, prefix: str = "") -> dict[str, Any]:
    return {"at": [float(row[f"{prefix}lon"]), float(row[f"{prefix}lat"])], "icon": key}


def make_favicon() -> None:
    """The rising line, white on an orange-brown square, drawn large and shrunk."""
    big = Image.new("RGBA", (512, 512))
    pen, line = ImageDraw.Draw(big), [(8 * x, 8 * y) for x, y in MARK]
    pen.rounded_rectangle((0, 0, 511, 511), radius=104, fill=ORANGE)
    pen.line(line, fill="white", width=56, joint="curve")
    for x, y in (line[0], line[-1]):
        pen.ellipse((x - 27, y - 27, x + 27, y + 27), fill="white")
    big.resize((64, 64), Image.Resampling.LANCZOS).save(STATIC / "favicon.png", optimize=True)


def make_printed_fonts(fonts: Fonts) -> None:
    """The same letters for paper, in two weights: what sets a PDF reads neither WOFF2 nor a font of many weights."""
    for source in fonts:
        for weight in PRINTED:
            font = instantiateVariableFont(TTFont(source), {"wght": weight}, updateFontNames=False)
            font["OS/2"].usWeightClass, font.flavor = weight, None
            font["head"].modified = font["head"].created  # same input, same bytes
            font.recalcTimestamp = False
            font.save(FONTS / f"{source.name.split('-wght')[0]}-{weight}.ttf")


def arguments() -> Fonts:
    """Fonts from the command line; by default those that the app serves."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--latin", type=Path, default=FONTS / "inter-latin-wght-normal.woff2")
    parser.add_argument("--bangla", type=Path, default=FONTS / "noto-sans-bengali-bengali-wght-normal.woff2")
    given = parser.parse_args()
    return Fonts(given.latin, given.bangla)


def main() -> None:
    """Make everything."""
    fonts = arguments()
    if not features.check("raqm"):
        raise SystemExit("Without Raqm Bangla would be drawn wrong. Install Pillow from its wheel.")
    (STATIC / "map").mkdir(parents=True, exist_ok=True)
    make_outlines()
    make_labels("en", fonts)
    make_labels("bn", fonts)
    make_names()
    make_hatch()
    make_favicon()
    make_printed_fonts(fonts)


if __name__ == "__main__":
    main()

"""Code lists, places and boundaries as plain, picklable values."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent / "data"
CODES, PLACES = ROOT / "contract" / "codes", ROOT / "reference"
BOUNDARIES = (
    "bgd_adm2_detail.parquet", "upazilas.csv", "districts.csv", "crossings.csv", "border.csv", "border_crossings.csv",
    "border_boxes.npz",
)  # fmt: skip
NO_SEGMENT = 65_535  # of a box that is not within 10 km of the border

# What only describes and judges nothing: table of a version -> file, and its columns there that are not taken.
DESCRIBED: Mapping[str, tuple[Path, frozenset[str]]] = {
    "code_list": (ROOT / "contract" / "lists.csv", frozenset()),
    "upazila": (PLACES / "upazilas.csv", frozenset({"label_lon", "label_lat", "centroid_lon", "centroid_lat"})),
    "instrument": (PLACES / "instruments.csv", frozenset()),
    "legal_section": (PLACES / "legal_sections.csv", frozenset()),
    "enquiry": (PLACES / "enquiries.csv", frozenset()),
    "statutory_clock": (PLACES / "statutory_clocks.csv", frozenset()),
    "stakeholder": (CODES / "stakeholder.csv", frozenset({"label_en", "label_bn"})),
    "reference_source": (PLACES / "sources.csv", frozenset()),
    "neighbour": (PLACES / "neighbours.csv", frozenset()),
    "place_alias": (PLACES / "aliases.csv", frozenset({"ambiguous_with"})),
}

Names = Mapping[str, tuple[str, ...]]  # a name, folded -> the codes that bear it


@dataclass(frozen=True)
class Code:
    """One row of a code list."""

    list: str
    code: str
    label_en: str
    label_bn: str
    position: int
    parent: str | None = None
    iccs: str | None = None
    ictip_map: str | None = None


@dataclass(frozen=True)
class District:
    """One of the 64 districts; the point is where its label stands."""

    adm2: str
    adm1: str
    name_en: str
    name_bn: str
    adm1_name_en: str
    adm1_name_bn: str
    label_lon: float
    label_lat: float


@dataclass(frozen=True)
class Crossing:
    """A named place where the border is passed; `precision_m` is an honest radius round its point."""

    crossing: str
    name_en: str
    name_bn: str
    kind: str
    lon: float
    lat: float
    precision_m: float
    adm2: str | None
    other_side_country: str | None
    border_segment: int | None  # null for airports
    chainage_km: float | None


@dataclass(frozen=True)
class BorderSegment:
    """5 km of the border, by the place of its middle along the line; `kind` is `land` or `sea`."""

    border_segment: int
    kind: str
    chainage_km: float
    lon: float
    lat: float
    adm2: str
    neighbour: str | None  # the state across; null at sea


@dataclass(frozen=True, eq=False, repr=False)
class Reference:
    """All that places and codes a row. Equal by identity, so that what is built from it can be kept."""

    codes: tuple[Code, ...]
    code_names: Mapping[str, Names]  # list -> names
    place_names: Mapping[str, Names]  # adm2, adm3, crossing, country -> names
    official_names: Mapping[str, frozenset[str]]  # of those the ones that are no other spelling, folded
    labels: Mapping[str, str]  # code of a district, upazila or crossing -> English name
    radius_m: Mapping[int, float | None]  # precision code -> radius
    bands: Mapping[str, tuple[tuple[int, int, str], ...]]  # list -> least and most whole number, code
    tables: Mapping[str, tuple[Mapping[str, str | None], ...]]  # table of a version -> rows that only describe
    districts: Mapping[str, District]
    upazila_points: Mapping[str, tuple[float, float]]  # adm3 -> lon, lat of its label
    crossings: Mapping[str, Crossing]
    border: tuple[BorderSegment, ...]
    border_boxes: NDArray[np.uint16]  # (rows, columns) of 0.005 degrees from the south-west: segment or NO_SEGMENT
    centres: tuple[tuple[float, float], ...]  # lon, lat: labels and centroids of all areas
    district_shapes: Mapping[str, bytes]  # adm2 -> WKB, EPSG:4326
    land: tuple[bytes, ...]  # WKB of land that is not Bangladesh
    boundary_version: str  # SHA-256

    def __repr__(self) -> str:
        """Short: a fault's message is no place for all boundaries."""
        return f"Reference({self.boundary_version[:12]})"


def folded(name: str) -> str:
    """A place's name as compared: NFC, no invisible signs, one space, lower case, one apostrophe."""
    text = "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c) != "Cf")
    return " ".join(text.replace("\u2019", "'").replace("`", "'").casefold().split())


def folded_code(text: str) -> str:
    """A code or label as compared: besides, space, hyphen and underscore are the same sign."""
    return re.sub(r"[\s\-_]+", "_", folded(text))


@cache
def load_reference() -> Reference:
    """Everything from data/contract/codes and data/reference. Raises OSError where a file is missing."""
    codes = tuple(_codes())
    districts = {row["adm2_pcode"]: _district(row) for row in _rows(PLACES / "districts.csv")}
    upazilas = list(_rows(PLACES / "upazilas.csv"))
    places = {row["crossing_id"]: row for row in _rows(PLACES / "border_crossings.csv")}
    crossings = {
        row["crossing_id"]: _crossing(row, places.get(row["crossing_id"], {}))
        for row in _rows(PLACES / "crossings.csv")
    }
    shapes = _district_shapes()
    return Reference(
        codes=codes,
        code_names=_code_names(codes),
        place_names={**_place_names(districts, upazilas, crossings), "country": _country_names()},
        official_names=_official_names(districts, upazilas, crossings),
        labels=_labels(districts, upazilas, crossings),
        radius_m={int(r["code"]): _number(r["uncertainty_m"]) for r in _rows(CODES / "precision.csv")},
        bands={name: bands for name in {code.list for code in codes} if (bands := _bands(name))},
        tables={table: tuple(_described(file, left_out)) for table, (file, left_out) in DESCRIBED.items()},
        districts=districts,
        upazila_points={u["adm3"]: (float(u["label_lon"]), float(u["label_lat"])) for u in upazilas},
        crossings=crossings,
        border=tuple(map(_segment, _rows(PLACES / "border.csv"))),
        border_boxes=np.load(PLACES / "border_boxes.npz")["segment"],
        centres=tuple(_centres(shapes, districts, upazilas)),
        district_shapes=shapes,
        land=_land(),
        boundary_version=_boundary_version(),
    )


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        yield from csv.DictReader(lines)


def _number(text: str) -> float | None:
    return float(text) if text else None


def _codes() -> Iterator[Code]:
    for file in sorted(CODES.glob("*.csv")):
        for position, row in enumerate(_rows(file)):
            more = (row.get(name) or None for name in ("parent", "iccs", "ictip_map"))
            yield Code(file.stem, row["code"], row["label_en"], row["label_bn"], position, *more)


def _bands(name: str) -> tuple[tuple[int, int, str], ...]:
    rows = (row for row in _rows(CODES / f"{name}.csv") if row.get("least"))
    return tuple((int(row["least"]), int(row["most"]), row["code"]) for row in rows)


def _described(file: Path, left_out: frozenset[str]) -> Iterator[dict[str, str | None]]:
    for row in _rows(file):
        yield {name: text or None for name, text in row.items() if name not in left_out}


def _code_names(codes: tuple[Code, ...]) -> dict[str, Names]:
    names: dict[str, dict[str, tuple[str, ...]]] = {}
    for code in codes:
        for text in (code.code, code.label_en, code.label_bn):
            names.setdefault(code.list, {})[folded_code(text)] = (code.code,)
    return dict(names)


def _district(row: dict[str, str]) -> District:
    names = (row["adm2_en"], row["adm2_bn"], row["adm1_en"], row["adm1_bn"])
    return District(row["adm2_pcode"], row["adm1_pcode"], *names, float(row["label_lon"]), float(row["label_lat"]))


def _segment(row: dict[str, str]) -> BorderSegment:
    at = (float(row["chainage_km"]), float(row["lon"]), float(row["lat"]))
    return BorderSegment(int(row["border_segment"]), row["kind"], *at, row["adm2"], row["neighbour"] or None)


def _crossing(row: dict[str, str], place: dict[str, str]) -> Crossing:
    point = (float(row["lon"]), float(row["lat"]), float(row["precision_m"]))
    other = {"IND": "IN", "MMR": "MM"}.get(row["other_side_country"])
    names = (row["name_en"], row["name_bn"], row["kind"])
    along = (int(place["border_segment"]), float(place["chainage_km"])) if place else (None, None)
    return Crossing(row["crossing_id"], *names, *point, row["adm2_pcode"] or None, other, *along)


def _place_names(
    districts: Mapping[str, District], upazilas: list[dict[str, str]], crossings: Mapping[str, Crossing]
) -> dict[str, Names]:
    names: dict[str, dict[str, set[str]]] = {"adm1": {}, "adm2": {}, "adm3": {}, "crossing": {}}

    def name(level: str, code: str, *texts: str) -> None:
        for text in (code, *texts):
            names[level].setdefault(folded(text), set()).add(code)

    for row in _rows(PLACES / "aliases.csv"):
        name(row["level"], row["code"], row["alias"])
    for district in districts.values():
        name("adm2", district.adm2, district.name_en, district.name_bn)
    for upazila in upazilas:
        name("adm3", upazila["adm3"], upazila["name_en"], upazila["name_bn"])
    for crossing in crossings.values():
        name("crossing", crossing.crossing, crossing.name_en, crossing.name_bn)
    return {level: {k: tuple(sorted(v)) for k, v in listed.items()} for level, listed in names.items()}


def _official_names(
    districts: Mapping[str, District], upazilas: list[dict[str, str]], crossings: Mapping[str, Crossing]
) -> dict[str, frozenset[str]]:
    """Codes and the names of today: what needs no entry in the log of places."""
    named: dict[str, list[tuple[str, ...]]] = {
        "adm2": [(d.adm2, d.name_en, d.name_bn) for d in districts.values()],
        "adm3": [(u["adm3"], u["name_en"], u["name_bn"]) for u in upazilas],
        "crossing": [(c.crossing, c.name_en, c.name_bn) for c in crossings.values()],
        "country": [(code, text) for text, code in _countries()],
    }
    return {level: frozenset(folded(text) for names in listed for text in names) for level, listed in named.items()}


def _labels(
    districts: Mapping[str, District], upazilas: list[dict[str, str]], crossings: Mapping[str, Crossing]
) -> dict[str, str]:
    return {
        **{district.adm2: district.name_en for district in districts.values()},
        **{upazila["adm3"]: upazila["name_en"] for upazila in upazilas},
        **{crossing.crossing: crossing.name_en for crossing in crossings.values()},
    }


def _countries() -> list[tuple[str, str]]:
    return [
        (text, row["iso2"])
        for row in _rows(PLACES / "countries.csv")
        for text in (row["iso2"], row["name_en"], row["name_bn"])
    ]


def _country_names() -> Names:
    listed = _countries()
    aliases = [(row["name"], row["iso2"]) for row in _rows(PLACES / "country_aliases.csv")]
    return {folded(text): (code,) for text, code in listed + aliases}


def _district_shapes() -> dict[str, bytes]:
    """Read here and not in a worker: geopandas is imported where boundaries are read, and nowhere else."""
    import geopandas

    frame = geopandas.read_parquet(PLACES / "bgd_adm2_detail.parquet", columns=["adm2_pcode", "geometry"])
    return dict(zip(frame["adm2_pcode"], frame.geometry.to_crs("EPSG:4326").to_wkb(), strict=True))


def _centres(
    shapes: Mapping[str, bytes], districts: Mapping[str, District], upazilas: list[dict[str, str]]
) -> Iterator[tuple[float, float]]:
    """Centroids of divisions, districts and upazilas: where a place known no better is often put."""
    yield from ((float(u["centroid_lon"]), float(u["centroid_lat"])) for u in upazilas)
    for adm1 in {d.adm1 for d in districts.values()}:
        parts = [shapely.from_wkb(shapes[d.adm2]) for d in districts.values() if d.adm1 == adm1]
        for area in (*parts, shapely.coverage_union_all(parts)):
            yield area.centroid.x, area.centroid.y


def _land() -> tuple[bytes, ...]:
    """Land abroad; the world's is drawn so coarsely that a belt of 0.2 degrees of it is left to the sea."""
    neighbours = _geojson(PLACES / "context_border_states.geojson")
    world = [land.buffer(-0.2) for land in _geojson(PLACES / "world_land_110m.geojson")]
    return tuple(land.wkb for land in neighbours + world)


def _geojson(file: Path) -> list[shapely.Geometry]:
    features = json.loads(file.read_text(encoding="utf-8"))["features"]
    return [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in features]


def _boundary_version() -> str:
    digest = hashlib.sha256()
    for name in BOUNDARIES:
        digest.update((PLACES / name).read_bytes())
    return digest.hexdigest()

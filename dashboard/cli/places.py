"""The cells, clusters and districts of Hotspots as JSON; what of Hotspots and Corridors has a place as GeoJSON."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dashboard.disclosure import Answer, Row
from dashboard.geodata import ring

PLACED = ("crossings", "stretches", "corridors")  # the tables of Corridors whose rows have a place
POINTS = ("lon", "lat", "origin_lon", "origin_lat")

Spoken = Callable[[str], Sequence[Row]]  # a table's rows without hidden twins, `suppressed` where a number is withheld


def hotspots(answer: Answer, spoken: Spoken) -> Row:
    """What `simanta hotspots --format json` adds to what every answer says of itself."""
    (totals,), (budget,) = spoken("totals"), spoken("budget")
    return {
        "resolution": answer.filters.resolution,
        "n_placed": totals["n_placed"],
        "n_district_only": totals["n_district_only"],
        "smallest_unit": budget["smallest_unit"],
        "method": "Gi*, exact randomisation p, Benjamini-Hochberg; P(hot) by multiple imputation; "
        "space-time Gi* and Mann-Kendall over months",
        "cells": [_cell(row) for row in spoken("cells")],
        "clusters": spoken("clusters"),
        "districts": _districts(answer, spoken),
        "effort": spoken("effort"),
    }


def _cell(row: Row) -> Row:
    """The names of the contract first; what goes beyond it under the names of the answer."""
    named = {"cell": format(row["cell"], "x"), "adm2": row["adm2"], "count": row["n"]}
    kept = ("z", "p", "q", "p_hot", "class", "effort")
    return named | {name: row[name] for name in kept} | {k: v for k, v in row.items() if k not in (*kept, *named, "n")}


def _districts(answer: Answer, spoken: Spoken) -> list[Row]:
    english, bangla = answer.label("en"), answer.label("bn")
    return [
        {
            "adm2": row["adm2"],
            "name_en": english("district", str(row["adm2"])),
            "name_bn": bangla("district", str(row["adm2"])),
            "count": row["n"],
            "low": row["low"],
            "high": row["high"],
        }
        | ({"suppressed": True} if "suppressed" in row else {})
        for row in spoken("districts")
    ]


def hotspots_on_map(answer: Answer, spoken: Spoken) -> Row:
    """The cells as polygons, drawn whole also where a part of one lies abroad."""
    return {
        "type": "FeatureCollection",
        "version": answer.version,
        "as_of": answer.as_of.isoformat(),
        "filters": answer.filters.to_link(),
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Polygon", "coordinates": [ring(row["cell"])]},
                "properties": _cell(row),
            }
            for row in spoken("cells")
        ],
    }


def corridors_on_map(told: Mapping[str, Any]) -> dict[str, object]:
    """Crossings and middles of stretches as points, corridors as lines from their origin district's label point.

    told: the object of `--format json`. What has no place (totals, concentration, shift, operations, …, and corridors
    whose place on the border is unknown) stands beside the features under its own name.
    """
    features = [_placed(table, row) for table in PLACED for row in told[table] if row["lon"] is not None]
    unplaced = [row for row in told["corridors"] if row["lon"] is None]
    others = {name: value for name, value in told.items() if name not in PLACED} | {"corridors": unplaced}
    return {"type": "FeatureCollection", "features": features, **others}


def _placed(table: str, row: Row) -> dict[str, object]:
    at, start = [row["lon"], row["lat"]], [row.get("origin_lon"), row.get("origin_lat")]
    line = {"type": "LineString", "coordinates": [start, at]}
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": at} if start[0] is None else line,
        "properties": {"table": table, **{name: value for name, value in row.items() if name not in POINTS}},
    }

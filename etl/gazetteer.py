"""What a place is given by: names to codes, and the point, precision and uncertainty that follow."""

from __future__ import annotations

import polars as pl

from etl.names import match
from etl.reference import Reference
from etl.values import read, said

# What a place is given by; also the finest precision code that it bears.
POINT, CROSSING, UPAZILA, DISTRICT = 1, 2, 4, 5
LAST_PLACED = 4  # the coarsest precision code that has a point
MOST_TIMES_ITS_RADIUS = 3
AXES = ("lon", "lat")
LEVELS = ("adm2", "adm3", "crossing")
LAST_EXACT = 2


def given_by(rows: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """Rows as `read_values` leaves them -> the same with what their place is given by.

    Adds NAME.code, NAME.unknown and NAME.ambiguous of adm2, adm3 and crossing, adm3.elsewhere; place,
    place_name.ambiguous; basis, by_point; lat.at, lon.at, adm2.at, precision.at, uncertainty.at; is_unplaced,
    is_too_fine and is_contradicted.
    """
    rows = _with_points(_named(rows, reference), reference)
    rows = rows.with_columns(_basis()).with_columns(
        (pl.col("basis") == POINT).fill_null(False).alias("by_point"),
        _precision().alias("precision.at"),
        *(_by_basis(read(a), pl.col(f"crossing.{a}"), pl.col(f"adm3.{a}"), None).alias(f"{a}.at") for a in AXES),
        _district().alias("adm2.at"),
    )
    return _with_uncertainty(rows, reference)


def _named(rows: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """Names of district, upazila and crossing to codes, each distinct combination once."""
    rows = rows.with_columns(_only_place())
    asked = rows.select(*LEVELS, "place").unique()
    found = [_resolved(adm2, adm3, crossing, place, reference) for adm2, adm3, crossing, place in asked.iter_rows()]
    flags = [f"{level}.{what}" for what in ("unknown", "ambiguous") for level in LEVELS]
    flags += ["adm3.elsewhere", "place_name.ambiguous"]
    schema = {f"{level}.code": pl.String for level in LEVELS} | dict.fromkeys(flags, pl.Boolean)
    table = pl.concat([asked, pl.DataFrame(found, schema=schema, orient="row")], how="horizontal")
    return rows.join(table, on=[*LEVELS, "place"], how="left", nulls_equal=True, maintain_order="left")


def _only_place() -> pl.Expr:
    """The name of the place, where nothing finer than a district is given otherwise."""
    bare = pl.all_horizontal(said(column).is_null() for column in ("adm3", "crossing", "lat", "lon"))
    is_fine = read("precision_code").fill_null(LAST_PLACED) <= LAST_PLACED
    return pl.when(bare & is_fine).then(said("place_name")).alias("place")


def _resolved(
    adm2: str | None, adm3: str | None, crossing: str | None, place: str | None, reference: Reference
) -> tuple[str | bool | None, ...]:
    """Codes of the three levels; which is unknown; which ambiguous; whether adm3 is elsewhere, place ambiguous."""
    found = [
        None if text is None else match(level, text, reference).codes
        for level, text in (("adm2", adm2), ("adm3", adm3), ("crossing", crossing))
    ]
    districts, upazilas, _ = found
    inside = upazilas
    if upazilas and districts:
        inside = tuple(code for code in upazilas if code[:6] in districts)
    codes = [codes[0] if codes and len(codes) == 1 else None for codes in (districts, inside, found[2])]
    unknown = [codes is not None and not codes for codes in found]
    many = [bool(codes) and len(codes or ()) > 1 for codes in (districts, inside, found[2])]
    level, here = placed(place, districts or (), reference)
    if len(here) == 1:
        codes[LEVELS.index(level)] = here[0]
    is_unclear = len(here) > 1 and adm2 is None
    return (*codes, *unknown, *many, bool(upazilas) and not inside, is_unclear)


def placed(place: str | None, districts: tuple[str, ...], reference: Reference) -> tuple[str, tuple[str, ...]]:
    """A place's name as that of a crossing, or else of an upazila, in the district where one is told.

    Never a slip of the pen: a village may well be spelt one letter off a crossing.
    """
    for level in ("crossing", "adm3") if place else ():
        told = match(level, place or "", reference)
        codes = () if told.method == "fuzzy" else told.codes
        here = tuple(code for code in codes if not districts or _district_of(code, reference) in districts)
        if here:
            return level, here
    return "adm3", ()


def _district_of(code: str, reference: Reference) -> str | None:
    crossing = reference.crossings.get(code)
    return crossing.adm2 if crossing else code[:6]


def _with_points(rows: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """The points of crossings and upazilas beside their codes."""
    crossings = pl.DataFrame(
        [(c.crossing, c.lon, c.lat, c.precision_m, c.adm2) for c in reference.crossings.values()],
        schema=["crossing.code", "crossing.lon", "crossing.lat", "crossing.radius", "crossing.adm2"],
        orient="row",
    )
    upazilas = pl.DataFrame(
        [(code, *point) for code, point in reference.upazila_points.items()],
        schema=["adm3.code", "adm3.lon", "adm3.lat"],
        orient="row",
    )
    rows = rows.join(crossings, on="crossing.code", how="left", maintain_order="left")
    return rows.join(upazilas, on="adm3.code", how="left", maintain_order="left")


def _basis() -> pl.Expr:
    columns = {"lat": POINT, "lon": POINT, "crossing.code": CROSSING, "adm3.code": UPAZILA, "adm2.code": DISTRICT}
    given = (pl.when(pl.col(column).is_not_null()).then(code) for column, code in columns.items())
    return pl.coalesce(*given).cast(pl.UInt8).alias("basis")


def _precision() -> pl.Expr:
    """As told for a point; else at least as coarse as what the place is given by."""
    told = read("precision_code")
    return _by_basis(told, *(pl.max_horizontal(told, code) for code in (CROSSING, UPAZILA, DISTRICT))).cast(pl.UInt8)


def _district() -> pl.Expr:
    upazila = pl.when(pl.col("adm3.code").is_not_null()).then(pl.col("adm3.code").str.slice(0, 6))
    crossing = pl.when(pl.col("basis") == CROSSING).then(pl.col("crossing.adm2"))
    return pl.coalesce("adm2.code", upazila, crossing)


def _with_uncertainty(rows: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """As told, else the radius of the crossing or of the code; and whether what was told contradicts the code."""
    radii = pl.DataFrame(
        {"precision.at": list(reference.radius_m), "radius": list(reference.radius_m.values())},
        schema={"precision.at": pl.UInt8, "radius": pl.Float64},
    )
    rows = rows.join(radii, on="precision.at", how="left", maintain_order="left")
    told, code, least = read("uncertainty_m"), pl.col("precision.at"), _least()
    finer = _radius_of(code.cast(pl.Int16) - 2, reference)
    contradicted = (told > pl.col("radius") * MOST_TIMES_ITS_RADIUS) | (told < least) | (told < finer)
    return rows.with_columns(
        pl.when(code <= LAST_PLACED).then(pl.coalesce(told, least, "radius")).alias("uncertainty.at"),
        (read("precision_code") < pl.col("basis")).fill_null(False).alias("is_too_fine"),
        _unplaced(),
        contradicted.fill_null(False).alias("is_contradicted"),
    )


def _unplaced() -> pl.Expr:
    """Said to be exact, with neither coordinates nor a crossing."""
    nothing = pl.all_horizontal(said(column).is_null() for column in ("lat", "lon", "crossing"))
    is_exact = (read("precision_code") <= LAST_EXACT) & (pl.col("basis").fill_null(DISTRICT) > CROSSING)
    return (nothing & is_exact).fill_null(False).alias("is_unplaced")


def _least() -> pl.Expr:
    """The least uncertainty that a place without coordinates can have."""
    coarser = _by_basis(None, pl.max_horizontal("crossing.radius", "radius"), pl.col("radius"), None)
    at_crossing = (pl.col("basis") == CROSSING) & (pl.col("precision.at") == CROSSING)
    return pl.when(at_crossing).then("crossing.radius").otherwise(coarser)


def _by_basis(
    point: pl.Expr | None, crossing: pl.Expr | None, upazila: pl.Expr | None, district: pl.Expr | None
) -> pl.Expr:
    basis = pl.col("basis")
    return (
        pl.when(basis == POINT)
        .then(point)
        .when(basis == CROSSING)
        .then(crossing)
        .when(basis == UPAZILA)
        .then(upazila)
        .when(basis == DISTRICT)
        .then(district)
    )


def _radius_of(code: pl.Expr, reference: Reference) -> pl.Expr:
    """The radius of a code, from 1 on; codes of areas count as the last that has one but one."""
    known = {code: radius for code, radius in reference.radius_m.items() if radius is not None}
    return pl.min_horizontal(code, max(known) - 1).replace_strict(known, default=None, return_dtype=pl.Float64)

"""The heart: rows as a source wrote them in, incidents, refused rows and a log of places out."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from etl import locate, scrub
from etl.days import UNREADABLE
from etl.mojibake import LOOKS, mended
from etl.names import match
from etl.records import DATES, INCIDENT, LONGEST_CELL, PLACE_LOG, QUARANTINE, SHEET, TEXTS
from etl.reference import Reference
from etl.source import Terms
from etl.validate import CONTROL, RULES, first_broken
from etl.values import DEGREES, by_distinct, read, read_values

Positions = NDArray[np.intp]
PLACED = ("country", "adm2", "adm3", "lat", "lon", "cell", "resolution", "crossing", "crossing_basis", "border_segment")
# Level of the gazetteer, column as written, column of its code.
NAMED = (
    ("adm2", "adm2", "adm2.code"),
    ("adm3", "adm3", "adm3.code"),
    ("crossing", "crossing", "crossing.code"),
    ("adm3", "place", "adm3.code"),
    ("crossing", "place", "crossing.code"),
    ("adm2", "origin_adm2", "origin_adm2.read"),
    ("country", "country", "country.read"),
    ("country", "destination_country", "destination_country.read"),
)
KEPT = tuple(column for column in (*SHEET, "invented", "country") if column != "narrative")
REFUSED = ("row_no", *KEPT, "lat.read", "lon.read", "adm2.at", "inside.code")  # what a fix may be made of


class Judged(NamedTuple):
    """Rows of INCIDENT, of QUARANTINE and of PLACE_LOG."""

    good: pa.Table
    quarantined: pa.Table
    places: pa.Table


def index_batch(raw: pa.RecordBatch | pa.Table, terms: Terms, reference: Reference) -> Judged:
    """Rows in the shape of RAW -> incidents and refused rows, each row in one of the two; and how places were read.

    No IO, no clock, no globals: the same rows, terms and reference give the same answer anywhere.
    """
    table = pa.Table.from_batches([raw]) if isinstance(raw, pa.RecordBatch) else raw
    if table.num_rows == 0:
        return Judged(INCIDENT.empty_table(), QUARANTINE.empty_table(), PLACE_LOG.empty_table())
    rows = pl.DataFrame(pl.from_arrow(table))
    rows = _screened(read_values(rows, terms, reference), terms)
    rows = locate.place(rows, terms, reference)
    broken = first_broken(rows, terms)
    good, refused = np.flatnonzero(broken == len(RULES)), np.flatnonzero(broken < len(RULES))
    quarantined = _quarantined(rows.select(REFUSED)[refused], broken[refused], reference)
    return Judged(_incidents(rows, good, terms, reference), quarantined, _places(rows, reference))


def _screened(rows: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """Four flags for each text column: personal data, control characters, too long a cell, a wrong encoding."""
    flags = [flag for column in TEXTS for flag in _flags(rows, column, terms)]
    return rows.with_columns(flags)


def _flags(rows: pl.DataFrame, column: str, terms: Terms) -> list[pl.Series | pl.Expr]:
    texts = rows[column]
    distinct = _unread(rows, column).drop_nulls().unique()
    nothing = distinct.clear()
    found = {
        "pii": scrub.hits(distinct, scrub.kind_for(column, terms.hard_identifiers_only)),
        "control": distinct.filter(distinct.str.contains(CONTROL)) if column != "other_text" else nothing,
        "long": distinct.filter(distinct.str.len_bytes() > LONGEST_CELL),
        "mojibake": _garbled(distinct) if column != "other_text" else nothing,
    }
    return [
        (texts.is_in(hit.implode()).fill_null(False) if len(hit) else pl.lit(False)).alias(f"{column}.{what}")
        for what, hit in found.items()
    ]


def _unread(rows: pl.DataFrame, column: str) -> pl.Series:
    """The cells to look at: not those that are dates or degrees and nothing else."""
    texts = rows[column]
    if column in DATES:
        return texts.filter(rows[f"{column}.problem"] == UNREADABLE)
    if column not in DEGREES:
        return texts
    degrees = rows[f"{column}.read"]  # what begins with a nought or a sign may still be a telephone number
    return texts.filter(degrees.is_null() | (degrees.abs() >= 1_000) | texts.str.contains("^[0+-]"))


def _garbled(distinct: pl.Series) -> pl.Series:
    odd = distinct.filter(distinct.str.len_bytes() != distinct.str.len_chars())
    looks = odd.filter(odd.str.contains(LOOKS))
    return looks.filter(pl.Series([mended(text) is not None for text in looks], dtype=pl.Boolean))


def _incidents(rows: pl.DataFrame, good: Positions, terms: Terms, reference: Reference) -> pa.Table:
    divisions = {code: district.adm1 for code, district in reference.districts.items()}
    told = {
        **{name: pl.col(f"{name}.at") for name in PLACED},
        "row_no": pl.col("row_no"),
        "incident_id": pl.col("source_ref"),
        "source": pl.lit(terms.source),
        "is_invented": read("invented"),
        "adm1": pl.col("adm2.at").replace_strict(divisions, default=None, return_dtype=pl.String),
        "precision_code": pl.col("precision.at"),
        "persons_is_min": pl.col("persons.is_min"),
        "uncertainty_m": pl.col("uncertainty.at"),
    }
    columns = [told.get(name, read(name)).alias(name) for name in INCIDENT.names]
    taken = rows.select(columns)[good]
    named = taken.with_columns(scrub.pseudonyms(terms.key, terms.source, taken["incident_id"]).alias("incident_id"))
    return named.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(INCIDENT)


def _quarantined(rows: pl.DataFrame, broken: Positions, reference: Reference) -> pa.Table:
    words, fixes = _words(reference), _fixes(rows, broken, reference)
    redacted = rows.select(
        "row_no", *(by_distinct(rows[c], lambda v: scrub.redact(v, words), pl.String).alias(c) for c in KEPT)
    )
    rules = [RULES[at] for at in broken]
    cells = {column: redacted[column].to_list() for column in {rule.field for rule in rules} & set(KEPT)}
    values = [_value(cells, rule.field, at) for at, rule in enumerate(rules)]
    return pa.table(
        {
            "row_no": rows["row_no"].to_arrow(),
            "rule": [rule.name for rule in rules],
            "field": [rule.field for rule in rules],
            "value_redacted": values,
            "fix": fixes,
            "kept": _kept(redacted),
        },
        schema=QUARANTINE,
    )


def _fixes(rows: pl.DataFrame, broken: Positions, reference: Reference) -> list[str]:
    """What to do about each refused row: what its rule says, and more where the row allows it."""
    fixes = [RULES[at].fix for at in broken]
    for at in np.unique(broken):
        advise = RULES[at].advice
        mine = np.flatnonzero(broken == at)
        for row, told in zip(mine, advise(rows[mine], reference) if advise else (), strict=False):
            fixes[row] = f"{fixes[row]} {told}" if told else fixes[row]
    return fixes


def _places(rows: pl.DataFrame, reference: Reference) -> pa.Table:
    """Names that were read by another spelling or with a slip of the pen, and how often."""
    told = [entry for level, text, code in NAMED for entry in _logged(rows, level, text, code, reference)]
    columns = list(zip(*told, strict=True)) or [()] * len(PLACE_LOG)
    return pa.table(dict(zip(PLACE_LOG.names, map(list, columns), strict=True)), schema=PLACE_LOG)


def _logged(
    rows: pl.DataFrame, level: str, text: str, code: str, reference: Reference
) -> list[tuple[str, str, str, str, float, int]]:
    distinct = rows[text].drop_nulls().unique()
    matched = {name: match(level, name, reference) for name in distinct}
    read_as = {name: found for name, found in matched.items() if found.method in ("alias", "fuzzy")}
    if not read_as:
        return []
    counted = rows.select(text, code).filter(pl.col(text).is_in(list(read_as))).group_by(text, code).len()
    return [
        (level, name, to, str(read_as[name].method), read_as[name].similarity, n)
        for name, to, n in counted.drop_nulls().sort(text, code).iter_rows()
        if to in read_as[name].codes and not scrub.in_cell(name)
    ]


def _value(cells: dict[str, list[str | None]], field: str, at: int) -> str:
    return cells[field][at] or "" if field in cells else "<text>"


def _kept(redacted: pl.DataFrame) -> pa.Array:
    """The mapped columns of each row that say something, as a map."""
    pairs = redacted.drop("row_no").with_row_index("at").unpivot(index="at", variable_name="key", value_name="value")
    said = pairs.drop_nulls("value").sort("at", maintain_order=True)
    ends = np.bincount(said["at"].to_numpy(), minlength=redacted.height).cumsum()
    kind = QUARANTINE.field("kept").type
    keys, values = (said[name].to_arrow(compat_level=pl.CompatLevel.oldest()) for name in ("key", "value"))
    return pa.MapArray.from_arrays(pa.array([0, *ends], pa.int32()), keys, values).cast(kind)


@lru_cache(maxsize=2)
def _words(reference: Reference) -> frozenset[str]:
    """Words of code lists and gazetteer: what a refused row may show as it was written."""
    lists = (*reference.code_names.values(), *reference.place_names.values())
    return scrub.vocabulary([name for names in lists for name in names])

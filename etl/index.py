"""The heart: rows as a source wrote them in, incidents and refused rows out."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from etl import locate, scrub
from etl.records import INCIDENT, LONGEST_CELL, QUARANTINE, SHEET, TEXTS
from etl.reference import Reference
from etl.source import Terms
from etl.validate import CONTROL, RULES, first_broken
from etl.values import by_distinct, read, read_values

Positions = NDArray[np.intp]
PLACED = ("country", "adm2", "adm3", "lat", "lon", "cell", "resolution", "crossing")
KEPT = tuple(column for column in (*SHEET, "invented", "country") if column != "narrative")


def index_batch(raw: pa.RecordBatch | pa.Table, terms: Terms, reference: Reference) -> tuple[pa.Table, pa.Table]:
    """Rows in the shape of RAW -> (rows of INCIDENT, rows of QUARANTINE); each row is in one of the two.

    No IO, no clock, no globals: the same rows, terms and reference give the same answer anywhere.
    """
    table = pa.Table.from_batches([raw]) if isinstance(raw, pa.RecordBatch) else raw
    if table.num_rows == 0:
        return INCIDENT.empty_table(), QUARANTINE.empty_table()
    rows = pl.DataFrame(pl.from_arrow(table))
    rows = _screened(read_values(rows, terms, reference), terms)
    rows = locate.place(rows, terms, reference)
    broken = first_broken(rows, terms)
    good, refused = np.flatnonzero(broken == len(RULES)), np.flatnonzero(broken < len(RULES))
    refused_rows = rows.select("row_no", *KEPT)[refused]
    known = _identified(rows[refused], terms)
    return _incidents(rows, good, terms, reference), _quarantined(refused_rows, broken[refused], reference, known)


def _screened(rows: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """Three flags for each text column: personal data, control characters, too long a cell."""
    flags = [flag for column in TEXTS for flag in _flags(rows[column], column, terms)]
    return rows.with_columns(flags)


def _flags(texts: pl.Series, column: str, terms: Terms) -> list[pl.Series | pl.Expr]:
    distinct = texts.drop_nulls().unique()
    found = {
        "pii": scrub.hits(distinct, scrub.kind_for(column, terms.hard_identifiers_only)),
        "control": distinct.filter(distinct.str.contains(CONTROL)) if column != "other_text" else distinct.clear(),
        "long": distinct.filter(distinct.str.len_bytes() > LONGEST_CELL),
    }
    return [
        (texts.is_in(hit.implode()).fill_null(False) if len(hit) else pl.lit(False)).alias(f"{column}.{what}")
        for what, hit in found.items()
    ]


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
        "uncertainty_m": pl.col("uncertainty.at"),
    }
    columns = [told.get(name, read(name)).alias(name) for name in INCIDENT.names]
    taken = rows.select(columns)[good]
    named = taken.with_columns(scrub.pseudonyms(terms.key, terms.source, taken["incident_id"]).alias("incident_id"))
    return named.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(INCIDENT)


def _identified(refused: pl.DataFrame, terms: Terms) -> dict[str, pa.Array]:
    """Source and identity of refused rows; no identity where the reference is missing or personal itself."""
    told = refused.select(pl.when(~pl.col("source_ref.pii")).then("source_ref")).to_series()
    identities = scrub.pseudonyms(terms.key, terms.source, told)
    source = pa.repeat(pa.scalar(terms.source, pa.large_string()), refused.height)
    return {"source": source, "incident_id": identities.to_arrow(compat_level=pl.CompatLevel.oldest())}


def _quarantined(rows: pl.DataFrame, broken: Positions, reference: Reference, known: dict[str, pa.Array]) -> pa.Table:
    words = _words(reference)
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
            "fix": [rule.fix for rule in rules],
            "kept": _kept(redacted),
            **known,
        },
        schema=QUARANTINE,
    )


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

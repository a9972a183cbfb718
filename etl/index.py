"""The heart: rows as a source wrote them in, incidents and refused rows out."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from etl import locate, scrub
from etl.atlas import atlas_of
from etl.columns import Codes, Columns, listed
from etl.records import INCIDENT, LONGEST_CELL, QUARANTINE, SHEET, TEXTS
from etl.reference import Reference
from etl.source import Terms
from etl.validate import CONTROL, RULES, first_broken
from etl.values import COUNTS, DATES, DEGREES, last_day, read_values

Positions = NDArray[np.intp]
TYPED = (*DEGREES, *COUNTS, *DATES)
KEPT = tuple(column for column in (*SHEET, "invented", "country") if column != "narrative")


def index_batch(raw: pa.RecordBatch | pa.Table, terms: Terms, reference: Reference) -> tuple[pa.Table, pa.Table]:
    """Rows in the shape of RAW -> (rows of INCIDENT, rows of QUARANTINE); each row is in one of the two.

    No IO, no clock, no globals: the same rows, terms and reference give the same answer anywhere.
    """
    table = pa.Table.from_batches([raw]) if isinstance(raw, pa.RecordBatch) else raw
    if table.num_rows == 0:
        return INCIDENT.empty_table(), QUARANTINE.empty_table()
    columns = listed(table, TEXTS).each(lambda texts: _screened(read_values(texts, terms, reference), terms))
    columns = locate.place(_dated(columns), terms, reference)
    broken = first_broken(columns, terms)
    good, refused = np.flatnonzero(broken == len(RULES)), np.flatnonzero(broken < len(RULES))
    refused_rows = columns.taken(("row_no", *KEPT), refused)
    known = _identified(columns, refused, terms)
    return _incidents(columns, good, terms, reference), _quarantined(refused_rows, broken[refused], reference, known)


def _dated(columns: Columns) -> Columns:
    """The last day of what each row says of its time."""
    spans = columns.profile(("date_start", "date_end", "date_precision"))
    return columns.beside(spans.spread(spans.frame.select(last_day()).to_series()).alias("last_day"))


def _screened(texts: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """Three flags for each text column: personal data, control characters, too long a cell."""
    flags = [
        flag for column in TEXTS if column in texts.columns for flag in _flags(texts[column], texts, column, terms)
    ]
    return texts.with_columns(flags)


def _flags(texts: pl.Series, also: pl.DataFrame, column: str, terms: Terms) -> list[pl.Series]:
    none = pl.Series([False]).new_from_index(0, len(texts))
    if column in TYPED and f"{column}.read" in also:
        texts = texts.set(also[f"{column}.read"].is_not_null(), None)  # a number that was read hides nothing
    if texts.null_count() == len(texts):
        return [none.alias(f"{column}.{what}") for what in ("pii", "control", "long")]
    looked_at = scrub.unexempt(texts, terms.reference_shape) if column == "source_ref" else texts
    return [
        scrub.hits(looked_at, scrub.kind_for(column, terms.hard_identifiers_only)).alias(f"{column}.pii"),
        none.alias(f"{column}.control") if column == "other_text" else _holds(texts.str.contains(CONTROL), "control"),
        _holds(texts.str.len_bytes() > LONGEST_CELL, "long"),
    ]


def _holds(mask: pl.Series, what: str) -> pl.Series:
    return mask.fill_null(False).alias(f"{mask.name}.{what}")


def _incidents(columns: Columns, good: Positions, terms: Terms, reference: Reference) -> pa.Table:
    codes = columns.places.codes[good]
    frame = columns.places.frame
    atlas = atlas_of(reference)
    districts = _numbers(columns.rows["adm2.no"].gather(good).to_numpy())
    divisions = [reference.districts[code].adm1 for code in atlas.names]
    placed = columns.rows["placed"].gather(good).to_numpy()
    made = {
        "row_no": _arrow(columns.rows["row_no"].gather(good)),
        "incident_id": _arrow(scrub.pseudonyms(terms.key, terms.source, columns.of("source_ref").gather(good))),
        "source": _listed(np.zeros(len(good), np.int32), [terms.source]),
        "date_end": _arrow(columns.rows["last_day"].gather(good)),
        "is_invented": _arrow(columns.of("invented.read").gather(good)),
        "adm1": pa.DictionaryArray.from_arrays(districts, pa.array(divisions, pa.large_string())),
        "adm2": pa.DictionaryArray.from_arrays(districts, pa.array(atlas.names, pa.large_string())),
        "country": _country(columns, districts, good, terms),
        **{
            name: _listed(codes, _arrow(frame[column]))
            for name, column in (("adm3", "adm3.code"), ("crossing", "crossing.code"))
        },
        **{
            name: pa.array(columns.rows[f"{name}.at"].gather(good).to_numpy(), mask=~placed)
            for name in ("lat", "lon", "cell")
        },
        "resolution": pa.array(frame["resolution.at"].fill_null(0).to_numpy()[codes], mask=~placed),
        "precision_code": _arrow(frame["precision.at"].gather(codes)),
        "uncertainty_m": _arrow(frame["uncertainty.at"].gather(codes)),
    }
    return pa.table(
        [made[n] if n in made else _taken(columns, f"{n}.read", good) for n in INCIDENT.names], schema=INCIDENT
    )


def _country(columns: Columns, districts: pa.Array, good: Positions, terms: Terms) -> pa.Array:
    if terms.area == "bangladesh":
        return _listed(np.zeros(len(good), np.int32), ["BD"])
    told = columns.of("country.read").gather(good)
    return _arrow(told.set(pl.Series(pl.from_arrow(districts)).is_not_null(), "BD")).dictionary_encode()


def _numbers(numbers: NDArray[np.intp]) -> pa.Array:
    return pa.array(numbers.astype(np.int32), mask=numbers < 0)


def _arrow(series: pl.Series) -> pa.Array:
    return series.to_arrow(compat_level=pl.CompatLevel.oldest())


def _listed(codes: Codes, values: pa.Array | list[str]) -> pa.Array:
    texts = pa.array(values, pa.large_string()) if isinstance(values, list) else values
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), texts)


def _taken(columns: Columns, name: str, good: Positions) -> pa.Array:
    """A column of the good rows; texts as a list of the distinct ones and where each stands."""
    if name in columns.rows.columns:
        array = _arrow(columns.rows[name].gather(good))
        return array.dictionary_encode() if pa.types.is_large_string(array.type) else array
    series, codes = columns.distinct[name], columns.codes[name.partition(".")[0]][good]
    if series.dtype == pl.String:
        return _listed(codes, _arrow(series))
    return _arrow(series.gather(codes))


def _identified(columns: Columns, refused: Positions, terms: Terms) -> dict[str, pa.Array]:
    """Source and identity of refused rows; no identity where the reference is missing or personal itself."""
    told, is_personal = (columns.of(name).gather(refused) for name in ("source_ref", "source_ref.pii"))
    is_known = told.is_not_null() & ~is_personal
    identities = pl.Series([None], dtype=pl.Binary).new_from_index(0, len(told))
    identities = identities.scatter(
        is_known.arg_true(), scrub.pseudonyms(terms.key, terms.source, told.filter(is_known))
    )
    source = pa.repeat(pa.scalar(terms.source, pa.large_string()), len(refused))
    return {"source": source, "incident_id": _arrow(identities)}


def _quarantined(rows: pl.DataFrame, broken: Positions, reference: Reference, known: dict[str, pa.Array]) -> pa.Table:
    words = _words(reference)
    redacted = rows.select("row_no", *(scrub.redacted(rows[c], words) for c in KEPT))
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

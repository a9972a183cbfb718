"""Refused rows that come back corrected: which row each was, and what of it still is redacted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl
import pyarrow as pa

from etl.index import index_batch
from etl.outgoing import unguarded
from etl.records import RAW, TEXTS, Judged
from etl.reference import Reference
from etl.source import Source, Terms, same_header
from etl.sources import all_sources

# What the workbook of refused rows has beside the columns of a sheet.
COLUMNS = ("quarantine_id", "rule", "field", "fix", "country")
REDACTED = r"^<[a-z]+(?::[0-9]+)?>$"
MAY_STAY_REDACTED = "source_ref"  # where its identity is known

Originals = Callable[[pa.Table], dict[str, tuple[str, bytes | None]]]


@dataclass(frozen=True)
class Corrections:
    """Some rows of a workbook of refused rows.

    raw: in the shape of RAW.   known: row_no, source, identity (null: by its reference), redacted (a column, or null).
    """

    raw: pl.DataFrame
    known: pl.DataFrame

    @property
    def num_rows(self) -> int:
        """How many rows."""
        return self.raw.height


def is_correction(header: Sequence[str]) -> bool:
    """Whether the rows say which refused rows they were."""
    return COLUMNS[0] in map(same_header, header)


def read_corrections(
    batches: Iterable[pl.DataFrame], header: Sequence[str], source: Source, originals: Originals
) -> Iterator[Corrections]:
    """Cells by position -> rows with what is known of the refused rows that they were.

    originals: row_no and quarantine_id -> source and identity of each number that there is.
    """
    at = {same_header(cell): str(position) for position, cell in enumerate(header)}
    beside = {name: at[name] for name in COLUMNS if name in at}
    for cells in batches:
        texts = cells.with_columns(unguarded(pl.col(str(position))) for position in range(len(header)))
        bare = texts.with_columns(pl.lit(None, pl.String).alias(name) for name in beside.values())
        country = texts[beside["country"]] if "country" in beside else pl.lit(None, pl.String)
        raw = source.raw(bare, header).with_columns(country.alias("country"))
        asked = texts.select("row_no", pl.col(beside["quarantine_id"]).str.strip_chars().alias("quarantine_id"))
        asked = asked.filter(pl.col("quarantine_id").str.len_bytes() > 0)
        yield _known(raw, asked, originals(asked.to_arrow(compat_level=pl.CompatLevel.oldest())), source)


def _known(
    raw: pl.DataFrame, asked: pl.DataFrame, found: dict[str, tuple[str, bytes | None]], source: Source
) -> Corrections:
    table = pl.DataFrame(
        [(number, *told) for number, told in found.items()],
        schema={"quarantine_id": pl.String, "source": pl.String, "original": pl.Binary},
        orient="row",
    )
    numbered = asked.join(table, on="quarantine_id", how="left").rename({"source": "found"})
    rows = raw.join(numbered, on="row_no", how="left", maintain_order="left")
    reference = pl.col(MAY_STAY_REDACTED)
    unsaid = reference.is_null() | (reference.str.strip_chars() == "") | reference.str.contains(REDACTED)
    stays = unsaid & pl.col("original").is_not_null()
    rows = rows.with_columns(
        pl.when(stays).then("quarantine_id").otherwise(reference).alias(MAY_STAY_REDACTED),
        pl.when(stays).then("original").alias("identity"),
    )
    left = pl.coalesce(pl.when(pl.col(name).str.contains(REDACTED)).then(pl.lit(name)) for name in TEXTS)
    unknown = pl.col("quarantine_id").is_not_null() & pl.col("found").is_null()
    rows = rows.with_columns(
        pl.when(pl.col("quarantine_id").is_not_null()).then(left).alias("redacted"),
        pl.coalesce("found", pl.lit(source.name)).alias("source"),
    ).with_columns(
        pl.coalesce(
            "fault",
            pl.when(unknown).then(pl.lit("unknown_quarantine_id")),
            pl.when(pl.col("redacted").is_not_null()).then(pl.lit("still_redacted")),
        ).alias("fault")
    )
    return Corrections(rows.select(RAW.names), rows.select("row_no", "source", "identity", "redacted"))


def index_corrections(rows: Corrections, terms: Terms, reference: Reference) -> Judged:
    """As `index_batch`; each row under the source that it first came from, and with its first identity.

    The rows are of many files: a short date without an order said is refused row by row, never settled by the others.
    """
    terms = replace(terms, date_order=terms.date_order or "mixed")
    judged = [
        _index(rows.raw.join(mine, on="row_no", how="semi"), mine, _as_of(terms, str(name)), reference)
        for (name,), mine in rows.known.group_by("source", maintain_order=True)
    ]
    return Judged(*(pa.concat_tables(tables) for tables in zip(*judged, strict=True)))


def _as_of(terms: Terms, name: str) -> Terms:
    """The terms of another source; one that a mapping made is of this country."""
    source = next((each for each in all_sources() if each.name == name), None)
    if source is None:
        return replace(terms, source=name)
    return replace(
        terms,
        source=name,
        area=source.area,
        hard_identifiers_only=source.hard_identifiers_only,
        reference_shape=source.reference_shape,
    )


def _index(raw: pl.DataFrame, known: pl.DataFrame, terms: Terms, reference: Reference) -> Judged:
    judged = index_batch(raw.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(RAW), terms, reference)
    quarantined = _set(judged.quarantined, known, "identity", "incident_id")
    return judged._replace(
        good=_set(judged.good, known, "identity", "incident_id"),
        quarantined=_set(quarantined, known, "redacted", "field"),
    )


def _set(table: pa.Table, known: pl.DataFrame, told: str, column: str) -> pa.Table:
    """The table with what is told of its rows in a column, where anything is told."""
    if not table.num_rows or known[told].null_count() == known.height:
        return table
    field = table.schema.field(column)
    rows = pl.DataFrame(pl.from_arrow(table.select(["row_no", column])))
    joined = rows.join(known.select("row_no", told), on="row_no", how="left", maintain_order="left")
    values = joined.select(pl.coalesce(told, column)).to_series()
    cast = values.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(field.type)
    return table.set_column(table.schema.get_field_index(column), field, cast)

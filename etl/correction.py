"""Refused rows that come back corrected: which row each was, and what of it still is redacted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

import polars as pl
import pyarrow as pa

from etl import scrub
from etl.index import index_batch
from etl.kinds import Kind
from etl.outgoing import unguarded
from etl.parts import judge_part
from etl.records import QUARANTINE, RAW, Judged, Original
from etl.reference import Reference
from etl.source import Area, DateOrder, Source, Terms, same_header
from etl.sources import all_sources

# What the workbook of refused rows has beside the columns of a sheet.
COLUMNS = ("quarantine_id", "rule", "field", "fix", "fix_bn", "country")
REDACTED = r"^<[a-z]+(?::[0-9]+)?>$"
MAY_STAY_REDACTED = "source_ref"  # where its identity is known

KEPT_TERMS = ("area", "date_order", "reference_shape")

Originals = Callable[[pa.Table], dict[str, Original]]


@dataclass(frozen=True)
class Corrections:
    """Some rows of a workbook of refused rows.

    raw: in the shape of RAW, or of a further sheet the cells by column.
    known: row_no, source, identity (null: by its reference), redacted (a column, or null),
    and the terms on which the row was judged first (null: those of its source).
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
    batches: Iterable[pl.DataFrame], header: Sequence[str], source: Source, kind: Kind | None, originals: Originals
) -> Iterator[Corrections]:
    """Cells by position -> rows with what is known of the refused rows that they were.

    kind: of the further sheet that they are, None where they are incidents.
    originals: row_no and quarantine_id -> what is known of each number that there is.
    """
    at = {same_header(cell): str(position) for position, cell in enumerate(header)}
    beside = {name: at[name] for name in COLUMNS if name in at}
    for cells in batches:
        texts = cells.with_columns(unguarded(pl.col(str(position))) for position in range(len(header)))
        raw = _part(texts, header, beside, kind) if kind else _incidents(texts, header, beside, source)
        asked = texts.select("row_no", pl.col(beside["quarantine_id"]).str.strip_chars().alias("quarantine_id"))
        asked = asked.filter(pl.col("quarantine_id").str.len_bytes() > 0)
        yield _known(raw, asked, originals(asked.to_arrow(compat_level=pl.CompatLevel.oldest())), source)


def _incidents(texts: pl.DataFrame, header: Sequence[str], beside: Mapping[str, str], source: Source) -> pl.DataFrame:
    """Rows in the shape of RAW; their country is said in a column of its own."""
    country = texts[beside["country"]] if "country" in beside else pl.lit(None, pl.String)
    return source.raw(_without(texts, beside.values()), header).with_columns(country.alias("country"))


def _part(texts: pl.DataFrame, header: Sequence[str], beside: Mapping[str, str], kind: Kind) -> pl.DataFrame:
    """Cells by column of the kind; its country is a column like any other."""
    rows = kind.source.named(_without(texts, [beside[name] for name in beside if name not in kind.texts]), header)
    return rows.with_columns(pl.lit(None, pl.String).alias(name) for name in kind.texts if name not in rows.columns)


def _without(texts: pl.DataFrame, columns: Iterable[str]) -> pl.DataFrame:
    return texts.with_columns(pl.lit(None, pl.String).alias(name) for name in columns)


def _known(raw: pl.DataFrame, asked: pl.DataFrame, found: dict[str, Original], source: Source) -> Corrections:
    table = pl.DataFrame(
        [(no, told.source, told.identity, *map(told.terms.get, KEPT_TERMS)) for no, told in found.items()],
        schema={"quarantine_id": pl.String, "source": pl.String, "original": pl.Binary}
        | dict.fromkeys(KEPT_TERMS, pl.String),
        orient="row",
    )
    numbered = asked.join(table, on="quarantine_id", how="left").rename({"source": "found"})
    rows = raw.join(numbered, on="row_no", how="left", maintain_order="left")
    rows = _with_identity(rows) if MAY_STAY_REDACTED in raw.columns else rows.rename({"original": "identity"})
    texts = [name for name in raw.columns if name not in ("row_no", "fault")]
    left = pl.coalesce(pl.when(pl.col(name).str.contains(REDACTED)).then(pl.lit(name)) for name in texts)
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
    return Corrections(rows.select(raw.columns), rows.select("row_no", "source", "identity", "redacted", *KEPT_TERMS))


def _with_identity(rows: pl.DataFrame) -> pl.DataFrame:
    """A reference that was left as it was shown is that of the refused row."""
    reference = pl.col(MAY_STAY_REDACTED)
    unsaid = reference.is_null() | (reference.str.strip_chars() == "") | reference.str.contains(REDACTED)
    stays = unsaid & pl.col("original").is_not_null()
    return rows.with_columns(
        pl.when(stays).then("quarantine_id").otherwise(reference).alias(MAY_STAY_REDACTED),
        pl.when(stays).then("original").alias("identity"),
    )


def index_corrections(rows: Corrections, terms: Terms, reference: Reference) -> Judged:
    """As `index_batch`; each row under the source that it first came from, with its first identity and on its terms.

    The rows are of many files: a short date of a row whose order nobody said is refused, never settled by the others.
    """
    none = index_batch(RAW.empty_table(), terms, reference)  # a person may have deleted all the lines
    judged = [none, *(_index(raw, known, of, reference) for raw, known, of in _by_terms(rows, terms))]
    return Judged(*(pa.concat_tables(tables) for tables in zip(*judged, strict=True)))


def judge_part_corrections(
    rows: Corrections, kind: Kind, terms: Terms, reference: Reference
) -> tuple[pa.Table, pa.Table]:
    """The same, as `judge_part`."""
    goods, refused = [kind.stored.empty_table()], [QUARANTINE.empty_table()]
    for raw, known, of in _by_terms(rows, terms):
        good, quarantined = judge_part(raw, kind, of, reference)
        goods.append(_set(good, known, "identity", "incident_id") if kind.joins else good)
        refused.append(_as_refused_first(quarantined, known))
    return pa.concat_tables(goods), pa.concat_tables(refused)


def _by_terms(rows: Corrections, terms: Terms) -> Iterator[tuple[pl.DataFrame, pl.DataFrame, Terms]]:
    """(rows, what is known of them, the terms that they share)."""
    for told, mine in rows.known.group_by("source", *KEPT_TERMS, maintain_order=True):
        yield rows.raw.join(mine, on="row_no", how="semi"), mine, _as_of(terms, *map(_text, told))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _as_of(
    terms: Terms, name: str | None, area: str | None, date_order: str | None, reference_shape: str | None
) -> Terms:
    """The terms of another source, and what was said of its file or by its mapping."""
    source = next((each for each in all_sources() if each.name == name), None)
    return replace(
        terms,
        source=name or terms.source,
        area=cast(Area, area or (source.area if source else terms.area)),
        date_order=cast(DateOrder, date_order or terms.date_order or "mixed"),
        hard_identifiers_only=source.hard_identifiers_only if source else False,
        reference_shape=reference_shape or (source.reference_shape if source else None),
    )


def _index(raw: pl.DataFrame, known: pl.DataFrame, terms: Terms, reference: Reference) -> Judged:
    judged = index_batch(raw.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(RAW), terms, reference)
    return judged._replace(
        good=_set(judged.good, known, "identity", "incident_id"),
        quarantined=_as_refused_first(judged.quarantined, known),
        places=_names_of_first(judged.places, raw.join(known, on="row_no"), terms),
    )


def _names_of_first(places: pa.Table, rows: pl.DataFrame, terms: Terms) -> pa.Table:
    """How names were read, of the records by their first identity."""
    rows = rows.filter(pl.col("identity").is_not_null())
    digests = scrub.pseudonyms(terms.key, terms.source, rows[MAY_STAY_REDACTED])
    first = dict(zip(digests, rows["identity"], strict=True))
    column = places.schema.get_field_index("incident_ids")
    whose = [ids and [first.get(each, each) for each in ids] for ids in places["incident_ids"].to_pylist()]
    return places.set_column(column, places.schema.field(column), pa.array(whose, places.schema.field(column).type))


def _as_refused_first(quarantined: pa.Table, known: pl.DataFrame) -> pa.Table:
    """Refused again: under the first identity, and by the name of the cell that still is redacted."""
    return _set(_set(quarantined, known, "identity", "incident_id"), known, "redacted", "field")


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

"""The heart: rows as a source wrote them in, incidents, refused rows and a log of places out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from etl import locate, scrub
from etl.atlas import atlas_of
from etl.border import border_of
from etl.columns import Columns, listed
from etl.days import UNREADABLE
from etl.mojibake import LOOKS, mended
from etl.names import match
from etl.records import DATES, INCIDENT, LONGEST_CELL, PLACE_LOG, QUARANTINE, SHEET, TEXTS, Judged
from etl.reference import NO_SEGMENT, Reference
from etl.rule import Rule
from etl.source import Terms
from etl.validate import CONTROL, RULES, first_broken
from etl.values import COUNTS, DEGREES, read_pairs, read_spans, read_values

Positions = NDArray[np.intp]
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
SHORT_NUMBER = 100_000_000  # a count of fewer digits than any number of a person
KEPT = tuple(column for column in (*SHEET, "invented", "country") if column != "narrative")
REFUSED = ("row_no", *KEPT, "lat.read", "lon.read", "adm2.at", "inside.code")  # what a fix may be made of


def index_batch(raw: pa.RecordBatch | pa.Table, terms: Terms, reference: Reference) -> Judged:
    """Rows in the shape of RAW -> incidents and refused rows, each row in one of the two; and how places were read.

    No IO, no clock, no globals: the same rows, terms and reference give the same answer anywhere.
    """
    table = pa.Table.from_batches([raw]) if isinstance(raw, pa.RecordBatch) else raw
    if table.num_rows == 0:
        return Judged(INCIDENT.empty_table(), QUARANTINE.empty_table(), PLACE_LOG.empty_table())
    columns = listed(table, TEXTS).each(lambda texts: read_values(texts, terms, reference))
    columns = read_spans(read_pairs(columns)).each(lambda texts: screened(texts, terms, TEXTS))
    columns = locate.place(columns, terms, reference)
    broken = first_broken(columns, terms, RULES)
    good, refused = np.flatnonzero(broken == len(RULES)), np.flatnonzero(broken < len(RULES))
    reasons, known = [RULES[at] for at in broken[refused]], _identified(columns, refused, terms)
    refused_rows = quarantined(_refused(columns, refused, reference), reasons, reference, known)
    return Judged(_incidents(columns, good, terms, reference), refused_rows, _places(columns, reference))


# --- the screen ----------------------------------------------------------------------


def screened(texts: pl.DataFrame, terms: Terms, columns: Sequence[str]) -> pl.DataFrame:
    """Four flags for each text column: personal data, control characters, too long a cell, a wrong encoding."""
    return texts.with_columns(
        flag for column in columns if column in texts.columns for flag in _flags(texts, column, terms)
    )


def _flags(frame: pl.DataFrame, column: str, terms: Terms) -> Iterator[pl.Series]:
    texts = _unread(frame, column)
    if texts.null_count() == len(texts):
        none = pl.Series([False]).new_from_index(0, len(texts))
        yield from (none.alias(f"{column}.{what}") for what in ("pii", "control", "long", "mojibake"))
        return
    looked_at = scrub.unexempt(texts, terms.reference_shape) if column == "source_ref" else texts
    is_alone = column != "other_text"  # what is joined of many cells has signs between them
    found = {
        "pii": scrub.hits(looked_at, scrub.kind_for(column, terms.hard_identifiers_only)),
        "control": texts.str.contains(CONTROL) & is_alone,
        "long": texts.str.len_bytes() > LONGEST_CELL,
        "mojibake": _garbled(texts) & is_alone,
    }
    yield from (hit.fill_null(False).alias(f"{column}.{what}") for what, hit in found.items())


def _unread(frame: pl.DataFrame, column: str) -> pl.Series:
    """The cells to look at, null where one is a date, a count or degrees and nothing else."""
    texts = frame[column]
    if column in DATES:
        return texts.set((frame[f"{column}.problem"] != UNREADABLE).fill_null(True), None)
    if column in COUNTS:
        return texts.set((frame[f"{column}.read"].abs() < SHORT_NUMBER).fill_null(False), None)
    if column not in DEGREES:
        return texts
    degrees = frame[f"{column}.read"]  # what begins with a nought or a sign may still be a telephone number
    told = (degrees.abs() < 1_000) & ~texts.str.contains("^[0+-]")
    return texts.set(told.fill_null(False), None)


def _garbled(texts: pl.Series) -> pl.Series:
    looks = (texts.str.len_bytes() != texts.str.len_chars()) & texts.str.contains(LOOKS)
    odd = [at for at in looks.fill_null(False).arg_true() if mended(texts[at]) is not None]
    return pl.zeros(len(texts), dtype=pl.Boolean, eager=True).scatter(odd, True)


# --- good rows -----------------------------------------------------------------------


def _incidents(columns: Columns, good: Positions, terms: Terms, reference: Reference) -> pa.Table:
    atlas, border = atlas_of(reference), border_of(reference)
    districts = _numbers(columns.rows["district"].gather(good))
    is_placed = columns.rows["is_placed"].gather(good).to_numpy()
    crossing = columns.rows["crossing.no"].gather(good)
    segment = columns.rows["border_segment.at"].gather(good).to_numpy()
    basis = pl.select(
        pl.when(crossing >= 0).then(1 - columns.rows["is_named"].gather(good).cast(pl.Int64)).otherwise(-1)
    )
    made = {
        "row_no": _arrow(columns.rows["row_no"].gather(good)),
        "incident_id": _arrow(scrub.pseudonyms(terms.key, terms.source, columns.of("source_ref").gather(good))),
        "source": _same(terms.source, len(good)),
        "is_invented": _arrow(columns.of("invented.read").gather(good)),
        "persons_is_min": _arrow(columns.of("persons.is_min").gather(good)),
        "adm2": _named(districts, atlas.names),
        "adm3": _taken(columns, "adm3.code", good),
        "country": _country(columns, districts, good, terms),
        "crossing": _named(_numbers(crossing), border.names),
        "crossing_basis": _named(_numbers(basis.to_series()), ["named", "located"]),
        "border_segment": pa.array(segment, mask=segment == NO_SEGMENT),
        **{
            n: pa.array(columns.rows[f"{n}.at"].gather(good).to_numpy(), mask=~is_placed)
            for n in ("lat", "lon", "cell")
        },
        "resolution": pa.array(columns.of("resolution.at").gather(good).fill_null(0).to_numpy(), mask=~is_placed),
        "precision_code": _arrow(columns.of("precision.at").gather(good)),
        "uncertainty_m": _arrow(columns.of("uncertainty.at").gather(good)),
    }
    arrays = [made[n] if n in made else _taken(columns, f"{n}.read", good) for n in INCIDENT.names]
    return pa.table(arrays, schema=INCIDENT)


def _country(columns: Columns, districts: pa.Array, good: Positions, terms: Terms) -> pa.Array:
    if terms.area == "bangladesh":
        return _same("BD", len(good))
    told = columns.of("country.read").gather(good)
    return _arrow(told.set(pl.Series(pl.from_arrow(districts)).is_not_null(), "BD")).dictionary_encode()


def _taken(columns: Columns, name: str, good: Positions) -> pa.Array:
    """A column of the good rows; texts as a list of the distinct ones and where each stands."""
    frame, codes = columns.home([name])
    series, at = frame[name], good if codes is None else codes[good]
    if series.dtype != pl.String:
        return _arrow(series.gather(at))
    if codes is None:
        return _arrow(series.gather(at)).dictionary_encode()
    return pa.DictionaryArray.from_arrays(pa.array(at.astype(np.int32)), _arrow(series))


def _same(text: str, times: int) -> pa.Array:
    return _named(pa.repeat(pa.scalar(0, pa.int32()), times), [text])


def _named(numbers: pa.Array, names: Sequence[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(numbers, pa.array(names, pa.large_string()))


def _numbers(numbers: pl.Series) -> pa.Array:
    told = numbers.to_numpy()
    return pa.array(told.astype(np.int32), mask=told < 0)


def _arrow(series: pl.Series) -> pa.Array:
    return series.to_arrow(compat_level=pl.CompatLevel.oldest())


# --- refused rows --------------------------------------------------------------------


def _refused(columns: Columns, refused: Positions, reference: Reference) -> pl.DataFrame:
    """The refused rows as they were written, with what advice may name."""
    atlas, rows = atlas_of(reference), columns.taken(("row_no", *TEXTS, "lat.read", "lon.read"), refused)
    holder, district = (columns.rows[name].gather(refused).to_numpy() for name in ("holder", "district"))
    return rows.with_columns(atlas.codes(holder).alias("inside.code"), atlas.codes(district).alias("adm2.at"))


def _identified(columns: Columns, refused: Positions, terms: Terms) -> Mapping[str, pa.Array]:
    told, is_personal = (columns.of(name).gather(refused) for name in ("source_ref", "source_ref.pii"))
    return identified(told, is_personal, "incident", terms)


def identified(references: pl.Series, is_personal: pl.Series, kind: str, terms: Terms) -> Mapping[str, pa.Array]:
    """Kind, source and identity of refused rows; no identity where the reference is missing or personal itself."""
    is_known = references.is_not_null() & ~is_personal
    identities = pl.Series([None], dtype=pl.Binary).new_from_index(0, len(references))
    digests = scrub.pseudonyms(terms.key, terms.source, references.filter(is_known))
    identities = identities.scatter(is_known.arg_true(), digests)
    told = {"kind": kind, "source": terms.source}
    same = {name: pa.repeat(pa.scalar(text, pa.large_string()), len(references)) for name, text in told.items()}
    return {**same, "incident_id": _arrow(identities)}


def quarantined(
    rows: pl.DataFrame,
    rules: Sequence[Rule],
    reference: Reference,
    known: Mapping[str, pa.Array],
    columns: Sequence[str] = KEPT,
) -> pa.Table:
    """Rows and the rule that each broke -> rows of QUARANTINE; of `columns` is kept what may be.

    known: what `identified` gives.
    """
    words, fixes = _words(reference), _fixes(rows, rules, reference)
    redacted = rows.select("row_no", *(scrub.redacted(rows[c], words) for c in columns))
    cells = {column: redacted[column].to_list() for column in {rule.field for rule in rules} & set(columns)}
    values = [_value(cells, rule.field, at) for at, rule in enumerate(rules)]
    return pa.table(
        {
            "row_no": rows["row_no"].to_arrow(),
            "rule": [rule.name for rule in rules],
            "field": [rule.field for rule in rules],
            "value_redacted": values,
            "fix": fixes,
            "kept": _kept(redacted),
            **known,
        },
        schema=QUARANTINE,
    )


def _fixes(rows: pl.DataFrame, rules: Sequence[Rule], reference: Reference) -> list[str]:
    """What to do about each refused row: what its rule says, and more where the row allows it."""
    fixes = [rule.fix for rule in rules]
    for advise in {rule.advice for rule in rules if rule.advice}:
        mine = [at for at, rule in enumerate(rules) if rule.advice is advise]
        for row, told in zip(mine, advise(rows[mine], reference), strict=True):
            fixes[row] = f"{fixes[row]} {told}" if told else fixes[row]
    return fixes


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


# --- names of places -----------------------------------------------------------------


def _places(columns: Columns, reference: Reference) -> pa.Table:
    """Names that were read by another spelling or with a slip of the pen, and how often."""
    told = [entry for level, text, code in NAMED for entry in _logged(columns, level, text, code, reference)]
    fields = list(zip(*told, strict=True)) or [()] * len(PLACE_LOG)
    return pa.table(dict(zip(PLACE_LOG.names, map(list, fields), strict=True)), schema=PLACE_LOG)


def _logged(
    columns: Columns, level: str, text: str, code: str, reference: Reference
) -> list[tuple[str, str, str, str, float, int]]:
    counted = columns.counted((text, code)).drop_nulls().sort(text, code)
    matched = [(name, to, n, match(level, name, reference)) for name, to, n in counted.iter_rows()]
    return [
        (level, name, to, found.method, found.similarity, n)
        for name, to, n, found in matched
        if found.method in ("alias", "fuzzy") and to in found.codes and not scrub.in_cell(name)
    ]


@lru_cache(maxsize=2)
def _words(reference: Reference) -> frozenset[str]:
    """Words of code lists and gazetteer: what a refused row may show as it was written."""
    lists = (*reference.code_names.values(), *reference.place_names.values())
    return scrub.vocabulary([name for names in lists for name in names])

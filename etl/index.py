"""The heart: rows as a source wrote them in, incidents, refused rows and a log of places out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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
from etl.records import (
    CELL,
    DATES,
    INCIDENT,
    KNOWN_BY,
    LONGEST_CELL,
    PLACE_LOG,
    QUARANTINE,
    SHEET,
    TEXTS,
    VALUE,
    Judged,
)
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
    return Judged(_incidents(columns, good, terms, reference), refused_rows, _places(columns, terms, reference))


# --- the screen ----------------------------------------------------------------------


def screened(texts: pl.DataFrame, terms: Terms, columns: Sequence[str]) -> pl.DataFrame:
    """Four flags for each text column: personal data, control characters, too long a cell, a wrong encoding."""
    here = tuple(column for column in columns if column in texts.columns)
    unread = texts.select(_unread(column, terms) for column in here)
    flags = unread.select(_all_flags(here, terms))
    return texts.hstack(flags.with_columns(_looked_into(unread, flags, here, terms)))


@lru_cache(maxsize=64)
def _all_flags(columns: tuple[str, ...], terms: Terms) -> Sequence[pl.Expr]:
    return [flag.fill_null(False) for column in columns for flag in _flags(column, terms)]


def _flags(column: str, terms: Terms) -> Iterator[pl.Expr]:
    """The flags of a column, of which `pii` and `mojibake` only say where to look."""
    text, is_alone = pl.col(column), column != "other_text"  # what is joined of many cells has signs between them
    yield scrub.suspect(text, _kind_of(column, terms)).alias(f"{column}.pii")
    yield (text.str.contains(CONTROL) & is_alone).alias(f"{column}.control")
    yield (text.str.len_bytes() > LONGEST_CELL).alias(f"{column}.long")
    looks = (text.str.len_bytes() != text.str.len_chars()) & text.str.contains(LOOKS)
    yield (looks & is_alone).alias(f"{column}.mojibake")


def _looked_into(texts: pl.DataFrame, flags: pl.DataFrame, columns: Sequence[str], terms: Terms) -> Iterator[pl.Series]:
    """What looks personal or garbled, and is."""
    some = flags.select(pl.all().any())
    for column in columns:
        judges: dict[str, Callable[[str], str | None]] = {"pii": _kind_of(column, terms), "mojibake": mended}
        for name, judge in ((f"{column}.{what}", judge) for what, judge in judges.items()):
            if some[name][0]:
                yield scrub.confirmed(texts[column], flags[name], judge).alias(name)


def _kind_of(column: str, terms: Terms) -> scrub.Kind:
    return scrub.kind_for(column, terms.hard_identifiers_only)


def _unread(column: str, terms: Terms) -> pl.Expr:
    """The cells to look at, null where one is a date, a count or degrees and nothing else."""
    text = pl.col(column)
    if column == "source_ref":
        return scrub.unexempt(text, terms.reference_shape)
    if column in DATES:
        return pl.when(pl.col(f"{column}.problem") == UNREADABLE).then(text)
    if column in COUNTS:
        is_count = (pl.col(f"{column}.read").abs() < SHORT_NUMBER).fill_null(False)
        return pl.when(~is_count).then(text)
    if column not in DEGREES:
        return text
    # what begins with a nought or a sign may still be a telephone number
    is_told = (pl.col(f"{column}.read").abs() < 1_000) & ~text.str.contains("^[0+-]")
    return pl.when(~is_told.fill_null(False)).then(text)


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
    if not len(refused):
        return pl.DataFrame()
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
    if not rules:
        return QUARANTINE.empty_table()
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
    """The mapped columns of each row that say something, as `records.joined` joins them."""
    cells = [pl.lit(f"{name}{VALUE}") + pl.col(name) for name in redacted.columns if name != "row_no"]
    return _arrow(redacted.select(pl.concat_str(cells, separator=CELL, ignore_nulls=True)).to_series())


# --- names of places -----------------------------------------------------------------


def _places(columns: Columns, terms: Terms, reference: Reference) -> pa.Table:
    """Names that were read by another spelling or with a slip of the pen, how often, and whose the rare ones are."""
    told = [entry for level, text, code in NAMED for entry in _logged(columns, level, (text, code), terms, reference)]
    fields = list(zip(*told, strict=True)) or [()] * len(PLACE_LOG)
    return pa.table(dict(zip(PLACE_LOG.names, map(list, fields), strict=True)), schema=PLACE_LOG)


Logged = tuple[str, str, str, str, float, int, "list[bytes] | None"]


def _logged(columns: Columns, level: str, names: tuple[str, str], terms: Terms, reference: Reference) -> list[Logged]:
    frame, _ = columns.home(names[:1])
    if frame[names[0]].null_count() == frame.height:
        return []
    counted = columns.counted(names).drop_nulls().sort(names)
    matched = [(name, to, n, match(level, name, reference)) for name, to, n in counted.iter_rows()]
    logged = [
        (level, name, to, found.method, found.similarity, n)
        for name, to, n, found in matched
        if found.method in ("alias", "fuzzy") and to in found.codes and not scrub.in_cell(name)
    ]
    whose = _whose(columns, names, [(name, to) for _, name, to, *_, n in logged if n <= KNOWN_BY], terms)
    return [(*entry, whose.get(entry[1:3])) for entry in logged]


def _whose(
    columns: Columns, names: tuple[str, str], rare: list[tuple[str, str]], terms: Terms
) -> dict[tuple[str, str], list[bytes]]:
    """The incidents whose rows say these pairs of a name and its code; none of a row without a reference of its own."""
    if not rare:
        return {}
    frame, codes = columns.home(names)
    wanted = pl.DataFrame(rare, dict.fromkeys(names, pl.String), orient="row").with_row_index("entry")
    entry = frame.select(names).join(wanted, on=names, how="left", maintain_order="left")["entry"]
    of_row = entry if codes is None else entry.gather(codes)
    at = of_row.is_not_null().arg_true()
    references, is_personal = (columns.of(name).gather(at) for name in ("source_ref", "source_ref.pii"))
    whose: dict[tuple[str, str], list[bytes]] = {pair: [] for pair in rare}
    is_known = references.is_not_null() & ~is_personal
    digests = scrub.pseudonyms(terms.key, terms.source, references.filter(is_known))
    for number, digest in zip(of_row.gather(at).filter(is_known), digests, strict=True):
        whose[rare[number]].append(digest)
    return whose


@lru_cache(maxsize=2)
def _words(reference: Reference) -> frozenset[str]:
    """Words of code lists and gazetteer: what a refused row may show as it was written."""
    lists = (*reference.code_names.values(), *reference.place_names.values())
    return scrub.vocabulary([name for names in lists for name in names])

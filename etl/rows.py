"""The rows of an opened file as they are judged, and the order of day and month that they prove."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import pyarrow as pa

from etl import dates
from etl.kinds import Kind
from etl.opening import Opened
from etl.records import RAW
from etl.source import DateOrder
from etl.systems import degrees_of
from etl.table import TextTable


def raw(opened: Opened, table: TextTable) -> Iterator[pa.Table]:
    """Incidents, in the shape of RAW. Raises LoadError CRS_UNKNOWN or CRS_CONFLICT."""
    in_degrees = degrees_of(table, opened.reading.crs, opened.file.name)
    for cells in table.batches:
        rows = in_degrees(opened.source.raw(cells, table.header))
        yield rows.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(RAW)


def by_column(table: TextTable, kind: Kind) -> Iterator[pl.DataFrame]:
    """Rows of a further sheet, cells by column."""
    return (kind.source.named(cells, table.header) for cells in table.batches)


def orders(rows: pl.DataFrame, kind: Kind) -> set[str]:
    """What the days of some rows of a further sheet prove: of `dmy`, `mdy` and `either`."""
    return dates.orders_of(rows[name] for name in kind.days if name in rows.columns)


def order_of_incidents(opened: Opened) -> DateOrder:
    """The order that the incidents of a file prove. Raises LoadError DATE_ORDER_UNKNOWN or DATE_ORDER_CONFLICT."""
    found = {proof for table in opened.incidents for proof in _orders_of(opened, table, None)}
    return dates.settled(found, opened.file.name)


def order_of_sheet(opened: Opened, table: TextTable, kind: Kind) -> DateOrder:
    """The order that the rows of a further sheet prove; where they prove none, that of the whole file.

    Raises LoadError DATE_ORDER_UNKNOWN or DATE_ORDER_CONFLICT.
    """
    found = _orders_of(opened, table, kind)
    if not found & {"dmy", "mdy"}:
        tables = zip(opened.tables, opened.kinds, strict=True)
        found = {proof for each, of in tables for proof in _orders_of(opened, each, of)}
    return dates.settled(found, opened.file.name, kind.days[0])


def _orders_of(opened: Opened, table: TextTable, kind: Kind | None) -> set[str]:
    if kind is None:
        return {proof for rows in raw(opened, table) for proof in dates.orders(rows)}
    return {proof for rows in by_column(table, kind) for proof in orders(rows, kind)}

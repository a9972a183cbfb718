"""The same heart as a function for Spark's mapInArrow; Spark itself is not imported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pyarrow as pa

from etl.index import index_batch
from etl.reference import Reference
from etl.source import Terms


def index_partitions(
    terms: Terms, reference: Reference
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """For `frame.mapInArrow(index_partitions(terms, reference), schema)`: RAW in, INCIDENT out.

    Both arguments are picklable, so the function can be sent to workers. Refused rows are found by running
    `quarantine_partitions` over the same frame: the heart is pure, so both runs judge alike.
    """

    def index(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield from index_batch(batch, terms, reference).good.to_batches()

    return index


def quarantine_partitions(
    terms: Terms, reference: Reference
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """As `index_partitions`, and gives the QUARANTINE batches."""

    def index(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield from index_batch(batch, terms, reference).quarantined.to_batches()

    return index

"""IOM Missing Migrants, the columns of its public export: deaths and disappearances worldwide.

The counts by sex and of children are not taken: in 962 of 13,148 rows of 2014-2022 they exceed the total.
The file does not say how exactly a place is known; precision 4 is a cautious choice of ours.
"""

from __future__ import annotations

from html import unescape

import polars as pl

from etl.source import Source

PRECISION = "4"
PAIR = r"^\s*(?<lat>[^,]*),(?<lon>.*)$"


def _arrange(cells: pl.DataFrame) -> pl.DataFrame:
    """One cell holds latitude and longitude; the rest is what every row of this source is."""
    pair = pl.col("lat").str.extract_groups(PAIR)
    unread = pl.when(pair.struct.field("lat").is_null()).then(pl.col("lat"))
    return cells.with_columns(
        pl.coalesce(pair.struct.field("lat"), unread).alias("lat"),
        pair.struct.field("lon").alias("lon"),
        pl.col("country").map_elements(unescape, return_dtype=pl.String),
        pl.lit("death_or_missing").alias("event_type"),
        pl.lit("UNDETERMINED").alias("crime_label"),
        pl.lit(PRECISION).alias("precision_code"),
    )


SOURCE = Source(
    name="missing_migrants",
    title="IOM Missing Migrants Project",
    area="world",
    columns={
        "web_id": "source_ref",
        "reported_date": "date_start",
        "total_dead_and_missing": "persons",
        "location_coodinates": "lat",  # sic
        "country_of_incident": "country",
    },
    required=(("source_ref",), ("date_start",), ("lat",), ("country",), ("persons",)),
    ignored=frozenset(
        {
            "region",
            "number_dead",
            "number_missing",
            "number_of_survivors",
            "number_of_female",
            "number_of_male",
            "number_of_children",
            "cause_death",
            "location_description",
            "unsd_geographic_grouping",
            "migration_route",
            "information_source",
            "source_quality",
        }
    ),
    unscanned=frozenset({"url"}),
    hard_identifiers_only=True,
    arrange=_arrange,
)

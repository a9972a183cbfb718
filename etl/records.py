"""The shapes of a row on its way: as its source wrote it, as it is stored, as it is refused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pyarrow as pa

SHEET = (
    "source_ref", "event_type", "crime_label", "label_status", "date_start", "date_end", "date_precision",
    "report_date", "place_name", "adm2", "adm3", "lat", "lon", "precision_code", "uncertainty_m", "crossing",
    "origin_adm2", "destination_country", "direction", "mode_of_transport", "detecting_agency", "persons",
    "female", "male", "children", "nationality_group", "facilitators_arrested", "legal_basis",
    "trails_looked_for", "trails_found", "narrative", "label_decider", "label_date",
)  # fmt: skip

DATES = ("date_start", "date_end", "report_date", "label_date")

# Text that a source gives; `other_text` holds every other cell, joined, so that it is scanned too.
TEXTS = (*SHEET, "invented", "country", "other_text")
CELLS_JOINED_BY = "\x1f"
LONGEST_CELL = 100_000  # bytes

# A row of more or fewer cells than the header; of a workbook, cells that do not say what they show; of a layer, a
# geometry that is no point; of a correction, a cell that still is redacted, and a number that no refused row has.
FAULTS = (
    "ragged_row", "cell_error", "formula_no_value", "merged_cell", "geometry_broken", "geometry_type",
    "coord_unreadable", "still_redacted", "unknown_quarantine_id",
)  # fmt: skip

RAW = pa.schema(
    [
        pa.field("row_no", pa.int64(), nullable=False),
        pa.field("fault", pa.large_string()),  # what is wrong with the row in its file: one of FAULTS
        *(pa.field(name, pa.large_string()) for name in TEXTS),
    ]
)

LISTED_TEXT = pa.dictionary(pa.int32(), pa.large_string())

# The columns of table `incident` that a row gives, in its order, after the row's number.
INCIDENT = pa.schema(
    [
        pa.field("row_no", pa.int64(), nullable=False),
        ("incident_id", pa.large_binary()),
        ("source", LISTED_TEXT),
        ("is_invented", pa.bool_()),
        ("event_type", LISTED_TEXT),
        ("crime_label", LISTED_TEXT),
        ("label_status", LISTED_TEXT),
        ("label_decider", LISTED_TEXT),
        ("label_date", pa.date32()),
        ("date_start", pa.date32()),
        ("date_end", pa.date32()),
        ("date_precision", LISTED_TEXT),
        ("report_date", pa.date32()),
        ("country", LISTED_TEXT),
        ("adm2", LISTED_TEXT),
        ("adm3", LISTED_TEXT),
        ("lat", pa.float64()),
        ("lon", pa.float64()),
        ("precision_code", pa.uint8()),
        ("uncertainty_m", pa.float64()),
        ("cell", pa.uint64()),
        ("resolution", pa.uint8()),
        ("crossing", LISTED_TEXT),
        ("crossing_basis", LISTED_TEXT),  # `named` by the row or `located` by its point
        ("border_segment", pa.uint16()),  # of data/reference/border.csv
        ("origin_adm2", LISTED_TEXT),
        ("destination_country", LISTED_TEXT),
        ("direction", LISTED_TEXT),
        ("mode_of_transport", LISTED_TEXT),
        ("detecting_agency", LISTED_TEXT),
        ("persons", pa.int32()),
        ("persons_is_min", pa.bool_()),  # `persons` is what there were at least
        ("female", pa.int32()),
        ("male", pa.int32()),
        ("children", pa.int32()),
        ("nationality_group", LISTED_TEXT),
        ("facilitators_arrested", pa.int32()),
        ("legal_basis", LISTED_TEXT),
        ("trails_looked_for", pa.large_list(pa.large_string())),
        ("trails_found", pa.large_list(pa.large_string())),
    ]
)

QUARANTINE = pa.schema(
    [
        pa.field("row_no", pa.int64(), nullable=False),
        pa.field("rule", pa.large_string(), nullable=False),
        pa.field("field", pa.large_string(), nullable=False),
        pa.field("value_redacted", pa.large_string(), nullable=False),
        pa.field("fix", pa.large_string(), nullable=False),
        pa.field("kept", pa.large_string(), nullable=False),  # names and values, as `joined` makes them
        pa.field("kind", pa.large_string(), nullable=False),  # incident, or the kind of further sheet
        pa.field("source", pa.large_string(), nullable=False),
        pa.field("incident_id", pa.large_binary()),  # null where the row has no reference, or a personal one
    ]
)

# How a name of a place was read where it is not written as in the gazetteer; n rows of a batch.
PLACE_LOG = pa.schema(
    [
        pa.field("level", pa.large_string(), nullable=False),  # adm2, adm3, crossing, country
        pa.field("typed", pa.large_string(), nullable=False),
        pa.field("code", pa.large_string(), nullable=False),
        pa.field("method", pa.large_string(), nullable=False),  # alias, fuzzy
        pa.field("similarity", pa.float64(), nullable=False),
        pa.field("n", pa.int64(), nullable=False),
        pa.field("incident_ids", pa.large_list(pa.large_binary())),  # null where more than KNOWN_BY rows wrote it so
    ]
)
CELL, VALUE = "\x1e", "\x1f"  # before the next cell, between its name and its value: neither stands in a redacted text
KNOWN_BY = 20  # rows: what so many wrote is no longer anybody's own


def joined(cells: Iterable[tuple[str, str]]) -> str:
    """Cells of a refused row as they are stored: one text is a fraction of the cost of a map."""
    return CELL.join(f"{name}{VALUE}{value}" for name, value in cells)


def parted(kept: str) -> dict[str, str]:
    """What `joined` joined: names and values."""
    return {name: value for name, _, value in (cell.partition(VALUE) for cell in kept.split(CELL)) if name}


class Original(NamedTuple):
    """What is known of a refused row that is corrected: `terms` are those on which it was judged, as text."""

    source: str
    identity: bytes | None
    terms: dict[str, str]


class Judged(NamedTuple):
    """Rows of INCIDENT, of QUARANTINE and of PLACE_LOG: what the heart makes of some rows."""

    good: pa.Table
    quarantined: pa.Table
    places: pa.Table

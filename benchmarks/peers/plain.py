"""The obvious stack: pandas, h3 in a loop, a spatial join of geopandas, Parquet; a page of Streamlit and pydeck."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import geopandas
import h3
import pandas
from clock import Clock
from questions import ALIASES, AT_A_PLACE, DAYS, DISTRICTS, FINEST, FIRST_DAY, LAST_DAY, NOT_COUNTED, RESOLUTION, Rows

TITLE = "pandas, geopandas, pydeck"
NOT_DONE = (
    "It refuses no row (an impossible date becomes none, an unknown district none), keeps duplicates and both versions "
    "of a re-send, keeps the narratives with what stands in them, withholds no small count, and has no versions."
)
JOURNEY = ["origin_adm2", "crossing", "destination_country"]


def load(place: Path, file: Path, clock: Clock) -> dict[str, int]:
    """The located rows as Parquet."""
    with clock:
        frame = _located(pandas.read_csv(file))
        frame.to_parquet(place / "located.parquet")
    return {"rows": len(frame), "located": int(frame["adm2_at"].notna().sum())}


def _located(frame: pandas.DataFrame) -> pandas.DataFrame:
    frame["date_start"] = pandas.to_datetime(frame["date_start"], errors="coerce", format="%Y-%m-%d")
    placed = frame.dropna(subset=["lat", "lon"])
    points = geopandas.points_from_xy(placed["lon"], placed["lat"])
    located = geopandas.GeoDataFrame(index=placed.index, geometry=points, crs="EPSG:4326")
    districts = geopandas.read_parquet(DISTRICTS)[["adm2_pcode", "geometry"]]
    frame["adm2_at"] = geopandas.sjoin(located, districts, predicate="within")["adm2_pcode"]
    frame["cell"] = pandas.Series(
        [
            h3.str_to_int(h3.latlng_to_cell(lat, lon, FINEST[precision]))
            for lat, lon, precision in zip(placed["lat"], placed["lon"], placed["precision_code"], strict=True)
        ],
        index=placed.index,
        dtype="Int64",
    )
    aliases = pandas.read_csv(ALIASES).query("level == 'adm2'")
    codes = dict(zip(aliases["alias"].str.lower(), aliases["code"], strict=True))
    frame["adm2"] = frame["adm2"].str.lower().map(codes).fillna(frame["adm2_at"])
    return frame


@contextmanager
def opened(place: Path) -> Iterator[pandas.DataFrame]:
    """The rows that count, in memory."""
    frame = pandas.read_parquet(place / "located.parquet")
    in_time = frame["date_start"].between(pandas.Timestamp(FIRST_DAY), pandas.Timestamp(LAST_DAY))
    yield frame[in_time & (frame["event_type"] != NOT_COUNTED)]


def hexes(frame: pandas.DataFrame) -> Rows:
    """Counted by the cells as they are, then those by their parents."""
    fine = frame.loc[frame["adm2"].notna() & frame["event_type"].isin(AT_A_PLACE), "cell"].value_counts()
    parents = [h3.str_to_int(h3.cell_to_parent(h3.int_to_str(cell), RESOLUTION)) for cell in fine.index]
    return fine.groupby(parents).sum().reset_index().to_numpy().tolist()


def trend(frame: pandas.DataFrame) -> Rows:
    """Periods before the last day."""
    period = ((pandas.Timestamp(LAST_DAY) - frame["date_start"]).dt.days // DAYS).rename("period")
    return frame.groupby(["adm2", period]).size().reset_index().to_numpy().tolist()


def corridors(frame: pandas.DataFrame) -> Rows:
    """All labels beside three of them."""
    labels = {name: frame["crime_label"].eq(name) for name in ("TIP", "SOM", "UNDETERMINED")}
    counted = frame.assign(n=1, **labels).groupby(JOURNEY)[["n", *labels]].sum()
    return counted.reset_index().to_numpy().tolist()


def first_view(place: Path) -> dict[str, list[float]]:
    """One page with all three, of a server just started, in a browser that holds nothing."""
    from browser import seen, streamlit

    with streamlit(Path(__file__).with_name("plain_page.py"), {"PEER_PLACE": str(place)}) as address:
        return {"the one page": seen(address, "[data-testid=stMetricValue]", "[data-testid=stDeckGlJsonChart] canvas")}


def versions() -> str:
    """What it is made of."""
    return ", ".join(f"{name} {version(name)}" for name in ("pandas", "geopandas", "h3", "streamlit", "pydeck"))

"""The page that the obvious stack ends in: a number, a map of cells, a trend, a table. Run by Streamlit."""

import os
from pathlib import Path

import pandas
import plain
import pydeck
import streamlit
from h3 import int_to_str

SHOWN = 5  # districts in the trend
MAP = pydeck.ViewState(latitude=23.7, longitude=90.4, zoom=6)


@streamlit.cache_data
def answers(place: str) -> tuple[pandas.DataFrame, ...]:
    """The three questions."""
    with plain.opened(Path(place)) as frame:
        return (
            pandas.DataFrame(plain.hexes(frame), columns=["cell", "n"]),
            pandas.DataFrame(plain.trend(frame), columns=["adm2", "period", "n"]),
            pandas.DataFrame(
                plain.corridors(frame), columns=[*plain.JOURNEY, "n", "trafficking", "smuggling", "undetermined"]
            ),
        )


hexes, trend, corridors = answers(os.environ["PEER_PLACE"])
streamlit.metric("Detections", f"{trend['n'].sum():,}")
shown = hexes.assign(hex=hexes["cell"].map(int_to_str), red=255 * hexes["n"].rank(pct=True))
layer = pydeck.Layer(
    "H3HexagonLayer", shown[["hex", "n", "red"]], get_hexagon="hex", get_fill_color="[red, 60, 90, 180]", pickable=True
)
streamlit.pydeck_chart(pydeck.Deck([layer], initial_view_state=MAP, map_provider=None, map_style=None))
largest = trend.groupby("adm2")["n"].sum().nlargest(SHOWN).index
months = trend[trend["adm2"].isin(largest)].pivot_table(index="period", columns="adm2", values="n", fill_value=0)
streamlit.line_chart(months.sort_index(ascending=False))
streamlit.dataframe(corridors.sort_values("n", ascending=False))

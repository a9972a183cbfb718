"""Whether detections follow one another nearby and soon more often than chance: Knox's test, from counts alone."""

import h3
import numpy as np
import pyarrow as pa

from dashboard.database import Selected
from dashboard.disclosure import protect
from dashboard.figures.chance import generator
from dashboard.figures.known import History
from dashboard.stats import gi_star, near_repeat

WEEKS = 52
MOST = 1_500  # records: from more, so many are drawn, as time grows with the square of their number
SPACE_FROM = (0.0, *near_repeat.SPACE_M[:-1])
TIME_FROM = (0, *(end + 1 for end in near_repeat.TIME_D[:-1]))
M_PER_DEG = 111_195.0
# What is computed from which counts: withheld where one of them is (see `disclosure.disclose`).
REPEATED = dict.fromkeys(("expected", "ratio", "p", "q"), ("n",))


def near_repeats(selected: Selected, history: History) -> tuple[pa.Table, int, int]:
    """One row a band of distance and of days with n pairs; how many records were eligible, and how many were used.

    Eligible: day and place (to some 500 m) known exactly, in the 52 weeks up to the newest settled one. The table is
    empty where there are fewer than 50.
    """
    used, day, cells = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.uint64)
    if history.settled_day is not None:
        bound = {"last_day": history.settled_day, "known_by": history.last_day}
        rows = protect(selected, history.newest(WEEKS).ask("exact_by_day", **bound))
        used = np.repeat(np.arange(rows.num_rows), rows["n"].to_numpy())
        day = rows["day"].to_numpy().astype("datetime64[D]").astype(np.int64)
        cells = rows["cell_at"].to_numpy()
    eligible, chance = len(used), generator(selected, "knox")
    if eligible > MOST:
        used = np.sort(chance.choice(used, MOST, replace=False))
    if len(used) < near_repeat.MIN_RECORDS:
        return _table([]), eligible, 0
    lat, lon = np.array([h3.cell_to_latlng(h3.int_to_str(cell)) for cell in cells[used].tolist()]).T
    x_m, y_m = lon * M_PER_DEG * np.cos(np.radians(lat.mean())), lat * M_PER_DEG
    found = near_repeat.knox(x_m, y_m, day[used], near_repeat.SPACE_M, near_repeat.TIME_D, chance)
    return _table(_rows(found)), eligible, len(used)


def _rows(found: near_repeat.NearRepeat) -> list[dict[str, float | None]]:
    shown = near_repeat.shown_p(found)
    q = gi_star.false_discovery(shown.ravel()).reshape(shown.shape)
    return [
        {
            "from_km": SPACE_FROM[i] / 1000,
            "to_km": space / 1000,
            "from_days": TIME_FROM[j],
            "to_days": days,
            "n": int(found.observed[i, j]),
            "expected": float(found.expected[i, j]),
            "ratio": _known(found.ratio[i, j]),
            "p": _known(shown[i, j]),
            "q": _known(q[i, j]),
        }
        for i, space in enumerate(near_repeat.SPACE_M)
        for j, days in enumerate(near_repeat.TIME_D)
    ]


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _table(rows: list[dict[str, float | None]]) -> pa.Table:
    schema = pa.schema(
        {
            **dict.fromkeys(("from_km", "to_km"), pa.float64()),
            **dict.fromkeys(("from_days", "to_days", "n"), pa.int64()),
            **dict.fromkeys(("expected", "ratio", "p", "q"), pa.float64()),
        }
    )
    return pa.Table.from_pylist(rows, schema)

"""Where were detections week by week and month by month?"""

import pyarrow as pa

from dashboard.database import Selected
from dashboard.disclosure import Answer, disclose
from dashboard.figures import change, period, playback


def answer(selected: Selected) -> Answer:
    """Tables: totals of the period; frames (a row a week or month) and framed (a row a cell in it that may be told)."""
    selected, _ = period.settle(selected)
    made = [playback.frames(selected, each) for each in playback.SLICES]
    return disclose(
        "playback",
        selected,
        {
            "totals": change.totals(selected),
            "frames": pa.concat_tables([each.frames for each in made]),
            "framed": pa.concat_tables([each.cells for each in made]),
        },
        notes={
            f"resolution_{slice_}": str(each.resolution) for slice_, each in zip(playback.SLICES, made, strict=True)
        },
    )

"""The lists that a second opinion on all persons would rest on, and why this store gives none."""

import pyarrow as pa

from dashboard.database import Selected
from dashboard.disclosure import protect

NEEDED = 3


def lists(selected: Selected) -> tuple[pa.Table, str]:
    """One row an agency with detections, most first: detecting_agency, n; and why no total is estimated from them.

    too_few_lists: under three agencies. not_linked: a record is known by its source's own key, so that no record of
    one agency can be told to be the same as one of another; possible repeats are guesses by place and day, and an
    estimate from guessed links would be wrong by as much as they are. Who has lists that were linked at the source
    gives their counts to `simanta second-opinion`.
    """
    table = protect(selected, selected.ask("detections_by_agency"))
    table = table.filter(table["detecting_agency"].is_valid())
    return table, "too_few_lists" if table.num_rows < NEEDED else "not_linked"

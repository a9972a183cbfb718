"""Is something unusual now, how often would that be chance, and has this monitor been right before?"""

import pyarrow as pa

from dashboard.database import Selected
from dashboard.disclosure import Answer, disclose
from dashboard.figures import alerts, change, clusters, forecast, known, period, repeats


def answer(selected: Selected) -> Answer:
    """Tables: totals, monitor, alerts, weeks, record, places, repeats, cells, districts, backtest."""
    selected, refused = period.settle(selected)
    history = known.history(selected)
    warned = alerts.warnings(history)
    places, unscanned = clusters.strongest(selected, history)
    near, n_eligible, n_used = repeats.near_repeats(selected, history)
    ahead = forecast.forecast(selected, history)
    totals = change.totals(selected)
    for name, n in (("n_eligible", n_eligible), ("n_used", n_used)):
        totals = totals.append_column(name, pa.array([n], pa.int64()))
    return disclose(
        "warning",
        selected,
        {
            "totals": totals,
            "monitor": warned.monitor,
            "alerts": warned.alerts,
            "weeks": warned.weeks,
            "record": warned.record,
            "places": places,
            "repeats": near,
            "cells": ahead.cells,
            "districts": ahead.districts,
            "backtest": ahead.backtest,
        },
        {
            "alerts": alerts.WARNED,
            "weeks": alerts.RARE,
            "record": alerts.FOLLOWED,
            "places": clusters.CLUSTERED,
            "repeats": repeats.REPEATED,
            "backtest": forecast.JUDGED,
        },
        {
            "unscanned": unscanned,
            "unjudged": ahead.untested,
            "shown": ahead.shown,
            "shown_of_districts": ahead.shown_of_districts,
            "refused_resolution": str(refused) if refused else None,
        },
    )

"""What may a reader know who is not entitled to exact counts? One question for all pages; each draws its part."""

from dataclasses import replace

import pyarrow as pa

from dashboard.database import Selected
from dashboard.disclosure import Answer, disclose
from dashboard.figures import protected
from dashboard.lattice import cells, policy, quarter_of

# Page -> its tables; of what no page here carries nothing is told.
TABLES = {
    "overview": ("labels", "districts"),
    "hotspots": ("cells", "districts"),
    "corridors": ("crossings",),
    "trends": ("months", "quarters", "labels"),
    "district": ("quarters", "labels", "crossings", "districts"),
}
MADE = {name: getattr(protected, name) for names in TABLES.values() for name in names}
PLACES = {"districts": ("adm2", "district_points"), "crossings": ("crossing", "crossings")}  # key and statement

NOTHING = pa.table({"n": pa.array([None], pa.int64())})


def answer(selected: Selected, page: str) -> Answer:
    """Tables: totals and those of the page, from the lattice; only totals, empty, where the page has none there.

    Each count has least and most beside it; one that is published as 0 is withheld, and `most` says below what it is.
    """
    asked = protected.protected(selected) if page in TABLES else None
    if asked is None:
        return disclose(page, _undated(selected), {"totals": NOTHING}, notes=_about(page))
    made = {name: _placed(MADE[name](asked), name, selected) for name in TABLES[page]}
    told = {"totals": protected.totals(asked), **made}
    answered = replace(selected, filters=asked.filters)
    notes = _about(page) | {
        "left_out": ",".join(asked.left_out) or None,
        "policy": policy().policy,
        "is_practice": "yes" if asked.lattice.is_practice else None,
        "is_by_month": "yes" if asked.is_whole and len(told.get("months", ())) else None,
    }
    if page == "hotspots":
        notes |= {
            "policy": cells().policy,
            "not_placed": ",".join(day.isoformat() for day in protected.not_placed(asked)) or None,
            "is_of_some_labels": None if asked.labels.all() else "yes",
        }
    return disclose(page, answered, told, notes=notes)


def _placed(table: pa.Table, name: str, selected: Selected) -> pa.Table:
    """Districts and crossings with where they are, which every map of the country says: for files of places."""
    if name not in PLACES:
        return table
    key, statement = PLACES[name]
    at = {row[key]: row for row in selected.ask(statement).to_pylist()}
    for end in ("lon", "lat"):
        values = [at.get(code, {}).get(end) for code in table[key].to_pylist()]
        table = table.append_column(end, pa.array(values, pa.float64()))
    return table


def _undated(selected: Selected) -> Selected:
    """With a period that comes from no record: what was asked for, or the days up to this version."""
    as_of = selected.store.published_at.date()
    end = selected.filters.date_to or max(as_of, selected.filters.date_from or as_of)
    start = selected.filters.date_from or min(quarter_of(as_of), end)
    return replace(selected, filters=replace(selected.filters, date_from=start, date_to=end))


def _about(page: str) -> dict[str, str | None]:
    return {"carried": "yes" if page in TABLES else None}

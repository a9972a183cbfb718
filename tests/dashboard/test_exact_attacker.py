"""Who reads exact counts, as an attacker: all that one Answer tells as one linear system, solved for what it withholds.

He knows the policy, that counts are whole numbers of 0 or more, and what adds up to what: rows to their totals, parts
to their row, the settled weeks and the provisional ones to the period, the cells of a district to what it may have
placed. What still stays his: docs/privacy.md.
"""

from collections import Counter
from datetime import date, timedelta
from importlib import import_module

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import coo_array

from dashboard import disclosure
from dashboard.access import local_user
from dashboard.database import open_current
from dashboard.disclosure import ALIKE, HIDDEN, SPLITS, K
from dashboard.figures import baseline, cells
from dashboard.filters import Filters
from etl import build
from etl.invented import write_invented

UNTIL = date(2026, 11, 22)
PAGES = ("overview", "hotspots", "corridors", "trends", "district")
DISTRICT = "BD4041"
ASKED = ({}, {"date_from": date(2025, 12, 1)}, {"date_from": date(2026, 3, 1), "date_to": date(2026, 8, 30)})
# Tables whose rows add up to a figure of the totals, all of them; the period that they are of.
SUMS = {
    "cells": ("n_placed", "whole"), "corridors": ("n", "whole"), "labels": ("n", "settled"),
    "crossings": ("n_with_crossing", "settled"), "times": ("n", "whole"),
}  # fmt: skip
SETTLED_DISTRICTS = ("trends",)  # where the table of districts is of the settled part


@pytest.fixture(scope="module", params=[(700, 3)], ids=str)
def store(request, tmp_path_factory):
    """Invented records, few enough that most counts are small."""
    rows, seed = request.param
    folder = tmp_path_factory.mktemp("attacked")
    write_invented(folder / "invented.csv", rows=rows, seed=seed, until=UNTIL)
    build.load([folder / "invented.csv"], folder / "store", today=UNTIL)
    return open_current(folder / "store")


class System:
    """Unknown counts by name, with what is told of each, and sums of them."""

    def __init__(self):
        self.at, self.least, self.most, self.truth, self.sums, self.rests = {}, [], [], [], [], set()

    def count(self, name, truth, told=None, least=0):
        """One count; told: its number where it is shown. least: 1 where it is said to be under K."""
        if name not in self.at:
            self.at[name] = len(self.truth)
            self.least.append(0)
            self.most.append(np.inf)
            self.truth.append(truth)
        at = self.at[name]
        assert self.truth[at] == truth, name
        if told is not None:
            self.least[at] = self.most[at] = told
        elif least:
            self.least[at], self.most[at] = max(self.least[at], 1), min(self.most[at], K - 1)
        return name

    def adds_up(self, whole, parts, rest=None):
        """whole = parts + rest; rest: the name of what nothing tells, and None where there is none."""
        names = list(parts)
        left = self.value(whole) - sum(self.value(each) for each in names)
        if rest is not None:
            assert left >= 0, (whole, left)
            names.append(self.count(rest, left))
            self.rests.add(rest)
        else:
            assert left == 0, (whole, left)
        self.sums.append((whole, names))

    def value(self, name):
        return self.truth[self.at[name]]

    def recovered(self):
        """Names of small counts that are withheld and known to fewer than K - 1 values, and of small remainders."""
        rows, columns, values = [], [], []
        for i, (whole, parts) in enumerate(self.sums):
            rows += [i] * (len(parts) + 1)
            columns += [self.at[whole], *(self.at[each] for each in parts)]
            values += [-1.0, *([1.0] * len(parts))]
        known = coo_array((values, (rows, columns)), shape=(len(self.sums), len(self.truth))).tocsr()
        bounds, zero, found = np.column_stack([self.least, self.most]), np.zeros(len(self.sums)), []
        for name, at in self.at.items():
            if not 0 < self.truth[at] < K or self.least[at] == self.most[at] == self.truth[at] >= K:
                continue
            low, high = self._interval(known, bounds, zero, at)
            if (low > 1e-6 and high < K - 1e-6) if name in self.rests else high - low < K - 2 - 1e-6:
                found.append(name)
        return found

    @staticmethod
    def _interval(known, bounds, zero, at):
        ends = []
        for sign in (1.0, -1.0):
            target = np.zeros(len(bounds))
            target[at] = sign
            solved = linprog(target, A_eq=known, b_eq=zero, bounds=bounds, method="highs")
            ends.append(np.inf if solved.status == 3 else sign * solved.fun)
        return ends[0], ends[1] if np.isfinite(ends[1]) else np.inf


def asked(page, store, **filters):
    """The Answer of a page, and the tables as they were before anything was withheld."""
    module, true = import_module(f"dashboard.answers.{page}"), {}

    def seen(question, selected, tables, *given, **named):
        true.update(tables)
        return disclosure.disclose(question, selected, tables, *given, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "disclose", seen)
        choices = {"choices": {"d": (DISTRICT,)}} if page == "district" else {}
        return module.answer(store.select(Filters(**filters, **choices), local_user())), true


def rows_of(answer, true, table):
    """Each row as it is told, beside its true one, by the words and days that are in it."""

    def key(row):
        said = {name: value for name, value in row.items() if not name.startswith("n") and not isinstance(value, float)}
        return tuple(sorted((name, str(value)) for name, value in said.items() if name in KEYS))

    told = {key(row): row for row in answer.rows(table)}
    return [(told[key(row)], row) for row in true[table].to_pylist()]


KEYS = {
    "cell", "adm2", "crossing", "crime_label", "detecting_agency", "day", "week", "figure", "against", "origin_adm2",
    "destination_country", "stretch", "is_other",
}  # fmt: skip


def system(page, answer, true):
    """All that this Answer tells."""
    known = System()
    (totals,) = rows_of(answer, true, "totals")
    (compared, *_) = rows_of(answer, true, "compared") if "compared" in true else [None]

    def told(name, pair, column):
        row, real = pair
        if real[column] is None:
            return None
        hidden = row[column + HIDDEN]
        is_small = hidden and not row.get(ALIKE) and (column == "n" or not row.get("n" + HIDDEN))
        return known.count(name, real[column], None if hidden else real[column], is_small)

    for column in true["totals"].column_names:
        if column == "n" or column.startswith("n_"):
            told(("whole", column), totals, column)
    if compared:
        told(("settled", "n"), compared, "n")
        known.adds_up(("whole", "n"), [("settled", "n")], ("provisional", "n"))
    for whole, parts in SPLITS[:7]:
        names = [("whole", each) for each in parts if ("whole", each) in known.at]
        if whole == "n" and names:
            known.adds_up(("whole", "n"), names, ("whole", "beside", *parts))
    if "key" in true:
        figures(known, rows_of(answer, true, "key"), told)
    for table in true.keys() & {*SUMS, "districts"}:
        figure, period = SUMS.get(table, ("n", "settled" if page in SETTLED_DISTRICTS else "whole"))
        pairs = rows_of(answer, true, table)
        if table == "cells":
            pairs = [pair for pair in pairs if pair[1].get("adm2", True) is not None and pair[1]["n"]]
        names = []
        for i, pair in enumerate(pairs):
            names.append(told((period, table, i), pair, "n"))
            within(known, (period, table, i), pair, told)
        whole = (period, figure) if (period, figure) in known.at else (period, "n")
        if names and figure:
            is_all = table in ("labels", "corridors") or (table == "cells" and page != "district")
            known.adds_up(whole, names, None if is_all else (period, table, "rest"))
        for column in ("n_tip", "n_undetermined", "n_district_only"):
            parts = [(period, table, i, column) for i in range(len(pairs))]
            if (
                period == "whole"
                and (whole := (period, column)) in known.at
                and all(each in known.at for each in parts)
            ):
                known.adds_up(whole, parts, (period, table, column, "rest"))
    if "weeks" in true:
        weeks(known, rows_of(answer, true, "weeks"), told, answer.filters.date_from, answer.filters.days)
    if {"cells", "districts"} <= true.keys():
        inside_districts(known, rows_of(answer, true, "cells"), rows_of(answer, true, "districts"))
    return known


def figures(known, pairs, told):
    """Key figures: the period, its settled part, and what the period compared holds."""
    for pair in pairs:
        name = pair[1]["figure"]
        told(("whole", name), pair, "n")
        told(("settled", name), pair, "n_told")
        told(("before, settled", name), pair, "n_before")
        if name != "n":
            known.adds_up(("whole", name), [("settled", name)], ("provisional", name))
    for period in ("settled", "before, settled"):
        for parts in (("n_tip", "n_undetermined"), ("n_exact",)):
            known.adds_up((period, "n"), [(period, each) for each in parts], (period, "beside", *parts))


def weeks(known, pairs, told, first_day, days):
    """The whole weeks of the period, and those of them that are settled; what is beside them is a rest.

    Where the period is of whole weeks, the rest is what is dated too coarsely for a week, and the page tells of it.
    """
    pairs = [(row, real) for row, real in pairs if row["is_in_period"] and row["is_whole"] and row["week"] >= first_day]
    names = [told(("week", row["week"]), (row, real), "n") for row, real in pairs]
    settled = [name for name, (row, _) in zip(names, pairs, strict=True) if not row["is_provisional"]]
    if len(names) * 7 == days:
        known.adds_up(("whole", "n"), [*names, ("whole", "n_not_dated")])
    else:
        known.adds_up(("whole", "n"), names, ("weeks", "rest"))
    known.adds_up(("settled", "n"), settled, ("settled weeks", "rest"))


def days(known, answer, true):
    """The days of a week hold no more than it has; each is told as a step, from least to most."""
    weeks_of = {}
    for row in answer.rows("days"):
        weeks_of.setdefault(row["day"] - timedelta(days=row["day"].weekday()), []).append(row)
    for monday, rows in weeks_of.items():
        if ("week", monday) in known.at:
            for row in rows:
                at = known.at[known.count(("day", row["day"]), true[row["day"]])]
                known.least[at] = row["least"]
                known.most[at] = np.inf if row["most"] is None else row["most"]
            known.adds_up(("week", monday), [("day", row["day"]) for row in rows], ("days of", monday, "rest"))


def counts_by_day(store):
    """Records dated to the day."""
    rows = store.select(Filters(date_from=date(2020, 1, 1), date_to=UNTIL), local_user()).ask("detections_by_day")
    found = Counter()
    for row in rows.to_pylist():
        found[row["day"]] += row["n"] * (row["date_precision"] == "day")
    return found


def within(known, name, pair, told):
    """The parts of a row's count."""
    for whole, parts in SPLITS:
        names = [told((*name, each), pair, each) for each in parts if each in pair[1] and whole == "n"]
        if [each for each in names if each]:
            known.adds_up(name, [each for each in names if each], (*name, "beside", *parts))


def inside_districts(known, cells, districts):
    """The cells of a district hold no more than it has beyond those that are known to the district alone."""
    cells = [pair for pair in cells if pair[1]["adm2"] is not None and pair[1]["n"]]
    for i, (_, district) in enumerate(districts):
        here = [("whole", "cells", j) for j, (_, cell) in enumerate(cells) if cell["adm2"] == district["adm2"]]
        held = sum(known.value(each) for each in here)
        if here and held + district["n_district_only"] <= district["n"]:
            known.adds_up(
                ("whole", "districts", i),
                [*here, ("whole", "districts", i, "n_district_only")],
                ("whole", "districts", i, "on no cell"),
            )


def test_plain_suppression_is_recovered(store, monkeypatch):
    """The attacker bites: where nothing is withheld but what is small itself, he takes much of it back."""
    monkeypatch.setattr(disclosure, "of_a_total", lambda parts, hidden=None: (parts > 0) & (parts < K))
    monkeypatch.setattr(cells, "beside_small", lambda counts, groups: (counts > 0) & (counts < K))
    monkeypatch.setattr(baseline, "is_apart", lambda n: True)
    known = system("overview", *asked("overview", store, **ASKED[1]))
    assert len(known.recovered()) > 5


@pytest.mark.parametrize("page", PAGES)
def test_nothing_small_is_recovered_from_one_answer(store, page):
    for filters in ASKED:
        answer, true = asked(page, store, **filters)
        known = system(page, answer, true)
        if "days" in true:
            days(known, answer, counts_by_day(store))
        assert known.recovered() == [], filters

"""Protected figures from a real store: what they are made of, who gets them, what is written down, who attacks them."""

import csv
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product

import numpy as np
import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from dashboard import lattice as lattices
from dashboard import ledger, snapshots
from dashboard.access import EXACT, PROTECTED, Audience, Principal, local_user
from dashboard.answers import overview, protected
from dashboard.cli import commands
from dashboard.database import CONTRACT, Selected, open_current
from dashboard.disclosure import disclose, protect
from dashboard.errors import SimantaError
from dashboard.exports import as_csv
from dashboard.figures import kinds
from dashboard.filters import Filters
from dashboard.pages import MENU
from dashboard.settings import settings
from dashboard.stats.rounding import attack, bounds, changed, is_unsafe, phases, rounded, summed

QUARTER = {"date_from": date(2025, 10, 1), "date_to": date(2025, 12, 31)}


@pytest.fixture
def folder(sample_store, tmp_path):
    """A store of its own, so that its key and its ledger are made here."""
    shutil.copytree(sample_store, tmp_path / "store", ignore=shutil.ignore_patterns("ledger*"))
    yield tmp_path / "store"
    lattices._inside.cache_clear()
    lattices._outside.cache_clear()


def _selected(folder, reader="inside", principal=None, **filters):
    return Selected(open_current(folder), Filters(**filters), principal or local_user(), reader)


def _told(folder, page="overview", **given):
    return protected.answer(_selected(folder, **given), page)


def test_the_policy_lists_every_label_district_and_crossing(sample_store):
    codes = open_current(sample_store).codes
    policy = lattices.policy()
    assert set(policy.labels) == codes["crime_label"]
    assert codes["district"] | {"elsewhere"} <= set(policy.places)
    assert {place for place in policy.places if place.startswith("x-")} <= codes["crossing"]
    with (CONTRACT.parent / "reference" / "crossings.csv").open(encoding="utf-8") as file:
        lies_in = {row["crossing_id"]: row["adm2_pcode"] for row in csv.DictReader(file) if row["adm2_pcode"]}
    assert {place: adm2 for place, adm2 in policy.places.items() if place.startswith("x-")} == lies_in


def test_every_record_lies_in_one_leaf_and_one_month(folder):
    store = open_current(folder)
    _, leaves, months, *_ = lattices._counted(store)
    assert leaves.sum() == months.sum() == sum(store.select(Filters(), local_user()).ask("kinds")["n"].to_pylist())
    assert (leaves.sum(axis=(1, 2)) == months.sum(axis=1)).all()


def test_a_crossing_in_another_district_than_its_own_is_no_leaf_of_its_own():
    assert lattices.place_of("BD4041", "x-benapole") == "x-benapole"
    assert lattices.place_of("BD2022", "x-benapole") == "BD2022"
    assert lattices.place_of(None, "x-benapole") == lattices.place_of("BD9999", None) == "elsewhere"


def test_the_secret_lies_beside_the_store_and_is_the_owners_alone(folder):
    lattices.lattice(open_current(folder), "inside")
    key = folder.with_name("store.keys") / "disclosure.key"
    assert key.stat().st_mode & 0o777 == 0o600
    secret = key.read_bytes()
    assert len(secret) == 32
    assert not [file for file in folder.rglob("*") if file.is_file() and secret in file.read_bytes()]


def test_a_release_is_written_down_once_with_what_the_audit_tried(folder):
    for _ in range(2):
        for reader in PROTECTED:
            lattices.lattice(open_current(folder), reader)
        lattices._inside.cache_clear()
    release, of_cells = ledger.list_releases(ledger.open_ledger(folder))
    assert (release["version"], release["policy"]) == (1, "lattice-1")
    assert (of_cells["version"], of_cells["policy"]) == (1, "lattice-1+cells-1")
    assert release["n_audited"] >= 4
    assert release["n_withheld"] > 0
    assert of_cells["n_values"] > 0


def test_another_key_or_none_is_refused_after_a_release(folder):
    lattices.lattice(open_current(folder), "inside")
    key = folder.with_name("store.keys") / "disclosure.key"
    for content, code in (
        (b"x" * 32, "DISCLOSURE_CHANGED"),
        (b"short", "DISCLOSURE_KEY_MISSING"),
        (None, "DISCLOSURE_KEY_MISSING"),
    ):
        key.unlink(missing_ok=True)
        if content is not None:
            key.write_bytes(content)
        lattices._inside.cache_clear()
        with pytest.raises(SimantaError) as refused:
            lattices.lattice(open_current(folder), "inside")
        assert refused.value.code == code


def test_another_policy_is_refused_after_a_release(folder, monkeypatch):
    lattices.lattice(open_current(folder), "inside")
    other = replace(lattices.policy(), policy="lattice-2", inside=7)
    monkeypatch.setattr(lattices, "policy", lambda: other)
    lattices._inside.cache_clear()
    with pytest.raises(SimantaError, match="another key or policy"):
        lattices.lattice(open_current(folder), "inside")


def test_what_the_audit_finds_is_not_shown(folder, monkeypatch):
    monkeypatch.setattr(lattices.rounding, "audit", lambda *told: [(1.0, 4.0)])
    with pytest.raises(SimantaError) as refused:
        lattices.lattice(open_current(folder), "inside")
    assert refused.value.code == "DISCLOSURE_UNSAFE"
    assert ledger.list_releases(ledger.open_ledger(folder)) == []


def test_exact_counts_pass_for_the_entitled_reader_alone(folder):
    counts = pa.table({"n": [7]})
    assert protect(_selected(folder, EXACT), counts) is counts
    for reader in PROTECTED:
        with pytest.raises(PermissionError):
            protect(_selected(folder, reader), counts)
        with pytest.raises(PermissionError):
            overview.answer(_selected(folder, reader))


@pytest.mark.parametrize("reader", PROTECTED)
def test_every_page_answers_a_protected_reader_from_published_values_alone(folder, reader, monkeypatch):
    """The counts are put in the place of others that are published alike: no page says anything else."""
    asked = [page for page in MENU if page.has_records]
    filters = [{}, QUARTER, {**QUARTER, "choices": {"d": ("BD4041",), "label": ("TIP",)}}]

    def everything():
        lattices._inside.cache_clear()
        lattices._outside.cache_clear()
        answers = [page.question(reader)(_selected(folder, reader, **each)) for page, each in product(asked, filters)]
        return [(a.filters, {n: t.to_pydict() for n, t in a.tables.items()}, dict(a.notes)) for a in answers]

    told = everything()
    counted, secret_phases = lattices._counted, lattices._phases

    def alike(store):
        """x + phi, with phases of none: published the same, and no count is what it was."""
        quarters, leaves, months, cells, is_practice = counted(store)
        key = lattices._key(lattices._folder(store))
        shifted = [
            x + secret_phases(key, kind, quarters, x.shape[1:], 5)
            for kind, x in (("leaf", leaves), ("month", months), ("cell", cells))
        ]
        return quarters, *shifted, is_practice

    def no_phase(secret, kind, quarters, shape, base):
        made = secret_phases(secret, kind, quarters, shape, base)
        return made if kind.startswith("outside") else np.zeros_like(made)

    monkeypatch.setattr(lattices, "_counted", alike)
    monkeypatch.setattr(lattices, "_phases", no_phase)
    assert everything() == told


def test_parts_add_up_to_their_sum(folder):
    by_district = _told(folder, **QUARTER).rows("districts")
    jashore = _told(folder, **QUARTER, choices={"d": ("BD4041",)}).figure("n")
    assert jashore == next(row["n"] for row in by_district if row["adm2"] == "BD4041")
    labels = [
        _told(folder, **QUARTER, choices={"d": ("BD4041",), "label": (c,)}).figure("n") or 0
        for c in lattices.policy().labels
    ]
    assert sum(labels) == jashore


def test_a_figure_of_the_whole_country_is_made_of_months_and_says_so(folder):
    answer = _told(folder, **QUARTER)
    (totals,) = answer.rows("totals")
    assert answer.notes["is_by_month"] is None  # Overview has no table of months
    true = sum(_selected(folder, EXACT, **QUARTER).ask("kinds")["n"].to_pylist())
    assert abs(totals["n"] - true) <= 16
    assert totals["least"] <= totals["n"] <= totals["most"]


def test_a_period_is_answered_by_the_whole_quarters_that_it_touches(folder):
    days = {"date_from": date(2025, 11, 3), "date_to": date(2026, 1, 25)}
    answer = _told(folder, **days)
    assert (answer.filters.date_from, answer.filters.date_to) == (date(2025, 10, 1), date(2026, 3, 31))


def test_a_period_beyond_the_data_is_answered_by_the_nearest_quarter(folder):
    for days in ((date(2001, 1, 1), date(2001, 3, 1)), (date(2090, 1, 1), date(2090, 3, 1))):
        answer = _told(folder, date_from=days[0], date_to=days[1])
        assert answer.filters.days in (90, 91, 92)


def test_filters_that_are_not_carried_are_left_out_and_named(folder):
    answer = _told(folder, **QUARTER, choices={"agency": ("police",)}, precision=2)
    assert answer.notes["left_out"] == "agency,prec"
    assert answer.filters.choices.get("agency") is None
    assert answer.tables["totals"].equals(_told(folder, **QUARTER).tables["totals"])


def test_published_as_none_is_withheld_and_says_below_what_it_is(folder):
    (totals,) = _told(folder, **QUARTER, choices={"d": ("BD2003",), "label": ("NEITHER",)}).rows("totals")
    assert totals["n"] is None
    assert totals["n_hidden"]
    told = as_csv(_told(folder, **QUARTER, choices={"label": ("NEITHER",)}), "labels").decode()
    assert ",yes" in told.splitlines()[1]


def test_a_reader_of_some_districts_is_told_of_no_other(folder):
    answer = _told(folder, principal=Principal("p", "planner", ("BD4041",)), **QUARTER)
    assert {row["adm2"] for row in answer.rows("districts")} == {"BD4041"}
    nobody = _told(folder, principal=Principal("p", "planner", ()), **QUARTER)
    assert nobody.rows("districts") == []


def test_pages_that_the_lattice_does_not_carry_tell_nothing(folder):
    for page in ("playback", "warning", "quality"):
        answer = _told(folder, page)
        assert answer.notes["carried"] is None
        assert answer.rows("totals") == [{"n": None, "n_hidden": False}]


def test_a_protected_answer_is_frozen_and_thawed_as_it_was(folder):
    answer = _told(folder, "trends", reader="outside")
    terms = snapshots.Terms.of("local", Audience(("local",)), datetime(2026, 11, 29, tzinfo=UTC))
    parts = snapshots.to_parts("trends", answer, "x", "2026-11-29T00:00:00+00:00", terms)
    assert snapshots.from_parts(parts)[3] == answer
    assert answer.reader == "outside"


def test_the_command_prints_protected_figures(folder):
    told = CliRunner().invoke(
        commands(), ["overview", "--store", str(folder), "--for", "outside", "--format", "csv", "--part", "labels"]
    )
    assert told.exit_code == 0
    assert "NEITHER,<41,0,40" in told.stdout
    made = CliRunner().invoke(commands(), ["snapshot", "create", "--store", str(folder), "--for", "outside", "--json"])
    assert made.exit_code == 0


def test_an_interval_of_a_sum_holds_in_nineteen_of_twenty_cases():
    """Leaves as they are: many of none, some of a few, few of many; 400 secrets."""
    rng = np.random.default_rng(5)
    for mean, n in ((0.3, 130), (1.0, 40), (4.0, 10), (30.0, 6)):
        counts = rng.poisson(rng.gamma(0.7, mean / 0.7, n))
        held = 0
        for trial in range(400):
            told = rounded(counts, phases(str(trial).encode(), [str(i) for i in range(n)], 5), 5)
            sums = summed(told[None, :], 5)
            held += sums.least[0] <= counts.sum() <= sums.most[0]
        assert held >= 0.95 * 400, (mean, n, held)


def test_no_change_is_called_one_in_at_most_one_of_twenty_cases():
    rng = np.random.default_rng(6)
    rates = rng.gamma(0.7, 2.0, 60)
    called = tried = 0
    for _ in range(600):
        told = [summed(rounded(rng.poisson(rates), rng.integers(0, 5, 60), 5)[None, :], 5) for _ in ("now", "before")]
        *_, p = changed(*told)
        tried += 1
        called += bool(p[0] < 0.05)
    assert called <= 0.06 * tried


def _asked(folder, reader, quarter, districts, labels):
    """Every question of one district or all and any labels: which cells it adds up, and what is shown of it."""
    answers = []
    for district in [None, *districts]:
        for n in range(1, 2 ** len(labels)):
            picked = tuple(label for i, label in enumerate(labels) if n >> i & 1)
            choices = {"label": picked} | ({"d": (district,)} if district else {"d": tuple(districts)})
            selected = _selected(folder, reader, **quarter, choices=choices)
            if reader == EXACT:
                counts = kinds.totals(selected).select(["n"])
                shown = disclose("attacked", selected, {"totals": counts}).figure("n")
            else:
                shown = protected.answer(selected, "overview").figure("n") or 0
            cells = [(d, label) for d in districts for label in labels if district in (None, d) and label in picked]
            answers.append((cells, shown))
    return answers


def test_the_attacker_takes_apart_what_is_suppressed_view_by_view_and_not_what_is_protected(folder):
    """Filter pairs and margins of six districts and four labels of a quarter, asked as a reader asks them."""
    districts = ("BD4041", "BD4044", "BD4087", "BD2022", "BD5577", "BD6091")
    labels = ("TIP", "SOM", "TIP_AND_SOM", "UNDETERMINED")
    cells = list(product(districts, labels))
    truth = np.array(
        [
            sum(
                _selected(folder, EXACT, **QUARTER, choices={"d": (d,), "label": (label,)})
                .ask("kinds")["n"]
                .to_pylist()
            )
            for d, label in cells
        ],
        dtype=float,
    )
    small = [i for i, n in enumerate(truth) if 0 < n < 5]
    assert len(small) >= 5

    shown = [(asked, n) for asked, n in _asked(folder, EXACT, QUARTER, districts, labels) if n is not None]
    sums = np.array([[cell in asked for cell in cells] for asked, _ in shown], dtype=float)
    found = [
        attack(
            np.eye(len(cells))[i],
            sums,
            np.array([float(n) for _, n in shown]),
            np.zeros(len(cells)),
            np.full(len(cells), np.inf),
        )
        for i in small
    ]
    assert sum(is_unsafe(*ends, 5) for ends in found) >= len(small) / 2

    # What is shown of a cell is the sum of the leaves of its places: of each he knows no more than its bounds.
    places = lattices.policy().places
    told = lattices.lattice(open_current(folder), "inside")
    at = told.at(QUARTER["date_from"])
    leaves = [(d, label, place) for d, label in cells for place in places if places[place] == d]
    index = {name: i for i, name in enumerate(lattices.policy().labels)}, {name: i for i, name in enumerate(places)}
    published = np.array([told.leaves[at, index[0][label], index[1][place]] for _, label, place in leaves])
    least, most = (ends.astype(float) for ends in bounds(published, 5))
    answers = _asked(folder, "inside", QUARTER, districts, labels)
    for asked, n in answers:  # every answer is the sum of published leaves, and so tells nothing beside them
        assert n == sum(r for r, (d, label, _) in zip(published, leaves, strict=True) if (d, label) in asked)
    for i in small:
        target = np.array([float((d, label) == cells[i]) for d, label, _ in leaves])
        none = np.zeros((1, len(leaves)))
        assert not is_unsafe(*attack(target, none, np.zeros(1), least, most), 5)


@pytest.fixture
def door(folder, monkeypatch):
    """The front door on that store."""
    monkeypatch.setenv("SIMANTA_STORE", str(folder))
    settings.cache_clear()

    def opened(**query):
        app = AppTest.from_file(str(CONTRACT.parents[1] / "streamlit_app.py"), default_timeout=60)
        for name, value in query.items():
            app.query_params[name] = value
        return app.run()

    yield opened
    settings.cache_clear()


def test_the_page_is_drawn_as_another_reader_sees_it_and_the_link_keeps_that(door):
    app = door(**{"for": "outside"})
    assert not app.exception
    assert app.subheader[0].value.startswith("About ")
    assert app.query_params["for"] in ("outside", ["outside"])
    app.button(key="look-exact").click().run()
    assert "for" not in app.query_params
    assert not app.subheader[0].value.startswith("About ")


@pytest.mark.parametrize("reader", ["boss", "EXACT", "", "inside' OR 1"])
def test_a_reader_that_is_none_is_the_visitor(door, reader):
    app = door(**{"for": reader})
    assert not app.exception
    assert not app.subheader[0].value.startswith("About ")


@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize("page", [page.name for page in MENU if page.has_records])
def test_every_page_is_drawn_for_a_protected_reader_live_and_frozen(door, folder, page, language):
    answer = _told(folder, page, reader="inside")
    made, _ = snapshots.freeze(ledger.open_ledger(folder), page, answer, "x", datetime(2026, 11, 29, tzinfo=UTC))
    app = door(snapshot=made, lang=language)
    assert not app.exception
    shown = " ".join(each.value for each in [*app.subheader, *app.markdown, *app.caption])
    assert ("lattice-1" in shown) == (answer.notes["carried"] is not None)
    assert app.subheader[0].value


def test_what_is_left_out_is_said_on_the_page(door):
    app = door(**{"for": "inside", "prec": "2", "from": "2025-10-01", "to": "2025-12-31"})
    assert any("how exactly a place is known" in each.value for each in app.caption)


def test_a_part_keeps_its_phase_from_version_to_version(folder, tmp_path):
    """What did not grow is published as before, and what grew by less than a base by one step more at most."""
    from etl import build

    store = open_current(folder)
    before, (quarters, counted, *_) = lattices.lattice(store, "inside"), lattices._counted(store)
    more = tmp_path / "more.csv"
    with more.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["source_ref", "event_type", "crime_label", "date_start", "adm2", "invented"])
        for i in range(8):
            day, adm2 = f"2025-11-{i + 1:02}", ("BD4041", "BD2022")[i % 2]
            out.writerow([f"more-{i}", "interception_inland", "TIP", day, adm2, "yes"])
    (folder.with_name("store.keys") / "pseudonym.key").write_bytes(b"p" * 32)
    build.load([more], folder, today=date(2026, 11, 22))
    store = open_current(folder)
    now, (_, grown, *_) = lattices.lattice(store, "inside"), lattices._counted(store)
    assert store.version == 2
    assert (grown - counted).sum() == 8
    for quarter in before.quarters:
        grew = (grown - counted)[quarters.index(quarter)]
        steps = (now.leaves[now.at(quarter)] - before.leaves[before.at(quarter)]) // 5
        assert not steps[grew == 0].any()
        assert set(np.unique(steps)) <= {0, 1}
    assert [each["version"] for each in ledger.list_releases(ledger.open_ledger(folder))] == [1, 1, 2, 2]

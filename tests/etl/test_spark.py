"""A load on Spark: the rows, the numbers and the refusals of the local one, also where a worker or the loader dies."""

import csv
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from etl import spark
from etl.build import load
from etl.correction import COLUMNS as OF_A_CORRECTION
from etl.errors import LoadError
from etl.invented import write_invented
from etl.store import current, key_file, version_file
from etl.table import Reading

TODAY = date(2026, 11, 24)
MASTER = "local[2,4]"
HOSTILE = Path(__file__).with_name("badinput")
ODD = (
    "bytes_cp1252.csv", "bytes_cr_only.csv", "bytes_mixed_newlines.csv", "bytes_nul_in_cell.csv", "bytes_pipe.csv",
    "bytes_cell_1mb.csv", "bytes_sep_line.csv", "bytes_tab.tsv", "bytes_utf16be_bom.csv", "bytes_utf8_bom.csv",
    "date_dmy_settled.csv", "dup_ref_differs.csv", "inject_formula_equals.csv", "count_thousands.csv",
)  # fmt: skip
FAR = 100_001  # bytes: a piece is no shorter


@pytest.fixture(scope="module", autouse=True)
def session():
    """One for all tests; a load takes the session that there is."""
    with spark._session(MASTER) as started:
        yield started


@pytest.fixture(autouse=True)
def short_pieces(monkeypatch):
    monkeypatch.setattr(spark, "PIECE_BYTES", 1)


@pytest.fixture
def both(tmp_path):
    """Files -> what the local load and the one on Spark told, each with its store, under one key of pseudonyms."""

    def run(*files, **options):
        stores = [tmp_path / name for name in ("here", "there")]
        for store in stores:
            key_file(store).parent.mkdir(mode=0o700)
            key_file(store).write_bytes(b"k" * 32)
        here = load([*files], stores[0], today=TODAY, receipt_to=tmp_path / "here.csv", **options)
        there = on_spark(files, stores[1], receipt_to=tmp_path / "there.csv", **options)
        return here, there, *stores

    return run


def on_spark(files, store, **options):
    return load([*files], store, today=TODAY, spark_master=MASTER, **options)


def told(report):
    return {name: each for name, each in report.as_dict().items() if name not in ("seconds", "peak_mib")}


def different(here, there):
    """Table -> rows that one of two stores has and the other has not; the moment of a load is its own."""
    moments = {"load": "loaded_at", "version": "published_at"}
    with duckdb.connect() as con:
        for name, store in (("here", here), ("there", there)):
            con.execute(f"ATTACH '{version_file(store, current(store))}' AS {name} (READ_ONLY)")
        tables = con.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'here' AND schema_name = 'main'"
        ).fetchall()
        found = {}
        for (table,) in tables:
            kept = f"* EXCLUDE ({moments[table]})" if table in moments else "*"
            one, other = (f"(SELECT {kept} FROM {name}.{table})" for name in ("here", "there"))  # noqa: S608
            apart = f"(FROM {one} EXCEPT ALL FROM {other}) UNION ALL (FROM {other} EXCEPT ALL FROM {one})"
            found[table] = len(con.execute(apart).fetchall())
    assert "incident" in found
    return {table: n for table, n in found.items() if n}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """A file of several pieces with what files have: repeats, refused rows, cells of several lines, ragged lines."""
    file = tmp_path_factory.mktemp("mixed") / "mixed.csv"
    write_invented(file, rows=1_500, seed=7, until=date(2026, 11, 22))
    header, *cells = csv.reader(file.read_text(encoding="utf-8").splitlines())
    at = {name: no for no, name in enumerate(header)}
    for no, row in enumerate(cells):
        row.append(["", 'Stopped,\nthen "sent" back\r\nby boat', "সীমান্তে থামানো"][no % 3])
        row[at["adm2"]] = "Jessor" if no % 40 == 5 else row[at["adm2"]]
        row[at["date_start"]] = "2026-02-31" if no % 60 == 7 else row[at["date_start"]]
        row[at["persons"]] = "Md Rahim 01712345678" if no % 90 == 9 else row[at["persons"]]
    with file.open("w", encoding="utf-8", newline="") as out:
        out.write(",".join([*header, "narrative"]) + "\n")
        for no, row in enumerate(cells):
            csv.writer(out).writerow(row[:-2] if no % 70 == 11 else row)
            out.write("   \n\n" if no % 100 == 50 else "")
        csv.writer(out).writerows(cells[3:900:100])
    assert file.stat().st_size > 2.5 * FAR
    return file


@pytest.fixture(scope="module")
def expected(mixed, tmp_path_factory):
    """What the local load makes of it."""
    store = tmp_path_factory.mktemp("expected") / "s"
    key_file(store).parent.mkdir(mode=0o700)
    key_file(store).write_bytes(b"k" * 32)
    return load([mixed], store, today=TODAY), store


def test_rows_numbers_and_receipt_are_those_of_the_local_load(mixed, both, tmp_path):
    here, there, *stores = both(mixed)
    assert told(there) == told(here)
    assert there.refused == here.refused
    assert min(there.as_dict()[name] for name in ("loaded", "duplicate", "quarantined")) > 5
    assert different(*stores) == {}
    assert (tmp_path / "there.csv").read_bytes() == (tmp_path / "here.csv").read_bytes()
    assert [each.name for each in (stores[1] / "facts").iterdir()] == ["v000001.duckdb"]


def test_odd_files_are_read_as_the_local_load_reads_them(both):
    here, there, *stores = both(*(HOSTILE / name for name in ODD))
    assert told(there) == told(here)
    assert different(*stores) == {}


def test_a_parquet_file_is_too(mixed, both, tmp_path):
    rows = pl.read_csv(mixed, infer_schema=False, truncate_ragged_lines=True).head(300)
    rows.with_columns(pl.col("date_start").str.to_date("%Y-%m-%d", strict=False)).write_parquet(tmp_path / "a.parquet")
    here, there, *stores = both(tmp_path / "a.parquet")
    assert told(there) == told(here)
    assert different(*stores) == {}


def test_one_piece_settles_the_order_of_days_for_all(sheet, both):
    days = ["2026-03-02"] * 800 + ["03/04/2026"] * 900 + ["2026-03-02"] * 900 + ["13/04/2026"] * 3
    file = sheet("days.csv", *({"source_ref": f"R-{no}", "date_start": day} for no, day in enumerate(days)))
    assert file.stat().st_size > 1.5 * FAR
    here, there, *stores = both(file)
    assert told(there) == told(here)
    assert there.as_dict()["loaded"] == len(days)
    assert different(*stores) == {}


@pytest.mark.parametrize(
    ("days", "code"), [(("13/04/2026", "04/13/2026"), "DATE_ORDER_CONFLICT"), (("03/04/2026",), "DATE_ORDER_UNKNOWN")]
)
def test_an_order_that_is_not_to_be_settled_is_refused_alike(days, code, sheet, both, tmp_path):
    file = sheet("days.csv", *({"source_ref": f"R-{no}", "date_start": day} for no, day in enumerate(days)))
    with pytest.raises(LoadError) as here:
        load([file], tmp_path / "s", today=TODAY)
    with pytest.raises(LoadError) as there:
        on_spark([file], tmp_path / "s")
    assert there.value.as_dict() == here.value.as_dict()
    assert there.value.code == code


def test_a_row_that_a_later_piece_refuses_is_named_by_its_number_in_the_file(sheet, tmp_path):
    rows = [{"source_ref": f"R-{no}", "narrative": "x"} for no in range(1, 1_800)]
    rows[1_700]["narrative"] = "open" + "\na,b,c,d,e,f,g,h\n" * 2  # rows of eight cells inside a cell
    file = sheet("swallowed.csv", *rows)
    with pytest.raises(LoadError) as here:
        load([file], tmp_path / "s", today=TODAY)
    with pytest.raises(LoadError) as there:
        on_spark([file], tmp_path / "s")
    assert (there.value.code, there.value.row) == ("QUOTE_UNCLOSED", 1_702)
    assert there.value.as_dict() == here.value.as_dict()


def not_for_spark(tmp_path, sheet, what):
    if what == "workbook":
        return HOSTILE / "control_good.xlsx", {}
    if what == "correction":
        return sheet("a.csv", dict.fromkeys(OF_A_CORRECTION, "1")), {}
    if what == "further sheet":
        file = tmp_path / "persons.csv"
        file.write_text("source_ref,role,sex,age_band,n\nT-1,victim,f,adult,1\n", encoding="utf-8")
        return file, {}
    return sheet("a.csv", {}), {"reading": Reading(crs="EPSG:32646")}


@pytest.mark.parametrize("what", ["workbook", "correction", "further sheet", "system"])
def test_what_spark_does_not_take_is_refused_and_says_what_to_do(what, tmp_path, sheet):
    file, options = not_for_spark(tmp_path, sheet, what)
    with pytest.raises(LoadError) as refused:
        on_spark([file], tmp_path / "s", **options)
    assert (refused.value.code, refused.value.file) == ("NOT_FOR_SPARK", file.name)
    assert "without --engine spark" in refused.value.fix
    assert current(tmp_path / "s") is None


def instead(monkeypatch, written):
    """Lets the workers run this in place of `spark._written`, which it is given; nested, so that it travels whole."""
    judging = spark.judging

    def changed(*about):
        judge = judging(*about)

        def change_and_judge(batches):
            from etl import spark as there

            real = there._written
            there._written = lambda *given: written(real, *given)
            try:
                yield from judge(batches)
            finally:
                there._written = real

        return change_and_judge

    monkeypatch.setattr(spark, "judging", changed)


def test_a_worker_that_is_killed_half_way_changes_nothing(mixed, expected, tmp_path, monkeypatch):
    mark = str(tmp_path / "killed")

    def die_once(written, piece, folder):
        done = written(piece, folder)
        if not os.path.exists(mark):
            open(mark, "x").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    instead(monkeypatch, die_once)
    store = tmp_path / "s"
    key_file(store).parent.mkdir(mode=0o700)
    key_file(store).write_bytes(b"k" * 32)
    report = on_spark([mixed], store)
    assert os.path.exists(mark)
    assert told(report) == told(expected[0])
    assert different(expected[1], store) == {}


def test_a_fault_is_told_by_its_place_and_not_by_what_a_cell_says(sheet, tmp_path, monkeypatch):
    def break_(*_):
        raise ValueError("Md Rahim 01712345678")

    instead(monkeypatch, break_)
    with pytest.raises(LoadError) as refused:
        on_spark([sheet("a.csv", {})], tmp_path / "s")
    assert refused.value.code == "SPARK_FAILED"
    assert "A fault of the program: ValueError in spark.py:" in refused.value.message
    assert "Rahim" not in f"{refused.value.message} {refused.value.__cause__}"
    assert current(tmp_path / "s") is None
    assert not [*(tmp_path / "s" / "facts").iterdir()]


def test_a_worker_of_another_release_is_refused(sheet, tmp_path, monkeypatch):
    monkeypatch.setattr(spark, "program", lambda: "another")
    with pytest.raises(LoadError) as refused:
        on_spark([sheet("a.csv", {})], tmp_path / "s")
    assert refused.value.code == "PROGRAM_DIFFERS"


def test_a_loader_that_is_killed_publishes_nothing_and_the_next_load_does_it_all(mixed, expected, tmp_path):
    store = tmp_path / "s"
    key_file(store).parent.mkdir(mode=0o700)
    key_file(store).write_bytes(b"k" * 32)
    asked = (
        f"from datetime import date; from pathlib import Path; from etl import build, spark; spark.PIECE_BYTES = 1; "
        f"build.load([Path({str(mixed)!r})], Path({str(store)!r}), today=date(2026, 11, 24), spark_master={MASTER!r})"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    loader = subprocess.Popen([sys.executable, "-c", asked], env=environment, start_new_session=True)
    until = time.monotonic() + 120
    while not [*store.glob("facts/spark-*.part/first/*")] and time.monotonic() < until and loader.poll() is None:
        time.sleep(0.02)
    loader.kill()
    assert loader.wait() == -signal.SIGKILL  # it was at work
    assert current(store) is None
    report = on_spark([mixed], store)
    assert told(report) == told(expected[0])
    assert different(expected[1], store) == {}
    assert [each.name for each in (store / "facts").iterdir()] == ["v000001.duckdb"]


def test_without_spark_or_java_it_says_what_to_install(sheet, tmp_path, monkeypatch):
    file = sheet("a.csv", {})
    monkeypatch.setattr("pyspark.sql.SparkSession.getActiveSession", lambda: None)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(LoadError) as refused:
        on_spark([file], tmp_path / "s")
    assert refused.value.code == "SPARK_NOT_STARTED"
    assert "Java 17" in refused.value.fix
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(LoadError) as refused:
        on_spark([file], tmp_path / "s")
    assert (refused.value.code, refused.value.exit_code) == ("SPARK_MISSING", 1)
    assert current(tmp_path / "s") is None


def test_where_facts_are_under_a_key_nothing_is_written_bare(sheet, tmp_path, monkeypatch):
    monkeypatch.setenv("SIMANTA_FACTS_KEY", "a" * 43 + "=")
    with pytest.raises(LoadError) as refused:
        on_spark([sheet("a.csv", {})], tmp_path / "s")
    assert refused.value.code == "NOT_FOR_SPARK"
    assert [*(tmp_path / "s" / "facts").iterdir()] == []

"""Personal data planted in files of every kind: none of it is in anything that loading leaves behind or says."""

import json
import shutil
import sqlite3
import zipfile
from contextlib import closing

import duckdb
import geopandas
import polars as pl
import pytest
import xlsxwriter

from tests.dashboard.cli.test_cli import simanta

PLANTED = (
    *("01712_345_678", "+880 1712 345678", "০১৭১২৩৪৫৬৭৮", "1990123456789", "1234 5678 9012", "A-12345678"),
    *("some.body @ example.invalid", "Md. Planted Sample", "daughter of Planted Karim", "মোছাঃ নমুনা বেগম"),
)
GOOD = {"event_type": "interception_inland", "date_start": "2026-03-02", "district": "Jashore"}
AT = (89.2567, 23.1423)
BY_KIND = ("csv", "xlsx", "kml", "gpkg", "parquet")
NOTE, REASON, NAME = "quarterly return", "counted twice", "posts_of_march"  # what is kept: the controls


def rows(kind):
    """A good row, then one a plant: in the narrative, in a cell of no known column, or as the reference."""
    place = {"lat": str(AT[1]), "lon": str(AT[0]), "precision_code": "2", "uncertainty_m": "1500"}
    row = {"narrative": "", "remarks": ""} | GOOD | place
    yield {"source_ref": f"{kind}-0"} | row
    for n, plant in enumerate(PLANTED, 1):
        yield {"source_ref": f"{kind}-{n}"} | row | {("narrative", "remarks")[n % 2]: f"told {plant} then"}
    yield {"source_ref": PLANTED[2]} | row


def write(kind, folder):
    told, file = list(rows(kind)), folder / f"{NAME}_{kind}.{kind}"
    frame = pl.DataFrame(told)
    if kind == "csv":
        frame.write_csv(file)
    elif kind == "parquet":
        frame.write_parquet(file)
    elif kind == "xlsx":
        with xlsxwriter.Workbook(file) as book:
            sheet = book.add_worksheet("incident")
            for n, cells in enumerate([list(told[0]), *(list(row.values()) for row in told)]):
                sheet.write_row(n, 0, cells)
    elif kind == "gpkg":
        geopandas.GeoDataFrame(
            [{k: v for k, v in row.items() if k not in ("lat", "lon")} for row in told],
            geometry=geopandas.points_from_xy([AT[0]] * len(told), [AT[1]] * len(told)),
            crs=4326,
        ).to_file(file)
    else:
        file.write_text(f"<kml xmlns='http://www.opengis.net/kml/2.2'><Document>{''.join(map(placemark, told))}"
                        "</Document></kml>", encoding="utf-8")  # fmt: skip
    return file


def placemark(row):
    data = "".join(f"<Data name='{k}'><value>{v}</value></Data>" for k, v in row.items() if k not in ("lat", "lon"))
    point = f"<Point><coordinates>{AT[0]},{AT[1]}</coordinates></Point>"
    return f"<Placemark><ExtendedData>{data}</ExtendedData>{point}</Placemark>"


def texts(file):
    """All that a file holds: its bytes; beside them what is packed in a workbook, a version or a ledger."""
    yield file.read_bytes().decode("utf-8", "ignore")
    if file.suffix == ".duckdb":
        with closing(duckdb.connect(str(file), read_only=True)) as facts:
            for (name,) in facts.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal").fetchall():
                yield "\n".join(map(repr, facts.execute(f'FROM "{name}"').fetchall()))
    elif file.suffix == ".sqlite":
        with closing(sqlite3.connect(file)) as ledger:
            yield "\n".join(ledger.iterdump())
    elif zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as packed:
            yield from (packed.read(name).decode("utf-8", "ignore") for name in packed.namelist())


@pytest.fixture(scope="module")
def left(tmp_path_factory):
    """What was left behind and said, by where: all under the folder but the files that came in, and each answer."""
    folder = tmp_path_factory.mktemp("personal")
    (folder / "in").mkdir()
    files, store = [write(kind, folder / "in") for kind in BY_KIND], folder / "store"
    loads = (
        ("load", *files, "--note", NOTE, "--receipt", folder / "receipt.csv"),
        ("load", *files, "--json"),
        ("load", files[0], "--note", f"asked by {PLANTED[7]}"),
        ("quarantine", "list", "--json"),
    )
    said = [simanta(*words, "--store", store) for words in loads]
    first, second = [row["quarantine_id"] for row in json.loads(said[-1].stdout)["rows"] if row["status"] == "open"][:2]
    after = (
        ("quarantine", "list"),
        ("quarantine", "export", folder / "open.xlsx"),
        ("quarantine", "resolve", first, "--reason", REASON),
        ("quarantine", "resolve", second, "--reason", f"asked by {PLANTED[8]}"),
        ("erase", "--source-ref", "csv-0", "--reason", f"asked by {PLANTED[9]}"),
        ("versions", "--json"),
        ("audit", "--json"),
        ("check", "--deep"),
    )
    said += [simanta(*words, "--store", store) for words in after]
    shutil.rmtree(folder / "in")
    kept = {str(file.relative_to(folder)): list(texts(file)) for file in folder.rglob("*") if file.is_file()}
    return {"said": [each.stdout + each.stderr for each in said]} | kept, [each.returncode for each in said]


def found(left, words):
    return sorted({place for place, told in left.items() if any(words in text for text in told)})


def test_every_row_with_a_plant_is_refused_whatever_the_kind_of_file(left):
    said, codes = left[0]["said"], left[1]
    assert codes == [0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0], said
    assert f"{len(BY_KIND) * (len(PLANTED) + 2)} rows in = {len(BY_KIND)} loaded" in said[0]


@pytest.mark.parametrize("plant", PLANTED)
def test_no_plant_is_anywhere(left, plant):
    assert found(left[0], plant) == []


def test_what_is_kept_is_found_by_the_same_search_in_each_place(left):
    """The control: a search that found nothing anywhere would pass as well."""
    places = left[0]
    assert "store/facts/v000001.duckdb" in found(places, NOTE)
    assert "store/ledger.sqlite" in found(places, REASON)
    assert {"said", "receipt.csv", "store/facts/v000002.duckdb"} <= set(found(places, NAME))
    assert "open.xlsx" in found(places, "pii_in_text")
    assert {"store.keys/pseudonym.key", "store/current.json"} <= set(places)

"""Files made to do harm: only a refusal or rows ever come out, and no process takes more than its share."""

import io
import json
import random
import resource
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl import apart
from etl.errors import LoadError
from etl.files import open_tables
from etl.geojson import read_geojson
from etl.geopackage import read_geopackage
from etl.kml import read_kml
from etl.parquet import read_parquet
from etl.sources import all_sources
from etl.table import Reading
from etl.workbook import read_xls
from etl.zipped import read_zip

HERE = Path(__file__).parent
BAD, FORMATS = HERE / "badinput", HERE / "formats"
READERS = {
    "control_good.geojson": read_geojson, "control_good.kml": read_kml, "control_good.gpkg": read_geopackage,
    "control_good.xlsx": read_zip, "good.xls": read_xls, "parquet_nested.parquet": read_parquet,
}  # fmt: skip
HARD = [
    "bytes_random.csv", "bytes_cell_1mb.csv", "geojson_deep.geojson", "geojson_z_bomb.geojson", "kml_deep.kml",
    "kml_billion_laughs.kml", "kml_quadratic.kml", "xlsx_ratio_bomb.xlsx", "xlsx_dimension_lie.xlsx",
    "xlsx_far_cell.xlsx", "parquet_footer_lie.parquet", "zip_many_members.zip", "gpkg_zero_pages.gpkg",
]  # fmt: skip


def known(header):
    return max(source.known(header) for source in all_sources())


def refusal(file, **reading):
    with pytest.raises(LoadError) as refused:
        open_tables(file, known, Reading(**reading))
    return refused.value.code


def outcome(file):
    """The code of a refusal, or how many rows there are."""
    try:
        return sum(batch.height for table in open_tables(file, known, Reading()) for batch in table.batches)
    except LoadError as error:
        return error.code


# --- limits ------------------------------------------------------------------------------


def test_hard_files_take_little_memory_and_time():
    """In a process of its own: what other tests took is not counted."""
    told = subprocess.run([sys.executable, __file__], capture_output=True, text=True, check=True)
    mine, children, slowest = json.loads(told.stdout)
    sys.stdout.write(f"loader {mine} MiB, readers {children} MiB, slowest {slowest:.1f} s\n")
    assert mine < 512
    assert children < 512
    assert slowest < 10


def _ask(code):
    """What Python code says that runs under the limits of a reader."""
    limits = "from etl.reader import leave_network, limit; leave_network(); limit()"
    command = [sys.executable, "-c", f"{limits}\n{code}"]
    return subprocess.run(command, capture_output=True, text=True, env=apart.QUIET, check=False)


def test_a_reader_can_write_no_file(tmp_path):
    ended = _ask(f"open({str(tmp_path / 'x')!r}, 'wb', 0).write(b'x')")
    assert "File too large" in ended.stderr
    assert not (tmp_path / "x").exists() or (tmp_path / "x").read_text() == ""


def test_a_reader_can_take_no_more_than_its_memory():
    assert "MemoryError" in _ask("bytearray(3 << 30)").stderr


def test_a_reader_reaches_no_network():
    code = "import os; print(os.readlink('/proc/self/ns/net'))"
    mine, its = (subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True), _ask(code))
    if mine.stdout == its.stdout:
        pytest.skip("this kernel lets no process take its own network away")
    ended = _ask("import socket; socket.create_connection(('127.0.0.1', 9), 1)")
    assert "unreachable" in ended.stderr


@pytest.mark.parametrize(
    ("code", "told"),
    [(3, "TOO_LARGE"), (-9, "TOO_LARGE"), (-24, "TOO_LARGE"), (-11, "FILE_DAMAGED"), (1, "FILE_DAMAGED")],
)
def test_a_reader_that_ends_badly_is_a_refusal(code, told, monkeypatch):
    end = f"import os; os.kill(os.getpid(), {-code})" if code < 0 else f"raise SystemExit({code})"
    monkeypatch.setattr(apart, "READER", ["-c", end])
    assert refusal(BAD / "control_good.kml") == told


def test_a_reader_that_does_not_answer_is_ended(monkeypatch):
    monkeypatch.setattr(apart, "READER", ["-c", "import time; time.sleep(60)"])
    monkeypatch.setattr(apart, "LONGEST_WAIT", 0.2)
    assert refusal(BAD / "control_good.kml") == "TOO_LARGE"


def test_a_long_answer_is_asked_for_again_and_can_be_gone_through_twice(monkeypatch):
    whole = outcome(FORMATS / "good.xls")
    monkeypatch.setattr(apart, "KEPT_BYTES", 16_000)
    first, second = open_tables(FORMATS / "good.xls", known, Reading())
    for _ in range(2):
        assert sum(batch.height for table in (second, first) for batch in table.batches) == whole == 10


def test_a_reader_that_breaks_off_amid_the_rows_is_a_refusal(tmp_path, monkeypatch):
    table = pa.table({name: ["x" * 50] * 200_000 for name in ("source_ref", "event_type", "date_start")})
    pq.write_table(table, tmp_path / "x.parquet", row_group_size=50_000, compression="none", use_dictionary=False)
    content = bytearray((tmp_path / "x.parquet").read_bytes())
    middle = len(content) * 3 // 4
    content[middle : middle + 200_000] = b"\xff" * 200_000
    (tmp_path / "x.parquet").write_bytes(content)
    assert outcome(tmp_path / "x.parquet") == "FILE_DAMAGED"


# --- archives ----------------------------------------------------------------------------


def _archive(folder, *members):
    with zipfile.ZipFile(folder / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            archive.writestr(*member)
    return folder / "x.zip"


def _link(name):
    made = zipfile.ZipInfo(name)
    made.external_attr = 0o120777 << 16
    return made


@pytest.mark.parametrize(("name", "code"), [
    ("../evil.kml", "ARCHIVE_PATH"), ("/evil.kml", "ARCHIVE_PATH"), ("a\\b.kml", "ARCHIVE_PATH"),
    ("C:evil.kml", "ARCHIVE_PATH"), (_link("doc.kml"), "ARCHIVE_PATH"), ("a.zip", "ARCHIVE_NESTED"),
    ("a.txt", "WRONG_TYPE"),
])  # fmt: skip
def test_an_archive_is_refused_for_a_single_member(name, code, tmp_path):
    good = (BAD / "control_good.kml").read_bytes()
    assert refusal(_archive(tmp_path, (name, good))) == code


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_archive_with_one_name_twice_is_refused(tmp_path):
    assert refusal(_archive(tmp_path, ("a.kml", "x"), ("a.kml", "y"))) == "ARCHIVE_PATH"


def _with_directory(folder, change):
    """The good workbook with its central directory changed: `change` gets it and where it starts."""
    content = bytearray((BAD / "control_good.xlsx").read_bytes())
    start = struct.unpack_from("<I", content, content.rindex(b"PK\5\6") + 16)[0]
    change(content, start)
    (folder / "x.xlsx").write_bytes(content)
    return folder / "x.xlsx"


def test_a_sheet_that_says_it_unpacks_to_four_gigabytes_is_refused_before_it_is_unpacked(tmp_path):
    file = _with_directory(tmp_path, lambda content, at: struct.pack_into("<I", content, at + 24, 0xFFFFFFF0))
    assert refusal(file) == "ARCHIVE_RATIO"


def test_members_that_share_their_bytes_are_refused(tmp_path):
    def overlap(content, at):
        following = content.index(b"PK\1\2", at + 4)
        content[following + 42 : following + 46] = content[at + 42 : at + 46]

    assert refusal(_with_directory(tmp_path, overlap)) == "ARCHIVE_RATIO"


def test_a_member_that_unpacks_to_more_than_it_says_is_not_unpacked_further(tmp_path):
    """The directory says 1,000 bytes of the 30 MB."""
    _archive(tmp_path, ("doc.kml", b" " * 30_000_000))
    content = bytearray((tmp_path / "x.zip").read_bytes())
    struct.pack_into("<I", content, content.rindex(b"PK\1\2") + 24, 1_000)
    (tmp_path / "x.zip").write_bytes(content)
    assert refusal(tmp_path / "x.zip") == "FILE_DAMAGED"


def test_far_cells_that_would_span_a_giant_sheet_are_refused(tmp_path):
    with zipfile.ZipFile(BAD / "control_good.xlsx") as good, zipfile.ZipFile(tmp_path / "x.xlsx", "w") as made:
        for name in good.namelist():
            content = good.read(name)
            if name == "xl/worksheets/sheet1.xml":
                far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
                content = content.replace(b"</sheetData>", far)
            made.writestr(name, content)
    assert outcome(tmp_path / "x.xlsx") in ("TOO_LARGE", "TOO_MANY_COLUMNS")


# --- fuzz --------------------------------------------------------------------------------


def _read(reader, content):
    """Every row of what a reader makes of these bytes, or nothing where it refuses them."""
    try:
        return [list(each.batches) for each in reader(io.BytesIO(content), None).grids]
    except LoadError:
        return []


@st.composite
def mutated(draw, content):
    """A good file with a few bytes overwritten, taken out or put in, or cut."""
    made = bytearray(content)
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, max(len(made) - 1, 0)))
        new = draw(st.binary(max_size=6))
        made[at : at + draw(st.sampled_from([0, len(new), 40]))] = new
    return bytes(made[: draw(st.sampled_from([len(made), len(made), len(made) // 2]))])


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_mutated_file_gives_rows_or_a_refusal(name, data):
    file = BAD / name if (BAD / name).exists() else FORMATS / name
    _read(READERS[name], data.draw(mutated(file.read_bytes())))


@pytest.mark.parametrize("start", [b"", b"PK\3\4", b"\xd0\xcf\x11\xe0", b"PAR1", b"SQLite format 3\0", b"<kml>", b"[{"])
def test_random_bytes_give_rows_or_a_refusal(start, tmp_path):
    (tmp_path / "x.csv").write_bytes(start + random.Random(len(start)).randbytes(3_000))
    assert isinstance(outcome(tmp_path / "x.csv"), str)


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(content=st.one_of(mutated((BAD / "control_good.csv").read_bytes()), st.binary(max_size=400)))
def test_a_mutated_csv_gives_rows_or_a_refusal(tmp_path, content):
    (tmp_path / "x.csv").write_bytes(content)
    outcome(tmp_path / "x.csv")


if __name__ == "__main__":
    import time

    spent = []
    for hard in HARD:
        began = time.monotonic()
        outcome(BAD / hard)
        spent.append(time.monotonic() - began)
    # Of this program alone: what getrusage tells of a process begins at the peak of the one that started it.
    mine = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    sys.stdout.write(json.dumps([int(mine.split()[1]) // 1024, children, max(spent)]))

"""Broken and hostile files: the manifest says what becomes of each, and nothing personal is left behind."""

import csv
import os
import re
import time
import zipfile
from datetime import date
from pathlib import Path

import pytest

from etl.build import load
from etl.errors import LoadError
from etl.store import versions

HERE = Path(__file__).parent / "badinput"
TODAY = date(2026, 11, 24)
CASES = list(csv.DictReader((HERE / "manifest.csv").open(encoding="utf-8")))
OUR_NAMES = {
    "date_impossible": "impossible_date", "date_in_future": "future_date", "date_ambiguous": "ambiguous_date",
    "coord_swapped": "swapped_coordinates", "coord_null_island": "outside_country", "personal_data": "pii_in_text",
    "coord_district_mismatch": "district_mismatch", "count_mismatch": "person_counts_do_not_reconcile",
}  # fmt: skip
OF_FILE = {"text_null_words.csv": "missing_date"}  # it is date_start that is missing
CANARIES = [
    text.encode()
    for text in (
        "01700000000", "০১৭০০০০০০০০", "1700 000000", "01700-000000", "0 1 7 0 0 0", "0000000000000", "AB0000000",
        "A00000000", "person@example.invalid", "Example Uddin", "নমুনা বেগম", "১৯৯০০০০০", "victim Md",
    )
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"])
def test_a_file_ends_as_the_manifest_says(case, tmp_path):
    store = tmp_path / "store"
    if case["expect"] == "refuse":
        with pytest.raises(LoadError) as refused:
            load([HERE / case["file"]], store, today=TODAY)
        assert (refused.value.code, refused.value.exit_code) == (case["error"], 1)
        assert refused.value.fix
        assert versions(store) == ()
        return
    report = load([HERE / case["file"]], store, today=TODAY, dry_run=True)  # half the time; all else is the same
    told = report.files[0]
    counts = (str(told.rows_in), str(told.quarantined), str(told.loaded))
    assert counts == (case["rows_in"], case["rows_quarantined"], case["rows_loaded"])
    if case["expect"] == "quarantine":
        rule = case["error"].lower()
        assert list(told.rules) == [OF_FILE.get(case["file"]) or OUR_NAMES.get(rule, rule)]
    if "(warning)" in case["error"]:
        assert case["error"].removesuffix("(warning)") in {warning.code for warning in told.warnings}


def test_no_planted_personal_data_is_anywhere_in_the_store(tmp_path):
    store = tmp_path / "store"
    planted = sorted(file for file in HERE.glob("pii_*.csv") if file.name != "pii_in_header.csv")
    assert len(planted) == 14
    report = load(planted, store, today=TODAY)
    assert report.as_dict()["quarantined"] == 14
    assert load([HERE / "pii_in_ref.csv"], store, today=TODAY).version == 2
    kept = b"".join(file.read_bytes() for file in store.rglob("*") if file.is_file())
    assert [canary for canary in CANARIES if canary in kept] == []
    shown = repr(report.as_dict()) + repr(report.refused)
    assert [canary for canary in CANARIES if canary.decode() in shown] == []


def test_personal_data_in_a_file_name_is_refused_and_not_repeated(tmp_path):
    file = tmp_path / "01700000000.csv"
    file.write_bytes((HERE / "control_good.csv").read_bytes())
    with pytest.raises(LoadError) as refused:
        load([file], tmp_path / "store", today=TODAY)
    assert refused.value.code == "PERSONAL_DATA"
    assert "01700000000" not in str(refused.value) + repr(refused.value.as_dict())


def test_one_refused_file_stops_all_of_a_load(tmp_path):
    with pytest.raises(LoadError):
        load([HERE / "control_good.csv", HERE / "shape_no_header.csv"], tmp_path / "store", today=TODAY)
    assert versions(tmp_path / "store") == ()


def _fifo(folder):
    os.mkfifo(folder / "x.csv")
    return folder / "x.csv"


def _folder(folder):
    (folder / "x.csv").mkdir()
    return folder / "x.csv"


def _wide(folder):
    (folder / "x.csv").write_text(",".join(f"c{n}" for n in range(1_000_000)) + "\n")
    return folder / "x.csv"


def _wide_row(folder):
    (folder / "x.csv").write_text((HERE / "control_good.csv").read_text(encoding="utf-8") + "," * 1_000_000 + "\n")
    return folder / "x.csv"


def _zip(folder):
    with zipfile.ZipFile(folder / "x.xlsx", "w") as archive:
        archive.writestr("a.txt", "a")
    return folder / "x.xlsx"


@pytest.mark.parametrize(
    ("make", "code"),
    [(_fifo, "NOT_A_FILE"), (_folder, "NOT_A_FILE"), (lambda folder: folder / "none.csv", "NOT_A_FILE"),
     (_wide, "TOO_MANY_COLUMNS"), (_wide_row, "TOO_MANY_COLUMNS"), (_zip, "WRONG_TYPE")],
)  # fmt: skip
def test_what_is_no_table_is_refused(make, code, tmp_path):
    with pytest.raises(LoadError) as refused:
        load([make(tmp_path)], tmp_path / "store", today=TODAY)
    assert refused.value.code == code


def test_rows_are_numbered_as_people_count_them(tmp_path):
    text = "Monthly return\n\n" + (HERE / "control_good.csv").read_text(encoding="utf-8")
    lines = text.split("\n")
    lines[4] = lines[4].replace("2025-01-17", "2025-02-31")  # title, blank, header, row, this
    lines[6] += ",ragged"
    lines[8] = lines[8].replace("2025-03-02", "2025-02-31")
    (tmp_path / "x.csv").write_text("\n".join(lines), encoding="utf-8")
    report = load([tmp_path / "x.csv"], tmp_path / "store", today=TODAY)
    # Records: title 1, header 2, rows 3 to 12; the blank line is none.
    assert [(each.row, each.rule) for each in report.refused] == [
        (4, "impossible_date"), (6, "ragged_row"), (8, "impossible_date"),
    ]  # fmt: skip


def _good(folder, change):
    file = folder / "x.csv"
    file.write_text(change((HERE / "control_good.csv").read_text(encoding="utf-8")), encoding="utf-8")
    return file


@pytest.mark.parametrize("extra", ["", ",odd"])
def test_rows_that_two_stray_quotation_marks_swallow_are_not_lost(extra, tmp_path):
    def stray(text):
        lines = text.splitlines()
        lines[2] = lines[2].rsplit(",", 1)[0] + ',"swallows'
        lines[6] = '"' + lines[6] + extra
        return "\n".join(lines) + "\n"

    with pytest.raises(LoadError) as refused:
        load([_good(tmp_path, stray)], tmp_path / "store", today=TODAY)
    assert (refused.value.code, refused.value.row) == ("QUOTE_UNCLOSED", 3)


def test_a_row_too_wide_far_down_is_refused_without_a_word_of_the_file(tmp_path, capfd):
    wide = "secret,01700000000\n" + "x" * 200_000 + "," * 3_000 + "\n"
    file = _good(tmp_path, lambda text: text + wide)
    with pytest.raises(LoadError) as refused:
        load([file], tmp_path / "store", today=TODAY)
    assert refused.value.code == "TOO_MANY_COLUMNS"
    assert capfd.readouterr() == ("", "")


def test_a_narrative_of_many_lines_is_no_swallowed_row(tmp_path):
    told = "\n".join("one, two, three, four" for _ in range(200))
    file = _good(tmp_path, lambda text: text.splitlines()[0] + "\n" + text.splitlines()[1] + f'"{told}"\n')
    assert load([file], tmp_path / "store", today=TODAY).as_dict()["loaded"] == 1


def test_more_odd_rows_than_a_batch_holds_keep_their_numbers(tmp_path, monkeypatch):
    monkeypatch.setattr("etl.delimited.BLOCK_BYTES", 4_096)

    def many(text):
        header, *rows = text.splitlines()
        return "\n".join([header, *(row + ",odd" * (n % 3 == 0) for n in range(40) for row in rows)]) + "\n"

    report = load([_good(tmp_path, many)], tmp_path / "store", today=TODAY)
    told = report.files[0]
    assert (told.rows_in, told.rules) == (400, {"ragged_row": 140})
    assert [each.row for each in report.refused] == [*range(2, 12), *range(32, 42)]


@pytest.mark.parametrize("cell", ["@" * 99_000, "bkash " * 16_000, "01 " * 33_000, "12345678901 " * 8_000])
def test_a_cell_made_to_keep_the_screen_busy_does_not(cell, tmp_path):
    file = _good(tmp_path, lambda text: text.splitlines()[0] + "\n" + text.splitlines()[1] + cell + "\n")
    started = time.monotonic()
    assert load([file], tmp_path / "store", today=TODAY).rows_in == 1
    assert time.monotonic() - started < 5


def test_a_file_name_that_is_no_text_is_shown_with_marks(tmp_path):
    file = tmp_path / os.fsdecode(b"\xff\x1b[31m.csv")
    file.write_bytes((HERE / "control_good.csv").read_bytes())
    report = load([file], tmp_path / "store", today=TODAY)
    assert report.files[0].file == "\ufffd\ufffd[31m.csv"
    with pytest.raises(LoadError, match=r"^\ufffd: There is no ordinary file"):
        load([tmp_path / "\x1b"], tmp_path / "store", today=TODAY)


def test_a_formula_that_gives_an_empty_text_is_an_empty_cell(tmp_path):
    with zipfile.ZipFile(HERE / "control_good.xlsx") as good, zipfile.ZipFile(tmp_path / "x.xlsx", "w") as made:
        for name in good.namelist():
            content = good.read(name)
            if name == "xl/worksheets/sheet1.xml":
                formula = b'<c r="S2" t="str"><f>IF(A2="","","")</f><v></v></c>'
                content, n = re.subn(rb'<c r="S2"[^>]*/>|<c r="S2".*?</c>', formula, content)
                content = content if n else content.replace(b"</row>", formula + b"</row>", 2).replace(formula, b"", 1)
            made.writestr(name, content)
    assert load([tmp_path / "x.xlsx"], tmp_path / "store", today=TODAY).as_dict()["loaded"] == 10

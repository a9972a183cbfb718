"""Broken and hostile files: the manifest says what becomes of each, and nothing personal is left behind."""

import csv
import os
import zipfile
from datetime import date
from pathlib import Path

import pytest

from etl.build import load
from etl.errors import LoadError
from etl.publish import versions

HERE = Path(__file__).parent / "badinput"
TODAY = date(2026, 11, 24)
CASES = list(csv.DictReader((HERE / "manifest.csv").open(encoding="utf-8")))
OUR_NAMES = {
    "date_impossible": "impossible_date", "date_in_future": "future_date", "date_ambiguous": "ambiguous_date",
    "coord_swapped": "swapped_coordinates", "coord_null_island": "outside_country", "personal_data": "pii_in_text",
    "coord_district_mismatch": "district_mismatch", "count_mismatch": "person_counts_do_not_reconcile",
}  # fmt: skip
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
    report = load([HERE / case["file"]], store, today=TODAY)
    told = report.files[0]
    counts = (str(told.rows_in), str(told.quarantined), str(told.loaded))
    assert counts == (case["rows_in"], case["rows_quarantined"], case["rows_loaded"])
    if case["expect"] == "quarantine":
        rule = case["error"].lower()
        assert list(told.rules) == [OUR_NAMES.get(rule, rule)]
    if "(warning)" in case["error"]:
        assert case["error"].removesuffix("(warning)") in {warning.code for warning in told.warnings}
    assert versions(store) == ((1,) if told.rows_in else ())


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

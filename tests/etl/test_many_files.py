"""Very many small files in one load: each costs as much as the one before it, and all are accounted for."""

import time
from datetime import date

import pytest

from etl import build
from etl.build import load
from etl.verdict import FileCount

TODAY = date(2026, 11, 24)
HEADER = "source_ref,event_type,date_start,adm2,persons"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Files of one row each; every tenth is refused."""
    folder = tmp_path_factory.mktemp("many")
    for n in range(110):
        day = "2026-02-31" if n % 10 == 0 else f"2026-03-{n % 28 + 1:02}"
        (folder / f"f{n:03}.csv").write_text(f"{HEADER}\nR{n},interception_inland,{day},BD4041,{n % 9}\n")
    return sorted(folder.iterdir())


@pytest.mark.slow
def test_the_hundredth_file_costs_what_the_tenth_does(files, tmp_path):
    def seconds(many):
        started = time.process_time()  # of work: others may be at work too
        report = load(files[:many], tmp_path / f"s{many}", today=TODAY)
        told = report.as_dict()
        assert (told["rows_in"], told["quarantined"]) == (many, -(-many // 10))
        assert [each.rows_in for each in report.files] == [1] * many
        return time.process_time() - started

    seconds(1)
    few, some, many = (seconds(n) for n in (5, 40, 110))
    assert (many - some) / 70 < 2 * (some - few) / 35, (few, some, many)


def test_ten_thousand_files_are_counted_without_looking_through_all_of_them_for_each():
    many = 10_000
    counts, tables = [FileCount({"loaded": 1}, {}, {5: 1})] * many, [(n, "") for n in range(many)]
    started = time.process_time()
    assert all(each.verdicts == {"loaded": 1} for each in build._by_file(counts, tables, many))
    assert time.process_time() - started < 2  # looking through them all takes 5 s and more

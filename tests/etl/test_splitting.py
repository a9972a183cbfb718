"""Cuts of a delimited file: whole records on either side, whatever its cells hold."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl import delimited, splitting
from etl.delimited import open_delimited
from etl.table import Reading

HEADER = "source_ref,event_type,narrative\n"
CELLS = st.sampled_from(
    ["a", "", '"b"', '"x\ny"', '"p,q"', '"He said ""no"""', '"\r\n"', '""', "আ", " c", '5" pipe', '"d"e']
)
ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=4).map(",".join), min_size=1, max_size=12)


def rows(batches):
    frames = [*batches]
    return pl.concat(frames).sort("row_no").rows() if frames else []


def read(file):
    head = file.read_bytes()[: delimited.HEAD_BYTES]
    return open_delimited(file, head, lambda cells: sum(c in HEADER for c in cells if c), Reading())


def numbered(table, pieces):
    """The rows of all pieces, as the file numbers them."""
    before, found = 0, []
    for piece in pieces:
        mine = rows(piece)
        found += [(*row[:-2], row[-2] + before, row[-1]) for row in mine]
        before += len(mine) + (0 if before else table.header_row)
    return found


@given(ROWS, st.sampled_from(["\n", "\r\n"]), st.integers(1, 60))
def test_pieces_have_the_rows_of_the_whole_file_under_its_numbers(tmp_path_factory, lines, end, piece):
    file = tmp_path_factory.getbasetemp() / "rows.csv"
    file.write_bytes((HEADER + end.join(lines) + end).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "HEAD_BYTES", len(HEADER) + 1)
        patch.setattr(splitting, "BLOCK", 16)
        try:
            table = read(file)
            whole = rows(table.batches)
        except delimited.LoadError:  # the whole file is refused before any piece is made
            return
        assert numbered(table, table.batches.pieces(piece)) == whole


def test_a_file_is_cut_where_no_cell_is_open_and_as_often_as_asked(tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text(HEADER + '1,a,"one\ntwo"\n' * 10, encoding="utf-8")
    found = splitting.cuts(file, ",", 20)
    text = file.read_bytes()
    assert found == [32, 60, 88, 116, 144]  # the header has 32 bytes, each row 14
    assert all(text[:cut].count(b'"') % 2 == 0 and text[cut - 1 : cut] == b"\n" for cut in found)


def test_behind_a_quotation_mark_inside_a_cell_nothing_is_cut(tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text(HEADER + "1,a,b\n" * 20 + '1,a,5" pipe\n' + "1,a,b\n" * 20, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(splitting, "BLOCK", 64)
        found = splitting.cuts(file, ",", 32)
    assert found
    assert max(found) < file.read_bytes().index(b'5" pipe')


def test_lines_of_spaces_are_no_records_and_count_for_none(tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text(HEADER + "1,a,b\n   \n2,a\n3,a,b\n", encoding="utf-8")
    found = pl.concat([*read(file).batches]).sort("row_no")
    assert list(zip(found["row_no"], found["0"].fill_null("") + found["line"].fill_null(""), strict=True)) == [
        (2, "1"),
        (3, "2,a"),
        (4, "3"),
    ]

"""How the bytes of a file are looked at before a row is read, piece by piece."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from etl import encoding
from etl.errors import LoadError

SIGNS = ("a", '"', "ক", "é", "😀")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("encoded")


def found(file, content, piece):
    """The encoding of these bytes when so many are looked at at once, or the code of the refusal."""
    file.write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoding, "PIECE", piece)
        try:
            told = encoding.encoding_of(file, "utf-8")
        except LoadError as refused:
            return refused.code
    return told.name, told.is_paired


@given(st.text(st.sampled_from(SIGNS), max_size=20), st.integers(1, 9))
def test_a_text_is_utf8_wherever_it_is_cut(folder, text, piece):
    assert found(folder / "text.csv", text.encode(), piece) == ("utf-8", text.count('"') % 2 == 0)


@given(st.binary(max_size=12), st.integers(1, 5))
@example(b"\xe0\xa6", 1)  # a sign that the end cuts off
@example(b"\xed\xa0\x80", 2)  # half a pair of UTF-16
@example(b"\xc0\x80", 1)  # a longer form than is allowed
def test_bytes_are_utf8_where_python_says_so(folder, content, piece):
    try:
        content.decode()
        is_text = True
    except UnicodeDecodeError:
        is_text = False
    assert isinstance(found(folder / "bytes.csv", content, piece), tuple) == is_text

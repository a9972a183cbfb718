"""The empty workbook: it loads as it is, and filled by the lists that it offers."""

from datetime import date

import pytest
from python_calamine import CalamineWorkbook

from etl.build import load
from etl.errors import LoadError
from etl.records import SHEET
from etl.reference import folded, folded_code
from etl.template import _entries, sheets, write_template
from etl.values import CODED

TODAY = date(2026, 11, 24)


@pytest.fixture
def template(tmp_path):
    write_template(tmp_path / "template.xlsx")
    return tmp_path / "template.xlsx"


def test_an_empty_template_has_no_rows_and_is_not_refused(template, tmp_path):
    (file,) = load([template], tmp_path / "store", today=TODAY).files
    assert (file.rows_in, file.source) == (0, "simanta_sheet")
    assert "NO_ROWS" in {warning.code for warning in file.warnings}


def test_the_header_is_the_sheet_and_every_column_is_explained_in_both_languages(template):
    book = CalamineWorkbook.from_path(template)
    first = book.get_sheet_by_index(0).to_python()
    assert first == [[*SHEET, "invented"]]
    for heading in sheets()[0][1]:
        assert heading.note_en, heading.name
        assert heading.note_bn, heading.name
        assert heading.bangla, heading.name


def test_every_entry_of_every_list_can_be_read(reference):
    for listed, entries in _entries(reference).items():
        names = reference.place_names.get(listed) or reference.code_names[listed]
        assert len(entries) == len(set(entries)), listed
        for entry in entries:
            assert len({*names.get(folded(entry), ()), *names.get(folded_code(entry), ())}) == 1, (listed, entry)
    assert set(CODED.values()) <= {heading.listed for heading in sheets()[0][1]}


def test_a_filled_template_loads(template, tmp_path, filled):
    row = {"source_ref": "0017", "event_type": "সীমান্তে আটক", "date_start": date(2026, 3, 2), "adm2": "যশোর"}
    row |= {"crime_label": "TIP and SOM", "persons": 3, "female": 1, "male": 1, "children": 1}
    row |= {"crossing": "Benapole", "trails_looked_for": "Transport;Finance", "invented": "yes"}
    (file,) = load([filled(template, row)], tmp_path / "store", today=TODAY).files
    assert (file.loaded, file.rules, file.precision["2"]) == (1, {}, 1)


@pytest.fixture
def filled(tmp_path, monkeypatch):
    """The template as its writer makes it, with one row written below its header."""

    def write(_template, row):
        import xlsxwriter

        made = xlsxwriter.Workbook.close

        def close(book):
            page, columns = book.worksheets()[0], [heading.name for heading in sheets()[0][1]]
            day = book.add_format({"num_format": "yyyy-mm-dd"})
            for name, value in row.items():
                is_day = isinstance(value, date)
                page.write(1, columns.index(name), value, *([day] if is_day else []))
            made(book)

        monkeypatch.setattr(xlsxwriter.Workbook, "close", close)
        write_template(tmp_path / "filled.xlsx")
        return tmp_path / "filled.xlsx"

    return write


def test_a_template_writes_over_nothing_and_nowhere_else(template, tmp_path):
    before = template.read_bytes()
    for file, code in (
        (template, "FILE_EXISTS"),
        (tmp_path / "a.csv", "NOT_XLSX"),
        (tmp_path / "none" / "a.xlsx", "FILE_UNWRITABLE"),
    ):
        with pytest.raises(LoadError) as refused:
            write_template(file)
        assert refused.value.code == code
    assert template.read_bytes() == before

"""A mapping file: what it makes of a sheet, and that each wrong key is named at once."""

import json
from datetime import date

import duckdb
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from etl.build import load
from etl.errors import LoadError
from etl.mapping import Described, Mapping, read_mapping
from etl.store import current, version_file

TODAY = date(2026, 11, 24)
HEAD = 'name = "range"\nversion = "1.2"\nsource = "range"\n'
COLUMNS = """
[columns]
"Ref" = "source_ref"
"Kind" = "event_type"
"Day" = "date_start"
"Where" = "place_name"
"District" = "adm2"
"""


@pytest.fixture
def described(tmp_path):
    """Text of a mapping -> the mapping."""

    def read(text):
        (tmp_path / "range.toml").write_text(text, encoding="utf-8")
        return read_mapping(tmp_path / "range.toml")

    return read


def rows_of(mapping, header, *rows):
    """Rows of a sheet as the mapping gives them on."""
    cells = pl.DataFrame([list(row) for row in rows], schema=[str(n) for n in range(len(header))], orient="row")
    numbered = cells.with_columns(
        row_no=pl.int_range(2, 2 + len(rows), dtype=pl.Int64),
        fault=pl.lit(None, pl.String),
        line=pl.lit(None, pl.String),
    )
    return mapping.source().raw(numbered, header).to_dicts()


def test_words_become_codes_in_both_scripts_and_the_rest_stays_as_it_was_written(described):
    mapping = described(
        HEAD + COLUMNS + '[codes.event_type]\n"উদ্ধার" = "rescue_from_exploitation"\n"Push in" = "pushed_in"'
    )
    header = ["Ref", "Kind", "Day", "Where", "District"]
    told = rows_of(mapping, header, *(["A", kind, "", "", ""] for kind in ("উদ্ধার", "PUSH-IN", "Riot", "")))
    assert [row["event_type"] for row in told] == ["rescue_from_exploitation", "pushed_in", "Riot", ""]


def test_several_words_in_a_cell_become_several_codes(described):
    mapping = described(HEAD + COLUMNS + '"Trails" = "trails_found"\n[codes.trails_found]\n"Cash" = "finance"')
    header = ["Ref", "Kind", "Day", "Where", "District", "Trails"]
    (row,) = rows_of(mapping, header, ["A", "", "", "", "", "Transport; cash"])
    assert row["trails_found"] == "Transport;finance"


def test_a_default_fills_what_a_row_does_not_say_and_a_precision_only_where_there_is_a_point(described):
    mapping = described(
        HEAD
        + COLUMNS
        + '"Lat" = "lat"\n"Lon" = "lon"\n"Force" = "detecting_agency"'
        + '\n[defaults]\ndetecting_agency = "bgb"\nprecision_code = "1"\ninvented = "yes"'
    )
    header = ["Ref", "Kind", "Day", "Where", "District", "Lat", "Lon", "Force"]
    told = rows_of(mapping, header, ["A", *[""] * 4, "23", "89", " "], ["B", *[""] * 4, "", "", "RAB"])
    assert [row["detecting_agency"] for row in told] == ["bgb", "RAB"]
    assert [row["precision_code"] for row in told] == ["1", ""]
    assert {row["invented"] for row in told} == {"yes"}


def test_a_decimal_comma_is_a_point_in_degrees_only(described):
    mapping = described('decimal = ","\n' + HEAD + COLUMNS + '"Lat" = "lat"\n"Lon" = "lon"\n"N" = "persons"')
    header = ["Ref", "Kind", "Day", "Where", "District", "Lat", "Lon", "N"]
    (row,) = rows_of(mapping, header, ["A", "", "", "", "", "২৩,০৩১২", "88,9", "1,500"])
    assert (row["lat"], row["lon"], row["persons"]) == ("২৩.০৩১২", "88.9", "1,500")


def test_a_totals_row_is_no_record_but_a_row_with_a_date_is_one_whatever_it_says(described):
    mapping = described(HEAD + COLUMNS + '[totals]\n"Ref" = ["মোট", "grand total"]')
    header = ["Ref", "Kind", "Day", "Where", "District"]
    rows = [["A", "", "", "", ""], ["Grand  Total", "", " ", "", ""], ["মোট", "", "2026-01-02", "", ""]]
    assert [row["row_no"] for row in rows_of(mapping, header, *rows)] == [2, 4]


WRONG = """
version = 1
source = "Range North"
typo = "x"
[columns]
"""


def test_every_wrong_key_is_named_with_what_to_do(described):
    with pytest.raises(LoadError) as refused:
        described(WRONG)
    assert (refused.value.code, refused.value.file) == ("MAPPING_INVALID", "range.toml")
    for key in ("name: It is missing", "version: Write", "source: Write", "typo: There is no such key", "columns: Wr"):
        assert key in refused.value.fix


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (COLUMNS.replace("adm2", "adm5"), "columns.District: There is no column 'adm5'"),
        (COLUMNS.replace('"Ref" =', '"Rif" =').replace("source_ref", "persons"), "No header becomes source_ref"),
        (COLUMNS + '"where" = "adm3"', "columns.where: The header is named twice"),
        (COLUMNS + '"Lat" = "lat"', "both lat and lon"),
        (
            COLUMNS + '[codes.event_type]\n"Raid" = "raid"',
            "codes.event_type.Raid: There is no 'raid': write one of: int",
        ),
        (COLUMNS + '[totals]\n"Sum" = "Total"', "totals.Sum: Write"),
        (COLUMNS + '[codes.direction]\n"Out" = "outbound"', "codes.direction: No header becomes this column"),
        (COLUMNS + '[codes.date_start]\n"Mon" = "x"', "This column holds no codes"),
        (COLUMNS + '[codes.place_name]\n"BOP 7" = "nowhere at all"', "a code or name of the gazetteer"),
        (COLUMNS + '[defaults]\ninvented = "perhaps"', "defaults.invented: There is no 'perhaps'"),
        (COLUMNS + '[defaults]\nsource_ref = "1"', "defaults.source_ref: This column holds no codes"),
        (COLUMNS + '[reference]\nshape = "["\nreason = "our register since 2019"', "reference.shape: It is no regular"),
        (COLUMNS + '[reference]\nshape = "x"\nreason = "so"', "reference.reason: Write a shape, and a reason"),
    ],
)
def test_what_cannot_be_meant_is_refused(text, told, described):
    with pytest.raises(LoadError) as refused:
        described(HEAD + text)
    assert refused.value.code == "MAPPING_INVALID"
    assert told.replace("one of: ", "one of ") in refused.value.fix


@pytest.mark.parametrize(
    ("top", "told"),
    [
        ('encoding = "klingon"', "encoding: There is no such encoding"),
        ('crs = "32646"', "crs: Write it as"),
        ('date_order = "ydm"', "date_order: Write"),
        ('area = "mars"', "area: Write"),
        ("name = ", "It is no TOML here"),
        ('"x" = "\x00"', "It is no TOML here"),
    ],
)
def test_a_wrong_setting_is_refused(top, told, described):
    with pytest.raises(LoadError) as refused:
        described(top + "\n" + HEAD + COLUMNS)
    assert (refused.value.code, told in refused.value.fix) == ("MAPPING_INVALID", True), refused.value.fix


@pytest.mark.parametrize("content", [b"\xff\xfe", b"#" * 1_000_001])
def test_what_is_no_small_text_file_is_no_mapping(content, tmp_path):
    (tmp_path / "a.toml").write_bytes(content)
    with pytest.raises(LoadError, match="does not hold"):
        read_mapping(tmp_path / "a.toml")
    with pytest.raises(LoadError, match="cannot be read"):
        read_mapping(tmp_path / "none.toml")


KEYS = ("name", "version", "source", "area", "columns", "date_order", "encoding", "crs", "sheets", "ignored", "totals")
KEYS += ("codes", "defaults", "decimal", "reference", "other")
VALUES = (
    '"x"',
    '""',
    "1",
    "1.5",
    "true",
    "[]",
    '["x"]',
    "[1]",
    "{}",
    '{x = "y"}',
    '{x = {y = "z"}}',
    "2026-01-01",
    "nan",
)


@given(st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES)))
def test_whatever_keys_and_values_there_are_a_mapping_holds_or_is_refused(tmp_path_factory, written):
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_text("\n".join(f"{key} = {value}" for key, value in written.items()), encoding="utf-8")
    with pytest.raises(LoadError, match="does not hold"):  # none of these names all that is needed
        read_mapping(file)


@given(st.binary(max_size=200))
def test_whatever_bytes_there_are_a_mapping_holds_or_is_refused(tmp_path_factory, content):
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_bytes(content)
    with pytest.raises(LoadError, match="does not hold"):
        read_mapping(file)


# What Unicode takes for white space, as the reader does; Python takes four signs more.
WHITE = "".join(sign for sign in map(chr, range(0x3001)) if sign.isspace() and not "\x1c" <= sign <= "\x1f")


@given(st.lists(st.tuples(*[st.text(max_size=12)] * 5), min_size=1, max_size=5))
@example([("", "\x1f\r", "", "", "")])
def test_no_cell_is_lost_by_a_mapping(rows):
    told = Described(
        name="range", version="1", source="range", decimal=",", codes={"event_type": {"Raid": "interception_inland"}},
        columns={"Ref": "source_ref", "Kind": "event_type", "Day": "date_start", "Where": "place_name", "Lat": "lat"},
        defaults={"precision_code": "1", "event_type": "pushed_in"},
    )  # fmt: skip
    given = rows_of(Mapping(told, ""), ["Ref", "Kind", "Day", "Where", "Lat"], *rows)
    assert len(given) == len(rows)
    for row, (ref, kind, day, where, _) in zip(given, rows, strict=True):
        assert (row["source_ref"], row["date_start"], row["place_name"]) == (ref, day, where)
        assert row["event_type"] in (kind.strip(WHITE) or "pushed_in", kind, "interception_inland")


@pytest.fixture
def register(tmp_path):
    """Rows -> a CSV file of the sheet that COLUMNS describes."""

    def write(*rows):
        lines = ["Ref,Kind,Day,Where,District", *(",".join(row) for row in rows)]
        (tmp_path / "register.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return tmp_path / "register.csv"

    return write


def test_a_load_names_its_mapping_and_keys_references_by_its_source(described, register, tmp_path):
    mapping = described(HEAD + COLUMNS + '[codes.event_type]\n"Raid" = "interception_inland"')
    file = register(["A-1", "Raid", "2026-03-02", "Benapole", "Jashore"])
    report = load([file], tmp_path / "store", mapping=mapping, today=TODAY)
    told = json.loads(json.dumps(report.as_dict()))["files"][0]
    assert (told["source"], told["loaded"]) == ("range", 1)
    assert told["mapping"] == {"name": "range", "version": "1.2", "sha256": mapping.sha256}
    newer = described(HEAD.replace("1.2", "2") + COLUMNS + '[codes.event_type]\n"Raid" = "interception_inland"')
    assert load([file], tmp_path / "store", mapping=newer, today=TODAY).files[0].unchanged == 1
    with duckdb.connect(version_file(tmp_path / "store", current(tmp_path / "store")), read_only=True) as con:
        assert con.sql("SELECT source, event_type, adm2 FROM incident").fetchall() == [
            ("range", "interception_inland", "BD4041")
        ]


def test_a_reference_of_ten_digits_loads_only_with_a_shape_and_a_reason(described, register, tmp_path):
    file = register(["2026000001", "pushed_in", "2026-03-02", "", "Jashore"])
    plain = load([file], tmp_path / "a", mapping=described(HEAD + COLUMNS), today=TODAY).files[0]
    assert plain.rules == {"pii_in_text": 1}
    shaped = described(HEAD + COLUMNS + "[reference]\nshape = '2026\\d{6}'\nreason = 'year and number of the register'")
    assert load([file], tmp_path / "b", mapping=shaped, today=TODAY).files[0].loaded == 1


def test_a_mapping_does_not_take_the_name_of_a_built_in_source(described, register, tmp_path):
    mapping = described(HEAD.replace('source = "range"', 'source = "simanta_sheet"') + COLUMNS)
    with pytest.raises(LoadError, match="name is taken"):
        load([register()], tmp_path / "store", mapping=mapping, today=TODAY)


def test_the_mapping_decides_the_order_of_days_unless_the_load_says_otherwise(described, register, tmp_path):
    mapping = described('date_order = "dmy"\n' + HEAD + COLUMNS)
    file = register(["A", "pushed_in", "03/04/2026", "", "Jashore"])
    days = []
    for store, order in ((tmp_path / "a", None), (tmp_path / "b", "mdy")):
        load([file], store, mapping=mapping, date_order=order, today=TODAY)
        with duckdb.connect(version_file(store, 1), read_only=True) as con:
            days += con.sql("SELECT date_start FROM incident").fetchone()
    assert days == [date(2026, 4, 3), date(2026, 3, 4)]

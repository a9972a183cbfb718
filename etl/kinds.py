"""The kinds of further sheets, one declaration each: their columns, what makes a row the same row, their table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import pyarrow as pa

from etl.source import Source, same_header

Holds = Literal[
    "reference",
    "code",
    "codes",
    "band",
    "count",
    "day",
    "moment",
    "week",
    "yes_no",
    "district",
    "upazila",
    "crossing",
    "country",
]
ARROW = {
    "reference": pa.large_binary(),
    "codes": pa.large_list(pa.large_string()),
    "count": pa.int32(),
    "day": pa.date32(),
    "moment": pa.date32(),
    "week": pa.date32(),
    "yes_no": pa.bool_(),
}


@dataclass(frozen=True)
class Column:
    """A column of a sheet. `holds` is how its cells are read: a moment is a day, and the hour where it is told.

    codes: the list of a code or band.   stored: its name in the table, where that is another.
    when_empty: what an empty cell says.   not_before: a day that this one may not precede.
    """

    name: str
    bangla: str
    holds: Holds
    codes: str = ""
    stored: str = ""
    when_empty: str | None = None
    not_before: str | None = None

    @property
    def stored_at(self) -> str:
        """The name in the table of the hour of a moment."""
        return f"{self.name.removesuffix('_on')}_at"


@dataclass(frozen=True, eq=False)
class Kind:
    """A kind of sheet, which has one table.

    required: columns that every row needs.   one_of: columns of which every row needs one.
    key: columns that, with the incident's reference, make a row the same row; all of them where it is empty.
    """

    name: str
    bangla: str
    table: str
    columns: tuple[Column, ...]
    required: tuple[str, ...]
    key: tuple[str, ...]
    one_of: tuple[str, ...] = ()
    source: Source = field(init=False, repr=False)

    def __post_init__(self) -> None:
        names = {same_header(name): column.name for column in self.columns for name in (column.name, column.bangla)}
        needed = tuple((name,) for name in self.required) + ((self.one_of,) if self.one_of else ())
        made = Source(self.name, f"Sheet {self.name}", "bangladesh", names, needed)
        object.__setattr__(self, "source", made)

    @property
    def joins(self) -> bool:
        """Whether its rows belong to incidents."""
        return self.columns[0].name == "source_ref"

    @property
    def texts(self) -> tuple[str, ...]:
        """Its columns, as they are written."""
        return tuple(column.name for column in self.columns)

    @property
    def days(self) -> tuple[str, ...]:
        """Its columns that name days."""
        return tuple(column.name for column in self.columns if column.holds in ("day", "moment", "week"))

    @cached_property
    def stored(self) -> pa.Schema:
        """The columns that a row gives its table, after the row's number."""
        fields = [(column.stored or column.name, ARROW.get(column.holds, pa.large_string())) for column in self.columns]
        hours = [(column.stored_at, pa.timestamp("us")) for column in self.columns if column.holds == "moment"]
        return pa.schema([pa.field("row_no", pa.int64(), nullable=False), *fields, *hours])

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The names in the table of what makes a row the same row."""
        key = {*self.key, "source_ref"}
        return tuple(column.stored or column.name for column in self.columns if column.name in key)


def reference(name: str, bangla: str, stored: str) -> Column:
    """A reference in somebody's register: kept as a keyed digest alone."""
    return Column(name, bangla, "reference", stored=stored)


def code(name: str, bangla: str, listed: str, when_empty: str | None = None) -> Column:
    """One code of a list."""
    return Column(name, bangla, "code", codes=listed, when_empty=when_empty)


def day(name: str, bangla: str, not_before: str | None = None) -> Column:
    """A day."""
    return Column(name, bangla, "day", not_before=not_before)


def moment(name: str, bangla: str, not_before: str | None = None) -> Column:
    """A day, and the hour of it where it is told."""
    return Column(name, bangla, "moment", not_before=not_before)


def count(name: str, bangla: str) -> Column:
    """A whole number, 0 or more."""
    return Column(name, bangla, "count")


SOURCE_REF = reference("source_ref", "সূত্র নম্বর", "incident_id")
OPERATION_REF = reference("operation_ref", "অভিযানের সূত্র নম্বর", "operation_id")
DISTRICT, UPAZILA = Column("adm2", "জেলা", "district"), Column("adm3", "উপজেলা", "upazila")
CROSSING, COUNTRY = Column("crossing", "পারাপারের স্থান", "crossing"), Column("country", "দেশ", "country")
INVENTED = Column("invented", "কল্পিত", "yes_no", stored="is_invented", when_empty="no")
CONFIDENCE = code("confidence", "নির্ভরযোগ্যতা", "confidence")

PLACES = Kind(
    "places",
    "স্থান",
    "incident_place",
    (SOURCE_REF, code("role", "স্থানের ভূমিকা", "place_role"), COUNTRY, DISTRICT, UPAZILA, CROSSING),
    required=("source_ref", "role"),
    one_of=("crossing", "adm3", "adm2", "country"),
    key=("role", "country", "adm2", "adm3", "crossing"),
)
INTERCEPTIONS = Kind(
    "interceptions",
    "আটক",
    "interception",
    (
        SOURCE_REF,
        OPERATION_REF,
        code("action", "গৃহীত ব্যবস্থা", "interception_action"),
        Column("concealed", "লুকানো ছিল", "yes_no", stored="is_concealed"),
        code("travel_documents", "ভ্রমণ দলিল", "travel_documents"),
        count("facilitators_fled", "পলাতক সহায়তাকারী"),
        count("vehicles", "যানবাহন"),
        count("vessels", "নৌযান"),
    ),
    required=("source_ref",),
    key=(),
)
PERSONS = Kind(
    "persons",
    "ব্যক্তি",
    "person_count",
    (
        SOURCE_REF,
        code("role", "ব্যক্তির ভূমিকা", "person_role"),
        code("sex", "লিঙ্গ", "sex", when_empty="NonSpecifiedUnknown"),
        Column("age_band", "বয়সসীমা", "band", codes="age_band", when_empty="Unknown"),
        code("nationality_group", "জাতীয়তা", "nationality_group"),
        code("screening_status", "যাচাই", "screening_status", when_empty="not_screened"),
        count("n", "সংখ্যা"),
        Column("n_is_min", "অন্তত", "yes_no", when_empty="no"),
    ),
    required=("source_ref", "role", "n"),
    key=("role", "sex", "age_band", "nationality_group", "screening_status"),
)
LEGS = Kind(
    "legs",
    "যাত্রাংশ",
    "leg",
    (
        SOURCE_REF,
        count("seq", "ক্রম"),
        Column("from_adm2", "যে জেলা থেকে", "district"),
        Column("from_crossing", "যে পারাপারের স্থান থেকে", "crossing"),
        Column("from_country", "যে দেশ থেকে", "country"),
        Column("to_adm2", "যে জেলায়", "district"),
        Column("to_crossing", "যে পারাপারের স্থানে", "crossing"),
        Column("to_country", "যে দেশে", "country"),
        code("mode_of_transport", "পরিবহনের মাধ্যম", "mode_of_transport"),
        Column("duration_days", "দিন", "band", codes="duration_band", stored="duration_band"),
        Column("fee_bdt", "অর্থ (টাকা)", "band", codes="fee_band", stored="fee_band"),
        code("fee_payer", "কে অর্থ দিয়েছে", "fee_payer"),
        Column("abuse_codes", "নির্যাতন", "codes", codes="means_of_control"),
        CONFIDENCE,
    ),
    required=("source_ref", "seq"),
    one_of=("from_adm2", "from_crossing", "from_country", "to_adm2", "to_crossing", "to_country"),
    key=("seq",),
)
TRAILS = Kind(
    "trails",
    "আলামত",
    "trail",
    (
        SOURCE_REF,
        code("trail_type", "আলামতের ধারা", "trail"),
        code("stage", "পর্যায়", "trail_stage"),
        Column("looked_for", "খোঁজা হয়েছে", "yes_no"),
        Column("found", "পাওয়া গেছে", "yes_no"),
        code("indicator_code", "আলামতের সূচক", "trail_indicator"),
        code("evidence_grade", "প্রমাণের মান", "evidence_grade"),
        day("first_seen_on", "প্রথম দেখা"),
        day("last_seen_on", "শেষ দেখা", not_before="first_seen_on"),
    ),
    required=("source_ref", "trail_type", "looked_for"),
    key=("trail_type", "stage", "indicator_code"),
)
LABELS = Kind(
    "labels",
    "শ্রেণির ইতিহাস",
    "label_told",
    (
        SOURCE_REF,
        day("decided_on", "নির্ধারণের তারিখ"),
        code("crime_label", "অপরাধের শ্রেণি", "crime_label"),
        code("label_status", "শ্রেণির অবস্থা", "label_status", when_empty="presumed"),
        code("decider_org", "নির্ধারণকারী", "decider_org", when_empty="other"),
        code("reason_code", "কারণ", "label_reason"),
    ),
    required=("source_ref", "decided_on", "crime_label"),
    key=("decided_on", "decider_org"),
)
HANDOVER = Kind(
    "handover",
    "হস্তান্তর",
    "handover",
    (
        SOURCE_REF,
        code("from_agency", "যে সংস্থা থেকে", "stakeholder"),
        code("to_agency", "যে সংস্থায়", "stakeholder"),
        moment("requested_on", "অনুরোধের তারিখ"),
        moment("accepted_on", "গ্রহণের তারিখ", not_before="requested_on"),
        moment("completed_on", "সম্পন্ন হওয়ার তারিখ", not_before="requested_on"),
        code("refusal_reason", "প্রত্যাখ্যানের কারণ", "refusal_reason"),
    ),
    required=("source_ref", "from_agency", "to_agency", "requested_on"),
    key=("from_agency", "to_agency", "requested_on"),
)
OUTCOME = Kind(
    "outcome",
    "ফলাফল",
    "outcome",
    (
        SOURCE_REF,
        code("step", "ধাপ", "outcome_step"),
        code("status", "ধাপের অবস্থা", "outcome_status", when_empty="done"),
        code("agency", "সংস্থা", "stakeholder"),
        day("started_on", "শুরুর তারিখ"),
        day("done_on", "শেষের তারিখ", not_before="started_on"),
        count("n_persons", "ব্যক্তির সংখ্যা"),
    ),
    required=("source_ref", "step"),
    key=("step", "agency"),
)
EFFORT = Kind(
    "effort",
    "প্রচেষ্টা",
    "effort",
    (
        reference("unit", "ইউনিট", "unit_id"),
        code("agency", "সংস্থা", "agency"),
        DISTRICT,
        CROSSING,
        Column("week", "সপ্তাহ", "week"),
        count("patrol_hours", "টহল ঘণ্টা"),
        count("checkpost_days", "চেকপোস্ট দিন"),
        count("raids", "অভিযান সংখ্যা"),
        count("hotline_hours", "হটলাইন ঘণ্টা"),
        Column("campaign", "প্রচারাভিযান", "yes_no", stored="is_campaign"),
        CONFIDENCE,
        INVENTED,
    ),
    required=("unit", "week"),
    one_of=("adm2", "crossing"),
    key=("unit", "adm2", "crossing", "week"),
)
OPERATIONS = Kind(
    "operations",
    "অভিযান",
    "operation",
    (
        OPERATION_REF,
        code("area", "এলাকার ভূমিকা", "operation_area", when_empty="target"),
        DISTRICT,
        CROSSING,
        code("operation_type", "অভিযানের ধরন", "operation_type"),
        code("agency", "সংস্থা", "agency"),
        day("date_start", "শুরুর তারিখ"),
        day("date_end", "শেষের তারিখ", not_before="date_start"),
        INVENTED,
    ),
    required=("operation_ref", "operation_type", "date_start"),
    one_of=("adm2", "crossing"),
    key=("operation_ref", "area", "adm2", "crossing"),
)
FEWEST_KNOWN = 2  # columns of a sheet that is known by its name
KINDS = (PLACES, INTERCEPTIONS, PERSONS, LEGS, TRAILS, LABELS, HANDOVER, OUTCOME, EFFORT, OPERATIONS)


def kind_of(header: Sequence[str], known: int, sheet: str = "") -> Kind | None:
    """The kind that a sheet is, None where it is a sheet of incidents.

    The one of its name, unless a source knows more of its columns: layers of incidents are called interceptions too.
    Else the one that has all it needs and knows more columns than `known`, those that any source knows.
    """
    named = next((kind for kind in KINDS if same_header(sheet) in (kind.name, same_header(kind.bangla))), None)
    if named and named.source.known(header) >= max(known, FEWEST_KNOWN):
        return named
    whole = [kind for kind in KINDS if kind.source.missing(header) is None]
    best = max(whole, key=lambda kind: kind.source.known(header), default=None)
    return best if best and best.source.known(header) > known else None

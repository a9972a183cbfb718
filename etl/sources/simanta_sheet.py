"""Simanta's own sheet, one row an incident, with its header in English or Bangla."""

from __future__ import annotations

from etl.records import SHEET
from etl.source import Source, same_header

SYNONYMS = {
    "district": "adm2",
    "upazila": "adm3",
    "n_total": "persons",
    "n_female": "female",
    "n_male": "male",
    "n_suspects": "facilitators_arrested",
}
BANGLA = {
    "সূত্র নম্বর": "source_ref",
    "ঘটনার ধরন": "event_type",
    "অপরাধের শ্রেণি": "crime_label",
    "শ্রেণির অবস্থা": "label_status",
    "শুরুর তারিখ": "date_start",
    "তারিখ": "date_start",
    "শেষের তারিখ": "date_end",
    "তারিখের সূক্ষ্মতা": "date_precision",
    "প্রতিবেদনের তারিখ": "report_date",
    "স্থানের নাম": "place_name",
    "জেলা": "adm2",
    "উপজেলা": "adm3",
    "অক্ষাংশ": "lat",
    "দ্রাঘিমাংশ": "lon",
    "অবস্থানের সূক্ষ্মতা": "precision_code",
    "অনিশ্চয়তা (মিটার)": "uncertainty_m",
    "পারাপারের স্থান": "crossing",
    "উৎস জেলা": "origin_adm2",
    "গন্তব্য দেশ": "destination_country",
    "দিক": "direction",
    "পরিবহনের মাধ্যম": "mode_of_transport",
    "শনাক্তকারী সংস্থা": "detecting_agency",
    "মোট ব্যক্তি": "persons",
    "নারী": "female",
    "পুরুষ": "male",
    "শিশু": "children",
    "জাতীয়তা": "nationality_group",
    "গ্রেপ্তার সহায়তাকারী": "facilitators_arrested",
    "আইনি ভিত্তি": "legal_basis",
    "খোঁজা আলামত": "trails_looked_for",
    "পাওয়া আলামত": "trails_found",
    "বিবরণ": "narrative",
    "শ্রেণি নির্ধারণকারী": "label_decider",
    "শ্রেণি নির্ধারণের তারিখ": "label_date",
    "কল্পিত": "invented",
}

SOURCE = Source(
    name="simanta_sheet",
    title="Simanta's own sheet",
    area="bangladesh",
    columns={
        **{name: name for name in (*SHEET, "invented")},
        **SYNONYMS,
        **{same_header(name): column for name, column in BANGLA.items()},
    },
    required=(("source_ref",), ("event_type",), ("date_start",), ("lat", "adm2", "crossing", "adm3")),
)

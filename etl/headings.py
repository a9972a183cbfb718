"""Words that offices are known to write in a header or a coded cell, in both scripts, by what they mean.

Only a draft of a mapping reads them; nothing loads by a likeness.
"""

from __future__ import annotations

NO_COLUMN = "ignored"  # a number that only this sheet knows

HEADINGS: dict[str, tuple[str, ...]] = {
    "source_ref": ("ref", "ref no", "reference", "reference no", "case no", "case id", "incident id", "incident no",
                   "gd no", "fir no", "register no", "সূত্র", "সূত্র নম্বর", "রেফারেন্স নম্বর", "মামলা নম্বর", "জিডি নম্বর"),
    "event_type": ("type", "kind", "event type", "incident type", "type of incident", "type of event", "activity",
                   "ঘটনার ধরন", "ঘটনার প্রকার", "অভিযানের ধরন"),
    "crime_label": ("crime", "offence", "offense", "crime type", "type of crime", "অপরাধ", "অপরাধের ধরন"),
    "label_status": ("label status", "screening status", "শ্রেণির অবস্থা", "যাচাইয়ের অবস্থা"),
    "date_start": ("date", "day", "incident date", "date of incident", "date of occurrence", "occurrence date",
                   "event date", "start date", "date from", "তারিখ", "ঘটনার তারিখ", "শুরুর তারিখ", "সংঘটনের তারিখ"),
    "date_end": ("end date", "date to", "until", "শেষের তারিখ"),
    "report_date": ("reported on", "report date", "reporting date", "date of report", "date reported",
                    "প্রতিবেদনের তারিখ", "রিপোর্টের তারিখ"),
    "place_name": ("place", "location", "spot", "place of occurrence", "place of incident", "place name", "where",
              "ঘটনাস্থল", "স্থান", "ঘটনার স্থান"),
    "adm2": ("district", "zila", "zilla", "district name", "জেলা", "জেলার নাম"),
    "adm3": ("upazila", "upazilla", "thana", "sub district", "উপজেলা", "থানা", "উপজেলা/থানা"),
    "lat": ("lat", "latitude", "gps lat", "y coordinate", "অক্ষাংশ"),
    "lon": ("lon", "long", "lng", "longitude", "gps long", "x coordinate", "দ্রাঘিমাংশ"),
    "precision_code": ("location source", "source of location", "location precision", "gps source", "accuracy",
                       "অবস্থানের উৎস", "অবস্থানের সূক্ষ্মতা"),
    "uncertainty_m": ("uncertainty", "uncertainty (m)", "accuracy (m)", "অনিশ্চয়তা (মিটার)"),
    "crossing": ("crossing", "crossing point", "border crossing", "border point", "border pillar", "land port",
                 "পারাপারের স্থান", "স্থলবন্দর", "সীমান্ত পয়েন্ট"),
    "origin_adm2": ("home district", "origin district", "district of origin", "উৎস জেলা", "নিজ জেলা"),
    "destination_country": ("destination", "destination country", "country of destination", "গন্তব্য", "গন্তব্য দেশ"),
    "direction": ("direction", "in or out", "দিক"),
    "mode_of_transport": ("transport", "mode of transport", "means of transport", "vehicle", "যানবাহন",
                          "পরিবহন", "পরিবহনের মাধ্যম"),
    "detecting_agency": ("agency", "force", "detecting agency", "agency name", "law enforcement agency", "সংস্থা",
                         "বাহিনী", "শনাক্তকারী সংস্থা", "সংস্থার নাম"),
    "persons": ("persons", "total persons", "no of persons", "number of persons", "total", "head count",
                "মোট", "মোট ব্যক্তি", "মোট সংখ্যা", "ব্যক্তির সংখ্যা"),
    "female": ("female", "females", "women", "woman", "নারী", "মহিলা"),
    "male": ("male", "males", "men", "man", "পুরুষ"),
    "children": ("child", "children", "minor", "minors", "শিশু", "শিশু সংখ্যা"),
    "nationality_group": ("nationality", "citizenship", "জাতীয়তা"),
    "facilitators_arrested": ("arrested", "no arrested", "traffickers arrested", "suspects arrested", "dalals arrested",
                              "গ্রেপ্তার", "আটককৃত দালাল", "গ্রেপ্তার সহায়তাকারী"),
    "legal_basis": ("law", "act", "section of law", "legal basis", "আইন", "আইনি ভিত্তি", "ধারা"),
    "trails_looked_for": ("trails looked for", "খোঁজা আলামত"),
    "trails_found": ("trails found", "পাওয়া আলামত"),
    "narrative": ("remarks", "remark", "note", "notes", "comment", "comments", "description", "details", "narrative",
                  "brief facts", "মন্তব্য", "বিবরণ", "সংক্ষিপ্ত বিবরণ"),
    NO_COLUMN: ("sl", "sl no", "serial", "serial no", "s/n", "ক্রমিক", "ক্রমিক নং", "ক্রঃ নং"),
}  # fmt: skip

# Besides the labels of the code lists.
WORDS: dict[str, tuple[str, ...]] = {
    "interception_at_border": ("interception at border", "border interception", "সীমান্তে আটক"),
    "interception_inland": ("inland interception", "অভ্যন্তরে আটক"),
    "interception_at_sea": ("sea interception", "সমুদ্রে আটক"),
    "rescue_from_exploitation": ("rescue", "rescued", "উদ্ধার"),
    "return_repatriation": ("return", "repatriation", "return / repatriation", "প্রত্যাবাসন", "প্রত্যাবর্তন"),
    "pushed_in": ("push-in", "push back", "পুশইন"),
    "death_or_missing": ("death", "missing", "মৃত্যু", "নিখোঁজ"),
    "TIP": ("trafficking", "trafficking in persons", "human trafficking", "পাচার"),
    "SOM": ("smuggling", "smuggling of migrants", "migrant smuggling", "চোরাচালান"),
    "TIP_AND_SOM": ("trafficking and smuggling",),
    "UNDETERMINED": ("unknown", "not known", "অজানা"),
    "bgb": ("border guard bangladesh", "বর্ডার গার্ড বাংলাদেশ"),
    "rab": ("rapid action battalion", "র‍্যাব"),
    "police": ("bangladesh police", "বাংলাদেশ পুলিশ"),
    "coast_guard": ("bangladesh coast guard",),
    "on_foot": ("foot", "walking", "হেঁটে"),
    "1": ("gps", "জিপিএস"),
}

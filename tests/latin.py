"""Words in Latin letters on what is shown in Bangla: which may stand there, and which are found."""

import csv
import re
from pathlib import Path

REFERENCE = Path(__file__).resolve().parents[1] / "data" / "reference"
# Signs and names that are the same in every language.
OWN = {
    "q", "n", "p", "z", "Gi", "H3", "v", "Simanta", "English", "sha256", "code", "data", "snapshot", "TIP", "SOM",
    "EARS", "Farrington", "PAI", "PEI", "WDD", "WDQ", "CSV",
}  # fmt: skip
FORMATS = {"PDF", "XLSX", "GeoPackage", "GeoJSON", "KML", "Parquet", "ZIP", "PNG", "SVG"}
AUTHORS = {  # of the methods that Help cites
    "Benjamini", "Bowers", "Chainey", "Cleveland", "Clopper", "Garwood", "Getis", "Gini", "Hjalmars", "Hochberg",
    "Hundepool", "Hunt", "Hutwagner", "Johnson", "Kendall", "Knox", "Kulldorff", "Lawless", "Mann", "McCullagh",
    "Nelder", "Noufaily", "Ord", "Pearson", "Ratcliffe", "Rubin", "Theil", "Wheeler", "et", "al",
}  # fmt: skip


def latin(words: str) -> set[str]:
    """Words of two Latin letters or more, but for what is nobody's language: v000012, a number to the base of 16.

    Such a number has a digit in it: "added" and "face" are words.
    """
    found = re.findall(r"[0-9A-Za-z]*[A-Za-z]{2}[0-9A-Za-z]*", words)
    return {each for each in found if not re.fullmatch(r"v[0-9]+|[0-9a-f]*[0-9][0-9a-f]*", each)}


def cited(*sources: str) -> set[str]:
    """The words of these sources' citations, which are given as they were written down."""
    with (REFERENCE / "sources.csv").open(encoding="utf-8", newline="") as file:
        return latin(" ".join(row["what"] for row in csv.DictReader(file) if row["source"] in sources))

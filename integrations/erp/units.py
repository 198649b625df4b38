"""Unit codes as ERPs write them, in upper case -> UN/ECE Recommendation 20.

SAP's internal codes, ISO codes and what German plants type. A connection's ``units`` setting adds to the
table or replaces an entry; a code that is in neither is an error, never a guess.
"""

from collections.abc import Mapping

UNITS: Mapping[str, str] = {
    "ST": "C62",
    "STK": "C62",
    "STÜCK": "C62",
    "PCS": "C62",
    "PC": "C62",
    "PCE": "C62",
    "EA": "C62",
    "C62": "C62",
    "H87": "C62",
    "PAA": "PR",
    "PR": "PR",
    "SET": "SET",
    "M": "MTR",
    "MTR": "MTR",
    "CM": "CMT",
    "CMT": "CMT",
    "MM": "MMT",
    "MMT": "MMT",
    "KM": "KMT",
    "KMT": "KMT",
    "M2": "MTK",
    "MTK": "MTK",
    "M3": "MTQ",
    "MTQ": "MTQ",
    "KG": "KGM",
    "KGM": "KGM",
    "G": "GRM",
    "GRM": "GRM",
    "MG": "MGM",
    "MGM": "MGM",
    "TO": "TNE",
    "T": "TNE",
    "TNE": "TNE",
    "L": "LTR",
    "LTR": "LTR",
    "ML": "MLT",
    "MLT": "MLT",
}

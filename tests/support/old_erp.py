"""A file as an ERP of the nineties writes it: cp850, numbered kinds of lines, decimal comma, minus behind."""

FIRST_LINES = (
    "10|AB-98123/01|GEH-200|Gehäuse für Öler|1.500,00|STCK|06.03.26|13,5|F",
    "20|AB-98123/01|0010|SÄGEN|SAEG|0,50|0,35",
    "20|AB-98123/01|0020|FRÄSEN|FRAES|1,25|2,10",
    "30|AB-98123/01|1|ALU-60|1.200,5|KG",
    "10|AB-98124/01|GEH-200|Gehäuse für Öler|5,00-|STCK|09.03.26|24,0|F",
    "99|6",
)
OLD_FILE = ("\r\n".join(FIRST_LINES) + "\r\n\x1a").encode("cp850")

FIELDS = {
    "10": {
        "2": ("number", "part 1 /"),
        "3": ("item", ""),
        "5": ("quantity", ""),
        "6": ("unit", ""),
        "7 & ' ' & 8": ("due", "date 'TT.MM.JJ dec'"),
        "9": ("status", "table status"),
    },
    "20": {
        "2": ("belongs_to", "part 1 /"),
        "3": ("number", ""),
        "4": ("text", ""),
        "5": ("work_centre", ""),
        "6": ("setup_seconds", "in h"),
        "7": ("run_seconds", "in min"),
    },
    "30": {
        "2": ("belongs_to", "part 1 /"),
        "3": ("position", ""),
        "4": ("item", ""),
        "5": ("quantity", ""),
        "6": ("unit", ""),
    },
}

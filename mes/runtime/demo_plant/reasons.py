"""Why machines stand still and why pieces are scrap, in English and German."""

from __future__ import annotations

from machines.models import Plant, ReasonGroup, StopReason
from mes.runtime.demo_plant.rows import add_missing
from orders.models import ScrapReason
from quality.models import DefectCode

# group: code, English, German -> its reasons: code, English, German, planned
STOPS: tuple[tuple[tuple[str, str, str, ReasonGroup], tuple[tuple[str, str, str, bool], ...]], ...] = (
    (
        ("FAULT", "Machine fault", "Maschinenstörung", ReasonGroup.MALFUNCTION),
        (
            ("FAULT-MECH", "Mechanical", "Mechanisch", False),
            ("FAULT-ELEC", "Electrical or control", "Elektrik oder Steuerung", False),
            ("FAULT-HYDR", "Hydraulics", "Hydraulik", False),
            ("FAULT-TOOL", "Tool or mould broken", "Werkzeug oder Form defekt", False),
        ),
    ),
    (
        ("MATERIAL", "Material", "Material", ReasonGroup.MATERIAL),
        (
            ("MATERIAL-MISSING", "Material missing", "Material fehlt", False),
            ("MATERIAL-BAD", "Material faulty", "Material fehlerhaft", False),
            ("MATERIAL-NEXT", "Next station is full", "Nachfolger ist voll", False),
        ),
    ),
    (
        ("PEOPLE", "People", "Personal", ReasonGroup.PERSONNEL),
        (
            ("PEOPLE-ABSENT", "Nobody at the machine", "Kein Bediener", False),
            ("PEOPLE-MEETING", "Team meeting", "Teambesprechung", True),
        ),
    ),
    (
        ("QUALITY", "Quality", "Qualität", ReasonGroup.QUALITY),
        (
            ("QUALITY-CHECK", "Measuring in between", "Zwischenmessung", False),
            ("QUALITY-WAIT", "Waiting for approval", "Warten auf Freigabe", False),
        ),
    ),
    (
        ("SETUP", "Setup", "Rüsten", ReasonGroup.SETUP),
        (
            ("SETUP-TOOL", "Tool change", "Werkzeugwechsel", False),
            ("SETUP-ADJUST", "Adjusting", "Einstellen", False),
        ),
    ),
    (
        ("PLANNED", "Planned", "Geplant", ReasonGroup.PLANNED),
        (
            ("PLANNED-MAINT", "Planned maintenance", "Geplante Wartung", True),
            ("PLANNED-CLEAN", "Cleaning", "Reinigung", True),
        ),
    ),
)
OTHER_STOP = ("OTHER", "Something else", "Sonstiges", ReasonGroup.OTHER)

# code, English, German
SCRAPS = (
    ("DIMENSION", "Out of tolerance", "Maß nicht in Toleranz"),
    ("SURFACE", "Surface damaged", "Oberfläche beschädigt"),
    ("CRACK", "Crack", "Riss"),
    ("SHORT-SHOT", "Not filled", "Nicht ausgefüllt"),
    ("BURR", "Burr", "Grat"),
    ("HARDNESS", "Wrong hardness", "Härte falsch"),
    ("ASSEMBLY", "Wrongly assembled", "Falsch montiert"),
    ("START-UP", "Start-up piece", "Anfahrteil"),
)

DEFECTS = (
    ("BURR", "Burr", "Grat"),
    ("SCRATCH", "Scratch", "Kratzer"),
    ("DIMENSION", "Out of dimension", "Maß nicht eingehalten"),
    ("CRACK", "Crack", "Riss"),
    ("WRONG", "Wrong part or material", "Falsches Teil oder Material"),
)


def load_reasons(plant: Plant) -> None:
    """Add stop and scrap reasons that are missing."""
    groups = [group for group, _reasons in STOPS] + [OTHER_STOP]
    parents = add_missing(
        StopReason,
        [
            {
                "plant": plant,
                "code": code,
                "name_en": english,
                "name_de": german,
                "group": kind,
                "planned": kind == ReasonGroup.PLANNED,
                "position": 100 * position,
            }
            for position, (code, english, german, kind) in enumerate(groups, 1)
        ],
        by=("plant", "code"),
    )
    add_missing(
        StopReason,
        [
            {
                "plant": plant,
                "parent": parents[plant.pk, group],
                "code": code,
                "name_en": english,
                "name_de": german,
                "group": kind,
                "planned": planned,
                "position": 100 * block + line,
            }
            for block, ((group, _english, _german, kind), reasons) in enumerate(STOPS, 1)
            for line, (code, english, german, planned) in enumerate(reasons, 1)
        ],
        by=("plant", "code"),
    )
    add_missing(
        ScrapReason,
        [
            {"plant": plant, "code": code, "name_en": english, "name_de": german, "position": position}
            for position, (code, english, german) in enumerate(SCRAPS, 1)
        ],
        by=("plant", "code"),
    )
    add_missing(
        DefectCode,
        [
            {"plant": plant, "code": code, "name_en": english, "name_de": german, "position": position}
            for position, (code, english, german) in enumerate(DEFECTS, 1)
        ],
        by=("plant", "code"),
    )

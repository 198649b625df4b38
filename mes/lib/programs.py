"""Names of machine programs, as they are compared."""

from __future__ import annotations


def normalise_program(name: object) -> str:
    """Strip path, extension, blanks and case: ``TNC:\\\\BRIAN\\\\Box 1.NC`` is ``BOX1``.

    Empty for None and for what a machine says while it can't tell (``UNAVAILABLE``).
    """
    if name is None or name == "UNAVAILABLE":
        return ""
    text = str(name).replace("\\", "/").rsplit("/", 1)[-1]
    stem, dot, extension = text.rpartition(".")
    if dot and stem and len(extension) <= 4:
        text = stem
    return "".join(text.split()).upper()

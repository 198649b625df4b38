"""Small LOIPRO documents made to measure."""

from collections.abc import Mapping


def fields(values: Mapping[str, str]) -> str:
    return "".join(f"<{name}>{value}</{name}>" for name, value in values.items())


def operation(number: str = "0010", inner: str = "", **values: str) -> str:
    shown = {"VORNR": number, "ARBPL": "DMG-01", **values}
    return f"<E1AFVOL>{fields(shown)}{inner}</E1AFVOL>"


def order(inner: str = "", **values: str) -> str:
    shown = {
        "AUFNR": "000001003456",
        "MATNR": "VALVE",
        "WERKS": "1000",
        "GAMNG": "10.000",
        "GMEIN": "ST",
        **values,
    }
    return f"<E1AFKOL>{fields(shown)}{inner}</E1AFKOL>"


def idoc(inner: str, **control: str) -> str:
    head = {"SNDPRN": "P01", "MESTYP": "LOIPRO", "DOCNUM": "0000000000000042", **control}
    return f"<IDOC><EDI_DC40>{fields(head)}</EDI_DC40>{inner}</IDOC>"


def document(*idocs: str, encoding: str = "UTF-8") -> bytes:
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n<LOIPRO05>\n' + "\n".join(idocs) + "\n</LOIPRO05>"
    return text.encode(encoding)

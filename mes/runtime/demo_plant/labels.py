"""Labels and job cards of the demo plant: templates, a printer of each kind, and two rules."""

from __future__ import annotations

from machines.models import Plant
from mes.runtime.demo_plant.rows import add_missing
from orders.enums import LabelFormat, LabelSubject, PrinterKind, PrintTrigger
from orders.models import Item, LabelTemplate, Printer, PrintRule

_LOT_ZPL = """^XA^CI28^PW800^LL400
^FO30,25^A0N,44,44^FD{item.code}^FS
^FO30,75^A0N,28,28^FD{item.name}^FS
^FO30,115^GB520,3,3^FS
^FO30,130^BY2^BCN,90,N,N,N^FD{lot.number}^FS
^FO30,235^A0N,34,34^FD{lot.number}^FS
^FO30,285^A0N,26,26^FDSupplier {lot.supplier} {lot.supplier_lot}^FS
^FO30,320^A0N,26,26^FDIn stock {lot.quantity}  Usable until {lot.expires_on}^FS
^FO600,130^BXN,6,200,,,,_^FD{gs1.zpl}^FS
^FO600,340^A0N,22,22^FDDemo plant^FS^XZ"""
_LOT_PDF = """# A label of 70 x 40 mm on an office printer
bold 3 2 4.5 {item.code}
text 3 7 3 {item.name}
box 3 11 64 0.3
code128 3 13 40 10 {lot.number}
text 3 24 3.5 {lot.number}
text 3 29 2.8 {lot.supplier} {lot.supplier_lot}
text 3 33 2.8 {lot.quantity}
gs1 49 14 18 {gs1}
text 49 34 2.4 Demo plant"""
_SERIAL = """bold 2 2 3.5 {item.code}
text 2 6.5 3 {serial.number}
gs1 30 2 13 {gs1}
text 2 11 2.4 Demo plant"""
_UNIT = """^XA^CI28^PW800^LL400
^FO30,30^A0N,40,40^FDSSCC {unit.sscc}^FS
^FO30,90^A0N,26,26^FD{unit.contents}^FS
^FO30,140^BXN,10,200,,,,_^FD{gs1.zpl}^FS
^FO400,300^A0N,26,26^FD{unit.place}  Demo plant^FS^XZ"""
_SHIPMENT = """bold 4 4 6 {customer.name}
text 4 12 4 {customer.order}  {customer.reference}
box 4 18 92 0.4
bold 4 21 5 {item.code}  {item.name}
text 4 28 4.5 {shipment.quantity}
text 4 35 3.5 {shipment.lots}
code128 4 42 60 14 {shipment.number}
text 4 58 3.5 {shipment.number}  {shipment.at}
qr 76 40 20 {scan}
text 76 62 2.6 Demo plant"""
_JOB_CARD = """facts
operations
components
requirements
note Demo plant: invented data."""

# code, name, about, format, width, height, content
TEMPLATES = (
    ("LOT-ZPL", "Lot label 100 x 50", LabelSubject.LOT, LabelFormat.ZPL, 100, 50, _LOT_ZPL),
    ("LOT-PDF", "Lot label 70 x 40", LabelSubject.LOT, LabelFormat.PDF, 70, 40, _LOT_PDF),
    ("SERIAL", "Serial number 45 x 17", LabelSubject.SERIAL, LabelFormat.PDF, 45, 17, _SERIAL),
    ("PALLET", "Pallet label 100 x 50", LabelSubject.UNIT, LabelFormat.ZPL, 100, 50, _UNIT),
    ("SHIPPING", "Shipping label 100 x 68", LabelSubject.SHIPMENT, LabelFormat.PDF, 100, 68, _SHIPMENT),
    ("JOB-CARD", "Job card A4", LabelSubject.ORDER, LabelFormat.TRAVELLER, 210, 297, _JOB_CARD),
)


def load_labels(plant: Plant) -> None:
    """Add templates, printers and rules where they are missing."""
    templates = add_missing(
        LabelTemplate,
        [
            {
                "code": code,
                "name": f"{name} (demo)",
                "subject": subject,
                "format": kind,
                "width_mm": width,
                "height_mm": height,
                "body": body,
            }
            for code, name, subject, kind, width, height, body in TEMPLATES
        ],
        by=("code",),
    )
    printers = add_missing(
        Printer,
        [
            {"plant": plant, "code": "DESK", "name": "File to print (demo)", "kind": PrinterKind.DOWNLOAD},
            {
                "plant": plant,
                "code": "HALL-1",
                "name": "Label printer hall 1 (demo, there is none)",
                "kind": PrinterKind.RAW,
                "host": "127.0.0.1",
                "active": False,
            },
        ],
        by=("plant", "code"),
    )
    desk = printers[plant.pk, "DESK"]
    lifter = Item.objects.get(code="SP-LIFTER")
    add_missing(
        PrintRule,
        [
            {
                "plant": plant,
                "trigger": PrintTrigger.RECEIPT,
                "item": None,
                "template": templates["LOT-PDF"],
                "printer": desk,
            },
            {
                "plant": plant,
                "trigger": PrintTrigger.RELEASE,
                "item": lifter,
                "template": templates["JOB-CARD"],
                "printer": desk,
            },
        ],
        by=("plant", "trigger", "item", "template", "printer"),
    )

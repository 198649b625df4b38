"""The shape of an EPCIS 2.0 document in JSON, written from the standard's tables (GS1 EPCIS 2.0, 7.3 and 7.4;
CBV 2.0, 7) for the kinds of events that a plant tells."""

from jsonschema import Draft7Validator, FormatChecker

MOMENT = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$",
}
URI = {"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$"}
BIZ_STEPS = (
    *("accepting", "arriving", "assembling", "collecting", "commissioning", "consigning", "departing"),
    *("creating_class_instance", "cycle_counting", "decommissioning", "destroying", "disassembling"),
    *("dispensing", "encoding", "entering_exiting", "holding", "inspecting", "installing", "killing"),
    *("loading", "other", "packing", "picking", "receiving", "removing", "repackaging", "repairing"),
    *("replacing", "reserving", "retail_selling", "shipping", "staging_outbound", "stock_taking"),
    *("stocking", "storing", "transporting", "unloading", "unpacking", "void_shipping"),
    *("sampling", "sensor_reporting"),
)
DISPOSITIONS = (
    *(
        "active",
        "available",
        "completeness_inferred",
        "completeness_verified",
        "conformant",
        "container_closed",
    ),
    *("container_open", "damaged", "destroyed", "dispensed", "disposed", "encoded", "expired", "in_progress"),
    *(
        "in_transit",
        "inactive",
        "mismatch_class",
        "mismatch_instance",
        "mismatch_quantity",
        "needs_replacement",
    ),
    *(
        "no_pedigree_match",
        "non_conformant",
        "non_sellable_other",
        "partially_dispensed",
        "recalled",
        "reserved",
    ),
    *("retail_sold", "returned", "sellable_accessible", "sellable_not_accessible", "stolen", "unavailable"),
    *("unknown",),
)
QUANTITY = {
    "type": "object",
    "properties": {
        "epcClass": URI,
        "quantity": {"type": "number", "exclusiveMinimum": 0},
        "uom": {"type": "string", "pattern": "^[A-Z0-9]{2,3}$"},  # UN/CEFACT Recommendation 20
    },
    "required": ["epcClass"],
    "dependencies": {"uom": ["quantity"]},
    "additionalProperties": False,
}
QUANTITIES = {"type": "array", "items": QUANTITY, "minItems": 1}
PLACE = {"type": "object", "properties": {"id": URI}, "required": ["id"], "additionalProperties": False}
TRANSACTIONS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "type": {
                "enum": [
                    "bol",
                    "cert",
                    "desadv",
                    "inv",
                    "pedigree",
                    "po",
                    "poc",
                    "prodorder",
                    "recadv",
                    "rma",
                ]
            },
            "bizTransaction": URI,
        },
        "required": ["bizTransaction"],
        "additionalProperties": False,
    },
}
COMMON = {
    "eventID": URI,
    "eventTime": MOMENT,
    "recordTime": MOMENT,
    "eventTimeZoneOffset": {"type": "string", "pattern": r"^[+-](0\d|1[0-3]):[0-5]\d$|^[+-]14:00$"},
    "bizStep": {"enum": list(BIZ_STEPS)},
    "disposition": {"enum": list(DISPOSITIONS)},
    "readPoint": PLACE,
    "bizLocation": PLACE,
    "bizTransactionList": TRANSACTIONS,
}
ACTION = {"enum": ["ADD", "OBSERVE", "DELETE"]}


def _event(kind: str, needed: tuple[str, ...], **own: object) -> dict[str, object]:
    return {
        "type": "object",
        "properties": {"type": {"const": kind}, **COMMON, **own},
        "required": ["type", "eventTime", "eventTimeZoneOffset", *needed],
        "additionalProperties": False,
    }


EVENTS = {
    "ObjectEvent": _event(
        "ObjectEvent",
        ("action", "quantityList"),
        action=ACTION,
        quantityList=QUANTITIES,
        epcList={"type": "array", "items": URI},
    ),
    "AggregationEvent": _event(
        "AggregationEvent",
        ("action", "parentID"),
        action=ACTION,
        parentID=URI,
        childQuantityList=QUANTITIES,
        childEPCs={"type": "array", "items": URI},
    ),
    "TransformationEvent": _event(
        "TransformationEvent",
        ("inputQuantityList", "outputQuantityList"),
        transformationID=URI,
        inputQuantityList=QUANTITIES,
        outputQuantityList=QUANTITIES,
    ),
}
DOCUMENT = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "properties": {
        "@context": {
            "type": "array",
            "contains": {"const": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"},
        },
        "type": {"const": "EPCISDocument"},
        "schemaVersion": {"type": "string", "pattern": "^2\\."},
        "creationDate": MOMENT,
        "epcisBody": {
            "type": "object",
            "properties": {
                "eventList": {
                    "type": "array",
                    "items": {
                        "allOf": [
                            {"properties": {"type": {"enum": list(EVENTS)}}, "required": ["type"]},
                            *(
                                {"if": {"properties": {"type": {"const": kind}}}, "then": shape}
                                for kind, shape in EVENTS.items()
                            ),
                        ]
                    },
                }
            },
            "required": ["eventList"],
            "additionalProperties": False,
        },
    },
    "required": ["@context", "type", "schemaVersion", "creationDate", "epcisBody"],
    "additionalProperties": False,
}


def epcis_problems(document: object) -> list[str]:
    """What of a document is not as the standard has it, with its place; empty where all is."""
    found = Draft7Validator(DOCUMENT, format_checker=FormatChecker()).iter_errors(document)
    return [f"{'/'.join(map(str, one.absolute_path))}: {one.message}" for one in found]

"""An S/4HANA in memory: production orders, routings and confirmations by OData V2, with SAP's posting rules.

Deliberately not merciful: it books the same ``ExternalSystemConfirmation`` as often as it is sent, so that a
double posting shows in its totals.
"""

import base64
import itertools
import json
import re
import uuid
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qsl

from tests.support.erp_server import FakeErpServer

CONDITION = re.compile(r"(\w+) (eq|ge|gt) (?:guid|datetime)?'((?:[^']|'')*)'")


class Refusal(Exception):
    def __init__(self, code, message, status=400):
        super().__init__(message)
        self.code, self.status = code, status


class S4(FakeErpServer):
    def __init__(self, *, user="MES", password="secret"):
        super().__init__()
        self.login = base64.b64encode(f"{user}:{password}".encode()).decode()
        self.orders = {}
        self.routings = []
        self.confirmations = []
        self.sessions = {}
        self.locked = Counter()
        self.locked_status = 400
        self.open_since = date(2000, 1, 1)
        self.most_rows = 1000
        self.clock = datetime(2026, 1, 1, tzinfo=UTC)
        self.groups = itertools.count(100)

    @property
    def url(self):
        return self.address + "/sap/opu/odata/sap"

    # What happens in the ERP itself.

    def tick(self):
        self.clock += timedelta(seconds=1)
        return self.clock.strftime("%Y%m%d%H%M%S")

    def add_order(self, number, *, material, quantity="10", plant="1710", operations=("0010",), **fields):
        stamp = self.tick()
        order = {
            "__metadata": {"uri": f"{self.url}/A_ProductionOrder_2('{number}')", "etag": f"W/\"'{stamp}'\""},
            "ManufacturingOrder": number,
            "ManufacturingOrderType": "YBM1",
            "OrderIsReleased": "X",
            "OrderIsTechnicallyCompleted": "",
            "LastChangeDateTime": stamp,
            "Material": material,
            "ProductionPlant": plant,
            "ProductionUnit": "PC",
            "ProductionUnitISOCode": "PCE",
            "TotalQuantity": quantity,
            "MfgOrderPlannedScrapQty": "0",
            "MfgOrderScheduledStartDate": "/Date(1767225600000)/",
            "MfgOrderScheduledStartTime": "PT07H00M00S",
            "MfgOrderScheduledEndDate": "/Date(1767312000000)/",
            "MfgOrderScheduledEndTime": "PT10H22M30S",
            "SalesOrder": "",
            "SalesOrderItem": "0",
            "to_ProductionOrderOperation": {
                "results": [
                    {
                        "ManufacturingOrder": number,
                        "ManufacturingOrderSequence": "0",
                        "ManufacturingOrderOperation": one,
                        "ManufacturingOrderSubOperation": "",
                        "MfgOrderOperationText": f"Step {one}",
                        "OperationIsReleased": "X",
                        "OperationIsConfirmed": "",
                        "OperationIsPartiallyConfirmed": "",
                        "WorkCenter": "SAW",
                        "OperationControlProfile": "PP01",
                        "OpTotalConfirmedYieldQty": "0",
                        "LastChangeDateTime": stamp,
                    }
                    for one in operations
                ]
            },
            "to_ProductionOrderComponent": {"results": []},
            "to_ProductionOrderStatus": {"results": []},
            **fields,
        }
        self.orders[number] = order
        return order

    def change(self, number, **fields):
        with self.lock:
            self.orders[number].update(fields, LastChangeDateTime=self.tick())

    def totals(self, number, operation="0010"):
        """Good, scrap and rework that stand booked, the cancelled ones left out."""
        rows = [one for one in self.in_force if self.place(one) == (number, operation)]
        return tuple(
            sum((Decimal(one[f"Confirmation{name}Quantity"]) for one in rows), Decimal(0))
            for name in ("Yield", "Scrap", "Rework")
        )

    @property
    def in_force(self):
        return [one for one in self.confirmations if not one["IsReversed"] and not one["IsReversal"]]

    def place(self, one):
        return one["OrderID"], one["OrderOperation"]

    # What its gateway answers.

    def handle(self, method, path, query, headers, body):
        if headers.get("Authorization") != f"Basic {self.login}":
            return 401, {}, b"<html>Logon</html>"
        service, _slash, resource = path.removeprefix("/sap/opu/odata/sap/").partition("/")
        try:
            more = {}
            if method == "GET":
                if headers.get("X-CSRF-Token", "").lower() == "fetch":
                    more = self.open_session()
                return 200, {**more, **JSON}, self.read(resource, query)
            if not self.is_known(headers):
                return 403, {"X-CSRF-Token": "Required"}, b"CSRF token validation failed"
            if resource == "$batch":
                return self.batch(headers, body)
            if resource == "ProdnOrdConf2":
                return 201, JSON, dump({"d": self.book(json.loads(body))})
            if resource == "CancelProdnOrdConf":
                return 200, JSON, dump({"d": {"CancelProdnOrdConf": self.cancel(query)}})
        except Refusal as refusal:
            return refusal.status, JSON, dump(error_of(refusal))
        return 404, {}, f"no {service}/{resource}".encode()

    def open_session(self):
        token, cookie = uuid.uuid4().hex, uuid.uuid4().hex
        self.sessions[cookie] = token
        return {"X-CSRF-Token": token, "Set-Cookie": f"SAP_SESSIONID_S4_100={cookie}; path=/"}

    def is_known(self, headers):
        cookie = re.search(r"SAP_SESSIONID_S4_100=(\w+)", headers.get("Cookie", ""))
        token = headers.get("X-CSRF-Token")
        return bool(cookie and token and self.sessions.get(cookie[1]) == token)

    def rows(self, resource):
        return {
            "A_ProductionOrder_2": lambda: list(self.orders.values()),
            "ProdnOrdConf2": lambda: self.confirmations,
            "ProductionRoutingMatlAssgmt": lambda: [one["assignment"] for one in self.routings],
            "ProductionRoutingHeader": lambda: [one["header"] for one in self.routings],
            "ProductionRoutingOperation": lambda: [step for one in self.routings for step in one["steps"]],
        }[resource]()

    def read(self, resource, query):
        rows = [row for row in self.rows(resource) if matches(row, query.get("$filter", ""))]
        order = [name for name in query.get("$orderby", "").split(",") if name]
        rows.sort(key=lambda row: [row[name] for name in order])
        skip, top = int(query.get("$skip", 0)), int(query.get("$top", 10**6))
        page = rows[skip : skip + min(top, self.most_rows)]
        answer = {"results": page}
        if len(page) < min(top, len(rows) - skip):
            answer["__next"] = f"{self.url}/{resource}?$skiptoken={skip + len(page)}"
        return dump({"d": answer})

    def batch(self, headers, body):
        boundary = re.search(r"boundary=(\S+)", headers["Content-Type"])[1]
        parts = []
        for path in re.findall(r"GET (\S+) HTTP/1.1", body.decode()):
            resource, _mark, query = path.partition("?")
            status, found = "200 OK", b""
            try:
                found = self.read(resource, parse(query))
            except (KeyError, Refusal) as error:
                refusal = error if isinstance(error, Refusal) else Refusal("/IWFND/CM", "not found")
                status, found = "400 Bad Request", dump(error_of(refusal))
            head = (
                f"Content-Type: application/http\r\n\r\nHTTP/1.1 {status}\r\nContent-Type: application/json"
            )
            parts.append(f"--{boundary}\r\n{head}\r\n\r\n".encode() + found + b"\r\n")
        answer = b"".join(parts) + f"--{boundary}--\r\n".encode()
        return 202, {"Content-Type": f"multipart/mixed; boundary={boundary}"}, answer

    # Its posting rules.

    def check_lock(self, number):
        if self.locked[number] > 0:
            self.locked[number] -= 1
            raise Refusal(
                "MC/601", "Object requested is currently locked by user MUELLER", self.locked_status
            )

    def book(self, ticket):
        number, operation = ticket["OrderID"], ticket["OrderOperation"]
        self.check_lock(number)
        order = self.orders.get(number)
        steps = {one["ManufacturingOrderOperation"]: one for one in operations_of(order)} if order else {}
        if operation not in steps:
            raise Refusal("RU/018", f"Operation {operation} of order {number} does not exist")
        if order["OrderIsTechnicallyCompleted"] or not order["OrderIsReleased"]:
            raise Refusal("RU/160", f"The status of order {number} does not allow a confirmation")
        if self.posted_on(ticket["PostingDate"]) < self.open_since:
            raise Refusal(
                "M7/053", "Posting only possible in periods 2026/02 and 2026/01 in company code 1710"
            )
        amounts = [
            value for name, value in ticket.items() if name.endswith("Quantity") or "WorkQuantity" in name
        ]
        if any(Decimal(one) < 0 for one in amounts if re.fullmatch(r"-?[0-9.]+", str(one))):
            raise Refusal("RU/505", "Enter a positive quantity")
        before = [one for one in self.in_force if self.place(one) == (number, operation)]
        if any(one["IsFinalConfirmation"] for one in before):
            raise Refusal("RU/130", f"Operation {operation} is already finally confirmed")
        if len(ticket.get("ConfirmationText", "")) > 40:
            raise Refusal("/IWBEP/CM_MGW_RT/022", "Property 'ConfirmationText' has an invalid value")
        step = steps[operation]
        booked = {
            **ticket,
            "ConfirmationGroup": step.setdefault("_group", str(next(self.groups))),
            "ConfirmationCount": self.next_count(number, operation),
            "IsFinalConfirmation": ticket["FinalConfirmationType"] == "X",
            "IsReversed": False,
            "IsReversal": False,
            "WorkCenter": step["WorkCenter"],
        }
        self.confirmations.append(booked)
        self.refresh(number, operation)
        return booked

    def cancel(self, query):
        key = {name: query[name].strip("'") for name in ("ConfirmationGroup", "ConfirmationCount")}
        found = [one for one in self.confirmations if key.items() <= one.items()]
        if not found or found[0]["IsReversal"]:
            raise Refusal("RU/111", "The confirmation does not exist")
        if found[0]["IsReversed"]:
            raise Refusal("RU/112", "The confirmation has already been cancelled")
        number, operation = self.place(found[0])
        self.check_lock(number)
        day = found[0]["PostingDate"]
        if self.posted_on(day) < self.open_since:
            if "PostingDate" not in query:
                raise Refusal("M7/053", "Posting only possible in periods 2026/02 and 2026/01")
            day = query["PostingDate"]
        found[0]["IsReversed"] = True
        reversal = {
            **found[0],
            "ConfirmationCount": self.next_count(number, operation),
            "ExternalSystemConfirmation": query["ExternalSystemConfirmation"][5:-1],
            "ConfirmationText": query.get("ConfirmationText", "''").strip("'"),
            "PostingDate": day,
            "IsReversed": False,
            "IsReversal": True,
        }
        self.confirmations.append(reversal)
        self.refresh(number, operation)
        return reversal

    def next_count(self, *place):
        return str(1 + sum(self.place(one) == place for one in self.confirmations))

    def posted_on(self, text):
        ticks = re.fullmatch(r"/Date\((\d+)\)/", text)
        return (
            datetime.fromtimestamp(int(ticks[1]) / 1000, UTC).date()
            if ticks
            else date.fromisoformat(text[9:19])
        )

    def refresh(self, number, operation):
        stamp = self.tick()
        order = self.orders[number]
        order["LastChangeDateTime"] = stamp
        step = next(one for one in operations_of(order) if one["ManufacturingOrderOperation"] == operation)
        rows = [one for one in self.in_force if self.place(one) == (number, operation)]
        is_final = any(one["IsFinalConfirmation"] for one in rows)
        step["LastChangeDateTime"] = stamp
        step["OperationIsConfirmed"] = "X" if is_final else ""
        step["OperationIsPartiallyConfirmed"] = "X" if rows and not is_final else ""
        step["OpTotalConfirmedYieldQty"] = str(self.totals(number, operation)[0])


JSON = {"Content-Type": "application/json; charset=utf-8"}


def dump(found):
    def visible(value):
        if isinstance(value, dict):
            return {name: visible(one) for name, one in value.items() if not name.startswith("_g")}
        return [visible(one) for one in value] if isinstance(value, list) else value

    return json.dumps(visible(found)).encode()


def operations_of(order):
    return order["to_ProductionOrderOperation"]["results"]


def parse(query):
    return dict(parse_qsl(query))


def matches(row, wanted):
    """``A eq 'x' and (B ge 'y')``; only *and* between conditions, or only *or*."""
    found = [
        {"eq": str(row.get(name)) == text, "ge": str(row.get(name)) >= text, "gt": str(row.get(name)) > text}[
            sign
        ]
        for name, sign, text in CONDITION.findall(wanted)
    ]
    return any(found) if " or " in wanted else all(found)


def error_of(refusal):
    detail = {"code": refusal.code, "message": str(refusal), "severity": "error"}
    info = {"code": "RU/000", "message": "Check the log", "severity": "info"}
    return {
        "error": {
            "code": refusal.code,
            "message": {"lang": "en", "value": str(refusal)},
            "innererror": {"errordetails": [detail, info]},
        }
    }

"""A Business Central in memory with our extension: its API pages, OAuth, and the rules of posting output."""

import json
import re
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qs, quote

from tests.support.erp_server import FakeErpServer

COMPANY = "5a2b6f0e-0000-4000-8000-000000000001"
NO_ID = str(uuid.UUID(int=0))
AMOUNTS = ("outputQuantity", "scrapQuantity", "setupTime", "runTime", "stopTime")
CONDITION = re.compile(r"(\w+) (eq|ne|ge|gt) (?:'((?:[^']|'')*)'|([\w:.\-]+))")


class Refusal(Exception):
    def __init__(self, code, message, status=400):
        super().__init__(message)
        self.code, self.status = code, status


class BusinessCentral(FakeErpServer):
    def __init__(self, *, client="mes", secret="secret"):
        super().__init__()
        self.client, self.secret = client, secret
        self.token = None
        self.logins = 0
        self.orders = {}
        self.entries = {}
        self.ledger = []
        self.page_size = 1000
        self.posting_from = date(2000, 1, 1)
        self.clock = datetime(2026, 1, 1, tzinfo=UTC)
        self.busy = 0

    @property
    def url(self):
        return self.address + "/v2.0/tenant/Sandbox/api/mes/production/v1.0"

    @property
    def token_url(self):
        return self.address + "/tenant/oauth2/v2.0/token"

    # What happens in the ERP itself.

    def tick(self):
        self.clock += timedelta(seconds=1)
        return self.clock.strftime("%Y-%m-%dT%H:%M:%S.") + "123Z"

    def add_order(self, number, *, item, quantity=10, operations=("10",), status="Released", lines=(10000,)):
        stamp = self.tick()
        self.orders[number] = {
            "@odata.etag": f'W/"{number}"',
            "id": str(uuid.uuid4()),
            "number": number,
            "status": status,
            "sourceType": "Item",
            "sourceNo": item,
            "dueDate": "2026-01-09",
            "systemModifiedAt": stamp,
            "orderLines": [
                {
                    "orderNo": number,
                    "lineNo": line,
                    "itemNo": item,
                    "quantity": quantity,
                    "unitOfMeasureCode": "PCS",
                    "startingDateTime": "2026-01-05T06:00:00Z",
                    "endingDateTime": "0001-01-01T00:00:00Z",
                    "systemModifiedAt": stamp,
                    "routingLines": [
                        {
                            "orderNo": number,
                            "operationNo": operation,
                            "description": f"Step {operation}",
                            "type": "Machine Center",
                            "no": "SAW-1",
                            "workCenterNo": "SAW",
                            "setupTime": 30,
                            "setupTimeUnit": "MINUTES",
                            "runTime": 1.5,
                            "runTimeUnit": "HOURS",
                            "lotSize": 100,
                            "routingLinkCode": "A",
                            "routingStatus": "Planned",
                            "systemModifiedAt": stamp,
                        }
                        for operation in operations
                    ],
                    "components": [
                        {
                            "orderNo": number,
                            "lineNo": 10000,
                            "itemNo": "STEEL",
                            "expectedQuantity": 12.5,
                            "unitOfMeasureCode": "KG",
                            "routingLinkCode": "A",
                            "flushingMethod": "Backward",
                            "systemModifiedAt": stamp,
                        }
                    ],
                }
                for line in lines
            ],
        }
        return self.orders[number]

    def routing_line(self, number, operation="10", line=10000):
        order_line = next(one for one in self.orders[number]["orderLines"] if one["lineNo"] == line)
        return next((one for one in order_line["routingLines"] if one["operationNo"] == operation), None)

    def totals(self, number, operation="10", line=10000):
        """Output and scrap that stand in the capacity ledger."""
        rows = [
            one
            for one in self.ledger
            if (one["orderNo"], one["orderLineNo"], one["operationNo"]) == (number, line, operation)
        ]
        return tuple(
            sum((one[name] for one in rows), Decimal(0)) for name in ("outputQuantity", "scrapQuantity")
        )

    # What its web service answers.

    def handle(self, method, path, query, headers, body):
        if path == "/tenant/oauth2/v2.0/token":
            return self.log_in(parse_qs(body.decode()))
        if headers.get("Authorization") != f"Bearer {self.token}":
            return 401, {}, b""
        if self.busy:
            self.busy -= 1
            return 429, {"Retry-After": "0"}, b""
        company, _slash, resource = path.partition("/v1.0/")[2].partition("/")
        if company != f"companies({COMPANY})":
            return 404, JSON, dump(error_of(Refusal("BadRequest_NotFound", "no such company")))
        try:
            if method == "GET":
                return 200, JSON, self.read(path, resource, query)
            if resource == "outputEntries":
                return 201, JSON, dump(self.book(json.loads(body)))
        except Refusal as refusal:
            return refusal.status, JSON, dump(error_of(refusal))
        return 404, {}, b""

    def fault_of(self, method, path):
        return None if path.endswith("/token") else super().fault_of(method, path)

    def log_in(self, form):
        if (form["client_id"], form["client_secret"]) != ([self.client], [self.secret]):
            return 401, JSON, b'{"error": "invalid_client"}'
        self.logins += 1
        self.token = uuid.uuid4().hex
        return 200, JSON, dump({"access_token": self.token, "expires_in": 3600, "token_type": "Bearer"})

    def rows(self, resource):
        lines = [line for order in self.orders.values() for line in order["orderLines"]]
        return {
            "productionOrders": lambda: list(self.orders.values()),
            "orderLines": lambda: lines,
            "routingLines": lambda: [one for line in lines for one in line["routingLines"]],
            "components": lambda: [one for line in lines for one in line["components"]],
            "outputEntries": lambda: list(self.entries.values()),
            "capacityLedgerEntries": lambda: self.ledger,
        }[resource]()

    def read(self, path, resource, query):
        rows = [row for row in self.rows(resource) if matches(row, query.get("$filter", ""))]
        start = int(query.get("$skiptoken", 0))
        page = rows[start : start + self.page_size]
        if "$expand" not in query:
            page = [{name: one for name, one in row.items() if not isinstance(one, list)} for row in page]
        answer = {"@odata.context": "$metadata", "value": page}
        if start + len(page) < len(rows):
            rest = "&".join(f"{name}={quote(value)}" for name, value in query.items() if name != "$skiptoken")
            answer["@odata.nextLink"] = f"{self.address}{path}?{rest}&$skiptoken={start + len(page)}"
        return dump(answer)

    # Its posting rules.

    def book(self, entry):
        number, line, operation = entry["orderNo"], entry["orderLineNo"], entry["operationNo"]
        if entry["externalId"] in self.entries:
            raise Refusal(
                "Internal_EntityWithSameKeyExists", "The record in table MES Output Entry already exists."
            )
        order = self.orders.get(number)
        if order is None or order["status"] != "Released":
            raise Refusal("Application_DialogException", f"The production order {number} is not released.")
        step = self.routing_line(number, operation, line)
        if step is None:
            raise Refusal("Application_DialogException", f"There is no operation {operation}.")
        original = self.original(entry)
        amounts = [Decimal(str(entry[name])) for name in AMOUNTS]
        if original is None and any(amount < 0 for amount in amounts):
            raise Refusal(
                "Application_DialogException",
                "A negative amount is posted only with the report that it takes back.",
            )
        if original is not None and any(amount > 0 for amount in amounts):
            raise Refusal(
                "Application_DialogException",
                "A report that takes another one back has negative amounts only.",
            )
        if original is None and step["routingStatus"] == "Finished":
            raise Refusal(
                "Application_DialogException", f"The operation {operation} of order {number} is finished."
            )
        if date.fromisoformat(entry["postingDate"]) < self.posting_from:
            raise Refusal(
                "Application_DialogException",
                "Posting Date is not within your range of allowed posting dates in Item Journal Line."
                "  CorrelationId:  1a2b.",
            )
        if original is not None:
            original["reversed"] = True
        if original is not None and original["finished"]:
            step["routingStatus"] = "In Progress"
        if entry["finished"]:
            step["routingStatus"] = "Finished"
        step["systemModifiedAt"] = self.tick()
        ledger = {
            "entryNo": len(self.ledger) + 1,
            "orderNo": number,
            "orderLineNo": line,
            "operationNo": operation,
            "capUnitOfMeasureCode": entry["capUnitOfMeasureCode"],
            **dict(zip(AMOUNTS, amounts, strict=True)),
        }
        self.ledger.append(ledger)
        self.entries[entry["externalId"]] = {**entry, "reversed": False, "entryNo": ledger["entryNo"]}
        return self.entries[entry["externalId"]]

    def original(self, entry):
        taken_back = entry.get("appliesToExternalId", NO_ID)
        if taken_back == NO_ID:
            return None
        original = self.entries.get(taken_back)
        if original is None:
            raise Refusal(
                "Application_DialogException", f"There is no report {taken_back} that could be taken back."
            )
        if original["reversed"]:
            raise Refusal("Application_DialogException", f"The report {taken_back} was taken back before.")
        return original


JSON = {"Content-Type": "application/json; odata.metadata=minimal"}


def dump(found):
    return json.dumps(found, default=float).encode()


def matches(row, wanted):
    """``a eq 'x' and b ge 2026-…``, or ``(a eq 'x' or a eq 'y')``."""
    found = []
    for name, sign, quoted, bare in CONDITION.findall(wanted):
        mine, text = str(row.get(name)), quoted or bare
        found.append({"eq": mine == text, "ne": mine != text, "ge": mine >= text, "gt": mine > text}[sign])
    return any(found) if " or " in wanted else all(found)


def error_of(refusal):
    return {"error": {"code": refusal.code, "message": str(refusal)}}

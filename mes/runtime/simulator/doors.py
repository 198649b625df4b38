"""The product's public doors, as a plant's systems use them: the HTTP API and the watched folders."""

from __future__ import annotations

import csv
import gzip
import io
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import httpx
import orjson

from mes.runtime.demo_plant.partners import ERP_KEY, GATEWAY_KEY, TERMINAL_KEY
from mes.runtime.demo_plant.places import PLANT
from mes.runtime.simulator.dirt import Delivery
from mes.runtime.simulator.messages import (
    CalledOff,
    Command,
    Help,
    Inspected,
    Measured,
    OrderMessage,
    QuoteAsked,
    Shipped,
    StopReason,
)
from mes.runtime.simulator.selling import LINE, PERCENT

ORDERS, COMMANDS = "/api/v1/production-orders", "/api/v1/operation-commands"
CODINGS, SAMPLES = "/api/v1/stop-codings", "/api/v1/samples"
INSPECTIONS = "/api/v1/inspections"
RESULTS = "/api/v1/inspection-results"
HELP_STEPS = "/api/v1/andon-commands"
PROMISES = "/api/v1/promises"
CUSTOMER_ORDERS, SHIPMENTS = "/api/v1/customer-orders", "/api/v1/shipments"
MOST_ROWS = 1000
MOST_SAMPLES = 5000
KEYS = uuid.UUID("0a7e6e0e-6e3b-4f4c-8d50-3b8e2f7f2b11")
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
ZONE = ZoneInfo("Europe/Berlin")
SAP_UNITS = {"C62": "ST"}
T = TypeVar("T")


class DoorError(Exception):
    """A door refused a whole message; the text says which and why."""


class Transport(Protocol):
    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Any]:
        """The status and the parsed JSON answer (None if there is none)."""
        ...


class HttpTransport:
    """Over the network. What fails in passing is tried again until ``patience_seconds`` are over.

    ``give_up`` ends the waiting at once; the message then counts as not delivered.
    """

    def __init__(self, url: str, *, patience_seconds: float = 600) -> None:
        # A first promise waits until the planning is compiled: minutes on a busy machine.
        self._client = httpx.Client(base_url=url, timeout=300, trust_env=False)
        self._patience = patience_seconds
        self.give_up = threading.Event()

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Any]:
        deadline, pause = time.monotonic() + self._patience, 0.2
        while True:
            try:
                response = self._client.post(path, content=body, headers=dict(headers))
                if response.status_code not in PASSING or time.monotonic() > deadline:
                    return response.status_code, _json(response.content)
                problem = f"{response.status_code}"
            except httpx.TransportError as error:
                problem = str(error)
                if time.monotonic() > deadline:
                    raise DoorError(f"{path}: {error}") from error
            if self.give_up.wait(pause):
                raise DoorError(f"{path}: {problem}")
            pause = min(pause * 2, 5)


def _json(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except ValueError:
        return None


@dataclass(slots=True)
class Refusal:
    """What a door didn't take, and why."""

    what: str
    code: str
    message: str


@dataclass(slots=True)
class Doors:
    """Delivers messages; ``folder`` is the exchange folder that holds the connections' inboxes.

    Each method may be repeated with the same messages: the keys and numbers are the messages' own.
    """

    transport: Transport
    folder: Path | None = None
    refusals: list[Refusal] = field(default_factory=list)

    # Orders

    def send_orders(self, orders: Sequence[OrderMessage], *, by_files: bool = False) -> None:
        """Through each order's own channel, or all over the API. Versions of an order keep their sequence."""
        files = [order for order in orders if by_files and self.folder and order.channel != "api"]
        for order in files:
            self._drop(order)
        for wave in _without_repeats([order for order in orders if order not in files]):
            for some in pieces(wave, MOST_ROWS):
                if self._refused(some) and len(some) > 1:
                    # All or none: one that is wrong must not keep the others out.
                    self.refusals.pop()
                    for order in some:
                        self._refused([order])

    def _refused(self, orders: Sequence[OrderMessage]) -> bool:
        names = " ".join(f"{order.number}/{order.body['version']}" for order in orders)
        key = {"Idempotency-Key": str(uuid.uuid5(KEYS, names))}
        status, answer = self._post(ORDERS, [order.body for order in orders], ERP_KEY, key)
        if status >= 400:
            self.refusals.append(Refusal(f"orders {names[:80]}", str(status), _words(answer)))
        return status >= 400

    def _drop(self, order: OrderMessage) -> None:
        assert self.folder is not None
        suffix, render = {"idoc": ("xml", loipro), "csv": ("csv", csv_order)}[order.channel]
        folder = self.folder / order.channel
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{order.at:%Y%m%dT%H%M%S}_{order.number}_{order.version}.{suffix}"
        hidden = folder / f".{name}.tmp"
        hidden.write_bytes(render(order))
        hidden.replace(folder / name)

    def send_quotes(self, asked: Iterable[QuoteAsked], *, historical: bool = False) -> list[QuoteAsked]:
        """Ask for a date and accept it, of history as of the moment it was asked. Returns those whose order
        the product doesn't know (yet)."""
        early = []
        for one in asked:
            at = {"at": one.told.isoformat()} if historical else {}
            key = {"Idempotency-Key": str(uuid.uuid5(KEYS, f"quote {one.order}"))}
            status, answer = self._post(PROMISES, {"order": one.order, **at}, ERP_KEY, key)
            if status < 400:
                key = {"Idempotency-Key": str(uuid.uuid5(KEYS, f"accepted {one.order}"))}
                body = {"confidence_percent": PERCENT, **at}
                status, answer = self._post(f"{PROMISES}/{answer['key']}/accept", body, ERP_KEY, key)
            if status >= 400 and _unknown_order(answer):
                early.append(one)
            elif status >= 400:
                self.refusals.append(Refusal(f"quote {one.order}", str(status), _words(answer)))
        return early

    def send_calls(self, calls: Sequence[CalledOff]) -> None:
        for some in pieces(calls, MOST_ROWS):
            rows = [
                {
                    "number": call.number,
                    "customer": call.customer,
                    "lines": [
                        {
                            "position": LINE,
                            "item": call.item,
                            "quantity": call.quantity,
                            "strategy": "MTS",
                            "requested": call.told.isoformat(),
                        }
                    ],
                }
                for call in some
            ]
            names = " ".join(call.number for call in some)
            key = {"Idempotency-Key": str(uuid.uuid5(KEYS, f"calls {names}"))}
            status, answer = self._post(CUSTOMER_ORDERS, rows, ERP_KEY, key)
            if status >= 400:
                self.refusals.append(Refusal(f"calls {names[:80]}", str(status), _words(answer)))

    def send_shipments(self, shipments: Sequence[Shipped]) -> list[Shipped]:
        """Returns those that can't go (yet): on hold, not verified, or not in stock."""
        answered = self._each_answered(SHIPMENTS, shipments, _shipment, ERP_KEY)
        return [one for one, result in answered if result["status"] == "refused"]

    # People

    def send_commands(self, commands: Sequence[Command]) -> int:
        """In the order given; returns how many were taken now or before."""
        return self._taken(
            COMMANDS,
            commands,
            _command,
            lambda one: f"{one.body['command']} {one.body['order']}/{one.body['operation']}",
        )

    def send_reasons(self, reasons: Iterable[StopReason]) -> list[StopReason]:
        """Returns those that concern a stop which the product doesn't see (yet)."""
        early = []
        for reason in reasons:
            middle = reason.start + (reason.end - reason.start) / 2
            body = {
                "key": reason.key,
                "machine": reason.machine,
                "slot": reason.slot,
                "started_at": middle.isoformat(),
                "reason": reason.reason,
                "personnel_number": reason.person,
            }
            status, answer = self._post(CODINGS, body, TERMINAL_KEY)
            if status >= 400:
                if isinstance(answer, dict) and answer.get("code") == "no_stop":
                    early.append(reason)
                else:
                    self.refusals.append(
                        Refusal(f"reason {reason.machine} {reason.start}", str(status), _words(answer))
                    )
        return early

    def send_help(self, steps: Iterable[Help]) -> None:
        """Calls for help and what people do about them, in the order given."""
        for step in steps:
            status, answer = self._post(HELP_STEPS, {"key": step.key, **step.body}, TERMINAL_KEY)
            if status >= 400:
                what = f"help {step.body['command']} {step.body.get('machine', '')}"
                self.refusals.append(Refusal(what, str(status), _words(answer)))

    def send_measured(self, measured: Sequence[Measured]) -> None:
        """What the measuring stations and the inspectors found at single pieces."""
        self._taken(
            RESULTS,
            measured,
            _result,
            lambda found: f"measured {found.order}/{found.operation} {found.characteristic}",
        )

    def send_inspections(self, inspections: Sequence[Inspected]) -> None:
        self._taken(
            INSPECTIONS, inspections, _inspection, lambda found: f"inspection {found.order}/{found.operation}"
        )

    def _taken(
        self, path: str, things: Sequence[T], row: Callable[[T], dict[str, Any]], what: Callable[[T], str]
    ) -> int:
        """How many a terminal's door took now or before; ``what`` names one that it refused."""
        taken = 0
        for one, result in self._each_answered(path, things, row, TERMINAL_KEY):
            if result["status"] == "refused":
                self.refusals.append(Refusal(what(one), result["code"], result["message"]))
            else:
                taken += 1
        return taken

    def _each_answered(
        self, path: str, things: Sequence[T], row: Callable[[T], dict[str, Any]], key: str
    ) -> Iterator[tuple[T, Mapping[str, Any]]]:
        """Each with its own answer. Raises DoorError when a message is refused whole."""
        for some in pieces(things, MOST_ROWS):
            status, answer = self._post(path, [row(one) for one in some], key)
            if status >= 400:
                raise DoorError(f"{path} answered {status}: {_words(answer)}")
            yield from zip(some, answer["results"], strict=True)

    # Machines

    def send_samples(self, deliveries: Sequence[Delivery], *, historical: bool = False) -> int:
        """Returns how many samples were new."""
        accepted = 0
        for some in pieces(deliveries, MOST_SAMPLES):
            samples = [envelope(delivery, historical=historical) for delivery in some]
            status, answer = self._post(SAMPLES, samples, GATEWAY_KEY, {"Content-Encoding": "gzip"})
            if status >= 400:
                raise DoorError(f"{SAMPLES} answered {status}: {_words(answer)}")
            accepted += self._note_samples(answer)
        return accepted

    def _note_samples(self, answer: Any) -> int:
        results = answer.get("answers", []) if isinstance(answer, dict) else []
        for result in results:
            if result["status"] == "rejected":
                self.refusals.append(Refusal("sample", result["code"], result["message"]))
        return sum(result["status"] == "accepted" for result in results)

    def _post(
        self, path: str, data: Any, key: str, further: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        body = orjson.dumps(data)
        headers = {"Authorization": f"Api-Key {key}", "Content-Type": "application/json", **(further or {})}
        if headers.get("Content-Encoding") == "gzip":
            body = gzip.compress(body, compresslevel=1)
        return self.transport.post(path, body, headers)


def _shipment(one: Shipped) -> dict[str, Any]:
    return {
        "key": str(uuid.uuid5(KEYS, f"shipped {one.customer_order}")),
        "plant": PLANT,
        "customer_order": one.customer_order,
        "position": one.line,
        "at": one.told.isoformat(),
    }


def _command(one: Command) -> dict[str, Any]:
    return {"key": one.key, **one.body}


def _result(found: Measured) -> dict[str, Any]:
    return {
        "key": found.key,
        "order": found.order,
        "operation": found.operation,
        "characteristic": found.characteristic,
        **({"value": found.value, "unit": found.unit} if found.value else {"passed": True}),
        **({"personnel_number": found.person} if found.person else {}),
        "at": found.told.isoformat(),
    }


def _inspection(found: Inspected) -> dict[str, Any]:
    return {
        "key": found.key,
        "order": found.order,
        "operation": found.operation,
        "inspected": found.inspected,
        "defective": found.defective,
        "passed": not found.defective,
        "comment": found.comment,
        "personnel_number": found.person,
        "at": found.told.isoformat(),
    }


def envelope(delivery: Delivery, *, historical: bool = False) -> dict[str, Any]:
    """A sample as gateways send it."""
    signal = delivery.signal
    sample = {
        "machine": signal.machine,
        "source": "gateway",
        "boot": delivery.boot,
        "seq": signal.seq,
        "ts": signal.ts.isoformat(),
        "item": signal.item,
        "value": signal.value,
    }
    if signal.slot:
        sample["slot"] = signal.slot
    if historical or delivery.historical:
        sample["historical"] = True
    return sample


def pieces(rows: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), most):
        yield rows[start : start + most]


def _without_repeats(orders: Sequence[OrderMessage]) -> Iterator[list[OrderMessage]]:
    """The first versions, then the second ones: one message states an order once."""
    waves: dict[int, list[OrderMessage]] = defaultdict(list)
    seen: dict[str, int] = defaultdict(int)
    for order in orders:
        waves[seen[order.number]].append(order)
        seen[order.number] += 1
    yield from waves.values()


def _unknown_order(answer: Any) -> bool:
    problems = answer.get("problems", []) if isinstance(answer, dict) else []
    return any(one.get("code") == "unknown_order" for one in problems)


def _words(answer: Any) -> str:
    if not isinstance(answer, dict):
        return str(answer)[:200]
    said = [f"{one.get('field')}: {one.get('message')}" for one in answer.get("problems", [])[:3]]
    return "; ".join([str(answer.get("message", "")), *said])[:400]


def loipro(order: OrderMessage) -> bytes:
    """The order as SAP sends it: LOIPRO in IDoc XML, without operations, so that our routing applies."""
    body, at = order.body, order.at.astimezone(UTC)
    due = _local(body["due"])
    root = ElementTree.Element("LOIPRO05")
    idoc = ElementTree.SubElement(root, "IDOC", BEGIN="1")
    _segment(
        idoc,
        "EDI_DC40",
        DOCNUM=f"{order.number.removeprefix('FA-')}{order.version:02}".zfill(16),
        IDOCTYP="LOIPRO05",
        MESTYP="LOIPRO",
        SNDPRN="DEMOERP",
        SERIAL=body["version"],
        CREDAT=f"{at:%Y%m%d}",
        CRETIM=f"{at:%H%M%S}",
    )
    header = _segment(
        idoc,
        "E1AFKOL",
        AUFNR=order.number,
        AUART="PP01",
        WERKS=body["plant"],
        MATNR=body["item"],
        GAMNG=f"{body['quantity']}.000",
        GMEIN=SAP_UNITS[body["unit"]],
        GLTRP=f"{due:%Y%m%d}",
        GLUZP=f"{due:%H%M%S}",
        APRIO=str(body["priority"]),
    )
    _segment(header, "E1JSTKL", STAT="I0002")
    if body.get("cancel"):
        _segment(header, "E1JSTKL", STAT="I0076")
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _segment(parent: ElementTree.Element, name: str, **fields: str) -> ElementTree.Element:
    segment = ElementTree.SubElement(parent, name, SEGMENT="1")
    for field_name, value in fields.items():
        ElementTree.SubElement(segment, field_name).text = value
    return segment


SOLD = ("customer", "customer_name", "customer_order", "customer_line")


def csv_order(order: OrderMessage) -> bytes:
    """The order as a row of docs/reference/csv-orders.md."""
    body = order.body
    row = {
        "record": "order",
        "line_status": "D" if body.get("cancel") else "N",
        "order_number": order.number,
        "order_version": body["version"],
        "plant": body["plant"],
        "item": body["item"],
        "order_quantity": str(body["quantity"]),
        "order_unit": body["unit"],
        "strategy": body["strategy"],
        "due": f"{_local(body['due']):%d.%m.%Y %H:%M}",
        "promised": f"{_local(body['promised']):%d.%m.%Y %H:%M}" if "promised" in body else "",
        **{name: body.get(name, "") for name in SOLD},
        "priority": str(body["priority"]),
        "erp_status": body["status"],
    }
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(row), delimiter=";", lineterminator="\r\n")
    writer.writeheader()
    writer.writerow(row)
    return out.getvalue().encode()


def _local(moment: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone(ZONE)

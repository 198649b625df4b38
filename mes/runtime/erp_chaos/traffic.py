"""What comes in from the ERP and what the shop floor reports: doubled and out of order, as in a bad week."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import orjson

from mes.runtime.simulator.doors import COMMANDS, ORDERS, DoorError, HttpTransport

PLANT, CENTRE, ITEM = "CHAOS", "CHAOS-1", "CHAOS-PART"
ERP_KEY, TERMINAL_KEY = "erp-chaos-key-of-the-erp-0001", "erp-chaos-key-of-terminals-01"
OPERATIONS = ("0010", "0020")
QUANTITY = 10_000_000
DOUBLED, CORRECTED = 0.1, 0.05
COMMANDS_AT_ONCE = 100


def prepare(address: str, secret_name: str) -> None:
    """Master data, the two keys and the connection whose confirmations go to ``address``."""
    from integrations.enums import Delivery, Format
    from integrations.models import Connection
    from machines.models import MachineGroup, Plant
    from mes.accounts.models import ApiKey
    from mes.accounts.roles import Role
    from orders.models import Item, Unit

    plant = Plant.objects.create(code=PLANT, name="Plant of the chaos run", erp_code=PLANT)
    MachineGroup.objects.create(plant=plant, code=CENTRE, name="Lathes")
    unit, _created = Unit.objects.get_or_create(code="C62", defaults={"symbol": "pc", "name": "piece"})
    Item.objects.create(code=ITEM, name="Part of the chaos run", unit=unit)
    key, _text = ApiKey.issue(name="ERP chaos", role=Role.ERP, key=ERP_KEY)
    ApiKey.issue(name="ERP chaos terminals", role=Role.TERMINAL, key=TERMINAL_KEY)
    Connection.objects.create(
        code="erp-chaos",
        name="ERP of the chaos run",
        plant=plant,
        format=Format.API,
        api_key=key,
        delivery=Delivery.WEBHOOK,
        address=address,
        secret_name=secret_name,
        confirm_every_seconds=0,
        release_on_arrival=True,
    )


@dataclass(frozen=True, slots=True)
class _Post:
    """One request."""

    path: str
    body: object
    key: str
    headers: dict[str, str]


@dataclass(slots=True)
class Traffic:
    """The sender of everything. ``versions`` is the newest version sent of each order; ``at_once`` requests
    are under way at the same time."""

    transport: HttpTransport
    seed: int
    at_once: int = 1
    versions: dict[str, int] = field(default_factory=dict)
    inbound: int = 0
    answered: int = 0
    refusals: list[str] = field(default_factory=list)
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311 - chaos, not secrets

    def send_orders(self, first: int, count: int, *, versions: int = 2) -> None:
        """Every version of orders from number ``first`` on as a message of its own, shuffled, some twice."""
        messages = [
            (f"C{n:06}", version) for n in range(first, first + count) for version in range(1, versions + 1)
        ]
        self.chance.shuffle(messages)
        self._post_all(
            _Post(ORDERS, order_body(number, version), ERP_KEY, {"Idempotency-Key": f"{number} {version}"})
            for number, version in messages
        )
        for number, version in messages:
            self.inbound += 1
            self.versions[number] = max(version, self.versions.get(number, 0))

    def report_round(self, before_each: Callable[[], None] = lambda: None) -> None:
        """One report on every operation, some of them doubled, some corrected later, in any order.

        ``before_each`` is called before each few requests.
        """
        commands = [
            command
            for number in self.versions
            for operation in OPERATIONS
            for command in self._commands(number, operation)
        ]
        self.chance.shuffle(commands)
        for place in sorted({command["round"] for command in commands}):
            ready = [
                {name: value for name, value in command.items() if name != "round"}
                for command in commands
                if command["round"] == place
            ]
            parts = [
                ready[start : start + COMMANDS_AT_ONCE] for start in range(0, len(ready), COMMANDS_AT_ONCE)
            ]
            for start in range(0, len(parts), self.at_once):
                before_each()
                some = parts[start : start + self.at_once]
                self._post_all(_Post(COMMANDS, part, TERMINAL_KEY, {}) for part in some)

    def _commands(self, number: str, operation: str) -> Iterator[dict[str, Any]]:
        place = {"order": number, "operation": operation}
        key = self._key()
        report = {
            "key": key,
            "command": "report",
            **place,
            "good": self.chance.randint(1, 9),
            "round": 0,
        }
        yield report
        if self.chance.random() < DOUBLED:
            yield {**report, "round": 1}
        if self.chance.random() < CORRECTED:
            replacement = {"good": self.chance.randint(1, 9)} if self.chance.random() < 0.7 else {}
            yield {
                "key": self._key(),
                "command": "reverse",
                "reverses": key,
                "comment": "counted wrong",
                "round": 2,
                **replacement,
            }

    def _key(self) -> str:
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))

    def _post_all(self, posts: Iterable[_Post]) -> None:
        """Send requests, ``at_once`` at the same time, some of them twice. Raises DoorError."""
        sent = [post for post in posts for _copy in range(2 if self.chance.random() < DOUBLED else 1)]
        if self.at_once == 1:
            for post in sent:
                self._note(self._answer(post))
            return
        with ThreadPoolExecutor(self.at_once) as pool:
            for results in pool.map(self._answer, sent):
                self._note(results)

    def _answer(self, post: _Post) -> list[dict[str, Any]]:
        headers = {
            "Authorization": f"Api-Key {post.key}",
            "Content-Type": "application/json",
            **post.headers,
        }
        status, answer = self.transport.post(post.path, orjson.dumps(post.body), headers)
        if status >= 300:
            raise DoorError(f"{post.path}: {status} {answer}")
        results: list[dict[str, Any]] = answer["results"]
        return results

    def _note(self, results: list[dict[str, Any]]) -> None:
        self.answered += 1
        for result in results:
            if result.get("status") == "refused" or result.get("outcome") == "refused":
                self.refusals.append(f"{result.get('code')}: {result.get('message') or result}"[:300])


def order_body(number: str, version: int) -> dict[str, Any]:
    return {
        "number": number,
        "version": f"{version:04}",
        "item": ITEM,
        "quantity": QUANTITY + version,
        "status": "released",
        "operations": [
            {"number": operation, "work_centre": CENTRE, "run_seconds": "10"} for operation in OPERATIONS
        ],
    }

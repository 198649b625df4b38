"""Recorded machine days through a real agent into the database, against a plain reading of the same lines.

The plain side knows nothing of the product: it reads the adapter's lines in their order and adds up.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from asgiref.sync import sync_to_async

from integrations.signals.mapping import Mapper
from integrations.signals.mtconnect import transport
from machines.models import Cycle, Sample, StateInterval
from mes.runtime.simulator.mtconnect_agent import Agent
from tests.factories.machines import MeasuredMachineFactory
from tests.integrations.signals.replaying import Runner, close_connections, meanings
from tests.support.mtconnect import Adapter, items_of, lines_of, moment, settings, whole_days_since
from tests.support.serving import Serving
from tests.support.shared_data import shared_bytes

SHOP = "machines/nist-sms-shop-days"
BOX = "machines/nist-mtc-box-assembly"
TESTBED = "nist-sms-testbed-mtconnect"
FLICKER = timedelta(seconds=1)
SETTLED = timedelta(seconds=2)
"""When the last change of a recording is no flicker any more."""
EMERGENCY = ("estop", "EStop_State")
KINDS = {"ACTIVE": "active", "UNAVAILABLE": "unknown"}


class Plain:
    """What the lines say: status over time, part counter, faults.

    Before ``start`` nothing is known; earlier times of lines count as that.
    """

    def __init__(self, lines, start, *, status, count, available="avail", fault_keys=()):
        self.changes, self.both = [(start, "UNAVAILABLE")], {start: "UNAVAILABLE"}
        self.pieces, previous = 0, None
        self.faults, now_status, there, self.end = Counter(), "UNAVAILABLE", True, start
        broken = set()
        for line in lines:
            parts = line.split("|")
            try:
                ts = max(moment(parts[0]), start)
            except ValueError:
                continue
            self.end = max(self.end, ts)
            if len(parts) > 2 and parts[1] in fault_keys:
                self.faults[parts[3]] += parts[2].upper() == "FAULT"
                broken = {one for one in broken if one[0] != parts[1] or (parts[3] and one[1] != parts[3])}
                broken |= {(parts[1], parts[3])} if parts[2].upper() == "FAULT" else set()
            for key, value in zip(parts[1::2], [one.strip() for one in parts[2::2]], strict=False):
                if key == status and self.changes[-1][1] != value:
                    self.changes.append((ts, value))
                    now_status = value
                if key in EMERGENCY:
                    self.faults["EMERGENCY_STOP"] += value == "TRIGGERED"
                    broken = {one for one in broken if one[0] != key}
                    broken |= {(key, "")} if value == "TRIGGERED" else set()
                if key == available:
                    there = value != "UNAVAILABLE"
                if key == count and value.isdigit():
                    self.pieces += max(int(value) - previous, 0) if previous is not None else 0
                    previous = int(value)
            here = now_status if there else "UNAVAILABLE"
            here = "FAULT" if broken and here != "UNAVAILABLE" else here
            if {status, available, *fault_keys, *EMERGENCY}.intersection(parts[1::2]):
                self.both[ts] = here
        self.end += SETTLED

    def seconds(self):
        """Time active, unknown and standing, a state of less than a second between two equal ones ignored."""
        changes = []
        for ts, value in sorted(self.both.items()):
            kind = KINDS.get(value, "standing")
            if not changes or changes[-1][1] != kind:
                changes.append((ts, kind))
        steady = changes[:1]
        for (ts, kind), following in zip(changes[1:], [*changes[2:], (None, "")], strict=False):
            if following[1] == steady[-1][1] and following[0] - ts < FLICKER:
                continue
            if kind != steady[-1][1]:
                steady.append((ts, kind))
        found = Counter()
        for (ts, kind), (until, _) in zip(steady, [*steady[1:], (self.end, "")], strict=True):
            found[kind] += (until - ts).total_seconds()
        return found


async def replay(model, device, start, *, lines, **machine):
    """The lines through an agent, the transport, the mapping proposed at the day's end, and the store."""
    shift = whole_days_since(lines)
    clock = [start + shift]
    agent = Agent(items_of(shared_bytes(model), device), clock=lambda: clock[0], probe=shared_bytes(model))
    target = await sync_to_async(MeasuredMachineFactory)(
        trust="state", silence_seconds=0, reference_cycle_seconds=None, **machine
    )
    adapter = Adapter(agent, shift)
    with Serving(agent) as served:
        for line in lines:
            adapter.feed(line)
        items = [item for item in await transport(settings(served.url)).browse() if item.device == device]
        mapping = meanings(items, target)
        connected = transport(settings(served.url, *(meaning.address for meaning in mapping)))
        runner = Runner(connected, Mapper("agent", mapping))
        agent.start(2)
        await runner.run(lambda cursor: cursor)
        for line in lines:
            adapter.feed(line)
        clock[0] = max(one.ts for one in agent.kept)
        await runner.run(lambda cursor: cursor.get("next", 0) >= agent.next)
    return runner, target, adapter, shift


def seconds_in(machine, until, *states):
    return sum(
        ((one.ended_at or until) - one.started_at).total_seconds()
        for one in StateInterval.objects.filter(machine=machine, state__in=states)
    )


def stored_states(machine):
    return [
        (one.ts, one.text or "UNAVAILABLE")
        for one in Sample.objects.filter(machine=machine, item="state").order_by("ts", "seq")
    ]


def faults_told(samples):
    """How often each fault began, by its code."""
    return Counter(
        sample["value"].partition("|")[2]
        for sample in samples
        if sample["item"] == "alarm" and str(sample["value"]).startswith("FAULT|")
    )


MODEL = f"{SHOP}/Devices.xml"
OKUMA = "machines/mtconnect-agent"


class Recording(NamedTuple):
    """``first`` and ``most`` cut a window of lines out of a long one.

    ``within`` (seconds): how far times may differ where drop-outs of less than a second stand between two
    different states; neither side is right about those.
    """

    path: str
    device: str
    start: datetime
    model: str = MODEL
    status: str = "execution"
    count: str = "PartCountAct"
    first: int = 0
    most: int | None = None
    by_time: bool = False
    within: float = 0.001

    def __str__(self):
        return f"{self.path.rpartition('/')[2].partition('.')[0]}-{self.first}"


def hurco(path, device, *start, **window):
    return Recording(
        path, device, datetime(*start, tzinfo=UTC), MODEL, "Program_Status", "Part_Count", **window
    )


WINDOWS = [
    hurco(f"{SHOP}/Hurco01-20170518-20170519.txt.gz", "Hurco01", 2017, 5, 18),
    hurco(f"{BOX}/shdr/day-2017-02-01-Hurco02.txt.gz", "Hurco02", 2017, 2, 1, 10, most=12_000),
    hurco(f"{BOX}/shdr/Box-OP4-Hurco02.tar.gz", "Hurco02", 2017, 2, 1),
    Recording(f"{SHOP}/GFAgie01-20161004-20161005.txt.gz", "GFAgie01", datetime(2016, 10, 4, tzinfo=UTC)),
    Recording(
        f"{SHOP}/Mazak01-20161024-20161025.txt.gz", "Mazak01", datetime(2016, 10, 24, tzinfo=UTC), most=9000
    ),
    Recording(
        f"{SHOP}/Mazak03-20170516-20170517.txt.gz", "Mazak03", datetime(2017, 5, 16, tzinfo=UTC), most=9000
    ),
    Recording(
        f"{TESTBED}/Mazak01_states_2016-2017.txt.gz", "Mazak01", datetime(2016, 10, 5, tzinfo=UTC), most=1500
    ),
    Recording(
        f"{TESTBED}/GFAgie01_states_2016-2017.txt.gz",
        "GFAgie01",
        datetime(2016, 5, 13, tzinfo=UTC),
        most=4000,
    ),
    Recording(
        *(f"{OKUMA}/shdr/okuma.txt.gz", "OKUMA", datetime(2022, 8, 8, tzinfo=UTC)),
        *(f"{OKUMA}/devices/demo-okuma-mazak.xml", "pexecution", "ppartcount"),
        by_time=True,  # several recordings in one file, the later one first
    ),
]
WHOLE = [
    hurco(f"{BOX}/shdr/day-2017-02-01-Hurco02.txt.gz", "Hurco02", 2017, 2, 1, 10),
    hurco(f"{BOX}/shdr/Cover-Op2-Hurco04.tar.gz", "Hurco04", 2017, 2, 1),
    Recording(
        f"{TESTBED}/raw-sample/Mazak01-20171115-20171116.txt.gz",
        "Mazak01",
        datetime(2017, 11, 15, tzinfo=UTC),
        within=1.5,
    ),
    Recording(
        f"{TESTBED}/raw-sample/Mazak03-20170511-20170512.txt.gz",
        "Mazak03",
        datetime(2017, 5, 11, tzinfo=UTC),
        within=1.5,
    ),
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "recording", [*WINDOWS, *(pytest.param(one, marks=pytest.mark.slow) for one in WHOLE)], ids=str
)
async def test_states_pieces_and_faults_are_those_of_the_lines(recording):
    lines = lines_of(recording.path)[recording.first :][: recording.most]
    if recording.by_time:
        lines.sort(key=lambda line: line.partition("|")[0])
    start, status, count = recording.start, recording.status, recording.count
    runner, machine, adapter, shift = await replay(
        recording.model, recording.device, start, lines=lines, counting_item="part_count"
    )
    conditions = {key for key, item in adapter.keys.items() if item.category == "CONDITION"}
    plain = Plain(lines, start, status=status, count=count, fault_keys=conditions)
    await runner.interpret(plain.end + shift)
    seen = await sync_to_async(facts)(machine, plain.end + shift)
    await close_connections()

    assert set(runner.outcomes) == {"accepted"}
    assert [(ts - shift, value) for ts, value in seen["states"]] == plain.changes
    assert seen["pieces"] == plain.pieces
    assert faults_told(runner.samples) == +plain.faults
    wanted = plain.seconds()
    assert seen["unknown"] == pytest.approx(wanted["unknown"], abs=recording.within)
    assert seen["producing"] == pytest.approx(wanted["active"], abs=recording.within)
    assert seen["standing"] == pytest.approx(wanted["standing"], abs=recording.within)


def facts(machine, until):
    return {
        "states": stored_states(machine),
        "pieces": sum(Cycle.objects.filter(machine=machine).values_list("quantity", flat=True)),
        "unknown": seconds_in(machine, until, "unknown"),
        "producing": seconds_in(machine, until, "producing"),
        "standing": seconds_in(machine, until, "stop", "micro_stop", "idle"),
    }

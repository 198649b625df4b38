"""The machine that speaks MTConnect: measured as exactly as the others, over restarts of both sides."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from integrations.models import SignalConnection
from integrations.signals.mapping import Mapper
from integrations.signals.registry import transport_for
from integrations.signals.server import wanted_by
from mes.runtime.demo_plant.load import load_demo_plant
from mes.runtime.simulator.dirt import Delivery, Dirt
from mes.runtime.simulator.messages import Signal
from mes.runtime.simulator.physics import Settings
from mes.runtime.simulator.player import Memory
from mes.runtime.simulator.report import compare
from mes.runtime.simulator.turning_centre import ITEMS, MACHINE, TurningCentre
from tests.integrations.signals.replaying import Runner
from tests.simulator.play import Play
from tests.support.serving import Serving

HOUR = timedelta(hours=1)
T0 = datetime(2026, 3, 2, 6, tzinfo=UTC)


def delivery(seq, item, value, machine=MACHINE):
    ts = T0 + timedelta(seconds=seq)
    return Delivery(ts, "1", Signal(machine, seq, ts, item, value))


def test_its_signals_go_no_other_way_once_the_agent_is_read():
    mine, foreign = delivery(1, "state", "ACTIVE"), delivery(2, "state", "READY", "CNC-2")
    centre = TurningCentre(T0)
    centre.feed([mine, mine, foreign])
    assert centre.others([mine, foreign]) == [mine, foreign]
    assert TurningCentre(T0, is_read=True).others([mine, foreign]) == [foreign]
    assert centre.agent.next == len(ITEMS) + 2, "one observation, though it came twice"


def test_a_world_computed_anew_gives_the_same_numbers(tmp_path):
    def observed(*moments):
        memory = Memory(tmp_path / "park.json", T0, 7, Dirt(), moments[-1])
        centre = TurningCentre(T0)
        if len(moments) == 1:
            memory.park(lambda arrivals: centre.feed(arrivals.deliveries))
        else:
            memory.delivered = moments[0]
            park = memory.park(lambda arrivals: centre.feed(arrivals.deliveries))
            for moment in moments[1:]:
                centre.feed(park.advance(moment).deliveries)
        return [(one.sequence, one.item.id, one.ts, one.text) for one in centre.agent.kept][len(ITEMS) :]

    end = T0 + 9 * HOUR
    once = observed(end)
    assert len(once) > 100
    assert observed(T0 + HOUR, T0 + 2.3 * HOUR, T0 + 5 * HOUR, end) == once


class Plant(Play):
    """A played plant whose turning centre is read from its agent after two hours."""

    def __init__(self, start, settings):
        super().__init__(start, settings, step=HOUR)
        self.centre, self.runner = TurningCentre(start), None
        wanted = wanted_by(SignalConnection.objects.get(code="turning-centre"))
        self.wanted, self.mapper = wanted, Mapper(wanted.code, wanted.meanings)
        self.cursor, self.steps = {}, 0

    def deliver(self, arrivals, now):
        self.steps += 1
        late = self.steps == 6
        if self.steps >= 2 and not late:
            self.read()
        self.centre.feed(arrivals.deliveries)
        arrivals.deliveries = self.centre.others(arrivals.deliveries)
        if self.steps > 2 and not late:
            self.read()
        super().deliver(arrivals, now)

    def read(self):
        """The connection stands for a moment: a restart of ours at each."""
        with Serving(self.centre.agent) as served:
            settings = self.wanted.settings
            reached = type(settings)(
                settings.code, served.url, {"interval_seconds": 0.01}, "", settings.addresses
            )
            self.runner = Runner(transport_for("mtconnect", reached), self.mapper)
            self.runner.cursor = self.cursor
            finished = self.centre.agent.next
            async_to_sync(self.runner.run)(
                lambda cursor: cursor.get("next", 0) >= finished and self.centre.is_read
            )
            self.cursor = self.runner.cursor


@pytest.mark.django_db(transaction=True)
def test_the_turning_centre_is_measured_as_it_was():
    logging.disable(logging.INFO)
    load_demo_plant()
    start = (timezone.now() - timedelta(days=2)).replace(hour=4, minute=0, second=0, microsecond=0)
    plant = Plant(start, Settings(only=frozenset({MACHINE}), breakdown_factor=5))
    plant.run(start + 9 * HOUR)
    logging.disable(logging.NOTSET)
    report = compare(plant.world, start=start + HOUR, until=start + 9 * HOUR, now=start + 9 * HOUR)
    [row] = report.machines
    assert plant.centre.is_read
    assert plant.doors.refusals == []
    assert row.true_pieces > 50
    assert row.count_error == 0, report.as_table()
    assert row.state_error < 0.01, report.as_table()
    assert row.oee_error_points < 0.5, report.as_table()
    assert set(plant.runner.outcomes) <= {"accepted"}

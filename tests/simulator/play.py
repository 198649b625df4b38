"""A simulated plant played through the real doors, in process: HTTP by Django's test client."""

import json
from datetime import timedelta

from django.test import Client

from machines.domain.interpret import interpret_dirty
from mes.runtime.simulator.dirt import Dirt, DirtyLine
from mes.runtime.simulator.doors import Doors
from mes.runtime.simulator.physics import World
from orders.domain.crediting import credit_due


class ClientTransport:
    def __init__(self):
        self.client = Client()

    def post(self, path, body, headers):
        headers = dict(headers)
        content_type = headers.pop("Content-Type")
        response = self.client.post(path, body, content_type=content_type, headers=headers)
        return response.status_code, json.loads(response.content) if response.content else None


class Play:
    """Runs a world step by step; after each step everything that had arrived is measured and booked."""

    def __init__(self, start, settings=None, dirt=None, step=timedelta(minutes=30)):
        self.world = World(start, settings)
        moduli = {code: model.modulus for code, model in self.world.machines.items() if model.modulus}
        self.line = DirtyLine(dirt or Dirt(), moduli=moduli)
        self.doors = Doors(ClientTransport())
        self.step = step
        self.commands, self.reasons = [], []

    def run(self, until):
        now = self.world.start
        while now < until:
            now = min(now + self.step, until)
            out = self.world.advance(now)
            self.commands += out.commands
            self.reasons += out.reasons
            self.doors.send_orders(out.orders)
            self.doors.send_commands(self._told(self.commands, now))
            self.deliver(self.line.pass_on(out.signals, now), now)
            self.reasons += self.doors.send_reasons(self._told(self.reasons, now))
        self.deliver(self.line.rest(), now)

    def deliver(self, deliveries, now):
        self.doors.send_samples(deliveries, historical=True)
        interpret_dirty(now)
        credit_due(now=now, patience=timedelta(0))

    def finish(self, until):
        """What people tell after ``until`` about the time before it."""
        self.doors.send_commands([one for one in self._told(self.commands, None) if one.at < until])
        credit_due(now=until + timedelta(minutes=1), patience=timedelta(0))

    def _told(self, entries, now):
        told = sorted((one for one in entries if now is None or one.told <= now), key=lambda one: one.told)
        entries[:] = [one for one in entries if one not in told]
        return told

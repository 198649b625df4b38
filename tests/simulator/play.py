"""A simulated plant played through the real doors, in process: HTTP by Django's test client."""

import json
from datetime import timedelta

from django.test import Client

from machines.domain.interpret import interpret_dirty
from mes.runtime.simulator.doors import Doors
from mes.runtime.simulator.park import Park
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
    """Runs a park step by step; after each step everything that had arrived is measured and booked."""

    def __init__(self, start, settings=None, dirt=None, step=timedelta(hours=1)):
        self.park = Park(start, settings, dirt)
        self.doors = Doors(ClientTransport())
        self.step = step
        self.early = []

    @property
    def world(self):
        return self.park.world

    def run(self, until):
        now = self.world.start
        while now < until:
            now = min(now + self.step, until)
            self.deliver(self.park.advance(now), now)
        self.deliver(self.park.rest(happened_before=until), now + timedelta(minutes=1))

    def deliver(self, arrivals, now):
        self.doors.send_orders(arrivals.orders)
        self.doors.send_commands(arrivals.commands)
        self.doors.send_samples(arrivals.deliveries, historical=True)
        interpret_dirty(now)
        self.doors.send_inspections(arrivals.inspections)
        self.early = self.doors.send_reasons([*self.early, *arrivals.reasons])
        credit_due(now=now, patience=timedelta(0))

"""Changeovers to predict: those of a real machine shop's log, and of a simulated plant whose pairs differ."""

import csv
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import fmean, median

from orders.planning.profiles.estimate import Profiles
from orders.planning.profiles.measured import Changeover, Measurements
from tests.support.shared_data import shared_bytes

LOG = "mto-production-log/production_log_dev.csv"
DAY = 86_400


@dataclass(frozen=True)
class Errors:
    """Mean absolute errors in minutes, out of time: every setup is predicted from those that ended before the
    day it began on. ``constant``: the mean of all; ``middle``: their median; ``own``: how many were
    predicted by the pair's own measurements."""

    count: int
    constant: float
    middle: float
    machine: float
    predicted: float
    own: int


def of_the_log() -> Measurements:
    """Setups of the log (report type S with a span), each after the part that the machine made before."""
    rows = list(csv.DictReader(shared_bytes(LOG).decode().splitlines()))
    rows.sort(key=lambda row: (row["start"], row["end"], row["Case ID"]))
    machines, parts, groups = _Numbers(), _Numbers(), _Numbers()
    before, found = {}, []
    for row in rows:
        machine, part = machines.of(row["Resource"]), parts.of(row["Part Desc."])
        # A spreadsheet made a date of some spans: those say nothing.
        hours, _colon, minutes = row["Span"].partition(":")
        seconds = 3600 * int(hours) + 60 * int(minutes) if hours.isdecimal() else 0
        if row["Report Type"] == "S" and seconds > 0:
            at = int(datetime.fromisoformat(row["end"]).replace(tzinfo=UTC).timestamp())
            found.append(Changeover(len(found), machine, before.get(machine, 0), part, at, seconds, 0))
        before[machine] = part
    return Measurements(
        until=max(one.at for one in found) + 1,
        groups={number: groups.of(name.rpartition(" - ")[2]) for name, number in machines.numbers.items()},
        items={number: name for name, number in parts.numbers.items()},
        changeovers=tuple(sorted(found, key=lambda one: one.at)),
    )


def simulated(*, seed: int, machines: int = 4, families: int = 5, count: int = 1200) -> Measurements:
    """Each machine has a matrix of its own, 10 to 240 minutes, short on the diagonal; real setups stray from
    it by 15 %. Two items a family; one setup every two hours."""
    chance = random.Random(seed)
    names = [f"F{number}" for number in range(families)]
    matrix = {
        (machine, left, right): chance.uniform(10, 20) if left == right else 10 * 24 ** chance.random()
        for machine in range(1, machines + 1)
        for left in names
        for right in names
    }
    items = {number + 1: f"I{number}" for number in range(2 * families)}
    family = {number: names[(number - 1) // 2] for number in items}
    before = dict.fromkeys(range(1, machines + 1), 1)
    found = []
    for number in range(count):
        machine = chance.randrange(machines) + 1
        item = chance.choice([one for one in items if one != before[machine]])
        minutes = matrix[machine, family[before[machine]], family[item]] * chance.lognormvariate(0, 0.15)
        at = 7200 * (number + 1)
        found.append(Changeover(number, machine, before[machine], item, at, round(60 * minutes), 3600))
        before[machine] = item
    return Measurements(
        until=7200 * (count + 1),
        groups={machine: 1 + machine // 3 for machine in before},
        items=items,
        families=family,
        changeovers=tuple(found),
    )


def out_of_time(measured: Measurements, *, learned: float = 0.5) -> Errors:
    """Predict every setup after the first ``learned`` of them."""
    rows = measured.changeovers
    profiles, day, own = None, -1, 0
    missed: dict[str, list[float]] = {"constant": [], "middle": [], "machine": [], "predicted": []}
    for one in rows[int(len(rows) * learned) :]:
        begun = one.at - one.seconds
        if profiles is None or begun // DAY != day:
            day = begun // DAY
            known = measured.known_at(day * DAY)
            profiles = Profiles(known)
            seen = [each.seconds for each in known.changeovers]
            by_machine = {
                machine: [each.seconds for each in known.changeovers if each.machine == machine]
                for machine in measured.groups
            }
        guess = profiles.changeover(one.machine, one.before, one.item)
        own += guess.measured
        own_machine = by_machine[one.machine]
        missed["constant"].append(abs(fmean(seen) - one.seconds))
        missed["middle"].append(abs(median(seen) - one.seconds))
        missed["machine"].append(abs(median(own_machine or seen) - one.seconds))
        missed["predicted"].append(abs(guess.seconds - one.seconds))
    return Errors(
        count=len(missed["constant"]), own=own, **{name: fmean(each) / 60 for name, each in missed.items()}
    )


class _Numbers:
    def __init__(self):
        self.numbers = {}

    def of(self, name):
        return self.numbers.setdefault(name, len(self.numbers) + 1)

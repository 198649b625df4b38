"""What the plant truly is, which nobody in it knows."""

import bisect
import math
import random
from dataclasses import dataclass, field

HOUR, DAY = 3600, 86_400
GROUPS = (1, 1, 1, 1, 2, 2, 2, 2)
"""Machines of each group."""
OPTIMISTIC = 2
"""The machine whose standard times are too short."""
PIECES_SIGMA = 0.6
LONGEST_STOP = 5 * DAY
STOPS_TRIED = 20_000


@dataclass(frozen=True)
class Settings:
    """``load``: the share of what the busiest group truly manages that is asked of it. ``availability``
    becomes ``later_availability`` ``step`` days after the first quote (None: never); with a step the load is
    that after it, so that the plant manages its orders all its life. ``drift``: by how much load and speeds
    come and go."""

    seed: int = 1
    load: float = 0.85
    availability: float = 0.82
    later_availability: float = 0.64
    step: float | None = None
    rush: float = 0.05
    drift: float = 0.08
    stop_median: float = 0.14 * HOUR
    stop_sigma: float = 2.0
    noise: float = 0.3
    run_hours: float = 5.0


class Calendar:
    """Working time from second 0, which is a Monday: around the clock or two shifts, five days a week."""

    def __init__(self, first: int, last: int, days: int) -> None:
        self.starts, self.ends, self.before = [], [], []
        total = 0
        for day in range(days):
            if day % 7 < 5:
                start, end = day * DAY + first * HOUR, day * DAY + last * HOUR
                if self.ends and self.ends[-1] == start:
                    self.ends[-1] = end
                else:
                    self.starts.append(start)
                    self.ends.append(end)
                    self.before.append(total)
                total += end - start

    def worked(self, moment: float) -> float:
        """Working seconds before the moment."""
        index = bisect.bisect_right(self.starts, moment) - 1
        if index < 0:
            return 0.0
        return self.before[index] + min(moment, self.ends[index]) - self.starts[index]

    def between(self, start: float, end: float) -> float:
        return self.worked(end) - self.worked(start)

    def after(self, moment: float, seconds: float) -> float:
        """When so much working time has passed."""
        wanted = self.worked(moment) + seconds
        index = max(bisect.bisect_left(self.before, wanted) - 1, 0)
        return max(self.starts[index] + wanted - self.before[index], moment)

    def windows(self, now: int, until: int) -> list[tuple[int, int]]:
        """Of [now, until), in seconds after now."""
        index = bisect.bisect_right(self.ends, now)
        found = []
        while index < len(self.starts) and self.starts[index] < until:
            found.append((max(self.starts[index], now) - now, self.ends[index] - now))
            index += 1
        return found


@dataclass(frozen=True)
class Step:
    """Of a routing, as the plant's standards have it: working seconds."""

    group: int
    setup: float
    per_piece: float


@dataclass
class Truth:
    settings: Settings
    days: int
    machines: list[int] = field(default_factory=list)
    """The group of each."""
    calendars: list[Calendar] = field(default_factory=list)
    items: list[tuple[Step, ...]] = field(default_factory=list)
    speed: list[float] = field(default_factory=list)
    """Of each machine: how many times its standard it takes."""
    wrong: dict[tuple[int, int], float] = field(default_factory=dict)
    """By item and group: how wrong the standard is."""
    phase: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        chance = random.Random(self.settings.seed)
        for group, count in enumerate(GROUPS):
            for _ in range(count):
                around = len(self.machines) % 3 == 0
                self.calendars.append(Calendar(0, 24, self.days) if around else Calendar(6, 22, self.days))
                self.machines.append(group)
                self.speed.append(math.exp(chance.gauss(0, 0.08)))
                self.phase.append(chance.random())
        self.speed[OPTIMISTIC] *= 1.25
        weights = [self.hours_of(group) for group in range(len(GROUPS))]
        for item in range(12):
            steps = []
            for _ in range(chance.randint(2, 7)):
                [group] = chance.choices(range(len(GROUPS)), weights)
                run = self.settings.run_hours * HOUR * math.exp(chance.gauss(0, 0.5))
                steps.append(Step(group, chance.uniform(0.2, 1.0) * HOUR, run / 10))
                self.wrong[item, group] = math.exp(chance.gauss(0, 0.1))
            self.items.append(tuple(steps))
        self.begins = 0.0

    def hours_of(self, group: int) -> float:
        """Working hours a week of a group's machines."""
        return sum(
            calendar.worked(7 * DAY) / HOUR
            for calendar, of in zip(self.calendars, self.machines, strict=True)
            if of == group
        )

    def availability(self, moment: float) -> float:
        step = self.settings.step
        if step is not None and moment >= self.begins + step * DAY:
            return self.settings.later_availability
        return self.settings.availability

    def pace(self, machine: int, item: int, moment: float) -> float:
        """How many times its standard a run takes there and then, without stops and noise: slow tides."""
        group = self.machines[machine]
        tide = math.sin(2 * math.pi * (moment / (90 * DAY) + self.phase[machine]))
        return self.speed[machine] * self.wrong[item, group] * (1 + self.settings.drift * tide)

    def mean_stop(self) -> float:
        return self.settings.stop_median * math.exp(self.settings.stop_sigma**2 / 2)

    def between_stops(self, moment: float) -> float:
        """Working seconds of production, on average."""
        return self._between(self.availability(moment))

    def _between(self, available: float) -> float:
        return self.mean_stop() * available / (1 - available)

    def stop_seconds(self, chance: random.Random) -> float:
        """Elapsed seconds of one stop."""
        median, sigma = self.settings.stop_median, self.settings.stop_sigma
        return min(median * math.exp(chance.gauss(0, sigma)), LONGEST_STOP)

    def orders_a_day(self) -> float:
        """By which the busiest group is loaded as wanted, at what its machines truly manage in the worse
        part of the plant's life: their own speeds, and of a stop only what falls into working time."""
        settings = self.settings
        available = settings.availability if settings.step is None else settings.later_availability
        every, lost = self._between(available), self._lost_by_stop()
        setup, run = [0.0] * len(GROUPS), [0.0] * len(GROUPS)
        for item, steps in enumerate(self.items):
            for step in steps:
                setup[step.group] += step.setup / len(self.items)
                standard = step.per_piece * 10 * math.exp(PIECES_SIGMA**2 / 2)
                run[step.group] += standard * self.wrong[item, step.group] / len(self.items)
        a_week = [0.0] * len(GROUPS)
        for group, calendar, speed, of_stop in zip(
            self.machines, self.calendars, self.speed, lost, strict=True
        ):
            an_order = setup[group] + run[group] * speed * (1 + of_stop / every)
            a_week[group] += calendar.worked(7 * DAY) / an_order if an_order else math.inf
        return settings.load * min(a_week) / 7

    def _lost_by_stop(self) -> list[float]:
        """By machine, working seconds that one stop takes on average."""
        chance = random.Random(self.settings.seed)
        found = []
        for calendar in self.calendars:
            week = calendar.worked(7 * DAY)
            lost = 0.0
            for _ in range(STOPS_TRIED):
                begun = calendar.after(0.0, chance.uniform(0, week))
                lost += calendar.between(begun, begun + self.stop_seconds(chance))
            found.append(lost / STOPS_TRIED)
        return found

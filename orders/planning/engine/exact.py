"""Small shops by CP-SAT: where a few dozen tasks hang together so tightly that no single move helps.

The solver knows neither calendars nor changeovers (as circuits they are too large for it); it proposes who
goes before whom, and the exact kernel says what that costs. Where a shop has neither, what the solver proves
holds: no plan can be better.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from orders.planning.engine.arrays import NEVER, Arrays, Floats, is_plain
from orders.planning.engine.kernel import HOUR
from orders.planning.engine.sequences import Sequences, room_of, timed_sequences, weights_array
from orders.planning.engine.shop import Weights

SCALE = 1000
"""Costs are whole numbers in the solver."""
WORKERS, FEW_WORKERS = 8, 2
"""Many ways to search find more in small shops; in larger ones each needs the time for itself."""
FOR_MANY = 150
"""Tasks."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``found``: the better plan, None if there was none. ``bound``: no plan costs less; None where that
    can't be said."""

    found: Sequences | None
    bound: float | None


def solve(
    a: Arrays, start: Sequences, *, seconds: float, seed: int, weights: Weights | None = None
) -> Answer:
    """Look for a better plan than ``start`` for that many seconds."""
    if int(start.ends.max(initial=0)) >= NEVER:
        return Answer(None, None)
    model = _Model(a, start, weights_array(weights))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = WORKERS if len(a.task_job) <= FOR_MANY else FEW_WORKERS
    solver.parameters.random_seed = seed % 2**31
    status = solver.solve(model.model)
    bound = solver.best_objective_bound / SCALE if is_plain(a) else None
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Answer(None, bound)
    found = model.sequences(solver, weights)
    return Answer(found if found is not None and found.cost[0] < start.cost[0] - 1e-9 else None, bound)


class _Model:
    """Every task an interval on one of its resources; the cost as in the kernel, without changeovers."""

    def __init__(self, a: Arrays, start: Sequences, weights: Floats) -> None:
        self.a = a
        self.model = cp_model.CpModel()
        self.horizon = int(start.ends.max(initial=0)) + 1
        self.starts = [self._start(task, int(start.starts[task])) for task in range(len(a.task_job))]
        self.ends: list[cp_model.LinearExprT] = []
        self.on: dict[tuple[int, int], cp_model.IntVar] = {}
        queues: list[list[cp_model.IntervalVar]] = [[] for _ in range(len(a.res_table))]
        for task in range(len(a.task_job)):
            self.ends.append(self._place(task, int(start.resource_of[task]), queues))
        for queue in queues:
            self.model.add_no_overlap(queue)
        for task in range(len(a.task_job)):
            if a.fixed_resource[task] < 0:
                for before in a.pred[a.pred_from[task] : a.pred_from[task + 1]]:
                    self.model.add(self.starts[task] >= self.ends[before] + int(a.task_wait[task]))
        self._cost(start, weights)

    def _start(self, task: int, hint: int) -> cp_model.IntVar:
        low = int(self.a.task_earliest[task])
        if self.a.fixed_resource[task] >= 0:
            low = int(self.a.fixed_start[task])
            return self.model.new_int_var(low, low, "")
        found = self.model.new_int_var(min(low, self.horizon), self.horizon, "")
        self.model.add_hint(found, hint)
        return found

    def _place(self, task: int, hint: int, queues: list[list[cp_model.IntervalVar]]) -> cp_model.LinearExprT:
        """The task on its resources; its end."""
        a, model, start = self.a, self.model, self.starts[task]
        if a.fixed_resource[task] >= 0:
            length = int(a.fixed_end[task] - a.fixed_start[task])
            queues[int(a.fixed_resource[task])].append(model.new_fixed_size_interval_var(start, length, ""))
            return start + length
        choices = range(int(a.alt_from[task]), int(a.alt_from[task + 1]))
        if not choices:
            return start + max(int(a.task_outside[task]), 0)
        if len(choices) == 1:
            length = int(a.alt_seconds[choices[0]])
            queues[int(a.alt_resource[choices[0]])].append(
                model.new_fixed_size_interval_var(start, length, "")
            )
            return start + length
        lengths: list[cp_model.LinearExpr] = []
        for entry in choices:
            resource, length = int(a.alt_resource[entry]), int(a.alt_seconds[entry])
            here = model.new_bool_var("")
            model.add_hint(here, resource == hint)
            queues[resource].append(model.new_optional_fixed_size_interval_var(start, length, here, ""))
            self.on[task, resource] = here
            lengths.append(length * here)
        model.add_exactly_one(self.on[task, int(a.alt_resource[entry])] for entry in choices)
        return start + sum(lengths)

    def _cost(self, start: Sequences, weights: Floats) -> None:
        a, cost = self.a, []
        for job in range(len(a.job_due)):
            mine = [task for task in range(len(a.task_job)) if a.task_job[task] == job]
            if not mine:
                continue
            finish = self.model.new_int_var(0, 2 * self.horizon, "")
            for task in mine:
                if a.succ_from[task] == a.succ_from[task + 1] or a.fixed_resource[task] >= 0:
                    self.model.add(finish >= self.ends[task])
            if a.job_due[job] < NEVER:
                late = self.model.new_int_var(0, 2 * self.horizon, "")
                self.model.add(late >= finish - int(a.job_due[job]))
                cost.append(float(SCALE * weights[0] * a.job_weight[job] / HOUR) * late)
            cost.append(float(SCALE * weights[2] / HOUR) * finish)
        self.model.minimize(sum(cost))

    def sequences(self, solver: cp_model.CpSolver, weights: Weights | None) -> Sequences | None:
        """In the order of the solver's starts, timed exactly; None where that makes a circle."""
        a = self.a
        tasks = np.full((len(a.res_table), room_of(a)), -1, dtype=np.int64)
        lengths = np.zeros(len(a.res_table), dtype=np.int64)
        for task in sorted(range(len(self.starts)), key=lambda one: solver.value(self.starts[one])):
            resource = self._resource(solver, task)
            if resource >= 0:
                tasks[resource, lengths[resource]] = task
                lengths[resource] += 1
        try:
            return timed_sequences(a, tasks, lengths, weights=weights)
        except ValueError:
            return None

    def _resource(self, solver: cp_model.CpSolver, task: int) -> int:
        a = self.a
        if a.fixed_resource[task] >= 0:
            return int(a.fixed_resource[task])
        choices = [int(one) for one in a.alt_resource[a.alt_from[task] : a.alt_from[task + 1]]]
        if len(choices) <= 1:
            return choices[0] if choices else -1
        return next(one for one in choices if solver.boolean_value(self.on[task, one]))

"""Search along critical paths: only what makes a job late is moved, to where that seems to cost least, and
not back for a while (tabu search; Nowicki, Smutnicki 1996)."""

from __future__ import annotations

import numpy as np
from numba import njit

from orders.planning.engine.arrays import Arrays, Floats, Steps, steps_of
from orders.planning.engine.chains import sequences_from, walk_from
from orders.planning.engine.compiled import bare
from orders.planning.engine.critical import choose
from orders.planning.engine.elite import go_elsewhere
from orders.planning.engine.graph import Graph, can_be_graph, graph_from, relocate
from orders.planning.engine.memory import ELITE, Memory, load, mark, memory_of, note, total
from orders.planning.engine.sequences import Sequences, weights_array
from orders.planning.engine.shop import Weights

PATIENCE = 4_000
"""Moves without a better plan, until another one is gone on from."""
STUCK = 20
"""How often in a round the search may find nothing to move before it ends."""

MOST = 50_000
"""Tasks times jobs. In larger shops a move costs too much: what is behind each task is kept for every job."""


def suits(a: Arrays) -> bool:
    return can_be_graph(a) and len(a.task_job) * len(a.job_due) <= MOST


class Search:
    """Begins at ``start`` and keeps the best plan it has seen."""

    def __init__(self, a: Arrays, start: Sequences, weights: Weights | None) -> None:
        self.a, self.start, self.weights = a, start, weights
        self.weighed = weights_array(weights)
        self.steps = steps_of(a)
        self.graph = graph_from(self.steps, walk_from(a, start))
        self.memory = memory_of(self.steps, self.graph, self.weighed)

    @property
    def cost(self) -> float:
        return float(self.memory.costs[2])

    def goes_on(self, moves: int, seed: int) -> bool:
        """Make so many moves; False when nothing is left that could help."""
        return bool(search(self.steps, self.graph, self.memory, self.weighed, moves, seed))

    def best(self) -> Sequences:
        load(self.steps, self.graph, self.memory, int(np.argmin(self.memory.elite_costs)))
        found = sequences_from(self.a, self.graph.chains, self.start, self.weights)
        return min((self.start, found), key=lambda one: one.cost[0])


@njit(cache=True, nogil=True)
def search(a: Steps, g: Graph, m: Memory, weights: Floats, moves: int, seed: int) -> bool:
    np.random.seed(seed)
    stuck = 0
    for _ in range(moves):
        m.counted[0] += 1
        if m.counted[0] - m.counted[1] > PATIENCE:
            go_elsewhere(a, g, m, weights)
        if not choose(a, g, m, weights):
            stuck += 1
            if stuck > STUCK:
                return False
            go_elsewhere(a, g, m, weights)
            continue
        _make(a, g, m, m.choice[0], m.choice[1], m.choice[2])
        m.costs[0] = total(a, g, weights)
        if m.costs[0] < m.costs[1] - 1e-9:
            m.costs[1], m.counted[1] = m.costs[0], m.counted[0]
            note(g, m, ELITE, m.costs[0])
            m.costs[2] = min(m.costs[2], m.costs[0])
    return True


@bare
def _make(a: Steps, g: Graph, m: Memory, task: int, target: int, after: int) -> None:
    """The move, and what it did must not be undone for a while."""
    w = g.chains
    source, left = w.resource_of[task], w.before[task]
    behind = w.behind[task]
    forward = after >= 0 and g.place[after] > g.place[task]
    if not relocate(a, g, task, target, after):
        return
    until = m.counted[0] + m.counted[2] + np.random.randint(max(m.counted[2] // 2, 1) + 1)
    if source != target:
        m.until[mark(task, len(a.task_job) + source)] = until
        return
    if forward:
        other = behind
        while other >= 0 and other != task:
            m.until[mark(task, other)] = until
            other = w.behind[other]
    else:
        other = w.behind[task]
        while other >= 0:
            m.until[mark(other, task)] = until
            if other == left:
                break
            other = w.behind[other]

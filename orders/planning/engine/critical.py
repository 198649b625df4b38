"""What makes a job late, and the move of it that seems to cost least.

Moves within a block of a critical path after Balas, Vazacopoulos 1998 and Zhang et al. 2007, to other
resources after Mastrolilli, Gambardella 2000. What a move would cost is told from heads and tails.
"""

from __future__ import annotations

import numpy as np

from orders.planning.engine.arrays import Floats, Steps
from orders.planning.engine.compiled import bare, small
from orders.planning.engine.graph import FAR, Graph, behind_in_job
from orders.planning.engine.kernel import ready_at
from orders.planning.engine.memory import Memory, cost_at, mark
from orders.planning.engine.walk import can_follow, can_precede

AT_ONCE = 6
"""Late jobs that are looked at for one move."""
SAME = 1e-9


@bare
def choose(a: Steps, g: Graph, m: Memory, weights: Floats) -> bool:
    """The move of a critical task that seems to cost least, into ``choice``; False where there is none."""
    m.choice[:] = -1
    m.ties[:] = 0
    m.costs[3] = np.inf
    for entry in range(late_jobs(a, g, m, weights)):
        length = trace(a, g, m, m.jobs[entry])
        first = 0
        while first < length:
            last = _end_of_block(g, m, first, length)
            for place in range(first, last + 1):
                _within(a, g, m, first, last, place, weights)
                _elsewhere(a, g, m, m.path[place], weights)
            first = last + 1
    if m.choice[0] < 0:
        for entry in range(3):
            m.choice[entry] = m.choice[3 + entry]
    return m.choice[0] >= 0


@small
def _offer(m: Memory, cost: float, forbidden: bool, task: int, target: int, after: int) -> None:
    """Note the move unless a better one was offered; of forbidden ones, that lead to no better plan than all
    before, any by chance."""
    if forbidden and cost >= m.costs[2] - SAME:
        m.ties[1] += 1
        if np.random.randint(m.ties[1]) == 0:
            m.choice[3], m.choice[4], m.choice[5] = task, target, after
    elif cost <= m.costs[3] + SAME:
        m.ties[0] = 1 if cost < m.costs[3] - SAME else m.ties[0] + 1
        m.costs[3] = min(m.costs[3], cost)
        if np.random.randint(m.ties[0]) == 0:
            m.choice[0], m.choice[1], m.choice[2] = task, target, after


@small
def _end_of_block(g: Graph, m: Memory, first: int, length: int) -> int:
    """Where on the path the tasks end that follow each other on the resource of the one at ``first``. A path
    leads backward: the last of them is the first on the resource."""
    last = first
    while last + 1 < length and g.chains.before[m.path[last]] == m.path[last + 1]:
        last += 1
    return last


@small
def _within(a: Steps, g: Graph, m: Memory, first: int, last: int, place: int, weights: Floats) -> None:
    """The task at that place of its block, behind or before others of it."""
    task = m.path[place]
    for side in range(4):
        other = _partner(m, first, last, place, side)
        if other < 0:
            continue
        behind = side % 2 == 0
        if behind and can_follow(a, g.chains, task, other):
            cost, forbidden = _estimate(a, g, m, task, other, behind, weights)
            _offer(m, cost, forbidden, task, g.chains.resource_of[task], other)
        elif not behind and can_precede(a, g.chains, task, other):
            cost, forbidden = _estimate(a, g, m, task, other, behind, weights)
            _offer(m, cost, forbidden, task, g.chains.resource_of[task], g.chains.before[other])


@small
def _partner(m: Memory, first: int, last: int, place: int, side: int) -> int:
    """With which task of its block the one there is tried: behind the block's last (0), before its first (1),
    the block's first behind it (2) or last before it (3) is that the other way round. -1: none."""
    if first == last:
        return -1
    if side == 0 and place > first:
        return m.path[first]
    if side == 1 and place < last and not (place == first and last == first + 1):
        return m.path[last]
    if side == 2 and place == last and last > first + 1:
        return m.path[first + 1 + np.random.randint(last - first - 1)]
    if side == 3 and place == first and last > first + 1:
        return m.path[first + 1 + np.random.randint(last - first - 1)]
    return -1


@bare
def late_jobs(a: Steps, g: Graph, m: Memory, weights: Floats) -> int:
    """Those whose end costs something, in an order by chance; the first few of them."""
    found = 0
    for job in range(len(a.job_due)):
        late = g.chains.finish[job] > a.job_due[job] and weights[0] * a.job_weight[job] > 0
        if late:
            m.jobs[found] = job
            found += 1
    for entry in range(found - 1, 0, -1):
        other = np.random.randint(entry + 1)
        m.jobs[entry], m.jobs[other] = m.jobs[other], m.jobs[entry]
    return min(found, AT_ONCE)


@bare
def trace(a: Steps, g: Graph, m: Memory, job: int) -> int:
    """One critical path from the job's end backward, as far as no other went in this move; its length."""
    w, length = g.chains, 0
    task, choices = -1, 0
    for entry in range(w.sink_from[job], w.sink_from[job + 1]):
        if w.ends[w.sinks[entry]] == w.finish[job]:
            choices += 1
            if np.random.randint(choices) == 0:
                task = w.sinks[entry]
    while task >= 0 and m.seen[task] != m.counted[0]:
        m.seen[task] = m.counted[0]
        m.path[length] = task
        length += 1
        start, following, choices = w.starts[task], -1, 0
        before = w.before[task]
        if before >= 0 and w.ends[before] == start:
            following, choices = before, 1
        for entry in range(a.pred_from[task], a.pred_from[task + 1]):
            if w.ends[a.pred[entry]] + a.task_wait[task] == start:
                choices += 1
                if np.random.randint(choices) == 0:
                    following = a.pred[entry]
        task = following
    return length


@bare
def _estimate(
    a: Steps, g: Graph, m: Memory, task: int, other: int, behind: bool, weights: Floats
) -> tuple[float, bool]:
    """What the plan would cost with the task right behind, or right before, another of its resource, and
    whether that is forbidden."""
    w, count, forbidden = g.chains, 0, False
    if behind:
        free = w.ends[w.before[task]] if w.before[task] >= 0 else 0
        one, following = w.behind[task], w.behind[other]
    else:
        free = w.ends[w.before[other]] if w.before[other] >= 0 else 0
        one, following = other, w.behind[task]
        m.heads[0] = max(ready_at(a, task, w.ends), free)
        free = m.heads[0] + g.seconds[task]
        m.block[0] = task
        count = 1
    while one != following and one != task:
        m.heads[count] = max(ready_at(a, one, w.ends), free)
        free = m.heads[count] + g.seconds[one]
        m.block[count] = one
        count += 1
        pair = mark(one, task) if behind else mark(task, one)
        forbidden = forbidden or m.until[pair] >= m.counted[0]
        one = w.behind[one]
    if behind:
        m.heads[count] = max(ready_at(a, task, w.ends), free)
        m.block[count] = task
        count += 1
    return _through(a, g, m, count, following, weights), forbidden


@small
def _through(a: Steps, g: Graph, m: Memory, count: int, following: int, weights: Floats) -> float:
    """The cost if the block's tasks begin at their new heads and ``following`` comes behind them. Jobs that
    have a longest way around them keep their end."""
    cost = 0.0
    for job in range(len(a.job_due)):
        tail = g.tails[following, job] if following >= 0 else FAR
        finish, was = 0, 0
        for entry in range(count - 1, -1, -1):
            task = m.block[entry]
            tail = max(tail, behind_in_job(a, g, task, job)) + g.seconds[task]
            finish = max(finish, m.heads[entry] + tail)
            was = max(was, g.chains.starts[task] + g.tails[task, job])
        if was < g.chains.finish[job]:
            finish = max(finish, g.chains.finish[job])
        cost += cost_at(a, job, finish, weights)
    return cost


@bare
def _elsewhere(a: Steps, g: Graph, m: Memory, task: int, weights: Floats) -> None:
    """The task on its other resources, at each place that makes sense."""
    w = g.chains
    ready = ready_at(a, task, w.ends)
    for choice in range(a.alt_from[task], a.alt_from[task + 1]):
        target = a.alt_resource[choice]
        if target == w.resource_of[task]:
            continue
        forbidden = m.until[mark(task, len(a.task_job) + target)] >= m.counted[0]
        after, behind = -1, w.first[target]
        while behind >= 0 and not can_precede(a, w, task, behind):
            after, behind = behind, w.behind[behind]
        while after < 0 or can_follow(a, w, task, after):
            start = max(ready, w.ends[after]) if after >= 0 else ready
            cost = _between(a, g, task, start + a.alt_seconds[choice], behind, weights)
            _offer(m, cost, forbidden, task, target, after)
            if behind < 0:
                break
            after, behind = behind, w.behind[behind]


@small
def _between(a: Steps, g: Graph, task: int, end: int, following: int, weights: Floats) -> float:
    """The cost if the task ends then, on another resource, and ``following`` comes behind it there."""
    w, cost = g.chains, 0.0
    for job in range(len(a.job_due)):
        tail = behind_in_job(a, g, task, job)
        if following >= 0:
            tail = max(tail, g.tails[following, job])
        finish = max(end + tail, 0)
        if w.starts[task] + g.tails[task, job] < w.finish[job]:
            finish = max(finish, w.finish[job])
        cost += cost_at(a, job, finish, weights)
    return cost

"""One round of attempts over the network: calls in threads, what they led to in the thread that began it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack

from integrations.domain.outbox.outcome import Outcome
from integrations.models import OutboundMessage

Attempt = Callable[[], Outcome]
"""Needs no database."""

AT_ONCE = 8
"""Calls to one partner at the same time."""
LOOK_EVERY_SECONDS = 0.2
BEGIN_WITHIN_SECONDS = 5.0
"""What hasn't begun by then is given back, so that a slow partner holds nobody up."""

Answered = list[tuple[OutboundMessage, Outcome]]


def attempt_all(
    attempts: Mapping[OutboundMessage, Attempt],
) -> Iterator[tuple[Answered, list[OutboundMessage], list[OutboundMessage]]]:
    """Make the attempts, each partner's in threads of their own, in the order given.

    Yields every fifth of a second what was answered, what is given back without an attempt (its partner isn't
    there, or the round is over) and what is still under way.
    """
    began = time.monotonic()
    with ExitStack() as stack:
        waiting = _begun(attempts, stack)
        while waiting:
            done, _open = wait(waiting, timeout=LOOK_EVERY_SECONDS)
            answered = [(waiting.pop(future), future.result()) for future in done]
            gone = {message.connection_id for message, outcome in answered if outcome.unreachable}
            is_over = time.monotonic() - began > BEGIN_WITHIN_SECONDS
            back = [
                future
                for future, message in waiting.items()
                if (is_over or message.connection_id in gone) and future.cancel()
            ]
            yield answered, [waiting.pop(future) for future in back], list(waiting.values())


def _begun(
    attempts: Mapping[OutboundMessage, Attempt], stack: ExitStack
) -> dict[Future[Outcome], OutboundMessage]:
    pools: dict[int, ThreadPoolExecutor] = {}
    for partner in {message.connection_id for message in attempts}:
        pools[partner] = ThreadPoolExecutor(max_workers=AT_ONCE)
        # Whatever stops this round, what hasn't begun is not begun any more.
        stack.callback(pools[partner].shutdown, cancel_futures=True)
    return {pools[message.connection_id].submit(attempt): message for message, attempt in attempts.items()}

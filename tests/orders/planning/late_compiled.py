"""A program that names the kernels which searches of any shops need and nobody compiled ahead."""

import gc
import sys
from dataclasses import replace

from hypothesis import given, seed, settings
from numba.core.dispatcher import Dispatcher

from orders.planning.engine.arrays import to_arrays
from orders.planning.engine.dispatch import first_sequences
from orders.planning.engine.improve import improve
from orders.planning.engine.shop import Resource, Task, Window
from orders.planning.warm import plans_compiled
from tests.orders.planning.shops import shops


def compiled():
    kernels = (one for one in gc.get_objects() if isinstance(one, Dispatcher))
    return {(one.__module__, one.__qualname__, len(one.signatures)) for one in kernels}


def plain(shop):
    """Without breaks, changeovers and what else keeps tasks apart: other searches are for these."""
    always = (Window(0, 1_000_000),)
    resources = tuple(Resource(one.code, always) for one in shop.resources)
    tasks = (
        Task(one.job, one.alternatives, after=one.after, outside_seconds=one.outside_seconds)
        for one in shop.tasks
    )
    return replace(shop, resources=resources, tasks=tuple(tasks))


@seed(1)
@settings(max_examples=40, deadline=None, database=None)
@given(shops(special=True))
def search(shop):
    for one in (shop, plain(shop)):
        improve(one, first_sequences(to_arrays(one)), rounds=12)


if __name__ == "__main__":
    plans_compiled()
    ahead = compiled()
    search()
    sys.stdout.write("\n".join(str(one) for one in sorted(compiled() - ahead)) or "none")

"""How much the parts of ``make bench`` do: enough for a figure and all together within ten minutes on two
quiet cores. ``MES_BENCH_ORDERS=10000 make bench PARTS=import`` does more."""

import os


def _size(name: str, usual: int) -> int:
    return int(os.environ.get(f"MES_BENCH_{name}", usual))


ORDERS = _size("ORDERS", 1_000)
ITEMS = _size("ITEMS", 10_000)
LINKS = _size("LINKS", 500_000)
"""Of a genealogy; a large plant's has ten million."""
ROUNDS = _size("ROUNDS", 10)
"""In which ours and the reference take turns."""
TERMINAL_SECONDS = _size("TERMINAL_SECONDS", 10)
SCREEN_MACHINES, SCREEN_PAGES = _size("SCREEN_MACHINES", 200), _size("SCREEN_PAGES", 100)
ASKED_MACHINES, ASKED_ROUNDS = _size("ASKED_MACHINES", 8), _size("ASKED_ROUNDS", 3)
INGEST_MACHINES = _size("INGEST_MACHINES", 3_000)
STREAM_MACHINES = _size("STREAM_MACHINES", 15_000)
STREAM_RATE = _size("STREAM_RATE", 7_500)
"""Events a second."""
STREAM_SECONDS = _size("STREAM_SECONDS", 30)

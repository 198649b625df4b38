"""``python -m integrations.signals.edge``: an edge gateway. All it needs comes from the environment.

MES_EDGE_SERVER     address of the server, e.g. https://mes.plant.example/
MES_EDGE_KEY        its API key
MES_EDGE_DIR        where the buffer lies (default: ./edge)
MES_EDGE_BUFFER_MB  how large it may grow (default: 2048)
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

import structlog
from django.conf import settings

from integrations.signals.edge.link import ServerLink
from integrations.signals.edge.service import Gateway
from integrations.signals.edge.spool import Spool


async def run(server: str, key: str, folder: Path, megabytes: float) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    spool = Spool(folder / "buffer.sqlite3", limit=int(megabytes * 1024 * 1024))
    try:
        await Gateway(spool, ServerLink(server, key), stop).run()
    finally:
        spool.close()


def speak_english() -> None:
    """What readers say of broken input is translated on a server; here are neither languages nor settings."""
    if not settings.configured:
        settings.configure(USE_I18N=False)


def main() -> int:
    speak_english()
    server, key = os.environ.get("MES_EDGE_SERVER", ""), os.environ.get("MES_EDGE_KEY", "")
    if not server or not key:
        sys.stderr.write("Set MES_EDGE_SERVER and MES_EDGE_KEY (see docs/how-to/edge-gateway.md).\n")
        return 2
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    sys.stdout.write("edge gateway ready\n")
    sys.stdout.flush()
    asyncio.run(
        run(
            server,
            key,
            Path(os.environ.get("MES_EDGE_DIR", "edge")),
            float(os.environ.get("MES_EDGE_BUFFER_MB", "2048")),
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

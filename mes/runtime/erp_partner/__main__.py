"""`python -m mes.runtime.erp_partner`: the simulated ERP of the demo, until it is stopped."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path

import httpx

from mes.runtime.erp_partner.files import take_files
from mes.runtime.erp_partner.ledger import REFUSED_ONE_IN, Ledger
from mes.runtime.erp_partner.pulling import Puller
from mes.runtime.erp_partner.webhook import Server, Sleep
from mes.runtime.layout import DEMO, ERP_PARTNER

ERP_KEY = "demo-erp-key"
SECRET_NAME = "MES_DEMO_WEBHOOK_SECRET"  # noqa: S105
FILES_EVERY_SECONDS = 2.0
PULLS_EVERY_ROUNDS = 30

logger = logging.getLogger("erp")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m mes.runtime.erp_partner", description=__doc__)
    parser.add_argument("--down", type=float, default=0, help="answer nothing for so many seconds at first")
    parser.add_argument(
        "--refuse-one-in",
        type=int,
        default=REFUSED_ONE_IN,
        help="closed periods; 0 refuses nothing (default: %(default)s)",
    )
    options = parser.parse_args()
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    environment = DEMO.environment() | dict(os.environ)
    secret = environment.get(SECRET_NAME, "")
    if not secret:
        sys.stderr.write(f"{SECRET_NAME} is not set, so no signature can be checked.\n")
        return 1
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    ledger = Ledger(DEMO.directory / "erp" / "ledger.sqlite", refuse_one_in=options.refuse_one_in)
    sleep = Sleep(options.down)
    server = Server(ERP_PARTNER.number, ledger=ledger, secret=secret.encode(), sleep=sleep)
    server.run_in_background()
    logger.info("Booking confirmations; see http://localhost:%s/", ERP_PARTNER.number)
    puller = Puller.of(environment["MES_WEB_URL"], ERP_KEY, ledger)
    read_until(stop, Path(environment["MES_OUTBOX_DIR"]) / "idoc", ledger, puller, sleep)
    server.shutdown()
    return 0


def read_until(stop: threading.Event, folder: Path, ledger: Ledger, puller: Puller, sleep: Sleep) -> None:
    """Files every two seconds, the pull endpoint every minute; nothing while the ERP is down."""
    rounds = 0
    while not stop.wait(FILES_EVERY_SECONDS):
        if sleep.is_down:
            continue
        rounds += 1
        take_files(folder, ledger)
        if rounds % PULLS_EVERY_ROUNDS == 0:
            try:
                while puller.pull() and not stop.is_set():
                    continue
            except (httpx.HTTPError, KeyError, ValueError) as error:
                logger.warning("The pull endpoint: %s", error)


if __name__ == "__main__":
    sys.exit(main())

"""`python -m mes.runtime.erp_chaos.partner PORT LEDGER SECRET`: an ERP that books and then loses answers."""

from __future__ import annotations

import random
import sys
import time
from http import HTTPStatus
from pathlib import Path
from typing import Any

from mes.runtime.erp_partner.ledger import Ledger
from mes.runtime.erp_partner.webhook import Handler, Server, Sleep

LOST_ANSWERS, BUSY, SLOW = 0.04, 0.03, 0.03
SLOW_SECONDS = 0.3


class LosingHandler(Handler):
    """Books like any ERP; some answers never arrive, some requests are turned away before booking."""

    chance = random.Random()  # noqa: S311 - chaos, not secrets

    def _take(self, body: bytes) -> None:
        if self.chance.random() < BUSY:
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, {"error": "Busy."})
            return
        if self.chance.random() < SLOW:
            time.sleep(SLOW_SECONDS)
        super()._take(body)

    def _answer(self, status: HTTPStatus, data: dict[str, Any]) -> None:
        if status == HTTPStatus.OK and self.chance.random() < LOST_ANSWERS:
            self.close_connection = True
            return
        super()._answer(status, data)


def main() -> None:
    port, ledger, secret = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3].encode()
    server = Server(port, ledger=Ledger(ledger, refuse_one_in=0), secret=secret, sleep=Sleep())
    server.RequestHandlerClass = LosingHandler
    server.serve_forever()


if __name__ == "__main__":
    main()

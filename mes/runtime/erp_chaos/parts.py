"""The real processes that take part in a chaos run of the ERP link and are killed in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from mes.runtime.chaos.processes import Processes, free_port, web_command

SECRET_NAME, SECRET = "CHAOS_SECRET", "chaos"


class Parts(Processes):
    """Relays, the web process and the ERP, whose books lie in ``directory``, too.

    ``environment`` is that of the product's processes.
    """

    def __init__(
        self,
        directory: Path,
        *,
        relays: int,
        environment: Mapping[str, str],
        break_database: Callable[[], None],
    ) -> None:
        self.ledger = directory / "ledger.sqlite"
        self.web, self.erp = free_port(), free_port()
        relay = ("manage.py", "relay", "--every", "0.2")
        super().__init__(
            directory,
            {
                **{f"relay-{n}": relay for n in range(1, relays + 1)},
                "web": web_command(self.web),
                "erp": ("-m", "mes.runtime.erp_chaos.partner", str(self.erp), str(self.ledger), SECRET),
            },
            environment={SECRET_NAME: SECRET, **environment},
            break_database=break_database,
        )

    @property
    def address(self) -> str:
        """Where the ERP takes confirmations."""
        return f"http://127.0.0.1:{self.erp}/confirmations"

    @property
    def url(self) -> str:
        """Of the MES's API."""
        return f"http://127.0.0.1:{self.web}"

    def start_all(self) -> None:
        """Start everything and wait until the ERP has its books open."""
        super().start_all()
        while not self.ledger.exists():
            self.tend()
            time.sleep(0.1)

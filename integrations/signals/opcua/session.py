"""One connected session: opened with who we are, asked in portions the server allows."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from asyncua import Client, ua

from integrations.signals.base import ConnectionLost, Settings
from integrations.signals.opcua.addresses import BASE, Address, Name
from integrations.signals.opcua.decode import utc
from integrations.signals.opcua.security import own_identity, secure

# A lost connection is told by us, once and in a sentence; the library tells it by stack traces.
logging.getLogger("asyncua").setLevel(logging.CRITICAL)

PORTION = 500
ANSWER_SECONDS = 10.0
FAREWELL_SECONDS = 2.0
_LIMIT_NODES = (
    ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerRead,
    ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerTranslateBrowsePathsToNodeIds,
    ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall,
    ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerBrowse,
)
_REFUSED = {
    ua.StatusCodes.BadSecurityChecksFailed: "The server refuses our certificate: trust {own} there.",
    ua.StatusCodes.BadCertificateUntrusted: "The server refuses our certificate: trust {own} there.",
    ua.StatusCodes.BadCertificateTimeInvalid: "A certificate is out of its time; compare the server's clock.",
    ua.StatusCodes.BadIdentityTokenRejected: "The server refuses this user name or password.",
    ua.StatusCodes.BadIdentityTokenInvalid: "The server doesn't take this way of logging in.",
    ua.StatusCodes.BadUserAccessDenied: "The server refuses this user name or password.",
    ua.StatusCodes.BadTooManySessions: "The server has no session left for us.",
}
T = TypeVar("T")
Answer = TypeVar("Answer")


@dataclass(slots=True)
class Session:
    """``started`` is the server's start; ``now`` its clock at the connect."""

    client: Client
    started: datetime
    now: datetime
    namespaces: list[str]
    portion: int = PORTION
    _types: dict[Name, tuple[ua.NodeId, ...]] = field(default_factory=dict)

    async def load_types(self) -> None:
        """Learn the server's own data types; what can't be loaded leaves its values unread."""
        with contextlib.suppress(Exception):  # some models can't be loaded whole; the types we need are
            await self.client.load_data_type_definitions()

    async def in_portions(
        self, all_of_it: Sequence[T], ask: Callable[[Sequence[T]], Awaitable[Sequence[Answer]]]
    ) -> list[Answer]:
        """Ask for many things by as many requests as the server wants."""
        answers: list[Answer] = []
        for start in range(0, len(all_of_it), self.portion):
            answers += await ask(all_of_it[start : start + self.portion])
        return answers

    async def resolve(self, addresses: Sequence[Address]) -> list[ua.NodeId | None]:
        """The nodes as they are numbered today; None for what the server doesn't have."""
        found: list[ua.NodeId | None] = [
            self._by_id(address) if address.node_id else None for address in addresses
        ]
        asked = [place for place, address in enumerate(addresses) if address.path]
        paths = [self._browse_path(addresses[place].path) for place in asked]
        known = [(place, path) for place, path in zip(asked, paths, strict=True) if path is not None]
        results = await self.in_portions(
            [path for _, path in known],
            lambda part: self.client.uaclient.translate_browsepaths_to_nodeids(list(part)),
        )
        for (place, _), result in zip(known, results, strict=True):
            if result.StatusCode.is_good() and result.Targets:
                found[place] = self.local(result.Targets[0].TargetId)
        return found

    async def values(self, nodes: Sequence[ua.NodeId]) -> list[ua.DataValue]:
        return await self.attributes(nodes, ua.AttributeIds.Value)

    async def attributes(self, nodes: Sequence[ua.NodeId], attribute: ua.AttributeIds) -> list[ua.DataValue]:
        async def read(part: Sequence[ua.NodeId]) -> Sequence[ua.DataValue]:
            wanted = [ua.ReadValueId(NodeId=node, AttributeId=attribute) for node in part]
            parameters = ua.ReadParameters(TimestampsToReturn=ua.TimestampsToReturn.Both, NodesToRead=wanted)
            answers: Sequence[ua.DataValue] = await self.client.uaclient.read(parameters)
            return answers

        return await self.in_portions(nodes, read)

    async def event_types(self, name: Name) -> tuple[ua.NodeId, ...]:
        """An event type and those derived from it. Empty if the server doesn't know it."""
        if name not in self._types:
            self._types |= await self._event_types()
        return self._types.get(name, ())

    async def _event_types(self) -> dict[Name, tuple[ua.NodeId, ...]]:
        names: dict[ua.NodeId, Name] = {}
        above: dict[ua.NodeId, tuple[ua.NodeId, ...]] = {ua.NodeId(ua.ObjectIds.BaseEventType): ()}
        level = list(above)
        while level:
            found = await self.children(level, ua.ObjectIds.HasSubtype)
            level = []
            for parent, references in found:
                for reference in references:
                    node = self.local(reference.NodeId)
                    names[node] = self.name(reference.BrowseName)
                    above[node] = (*above[parent], parent)
                    level.append(node)
        below: dict[ua.NodeId, list[ua.NodeId]] = {node: [node] for node in names}
        for node, parents in above.items():
            for parent in parents:
                if parent in below:
                    below[parent].append(node)
        return {names[node]: tuple(kinds) for node, kinds in below.items()}

    async def children(
        self, nodes: Sequence[ua.NodeId], references: int = ua.ObjectIds.HierarchicalReferences
    ) -> list[tuple[ua.NodeId, list[ua.ReferenceDescription]]]:
        """What each node refers to by references of a kind, followed to the end."""

        async def browse(part: Sequence[ua.NodeId]) -> Sequence[ua.BrowseResult]:
            wanted = [_browse_description(node, references) for node in part]
            parameters = ua.BrowseParameters(View=ua.ViewDescription(), NodesToBrowse=wanted)
            results: Sequence[ua.BrowseResult] = await self.client.uaclient.browse(parameters)
            return results

        results = await self.in_portions(nodes, browse)
        return [(node, await self._all(result)) for node, result in zip(nodes, results, strict=True)]

    async def _all(self, result: ua.BrowseResult) -> list[ua.ReferenceDescription]:
        found = list(result.References or ())
        more = result.ContinuationPoint
        while more:
            parameters = ua.BrowseNextParameters(ReleaseContinuationPoints=False, ContinuationPoints=[more])
            [result] = await self.client.uaclient.browse_next(parameters)
            found += result.References or ()
            more = result.ContinuationPoint
        return found

    def name(self, qualified: ua.QualifiedName) -> Name:
        index = qualified.NamespaceIndex
        uri = self.namespaces[index] if index < len(self.namespaces) else f"ns={index}"
        return Name(uri, qualified.Name)

    def qualified(self, name: Name) -> ua.QualifiedName | None:
        """None for a namespace that this server doesn't have."""
        if name.uri not in self.namespaces:
            return None
        return ua.QualifiedName(name.name, self.namespaces.index(name.uri))

    def local(self, node: ua.NodeId) -> ua.NodeId:
        """A node id with its namespace's number, also where the server told the URI."""
        uri = getattr(node, "NamespaceUri", None)
        index = self.namespaces.index(uri) if uri in self.namespaces else node.NamespaceIndex
        return ua.NodeId(node.Identifier, index, node.NodeIdType)

    def _by_id(self, address: Address) -> ua.NodeId | None:
        text, uri = address.node_id, BASE
        if text.startswith("nsu="):
            uri, _, text = text[4:].partition(";")
        if uri not in self.namespaces:
            return None
        try:
            return ua.NodeId.from_string(f"ns={self.namespaces.index(uri)};{text}")
        except (ua.UaError, ValueError):
            return None

    def _browse_path(self, path: Sequence[Name]) -> ua.BrowsePath | None:
        names = [self.qualified(name) for name in path]
        if None in names:
            return None
        elements = [
            ua.RelativePathElement(
                ReferenceTypeId=ua.NodeId(ua.ObjectIds.HierarchicalReferences),
                IsInverse=False,
                IncludeSubtypes=True,
                TargetName=name,
            )
            for name in names
        ]
        return ua.BrowsePath(
            StartingNode=ua.NodeId(ua.ObjectIds.ObjectsFolder), RelativePath=ua.RelativePath(elements)
        )


def _browse_description(node: ua.NodeId, references: int) -> ua.BrowseDescription:
    return ua.BrowseDescription(
        NodeId=node,
        BrowseDirection=ua.BrowseDirection.Forward,
        ReferenceTypeId=ua.NodeId(references),
        IncludeSubtypes=True,
        NodeClassMask=0,
        ResultMask=ua.BrowseResultMask.All,
    )


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Session]:
    """A session with a running server, closed at the end. Raises ``ConnectionLost`` with what to do."""
    client = await _client(settings)
    with said_in_words(settings):
        await client.connect()
    try:
        with said_in_words(settings):
            session = await _session(client)
        yield session
    finally:
        await _leave(client)


async def _leave(client: Client) -> None:
    """Say good-bye, but don't wait long for an answer: the line may be dead."""
    leaving = asyncio.create_task(client.disconnect())
    await asyncio.wait({leaving}, timeout=FAREWELL_SECONDS)
    if not leaving.done():
        leaving.cancel()
        client.disconnect_socket()
    elif not leaving.cancelled():
        leaving.exception()


async def _client(settings: Settings) -> Client:
    parts = urlsplit(settings.address)
    if parts.scheme != "opc.tcp" or not parts.hostname:
        raise ConnectionLost(f"{settings.address} is no address like opc.tcp://host:4840.")
    options = settings.options
    client = Client(settings.address, timeout=ANSWER_SECONDS, watchdog_intervall=ANSWER_SECONDS)
    client.name = client.description = f"MES {settings.code}"
    policy = str(options.get("security") or "Basic256Sha256,SignAndEncrypt")
    user, has_password, password = settings.secret.partition(":")
    if has_password:
        if policy == "None":
            raise ConnectionLost("A password is not sent unprotected: choose a security for this connection.")
        client.set_user(user)
        client.set_password(password)
    with said_in_words(settings):
        await secure(
            client,
            policy=policy,
            trusted=str(options.get("trusted") or ""),
            trust_any=bool(options.get("trust_any")),
        )
    return client


async def _session(client: Client) -> Session:
    wanted = (
        ua.ObjectIds.Server_ServerStatus_StartTime,
        ua.ObjectIds.Server_ServerStatus_CurrentTime,
        ua.ObjectIds.Server_ServerStatus_State,
        *_LIMIT_NODES,
    )
    answers = await client.uaclient.read_attributes(
        [ua.NodeId(number) for number in wanted], ua.AttributeIds.Value
    )
    started, now, state, *limits = (
        answer.Value.Value if answer.Value is not None and answer.StatusCode.is_good() else None
        for answer in answers
    )
    if state not in (None, ua.ServerState.Running.value):
        raise ConnectionLost(f"The server is in the state {ua.ServerState(state).name}.")
    namespaces = await client.get_namespace_array()
    allowed = [limit for limit in limits if isinstance(limit, int) and limit > 0]
    moment = datetime.now(UTC)
    return Session(client, utc(started) or moment, utc(now) or moment, namespaces, min([PORTION, *allowed]))


@contextlib.contextmanager
def said_in_words(settings: Settings) -> Any:
    """Whatever the library or the network raises, as one sentence."""
    try:
        yield
    except ua.UaStatusCodeError as error:
        words = _REFUSED.get(error.code, "The server answers {code}: {error}")
        own = own_identity().certificate if "{own}" in words else ""
        raise ConnectionLost(
            words.format(own=own, code=ua.StatusCode(error.code).name, error=error)
        ) from error
    except TimeoutError as error:
        raise ConnectionLost(f"No answer from {settings.address} within {ANSWER_SECONDS:.0f} s.") from error
    except (ua.UaError, OSError, EOFError) as error:
        raise ConnectionLost(
            f"{settings.address} can't be reached: {error or type(error).__name__}"
        ) from error

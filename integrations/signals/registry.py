"""The protocols there are: each is the folder of its name beside this file."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import cast

from integrations.signals.base import Option, ProtocolModule, Settings, Transport

PROTOCOLS = ("mtconnect", "opcua", "sparkplug", "topics", "pulse", "file")


class UnknownProtocol(Exception):
    """No such protocol is installed; the text is for an engineer."""


def protocol_module(name: str) -> ProtocolModule:
    """Raises ``UnknownProtocol``."""
    if not is_installed(name):
        raise UnknownProtocol(f"This installation has no connector for {name!r}.")
    return cast(ProtocolModule, import_module(f"integrations.signals.{name}"))


def is_installed(name: str) -> bool:
    return name in PROTOCOLS and find_spec(f"integrations.signals.{name}") is not None


def options_of(name: str) -> Sequence[Option]:
    """Raises ``UnknownProtocol``."""
    return protocol_module(name).OPTIONS


def transport_for(protocol: str, settings: Settings) -> Transport:
    """A connector for one sender, not yet connected. Raises ``UnknownProtocol``."""
    return protocol_module(protocol).transport(settings)

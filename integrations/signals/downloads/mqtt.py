"""A command on one topic, its echo on another: the gateway says what the machine has now."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from typing import Any

import aiomqtt
import orjson

from integrations.signals.downloads.base import ANSWER_SECONDS, CannotSend, Load
from integrations.signals.mqtt.broker import QOS, client_for
from orders.domain.downloads import Sent

_READ_BACK = ("program", "revision", "sha256", "comment", "parameters")


async def send_by_mqtt(
    load: Load, *, url: str, options: Mapping[str, Any], seconds: float = ANSWER_SECONDS
) -> Sent:
    """Publish and wait for the echo with our id. Raises ``CannotSend``."""
    command = load.as_json()
    if options.get("with_file") and load.content is not None:
        command |= {"file_name": load.file_name, "content": base64.b64encode(load.content).decode()}
    try:
        async with client_for(url, client_id=f"mes-download-{load.id[:12]}", lasting=False) as client:
            await client.subscribe(options["echo_topic"], qos=QOS)
            await client.publish(options["topic"], orjson.dumps(command), qos=QOS)
            async with asyncio.timeout(seconds):
                echo = await _echo(client, load.id)
    except TimeoutError as error:
        raise CannotSend(f"No echo on {options['echo_topic']} within {seconds:.0f} s.") from error
    except (aiomqtt.MqttError, ValueError, OSError) as error:
        raise CannotSend(f"The broker can't be reached: {error}") from error
    return Sent(
        accepted=echo.get("accepted") is not False,
        read_back={name: echo[name] for name in _READ_BACK if name in echo},
        old=echo["old"] if isinstance(echo.get("old"), dict) else {},
        comment=str(echo.get("reason") or ""),
    )


async def _echo(client: aiomqtt.Client, id: str) -> dict[str, Any]:
    async for message in client.messages:
        try:
            echo = orjson.loads(bytes(message.payload))
        except orjson.JSONDecodeError:
            continue
        if isinstance(echo, dict) and echo.get("id") == id:
            return echo
    raise aiomqtt.MqttError("the broker closed the connection")

"""The demo's MQTT broker: `python -m mes.runtime.mqtt_broker`. Without passwords, so on this machine only.

A client must give a name: amqtt keeps nothing for nameless ones while they are away.
"""

from __future__ import annotations

import asyncio
import logging
import signal

from amqtt.broker import Broker

from mes.runtime.layout import MQTT


async def serve(port: int) -> None:
    """Serve MQTT 3.1.1 on 127.0.0.1:`port` until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": False}},
        }
    )
    await broker.start()
    logging.getLogger(__name__).info("MQTT on 127.0.0.1:%s", port)
    await stop.wait()
    await broker.shutdown()


if __name__ == "__main__":
    logging.basicConfig(format="%(levelname)s %(name)s %(message)s", level=logging.INFO)
    for chatty in ("amqtt", "transitions"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    asyncio.run(serve(MQTT.number))

"""A message on `mes/<plant>/…/samples` as a list of samples."""

from __future__ import annotations

from typing import Any

import orjson

LARGEST_MESSAGE = 10 * 1024 * 1024


class Undecodable(Exception):
    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


def samples_in(payload: bytes) -> list[Any]:
    """The samples in a message: a list, one object, or an object with a list named ``samples``.

    Whether the broker retained it doesn't matter: a sample known by its boot and number has no effect, one
    that isn't did happen. Raises ``Undecodable``.
    """
    if len(payload) > LARGEST_MESSAGE:
        raise Undecodable("too_large", f"{len(payload)} bytes are more than {LARGEST_MESSAGE}")
    try:
        data = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise Undecodable("broken_json", f"not JSON in UTF-8: {str(error)[:200]}") from None
    if isinstance(data, dict):
        data = data["samples"] if isinstance(data.get("samples"), list) else [data]
    if not isinstance(data, list):
        raise Undecodable("not_a_list", "neither a list of samples nor one sample")
    return data

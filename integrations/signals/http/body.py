"""The body of a request as a list of samples, never larger than allowed."""

from __future__ import annotations

import zlib
from typing import Any

import orjson
from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.request import Request

from integrations.erp.api.errors import NotJson, TooLarge
from machines.domain.ingest import LARGEST_BATCH
from mes.lib.errors import InvalidInput, Problem


def samples_in(request: Request) -> list[Any]:
    """The list of samples in the body, plain or gzip.

    Raises ``TooLarge`` (also for a body that only unpacks too large), ``NotJson``, ``InvalidInput``.
    """
    data = parse(unpack(request._request.body, request.headers.get("Content-Encoding", "")))
    if isinstance(data, dict):
        data = data["samples"] if isinstance(data.get("samples"), list) else [data]
    if not isinstance(data, list) or not data:
        raise InvalidInput([Problem("not_a_list", _("Send a list of samples."))])
    if len(data) > LARGEST_BATCH:
        message = _("At most %(most)d samples are taken at once, not %(count)d.")
        raise InvalidInput([Problem("too_many", message % {"most": LARGEST_BATCH, "count": len(data)})])
    return data


def unpack(body: bytes, encoding: str) -> bytes:
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return body
    if encoding != "gzip":
        raise NotJson("unknown_encoding", _("Only gzip is unpacked."))
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        unpacked = unpacker.decompress(body, limit + 1)
    except zlib.error as error:
        raise NotJson("not_gzip", _("The body is no gzip: %s") % error) from None
    if len(unpacked) > limit:
        raise TooLarge("too_large", _("The message is too large."))
    if not unpacker.eof:
        raise NotJson("not_gzip", _("The body ends in the middle."))
    return unpacked


def parse(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise NotJson("not_json", _("The body is not JSON in UTF-8: %s") % str(error)[:120]) from None

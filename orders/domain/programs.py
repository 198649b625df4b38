"""The program library's files."""

from __future__ import annotations

import hashlib

from orders.models import ProgramFile

LARGEST = 32 * 1024 * 1024


def store_program_file(*, content: bytes) -> ProgramFile:
    """The file with this content, stored once however often it comes."""
    file, _made = ProgramFile.objects.get_or_create(
        sha256=hashlib.sha256(content).hexdigest(), defaults={"content": content}
    )
    return file

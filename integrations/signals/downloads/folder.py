"""A file on the share from which the machine takes its programs (DNC)."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import orjson

from integrations.signals.downloads.base import CannotSend, Load
from orders.domain.downloads import Sent


def send_to_folder(load: Load, *, root: Path, folder: str, parameters_file: bool = False) -> Sent:
    """Write under a temporary name, rename, read back. What is there is left. Raises ``CannotSend``."""
    if load.content is None:
        raise CannotSend(
            f"The library has no file for program {load.program} {load.revision}".strip() + ".", again=False
        )
    place = _place(root, folder)
    target = place / _plain_name(load.file_name)
    try:
        old = _digest(target)
        if old != load.sha256:
            _write(target, load.content, load.id)
        if parameters_file:
            _write(target.with_name(f"{target.name}.json"), orjson.dumps(load.as_json()), load.id)
        found = _digest(target)
    except OSError as error:
        raise CannotSend(f"{target} can't be written: {error.strerror or error}") from error
    return Sent(read_back={"sha256": found}, old={"sha256": old}, comment=str(target))


def _place(root: Path, folder: str) -> Path:
    place = (root / folder).resolve()
    if place == root.resolve() or not place.is_relative_to(root.resolve()):
        raise CannotSend(f"The folder {folder} doesn't lie below {root}.", again=False)
    if not place.is_dir():
        raise CannotSend(f"The folder {place} isn't there.")
    return place


def _plain_name(name: str) -> str:
    if not name or name.startswith(".") or any(character in name for character in "/\\:\x00"):
        raise CannotSend(f"{name!r} is no file name.", again=False)
    return name


def _digest(file: Path) -> str:
    """The file's SHA-256; empty if there is none."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""


def _write(target: Path, content: bytes, mark: str) -> None:
    """The machine sees the old file or the new one, never a half."""
    part = target.with_name(f".{target.name}.{mark[:8]}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)

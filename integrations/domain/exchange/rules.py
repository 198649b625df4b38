"""What was agreed with a partner about its files: when one is complete, whole, and which number it has."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from integrations.domain.exchange.places import Entry
from integrations.enums import FileCheck, FileCompletion
from integrations.models import FileRules
from mes.lib.errors import Problem
from mes.lib.sentences import gettext as _

UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".lock", ".swp")
DIGESTS = {FileCheck.MD5: ".md5", FileCheck.SHA256: ".sha256"}
LONGEST_TRAILER = 200


@dataclass(frozen=True, slots=True)
class Look:
    """How a file looked, and since when (seconds of a monotonic clock) it hasn't changed."""

    size: int
    changed: int
    since: float


@dataclass(frozen=True, slots=True)
class Complete:
    """A complete file. ``name`` is what it is called without a ready suffix, ``stored`` what it is called
    in its place; ``trigger`` and ``digest`` are the files beside it, empty when there are none."""

    name: str
    stored: str
    trigger: str = ""
    digest: str = ""


def looks(entries: Sequence[Entry], before: Mapping[str, Look], now: float) -> dict[str, Look]:
    """How files look at ``now``, given how they looked ``before``."""
    found = {}
    for entry in entries:
        last = before.get(entry.name)
        stands = last is not None and (last.size, last.changed) == (entry.size, entry.changed)
        found[entry.name] = last if stands and last else Look(entry.size, entry.changed, now)
    return found


def complete_files(seen: Mapping[str, Look], rules: FileRules, now: float) -> list[Complete]:
    """Those that may be taken, by number and then by name."""
    found = []
    for stored, look in seen.items():
        if hidden(stored) or stored == rules.appended or _belongs_to_another(stored, rules):
            continue
        candidate = _candidate(stored, look, seen, rules, now)
        if candidate is not None:
            found.append(candidate)
    return sorted(found, key=lambda one: (file_number(one.name, rules) or 0, one.name))


def hidden(name: str) -> bool:
    return name.startswith((".", "~")) or name.lower().endswith(UNFINISHED)


def _belongs_to_another(stored: str, rules: FileRules) -> bool:
    suffix = DIGESTS.get(FileCheck(rules.check_by), "")
    if suffix and stored.endswith(suffix):
        return True
    return rules.completion == FileCompletion.TRIGGER and stored.endswith(rules.ready_suffix)


def _candidate(
    stored: str, look: Look, seen: Mapping[str, Look], rules: FileRules, now: float
) -> Complete | None:
    name, trigger = stored, ""
    if rules.completion == FileCompletion.STILL:
        if now - look.since < rules.settle_seconds:
            return None
    elif rules.completion == FileCompletion.RENAMED:
        if not stored.endswith(rules.ready_suffix) or stored == rules.ready_suffix:
            return None
        name = stored.removesuffix(rules.ready_suffix)
    else:
        stem = stored.rpartition(".")[0] or stored
        beside = (stored + rules.ready_suffix, stem + rules.ready_suffix)
        trigger = next((one for one in beside if one in seen), "")
        if not trigger:
            return None
    digest = ""
    if suffix := DIGESTS.get(FileCheck(rules.check_by), ""):
        digest = next((one + suffix for one in (stored, name) if one + suffix in seen), "")
        if not digest:
            return None
    return Complete(name, stored, trigger, digest)


def digest_problem(body: bytes, said: bytes, rules: FileRules) -> Problem | None:
    """What is wrong when the file beside says another hash. It says ``<hash>`` or ``<hash>  <name>``."""
    name = "sha256" if rules.check_by == FileCheck.SHA256 else "md5"
    expected = said[:LONGEST_TRAILER].decode("ascii", "replace").strip().partition(" ")[0].lower()
    found = hashlib.new(name, body, usedforsecurity=False).hexdigest()
    if found == expected:
        return None
    message = _("The file is not whole: its %(kind)s is %(found)s, the partner says %(said)s.")
    shown = message % {"kind": name.upper(), "found": found, "said": expected[:64] or "?"}
    return Problem("wrong_checksum", shown, value=expected[:100])


def trailer_problem(body: bytes, rules: FileRules) -> Problem | None:
    """What is wrong with the last line, which says how many data rows come before it."""
    rows, trailer = split_trailer(body, rules)
    count = sum(1 for line in rows.splitlines() if line.strip()) - rules.header_rows
    if trailer is None:
        message = _("The file is not whole: its last line doesn't begin with “%s”.")
        return Problem("trailer_missing", message % rules.trailer_mark)
    said = trailer.decode("ascii", "replace").strip(' ;,|\t"\r\n')
    if said.isascii() and said.isdecimal() and int(said) == max(count, 0):
        return None
    message = _("The file is not whole: it has %(found)d data rows, its trailer says %(said)s.")
    return Problem("wrong_row_count", message % {"found": count, "said": said[:40] or "?"}, value=said[:40])


def split_trailer(body: bytes, rules: FileRules) -> tuple[bytes, bytes | None]:
    """The file without its trailer line, and what that line says behind its mark (None: there is none)."""
    end = body.rstrip()
    start = max(end.rfind(b"\n"), end.rfind(b"\r")) + 1
    line, mark = end[start:], rules.trailer_mark.encode()
    if len(line) > LONGEST_TRAILER or not line.startswith(mark):
        return body, None
    return body[:start], line.removeprefix(mark)


def with_trailer(body: bytes, rules: FileRules) -> bytes:
    """A file of ours with the trailer line that was agreed."""
    rows = sum(1 for line in body.splitlines() if line.strip()) - rules.header_rows
    gap = b"" if body.endswith(b"\n") else b"\r\n"
    return body + gap + rules.trailer_mark.encode() + str(max(rows, 0)).encode() + b"\r\n"


def digest_file(body: bytes, name: str, rules: FileRules) -> tuple[str, bytes] | None:
    """Name and content of the file with the hash that goes beside ``name``; None when none was agreed."""
    suffix = DIGESTS.get(FileCheck(rules.check_by))
    if suffix is None:
        return None
    digest = hashlib.new(suffix[1:], body, usedforsecurity=False).hexdigest()
    return name + suffix, f"{digest}  {name}\n".encode()


def file_number(name: str, rules: FileRules) -> int | None:
    """The running number in a file's name by the agreed pattern; None when it has none."""
    if not rules.number_pattern or len(name) > 255:
        return None
    parts = re.split(r"(\{n\}|\*)", rules.number_pattern)
    shapes = {"{n}": "([0-9]{1,18})", "*": ".*?"}
    match = re.fullmatch("".join(shapes.get(part) or re.escape(part) for part in parts), name)
    return int(match[1]) if match else None

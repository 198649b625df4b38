"""Which objects of an overlapping question are new: the same look as last time is nothing new."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping


class Seen:
    """What each object looked like when it came last: ``stamp digest`` by its number. One stamp may hold two
    changes, so the content counts too."""

    def __init__(self, looks: Mapping[str, str]) -> None:
        self.looks = dict(looks)

    def is_new(self, number: str, stamp: str, raw: bytes) -> bool:
        """Whether it looks different from last time; notes the new look."""
        look = f"{stamp} {hashlib.sha256(raw).hexdigest()[:16]}"
        if self.looks.get(number) == look:
            return False
        self.looks[number] = look
        return True

    def since(self, floor: str) -> dict[str, str]:
        """What the next question may bring again."""
        self.looks = {number: look for number, look in self.looks.items() if look >= floor}
        return dict(self.looks)

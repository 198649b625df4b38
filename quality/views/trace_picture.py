"""The picture of a trace: lots in columns, the first material on the left, the last product on the right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from quality.queries.trace import Edge, LotFacts

WIDTH, HEIGHT = 178, 54
GAP_ACROSS, GAP_DOWN = 66, 14


@dataclass(frozen=True, slots=True)
class Box:
    """A lot with its left upper corner."""

    facts: LotFacts
    x: int
    y: int
    chosen: bool

    @property
    def text_x(self) -> int:
        return self.x + 12

    @property
    def first_line(self) -> int:
        return self.y + 18

    @property
    def second_line(self) -> int:
        return self.y + 33

    @property
    def third_line(self) -> int:
        return self.y + 47


@dataclass(frozen=True, slots=True)
class Line:
    """A curve from one box to the next, with how much went along it."""

    path: str
    label: Decimal
    unit: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Picture:
    boxes: Sequence[Box]
    lines: Sequence[Line]
    width: int
    height: int


def draw(
    *, facts: Mapping[int, LotFacts], edges: Sequence[Edge], columns: Mapping[int, int], chosen: int
) -> Picture:
    """Place each lot in its column (any whole numbers), neighbours near each other; sizes in pixels."""
    low = min(columns.values(), default=0)
    by_column: dict[int, list[int]] = {}
    for lot in sorted(columns, key=lambda one: (columns[one], facts[one].lot.item.code, one)):
        by_column.setdefault(columns[lot] - low, []).append(lot)
    tallest = max((len(lots) for lots in by_column.values()), default=1)
    height = tallest * (HEIGHT + GAP_DOWN) + GAP_DOWN
    corner: dict[int, tuple[int, int]] = {}
    for column, lots in by_column.items():
        top = (height - len(lots) * (HEIGHT + GAP_DOWN) + GAP_DOWN) // 2
        for row, lot in enumerate(lots):
            corner[lot] = (8 + column * (WIDTH + GAP_ACROSS), top + row * (HEIGHT + GAP_DOWN))
    lines = []
    edges = [edge for edge in edges if edge.parent in corner and edge.child in corner]
    into = Counter(edge.child for edge in edges)
    for edge in edges:
        (x1, y1), (x2, y2) = corner[edge.parent], corner[edge.child]
        x1, y1, y2 = x1 + WIDTH, y1 + HEIGHT // 2, y2 + HEIGHT // 2
        middle = (x1 + x2) // 2
        # Where several curves come together, their labels stand one below the other.
        label_y = y2 if into[edge.child] == 1 else (y1 + y2) // 2
        lines.append(
            Line(
                f"M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}",
                edge.quantity,
                facts[edge.parent].lot.item.unit.symbol,
                x2 - 8,
                label_y - 5,
            )
        )
    boxes = [Box(facts[lot], x, y, lot == chosen) for lot, (x, y) in corner.items()]
    width = max(by_column, default=0) * (WIDTH + GAP_ACROSS) + WIDTH + 16
    return Picture(boxes, lines, width, height)

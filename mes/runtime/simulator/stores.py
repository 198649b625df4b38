"""What the simulated plant has of what it makes itself: nobody assembles parts that aren't there."""

from __future__ import annotations

from collections.abc import Mapping

from mes.runtime.simulator.plant import Product

SPARE = 1.15
"""So much more than ordered is kept for an order: it may be raised by a tenth, and some pieces are scrap."""
FEWEST = 4


class Stores:
    """Pieces of each product made here that no order has been promised yet.

    What a product needs and nobody makes here (steel, screws) is always there.
    """

    def __init__(self, products: Mapping[str, Product], opening: Mapping[str, float]) -> None:
        self._products = products
        self._free = {code: opening.get(code, 0.0) for code in products}

    def enough_for(self, product: Product) -> int | None:
        """How many pieces of a product can be ordered; None: as many as one likes."""
        most = [self._free[code] / (per * SPARE) for code, per in self._needs(product)]
        return int(min(most)) if most else None

    def keep(self, product: Product, pieces: int) -> None:
        """Promise an order what it needs for so many pieces."""
        self._change(product, -pieces * SPARE)

    def give_back(self, product: Product, ordered: int, used: int = 0) -> None:
        """Of what was kept for the ordered pieces only so many were used."""
        self._change(product, ordered * SPARE - used)

    def beyond(self, code: str, kept: float) -> int:
        """So many pieces of a product are free beyond those that are kept."""
        return max(int(self._free[code] - kept), 0)

    def is_part(self, code: str) -> bool:
        """Whether something made here needs the product."""
        return any(code == needed for product in self._products.values() for needed, _per in product.needs)

    def take(self, code: str, pieces: int) -> None:
        """Pieces left for a customer."""
        self._free[code] -= pieces

    def put(self, product: Product, pieces: int) -> None:
        """Pieces were made."""
        self._free[product.code] += pieces

    def _needs(self, product: Product) -> list[tuple[str, float]]:
        return [(code, per) for code, per in product.needs if code in self._free]

    def _change(self, product: Product, pieces: float) -> None:
        for code, per in self._needs(product):
            self._free[code] += per * pieces

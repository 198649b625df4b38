"""Do the counters of orders and stock agree with the facts they add up?"""

from __future__ import annotations

from mes.lib.books import Check, count, differences

_K1 = """
SELECT o.number || '/' || p.number, ROW(p.good, p.scrap, p.rework, p.setup_pieces),
       ROW(coalesce(e.good, 0), coalesce(e.scrap, 0), coalesce(e.rework, 0), coalesce(e.setup_pieces, 0))
FROM orders_operation p JOIN orders_productionorder o ON o.id = p.order_id LEFT JOIN (
    SELECT operation_id, sum(good) AS good, sum(scrap) AS scrap, sum(rework) AS rework,
           sum(setup_pieces) AS setup_pieces
    FROM orders_productionevent WHERE operation_id IS NOT NULL GROUP BY operation_id
) e ON e.operation_id = p.id
WHERE ROW(p.good, p.scrap, p.rework, p.setup_pieces) <>
      ROW(coalesce(e.good, 0), coalesce(e.scrap, 0), coalesce(e.rework, 0), coalesce(e.setup_pieces, 0))
ORDER BY p.id
"""
_K2 = """
SELECT o.number, ROW(o.good, o.scrap, o.rework),
       ROW(coalesce(last.good, 0), coalesce(s.scrap, 0), coalesce(s.rework, 0))
FROM orders_productionorder o LEFT JOIN (
    SELECT order_id, sum(scrap) AS scrap, sum(rework) AS rework FROM orders_operation
    WHERE rework_of_id IS NULL GROUP BY order_id
) s ON s.order_id = o.id LEFT JOIN (
    SELECT DISTINCT ON (order_id) order_id, good FROM orders_operation
    WHERE state <> 'cancelled' AND rework_of_id IS NULL ORDER BY order_id, position DESC, id DESC
) last ON last.order_id = o.id
WHERE ROW(o.good, o.scrap, o.rework) <>
      ROW(coalesce(last.good, 0), coalesce(s.scrap, 0), coalesce(s.rework, 0))
ORDER BY o.id
"""
_K4 = """
SELECT i.code || coalesce(' ' || nullif(coalesce(b.lot, m.lot), ''), ''), coalesce(b.on_hand, 0),
       coalesce(m.quantity, 0)
FROM orders_stockbalance b FULL JOIN (
    SELECT plant_id, item_id, lot, coalesce(place_id, 0) AS place, status, sum(quantity) AS quantity
    FROM orders_stockmove GROUP BY plant_id, item_id, lot, coalesce(place_id, 0), status
) m ON (m.plant_id, m.item_id, m.lot, m.place, m.status)
     = (b.plant_id, b.item_id, b.lot, coalesce(b.place_id, 0), b.status)
JOIN orders_item i ON i.id = coalesce(b.item_id, m.item_id)
WHERE coalesce(b.on_hand, 0) <> coalesce(m.quantity, 0) OR (b.on_hand < 0 AND NOT b.may_go_negative)
UNION ALL
SELECT o.number || ' ' || i.code || ' issued', c.issued, coalesce(-m.quantity, 0)
FROM orders_ordercomponent c JOIN orders_productionorder o ON o.id = c.order_id
JOIN orders_item i ON i.id = c.item_id LEFT JOIN (
    SELECT component_id, sum(coalesce(stands_for, quantity)) AS quantity FROM orders_stockmove
    WHERE component_id IS NOT NULL GROUP BY component_id
) m ON m.component_id = c.id
WHERE c.issued <> coalesce(-m.quantity, 0)
UNION ALL
SELECT i.code || ' ' || b.lot || ' reserved', b.reserved, coalesce(r.quantity, 0)
FROM orders_stockbalance b JOIN orders_item i ON i.id = b.item_id LEFT JOIN (
    SELECT balance_id, sum(quantity) AS quantity FROM orders_reservation GROUP BY balance_id
) r ON r.balance_id = b.id
WHERE b.reserved <> coalesce(r.quantity, 0)
ORDER BY 1
"""
_K7 = """
SELECT i.code || ' ' || m.lot, sum(m.quantity) FILTER (WHERE m.quantity < 0), 0
FROM orders_stockmove m JOIN orders_item i ON i.id = m.item_id
WHERE m.lot <> ''
GROUP BY m.plant_id, m.item_id, i.code, m.lot
HAVING count(*) FILTER (WHERE m.kind = 'issue') > 0
   AND count(*) FILTER (WHERE m.kind <> 'issue' AND m.quantity > 0) = 0
ORDER BY 1
"""
_K9 = """
SELECT p.number || ' > ' || c.number, coalesce(e.quantity, 0), coalesce(l.quantity, 0)
FROM orders_genealogyedge e FULL JOIN (
    SELECT parent_id, child_id, sum(quantity) AS quantity FROM orders_genealogylink
    GROUP BY parent_id, child_id
) l ON (l.parent_id, l.child_id) = (e.parent_id, e.child_id)
JOIN orders_lot p ON p.id = coalesce(e.parent_id, l.parent_id)
JOIN orders_lot c ON c.id = coalesce(e.child_id, l.child_id)
WHERE coalesce(e.quantity, 0) <> coalesce(l.quantity, 0)
ORDER BY 1
"""


def check_operations() -> Check:
    """K1: the counters of each operation are the sums of its production events."""
    title = "Operations are the sums of their events"
    return Check("K1", title, differences(_K1), count("orders_operation"))


def check_orders() -> Check:
    """K2: an order's good pieces are those of its last operation, scrap and rework those of all.
    Rework operations count for themselves: what comes of them is booked where the pieces were made."""
    title = "Orders are what their operations made"
    return Check("K2", title, differences(_K2), count("orders_productionorder"))


def check_stock() -> Check:
    """K4: balances are the sums of their moves, issued components those of theirs; none below zero unless
    allowed."""
    title = "Stock is the sum of its moves"
    return Check("K4", title, differences(_K4), count("orders_stockmove"))


def check_origins() -> Check:
    """K7: every lot that was consumed came from somewhere."""
    title = "Every consumed lot has an origin"
    return Check("K7", title, differences(_K7), count("orders_stockmove"))


def check_genealogy() -> Check:
    """K9: what a trace walks along is the sum of the genealogy's links."""
    title = "The genealogy's edges are the sums of its links"
    return Check("K9", title, differences(_K9), count("orders_genealogylink"))

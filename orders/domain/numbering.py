"""Numbers without gaps."""

from __future__ import annotations

from django.db import connection

ORDERS = "order"

_TAKE = """
INSERT INTO orders_numberrange (code, prefix, digits, last) VALUES (%(code)s, '', 6, %(count)s)
ON CONFLICT (code) DO UPDATE SET last = orders_numberrange.last + excluded.last
RETURNING prefix, digits, last
"""


def take_numbers(code: str, count: int) -> list[str]:
    """The next ``count`` numbers of a range; one query. A missing range begins at 1 with six digits.

    The range stays locked until the transaction ends, and one that fails gives its numbers back: no gaps.
    """
    if count == 0:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"code": code, "count": count})
        prefix, digits, last = cursor.fetchone()
    return [f"{prefix}{number:0{digits}}" for number in range(last - count + 1, last + 1)]

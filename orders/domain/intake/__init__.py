"""Taking orders from the ERP: new ones, changed ones, cancelled ones.

Set-based: a fixed number of queries for one order or a thousand.
"""

from orders.domain.intake.apply import Result, apply_documents

__all__ = ["Result", "apply_documents"]

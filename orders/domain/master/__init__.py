"""Taking master data from the ERP: items, bills of material, routings, work centres, customers.

Set-based: a fixed number of queries for one document or a thousand.
"""

from orders.domain.master.apply import apply_master, blank_result
from orders.domain.master.result import Kind, MasterResult

__all__ = ["Kind", "MasterResult", "apply_master", "blank_result"]

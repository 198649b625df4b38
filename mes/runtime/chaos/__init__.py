"""Killing the product's own processes while they work: what `make chaos` and `make chaos-erp` share."""

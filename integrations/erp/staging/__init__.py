"""Staging tables in a partner's PostgreSQL database: rows are claimed, read by a mapping, and settled."""

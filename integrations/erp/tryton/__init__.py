"""Tryton: productions in by JSON-RPC, work cycles and the finished production out."""

"""Demand: what to expect of it and how sure that is, and what stock it needs. Plain arrays: no Django."""

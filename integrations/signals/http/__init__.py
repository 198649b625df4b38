"""Samples by HTTP: `POST /api/v1/samples`."""

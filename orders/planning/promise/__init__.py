"""Dates with a confidence: quotes, forecasts, alerts, and how often they held."""

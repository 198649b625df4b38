"""From the plant's records to forecasts, reorder points and proposals, and back into rows."""

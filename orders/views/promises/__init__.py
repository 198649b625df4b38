"""Pages of dates with a confidence: quotes, reliability, promises at risk."""

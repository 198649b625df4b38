"""CSV files: production orders in. The columns are documented in docs/reference/csv-orders.md."""

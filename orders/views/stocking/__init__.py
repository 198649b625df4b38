"""Pages of what is kept in stock: demand and its forecast, projected stock, proposals."""

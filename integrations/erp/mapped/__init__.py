"""A plant's own layout, described by data instead of code: orders and master data in, confirmations out."""

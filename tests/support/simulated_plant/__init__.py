"""A make-to-order plant that lives in memory: what it truly is, how it works, and what a system that measures
it gets to know. What is promised in it comes from the product's own pure functions."""

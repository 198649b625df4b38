"""``make bench-planning``: how good plans are and how long they take, beside baselines in the same run."""

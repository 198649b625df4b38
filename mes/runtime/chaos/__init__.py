"""Killing the product's own processes while they work: what `make chaos` and `make chaos-erp` share."""

import logging


def log_progress() -> None:
    """To standard error; to be called after Django's set-up, which takes the root logger for itself."""
    progress = logging.getLogger("chaos")
    progress.addHandler(logging.StreamHandler())
    progress.setLevel(logging.INFO)
    progress.propagate = False

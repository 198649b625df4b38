"""Comparing what happened here with what partners say they have booked.

``totals`` keeps the partner's word (``asking`` gets it), ``compare`` and ``trust`` are the arithmetic,
``run`` compares and keeps the work list, ``closing`` is what people do with it.
"""

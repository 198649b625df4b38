"""A simulated plant with known truth, which knows the product only through its public doors.

``plant`` describes machines and products, ``physics`` runs them (SimPy), ``messages`` and ``truth`` are what
comes out: what the doors are told and what really happened. ``dirt`` spoils the signals, ``doors`` delivers,
``player`` replays weeks and then goes on live, ``report`` compares the product with the truth.
"""

"""A simulated ERP that reads confirmations: webhook, files and the pull endpoint, booked once each.

It knows the product only through its public doors. ``ledger`` is its book, ``webhook`` its HTTP side with a
small status page, ``files`` reads the folder of IDocs, ``pulling`` asks for what it may have missed.
"""

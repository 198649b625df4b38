"""The outbox: from production events to what the ERP was told.

``collect`` turns news into items, ``compose`` turns items into messages, ``relay`` sends them, ``partner`` is
what partners say about them, ``manual`` is what people do about them.
"""

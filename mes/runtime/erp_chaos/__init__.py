"""The ERP link under chaos: messages both ways while whatever takes part is killed, then both books compared.

``partner`` is the ERP that loses answers, ``traffic`` what comes in and what is reported, ``parts`` the
processes, ``killer`` kills them, ``verdict`` compares, ``play`` does it all; `make chaos-erp` plays it on a
database of its own that crashes. The tests play it smaller.
"""

"""The ERP link under chaos: messages both ways while whatever takes part is killed, then both books compared.

``partner`` is the ERP that loses answers, ``traffic`` what comes in and what is reported, ``killer`` kills,
``verdict`` compares, ``run`` plays it with an embedded database (`make chaos`). The tests play it smaller.
"""

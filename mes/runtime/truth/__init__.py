"""How far from the truth the product measures: on the simulated plant and on labelled recordings.

``python -m mes.runtime.truth``
"""

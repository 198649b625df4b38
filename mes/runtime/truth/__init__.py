"""How far from the truth: on the simulated plant, on a day of chaos and on labelled recordings.

``python -m mes.runtime.truth``
"""

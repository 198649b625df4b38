"""The planning core: plain data in, plain data out. No Django, no database, no clock.

``shop`` says what is to be planned, ``dispatch`` makes a first plan at once, ``improve`` betters it for as
long as it is given, ``validate`` recounts any plan without their code. Times are whole seconds from the
plan's zero.
"""

"""The one interval engine for all calendar arithmetic: shifts, breaks, holidays, exceptions.

``rules`` are plain data, ``localtime`` turns wall clocks into instants, ``engine`` answers questions about
spans, ``load`` builds calendars from the database. All but ``load`` know no ORM.
"""

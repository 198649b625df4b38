"""B2MML (ISA-95 in XML): schedules and master data in, operations performance and ConfirmBOD out.

The Business To Manufacturing Markup Language (B2MML) is used courtesy of MESA International.
"""

"""What an input of an I/O module means: a counter counts cycles, a contact says running or not."""

COUNTER, CONTACT = "cycle_count", "state"

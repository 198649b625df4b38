"""The ways of programs and parameters to machines: each sends, then reads back what is there."""

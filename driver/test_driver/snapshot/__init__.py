"""Machines that are kept as they are, and go on from there: those of a script, warm starts."""

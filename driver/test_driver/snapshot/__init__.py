"""Machines that are kept as they are, and go on from there: checkpoints, warm starts."""

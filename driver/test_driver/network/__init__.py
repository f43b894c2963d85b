"""The networks between machines, and their faults."""

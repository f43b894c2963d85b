"""Admission: a driver waits until the host has memory for its machines."""

"""Faults of one machine, above all of its disks; those of networks are in `network`."""

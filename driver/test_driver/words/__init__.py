"""Words of a machine: what a script says to it, one subject a file, and what only they use."""

"""The relay of frames between the machines of a network, where faults are injected."""

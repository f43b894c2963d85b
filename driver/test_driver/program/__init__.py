"""The program `rehearse`."""

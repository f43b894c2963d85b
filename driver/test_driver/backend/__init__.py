"""What runs machines: one folder for each back end, and what they have in common."""

"""The test script: its names, its check, and what it calls that is no machine."""

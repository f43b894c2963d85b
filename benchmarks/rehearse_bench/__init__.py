"""Measures a test driver: how fast machines start, commands run, waits end and files move."""

"""Tests of machines as pytest files: the plugin of pytest, and what it needs."""

"""Trouble in a guest: kernel warnings, OOM kills, core dumps, failed units and the like."""

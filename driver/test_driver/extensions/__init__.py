"""What other packages add to the driver; `plugins.py` has the hooks."""

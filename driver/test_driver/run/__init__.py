"""One run of the driver: its context, signals, watchdog, verdict and timings."""

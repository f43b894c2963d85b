"""Machines that are containers of systemd-nspawn."""

"""One QEMU of a machine: how it is started, its monitor, its console, its end."""

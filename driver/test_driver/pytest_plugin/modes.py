"""The ways to keep tests apart."""

RESTORE, BOOT, NONE = "restore", "boot", "none"
MODES = (RESTORE, BOOT, NONE)

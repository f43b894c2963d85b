"""The environment variables of the driver that the start commands of machines get.

The driver passes few of its own on, so that a test runs in the same way everywhere. What the script
sets, and what the start scripts of NixOS read, are meant for machines.
"""

import os
from dataclasses import dataclass, field

# `virtualisation/qemu-vm.nix` documents them for people.
READ_BY_START_SCRIPTS = (
    "NIX_DISK_IMAGE",
    "NIX_SWTPM_DIR",
    "QEMU_KERNEL_PARAMS",
    "QEMU_NET_OPTS",
    "QEMU_OPTS",
)


@dataclass(frozen=True, kw_only=True)
class ScriptEnvironment:
    """What has changed in `os.environ` since this was made."""

    before: dict[str, str] = field(default_factory=lambda: dict(os.environ))

    def for_machines(self) -> dict[str, str]:
        """Return the variables that a machine which starts now gets."""
        now = dict(os.environ)
        changed = {name: value for name, value in now.items() if self.before.get(name) != value}
        return {name: now[name] for name in READ_BY_START_SCRIPTS if name in now} | changed

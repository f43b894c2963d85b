"""The programs that builders are made of."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Tools"]

VARIABLES = ("LOOPBACK_SSH", "LOOPBACK_NIX", "LOOPBACK_SHELL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Where the programs of a builder are."""

    ssh: Path  # tree of Debian's openssh-server and openssh-client
    nix: Path  # tree of Debian's nix-bin
    shell: Path  # busybox, linked statically

    @classmethod
    def from_environment(cls) -> "Tools":
        """Take the programs that the start script names."""
        missing = [name for name in VARIABLES if name not in os.environ]
        if missing:
            message = f"not set: {', '.join(missing)}. Start this with: nix run .#loopback-builders"
            raise SystemExit(message)
        ssh, nix, shell = (Path(os.environ[name]) for name in VARIABLES)
        return cls(ssh=ssh, nix=nix, shell=shell)

    def make_key(self, path: Path) -> None:
        """Write a new key for ssh, and its public part beside it."""
        keygen = str(self.ssh / "bin/ssh-keygen")
        subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)

    def loader(self, program: str) -> str:
        """Return shell text that starts a program of the tree of ssh outside of its `bin`."""
        libraries = self.ssh / "usr/lib/x86_64-linux-gnu"
        return (
            f"{libraries}/ld-linux-x86-64.so.2 --library-path {libraries}:{libraries}/systemd"
            f' --argv0 "$0" {self.ssh}/{program}'
        )

"""A computer that has just the programs it is given."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

PROJECT = Path(__file__).parents[2]

# The sh of Debian, if it is here under its own name: that of busybox runs its own applets instead
# of what is on PATH.
SHELL = shutil.which("dash") or shutil.which("sh") or "sh"

# What every Debian has; all else is a stand-in, or is not there.
ESSENTIAL = (
    "awk cat chmod cp cut date dirname find grep head id ln ls mkdir mktemp mv printf readlink rm "
    "sed sort tail tar tee touch tr wc"
).split()

# What the tool that fetches packages prints.
FLAKE = "path:/nix/store/x-source"


class Computer:
    """Runs shell code with a PATH of its own, a home of its own, and a checkout."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = folder / "programs"
        self.home = folder / "home"
        self.checkout = folder / "checkout"
        self.keyring = folder / "keyring.gpg"
        self.calls = folder / "calls"
        self.environment = {"PATH": str(self.programs), "HOME": str(self.home)}
        self.programs.mkdir()
        self.home.mkdir()
        self.keyring.touch()
        self.calls.touch()
        for name in ESSENTIAL:
            found = shutil.which(name)
            assert found is not None, name
            (self.programs / name).symlink_to(found)
        (self.programs / "sh").symlink_to(SHELL)
        (self.checkout / "lib/debian/archive").mkdir(parents=True)
        scripts = [path for path in (PROJECT / "bootstrap").iterdir() if path.suffix == ".sh"]
        (self.checkout / "bootstrap").mkdir()
        for script in scripts:
            shutil.copy(script, self.checkout / "bootstrap")
        for name in ("demo", "check", "bench", "with-nix"):
            shutil.copy(PROJECT / name, self.checkout)
        self.user(0)

    def program(self, name: str, code: str) -> None:
        """Put a stand-in on PATH; each call is noted."""
        self._write(self.programs / name, code)

    def _write(self, path: Path, code: str) -> None:
        path.unlink(missing_ok=True)
        note = f'echo "{path.name} $*" >>"{self.calls}"'
        path.write_text(f"#!{SHELL}\n{note}\n{code}\n")
        path.chmod(0o755)

    def user(self, number: int) -> None:
        """Be root (0) or another user."""
        self.program("id", f"case $1 in -u) echo {number} ;; -un) echo somebody ;; esac")

    def fetcher(self, code: str) -> None:
        """Stand in for the tool that fetches packages."""
        self._write(self.checkout / "lib/debian/archive/rehearse-debian", code)

    def loopback_builders(self, code: str) -> None:
        """Stand in for the program that runs a command with remote builders."""
        path = self.folder / "loopback/bin/loopback-builders"
        path.parent.mkdir(parents=True)
        self._write(path, code)

    def documentation(self, code: str) -> None:
        """Stand in for the Python of what makes the documentation."""
        path = self.folder / "documentation/bin/python3"
        path.parent.mkdir(parents=True, exist_ok=True)
        self._write(path, code)

    def nix(self, version: str, code: str = "") -> None:
        """Put a Nix on PATH; `code` handles what goes beyond its version and settings."""
        self.program(
            "nix",
            f"""case "$*" in
*--version*) echo 'nix (Nix) {version}' ;;
*'config show sandbox') echo true ;;
*'config show build-users-group'*) ;;
{code}
esac""",
        )
        self.program("nix-store", ":")

    def change(self, name: str, old: str, new: str) -> None:
        """Let a stand-in do something else."""
        path = self.programs / name
        assert old in path.read_text(), old
        path.write_text(path.read_text().replace(old, new))

    def called(self, start: str) -> list[str]:
        """Return the calls of stand-ins that begin like that."""
        return [line for line in self.calls.read_text().splitlines() if line.startswith(start)]

    def sh(self, code: str) -> subprocess.CompletedProcess[str]:
        """Run code with the functions of the set-up at hand."""
        preparation = (
            f"set -eu\ncheckout='{self.checkout}'\n. \"$checkout/bootstrap/setup.sh\"\n"
            f"archive_keyring='{self.keyring}'\nmachine_codename() {{ echo bookworm; }}\n"
        )
        return self._run("-c", preparation + code, "demo")

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `demo` or `check`."""
        return self._run(str(self.checkout / program), *arguments)

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [SHELL, *arguments],
            env=self.environment,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )

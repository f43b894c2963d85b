"""One remote builder: an sshd on 127.0.0.1, and Nix with a store of its own behind it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from loopback_builders.processes import command_line, descendants
from loopback_builders.tools import Tools

__all__ = ["Builder"]

START_SECONDS = 20

SSHD = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host-key
AuthorizedKeysFile {folder}/authorized-keys
PidFile none
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
StrictModes no
MaxStartups 1000
PerSourcePenalties no
SshdSessionPath {folder}/sshd-session
SshdAuthPath {folder}/sshd-auth
LogLevel VERBOSE
"""
NIX = """\
experimental-features = nix-command flakes
sandbox = true
sandbox-fallback = false
sandbox-paths =
substituters =
flake-registry =
build-users-group =
builders =
cores = {cores}
max-jobs = {slots}
system-features = {features}
"""
DAEMON = """\
export NIX_CONF_DIR={folder} NIX_BIN_DIR={nix}/bin HOME={folder} TMPDIR={folder}/tmp
unset NIX_CONFIG NIX_REMOTE NIX_STATE_DIR NIX_STORE_DIR
exec {nix}/bin/nix-daemon --store 'local?root={folder}/root' "$@"
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Builder:
    """A builder that is there from `__enter__` to `__exit__`; its folder is removed afterwards.

    Example:
        with Builder(name="one", folder=Path("/tmp/one"), key=key, tools=tools) as one:
            print(one.line)  # for Nix' setting `builders`
    """

    def __init__(
        self,
        *,
        name: str,
        folder: Path,
        key: Path,
        tools: Tools,
        slots: int = 1,
        features: tuple[str, ...] = ("kvm", "nixos-test"),
    ) -> None:
        """Describe a builder that runs `slots` builds at once; who has the key may use it."""
        self.name, self.folder, self.slots, self.features = name, folder, slots, features
        self.port = 0
        self._key, self._tools = key, tools
        self._sshd: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        """The address of its store, as Nix takes it."""
        return f"ssh-ng://{self.name}?remote-program={self.folder}/nix-daemon"

    @property
    def line(self) -> str:
        """A line of Nix' setting `builders`."""
        return f"{self.uri} x86_64-linux - {self.slots} 1 {','.join(self.features)}"

    @property
    def ssh_host(self) -> str:
        """What ssh's client is to know of it."""
        return (
            f"Host {self.name}\n  HostName 127.0.0.1\n  Port {self.port}\n  User builder\n"
            f"  IdentityFile {self._key}\n  IdentitiesOnly yes\n  LogLevel ERROR\n"
            f"  StrictHostKeyChecking yes\n  UserKnownHostsFile {self.folder}/known-hosts\n"
        )

    def __enter__(self) -> "Builder":
        """Write its files and start it."""
        (self.folder / "tmp").mkdir(parents=True, mode=0o700)
        self._write_programs()
        self._tools.make_key(self.folder / "host-key")
        public = self._key.with_name(self._key.name + ".pub")
        shutil.copyfile(public, self.folder / "authorized-keys")
        features = " ".join(self.features)
        (self.folder / "nix.conf").write_text(
            NIX.format(cores=os.cpu_count(), slots=self.slots, features=features)
        )
        self.start()
        return self

    def _write_programs(self) -> None:
        shell, folder = self._tools.shell, self.folder
        programs = {
            "shell": f'exec {shell} sh "$@"\n',
            "nix-daemon": DAEMON.format(folder=folder, nix=self._tools.nix),
        }
        for name in ("sshd-auth", "sshd-session"):
            command = self._tools.loader(f"usr/lib/openssh/{name}")
            programs[name] = f'exec {command} "$@"\n'
        for name, text in programs.items():
            path = folder / name
            path.write_text(f"#!{shell} sh\n{text}")
            path.chmod(0o700)
        (folder / "accounts").write_text(f"builder:x:1000:1000::{folder}:{folder}/shell\n")

    def start(self) -> None:
        """Start sshd on a free port, and wait until it answers.

        Raises:
            RuntimeError: It ended or does not answer; with its log.
        """
        self.port = _free_port()
        (self.folder / "sshd.conf").write_text(SSHD.format(port=self.port, folder=self.folder))
        public = (self.folder / "host-key.pub").read_text()
        (self.folder / "known-hosts").write_text(f"[127.0.0.1]:{self.port} {public}")
        sshd = [str(self._tools.ssh / "bin/sshd"), "-D", "-e", "-f", f"{self.folder}/sshd.conf"]
        enter = [sys.executable, "-B", "-m", "loopback_builders.enter", f"{self.folder}/accounts"]
        with (self.folder / "sshd.log").open("ab") as log:
            self._sshd = subprocess.Popen(
                [*enter, *sshd],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._sshd.poll() is not None or time.monotonic() > deadline:
                said = (self.folder / "sshd.log").read_text(errors="replace")
                self.stop()
                raise RuntimeError(f"builder {self.name}: sshd did not start:\n{said}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as one:
            return one.recv(4) == b"SSH-"
        return False

    def daemons(self) -> list[int]:
        """Return the process ids of its Nix daemons, one for each connection."""
        if self._sshd is None:
            return []
        found = []
        for process in descendants(self._sshd.pid):
            # Its arguments are those of the dynamic loader, which starts it.
            arguments = command_line(process)
            if "--argv0" in arguments and any(a.endswith("/nix-daemon") for a in arguments):
                found.append(process)
        return found

    def builds(self) -> list[int]:
        """Return the process ids of the builds that its daemons run."""
        daemons = self.daemons()
        below = {child for daemon in daemons for child in descendants(daemon)}
        return sorted(below - set(daemons))

    def kill_daemons(self) -> list[int]:
        """Kill its Nix daemons, and nothing else, and return their process ids.

        Builds that they have started go on, but nobody waits for them.
        """
        killed = self.daemons()
        for process in killed:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        return killed

    def stop(self) -> None:
        """Kill sshd, and with it every process of the builder, as if its power failed."""
        if self._sshd is not None:
            processes = descendants(self._sshd.pid)
            self._sshd.kill()
            self._sshd.wait()
            self._sshd = None
            while any(command_line(process) for process in processes):
                time.sleep(0.02)

    def __exit__(self, *exception: object) -> None:
        """Stop it and remove its folder."""
        self.stop()
        # Folders of a store have no write permission.
        for folder, _, _ in os.walk(self.folder):
            os.chmod(folder, 0o700)
        shutil.rmtree(self.folder)

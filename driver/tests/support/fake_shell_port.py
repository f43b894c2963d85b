"""Stands in for the port that a machine's shell is plugged into. The shell on it is a real one."""

import os
import re
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from tests.support.fake_backdoor import FakeBackdoor
from tests.support.fake_filters import FakeFilters
from tests.support.fake_port import begin_process


def listening(place: str) -> socket.socket:
    """Return a socket that waits for the driver."""
    Path(place).unlink(missing_ok=True)
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(place)
    server.listen(1)
    return server


class FakeShellPorts:
    """The ports of one machine, each a socket that waits for the driver."""

    def __init__(self) -> None:
        self.chardevs: dict[str, socket.socket] = {}
        self.devices: set[str] = set()
        self.connections: dict[str, socket.socket] = {}
        self.filters = FakeFilters()
        self.backdoor: FakeBackdoor | None = None

    def command(self, command: str, arguments: dict[str, Any]) -> None:
        """Do what the monitor was told, for these ports or for filters."""
        if self.filters.command(command, arguments):
            return
        name = arguments["id"]
        match command:
            case "chardev-add":
                place = arguments["backend"]["data"]["addr"]["data"]["path"]
                self.chardevs[name] = listening(place)
            case "device_add":
                self.devices.add(name)
                if arguments["driver"] == "virtconsole":
                    self.add_console(self.chardevs[arguments["chardev"]])
            case "device_del":
                self.devices.remove(name)
                chardev = name.removesuffix("-port")
                if connection := self.connections.pop(chardev, None):
                    connection.shutdown(socket.SHUT_RDWR)
            case "chardev-remove":
                self.chardevs.pop(name).close()

    def add_console(self, server: socket.socket) -> None:
        """Let the guest find a console; some guests have a root shell for it."""
        folder = os.getcwd()

        def adapt(data: bytes) -> bytes:
            """Keep the driver away from the programs of this host that would switch it off."""
            path, own = b"/usr/local/sbin:", f"{folder}/bin:{folder}/guarded:".encode()
            return data.replace(path, own + path)

        self.backdoor = FakeBackdoor(server, adapt=adapt, before_start=begin_process)
        self.boot()

    def boot(self) -> None:
        """Start the root shell of the guest, if it has one."""
        if self.backdoor is not None and "--root-shell" in sys.argv:
            self.backdoor.end_shell()
            self.backdoor.start_shell()

    def wanted(self, text: str) -> bool:
        """Tell whether a command is about a shell."""
        return "virtio-ports" in text or text.startswith(("-c read -r tty", "-c { read -r tty"))

    def start(self, text: str) -> int:
        """Run the guest's part, from where the port is open. A real shell is on a real terminal."""
        script = text.removeprefix("-c ").replace("/run/", f"{os.getcwd()}/")
        if not (found := re.search(r"= (sh-[0-9a-f]+) \]", script)):
            return self._spawn(script, subprocess.DEVNULL)
        connection, _ = self.chardevs[found[1]].accept()
        self.connections[found[1]] = connection
        return self._spawn(script.partition("2>&1\n")[2], connection.fileno())

    def _spawn(self, script: str, port: int) -> int:
        environment = {**os.environ, "HOME": os.getcwd(), "PS1": "guest# ", "TERM": "dumb"}
        (Path.cwd() / ".bash_profile").write_text("PS1='guest# '; set +o history\n")
        child = subprocess.Popen(
            ["/bin/sh", "-c", script], stdin=port, stdout=port, stderr=port, env=environment
        )
        threading.Thread(target=child.wait, daemon=True).start()
        return child.pid

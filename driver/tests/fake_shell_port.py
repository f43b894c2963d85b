"""Stands in for the port that a machine's shell is plugged into. The shell on it is a real one."""

import os
import re
import socket
import subprocess
import threading
from pathlib import Path
from typing import Any

from tests.fake_filters import FakeFilters


class FakeShellPorts:
    """The ports of one machine, each a socket that waits for the driver."""

    def __init__(self) -> None:
        self.chardevs: dict[str, socket.socket] = {}
        self.devices: set[str] = set()
        self.connections: dict[str, socket.socket] = {}
        self.filters = FakeFilters()

    def command(self, command: str, arguments: dict[str, Any]) -> None:
        """Do what the monitor was told, for these ports or for filters."""
        if self.filters.command(command, arguments):
            return
        name = arguments["id"]
        match command:
            case "chardev-add":
                server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                server.bind(arguments["backend"]["data"]["addr"]["data"]["path"])
                server.listen(1)
                self.chardevs[name] = server
            case "device_add":
                self.devices.add(name)
            case "device_del":
                self.devices.remove(name)
                chardev = name.removesuffix("-port")
                if connection := self.connections.pop(chardev, None):
                    connection.shutdown(socket.SHUT_RDWR)
            case "chardev-remove":
                self.chardevs.pop(name).close()

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

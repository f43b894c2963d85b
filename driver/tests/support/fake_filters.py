"""Stands in for the filters that a QEMU gets for faults of its network."""

import json
import socket
from typing import Any


class FakeFilters:
    """The filters of one machine, and the sockets that they are connected to."""

    def __init__(self) -> None:
        self.sockets: dict[str, socket.socket | None] = {}

    def command(self, command: str, arguments: dict[str, Any]) -> bool:
        """Do what the monitor was told, and note it. Tells whether it is about filters."""
        name = arguments["id"]
        if not name.startswith("test-driver-fault"):
            return False
        if arguments.get("netdev") == "refuse":
            raise OSError("this is no netdev")
        with open("filters", "a") as file:
            file.write(json.dumps([command, arguments]) + "\n")
        if command == "chardev-add":
            backend = arguments["backend"]
            self.sockets[name] = None
            if backend["type"] == "socket":
                self.sockets[name] = connection = socket.socket(socket.AF_UNIX)
                connection.connect(backend["data"]["addr"]["data"]["path"])
        elif command == "chardev-remove" and (former := self.sockets.pop(name)) is not None:
            former.close()
        return True

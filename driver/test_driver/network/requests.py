"""What the driver asks of a program of its own, in lines of JSON, each of which is answered.

Imports little: programs that start in a moment use it. The driver's end is `control.py`.
"""

import json
import socket
from collections.abc import Callable
from typing import Any

REQUEST_BYTES = 65536


class Requests:
    """The program's end of the connection to the driver."""

    def __init__(
        self, connection: socket.socket, do: Callable[[str, dict[str, Any]], None]
    ) -> None:
        self.connection = connection
        self._do = do
        self._said = b""

    def serve(self, _: int = 0) -> None:
        """Do what the driver has asked. Raises EOFError if it has hung up."""
        try:
            data = self.connection.recv(REQUEST_BYTES)
        except ConnectionResetError as error:  # an answer was not read
            raise EOFError from error
        if not data:
            raise EOFError
        *lines, self._said = (self._said + data).split(b"\n")
        for line in lines:
            request = json.loads(line)
            try:
                self._do(request.pop("do"), request)
            except OSError as error:
                answer = {"error": str(error)}
            else:
                answer = {}
            self.tell(answer)

    def tell(self, what: dict[str, Any]) -> None:
        """Send a line."""
        self.connection.sendall(json.dumps(what).encode() + b"\n")

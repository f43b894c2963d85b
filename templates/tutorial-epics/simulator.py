"""A simulated power supply: `:VOLT 42` sets the voltage, `:VOLT?` asks for it."""

import socketserver
import threading

PORT = 9999


class PowerSupply:
    """What the front panel would show. It begins with 0 V."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._volts = 0.0

    def answer(self, line: str) -> str | None:
        """Return the answer to a command, or None if it has none."""
        name, _, value = line.partition(" ")
        with self._lock:
            if name == ":VOLT?":
                return f"{self._volts:f}"
            if name == ":VOLT":
                self._volts = float(value)
                return None
        raise ValueError(f"unknown command {line!r}")


SUPPLY = PowerSupply()


class Connection(socketserver.StreamRequestHandler):
    """One connection: a command a line."""

    def handle(self) -> None:
        """Answer all commands of the connection."""
        for line in self.rfile:
            command = line.decode("ascii", "replace").strip()
            try:
                answer = SUPPLY.answer(command)
            except ValueError as error:
                print(error, flush=True)
                continue
            print(command, "->", answer, flush=True)
            if answer is not None:
                self.wfile.write(answer.encode() + b"\n")


class Server(socketserver.ThreadingTCPServer):
    """Takes connections on all addresses, also right after a restart."""

    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    with Server(("", PORT), Connection) as server:
        server.serve_forever()

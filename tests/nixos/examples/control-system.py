"""A control system in one program: it stands in for EPICS, which nixpkgs does not have.

    control-system.py psu-simulator      a power supply that is simulated, on TCP port 9999
    control-system.py ioc                its process variables VOLT and VOLT-RB, on TCP port 5064
    control-system.py caget [-t] PV      print a process variable, with -t its value alone
    control-system.py caput PV VALUE     set a process variable

The readback VOLT-RB comes late: the supply takes its time, and is asked ten times a second.
"""

from __future__ import annotations

import socket
import socketserver
import sys
import threading
import time

SUPPLY, IOC = ("localhost", 9999), ("localhost", 5064)
PERIOD = 0.1  # seconds between two steps of the supply, and between two looks at it
STEP = 5.0  # volts by which the supply comes nearer in one step


class Supply:
    """A power supply: `set NUMBER` chooses the voltage, `value` asks for it."""

    def __init__(self) -> None:
        """Begin at 0 V."""
        self.chosen = self.value = 0.0
        threading.Thread(target=self._follow, daemon=True).start()

    def answer(self, name: str, *values: str) -> str:
        """Answer a line."""
        if name == "set":
            self.chosen = float(values[0])
        return f"{self.value:g}"

    def _follow(self) -> None:
        while True:
            time.sleep(PERIOD)
            missing = self.chosen - self.value
            near = abs(missing) <= STEP
            self.value = self.chosen if near else self.value + (STEP if missing > 0 else -STEP)


class Ioc:
    """The process variables of the supply: `get PV`, `put PV VALUE`."""

    def __init__(self) -> None:
        """Begin without a readback, until the supply has answered."""
        self.variables = {"VOLT": "0"}
        threading.Thread(target=self._scan, daemon=True).start()

    def answer(self, name: str, variable: str, *values: str) -> str:
        """Answer a line. The answer is empty if there is no such variable."""
        if name == "put" and variable in self.variables:
            self.variables[variable] = f"{float(values[0]):g}"
            ask(SUPPLY, f"set {self.variables[variable]}")
        return self.variables.get(variable, "")

    def _scan(self) -> None:
        while True:
            time.sleep(PERIOD)
            try:
                self.variables["VOLT-RB"] = ask(SUPPLY, "value")
            except OSError:
                # While the supply is away, its last value is not served.
                self.variables.pop("VOLT-RB", None)


def ask(address: tuple[str, int], line: str) -> str:
    """Send a line, and return the line that comes back."""
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(f"{line}\n".encode())
        return connection.makefile().readline().strip()


def serve(port: int, device: Supply | Ioc) -> None:
    """Answer lines on a TCP port, for ever."""

    class Lines(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            for line in self.rfile:
                self.wfile.write(f"{device.answer(*line.decode().split())}\n".encode())

    socketserver.ThreadingTCPServer.allow_reuse_address = True
    with socketserver.ThreadingTCPServer(("", port), Lines) as server:
        server.serve_forever()


def client(line: str, variable: str, *, terse: bool) -> None:
    """Send a line to the IOC and print the value, or exit with status 1 if there is none."""
    value = ask(IOC, line)
    if not value:
        sys.exit(f"process variable {variable} not found")
    sys.stdout.write(f"{value}\n" if terse else f"{variable} {value}\n")


def main(program: str, *arguments: str) -> None:
    """Do what one of the programs does."""
    if program == "psu-simulator":
        serve(SUPPLY[1], Supply())
    elif program == "ioc":
        serve(IOC[1], Ioc())
    elif program == "caget":
        client(f"get {arguments[-1]}", arguments[-1], terse=arguments[0] == "-t")
    elif program == "caput":
        client(f"put {' '.join(arguments)}", arguments[0], terse=False)
    else:
        sys.exit(f"{program}: expected psu-simulator, ioc, caget or caput")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Stands in for vde_plug: what it would say to the switch, it says to the socket of a test.

Without such a socket, nobody hears it.
"""

import os
import socket
import sys
import threading
from pathlib import Path


def main() -> None:
    """Be a plug."""
    place = Path(f"{sys.argv[1]}.plug")
    if not place.exists():
        sys.stdin.buffer.read()
        return
    with socket.socket(socket.AF_UNIX) as switch:
        switch.connect(str(place))

        def outward() -> None:
            while data := os.read(0, 65536):
                switch.sendall(data)
            switch.shutdown(socket.SHUT_RDWR)

        threading.Thread(target=outward, daemon=True).start()
        while data := switch.recv(65536):
            os.write(1, data)


if __name__ == "__main__":
    main()

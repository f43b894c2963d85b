"""Runs in a network namespace of its own, with the program of a container's cards beside it.

Each line of the standard input is a call of one of the functions below, as a list in JSON; its
result is a line of the standard output. The arguments are the command of the program.
"""

import array
import fcntl
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from typing import Any

ETH_P_ALL = 3
SIOCGIFFLAGS, SIOCSIFFLAGS, SIOCGIFHWADDR, SIOCSIFMTU = 0x8913, 0x8914, 0x8927, 0x8922
SIOCETHTOOL, ETHTOOL_GLINK = 0x8946, 0xA
IFF_UP = 0x1
RTM_DELLINK, NLM_F_REQUEST = 17, 1
LONGEST = 70000

program: "subprocess.Popen[bytes]"
sockets: dict[str, socket.socket] = {}


def packets(card: str) -> socket.socket:
    """Return a socket for all frames of a card."""
    if card not in sockets:
        sockets[card] = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        sockets[card].bind((card, 0))
    return sockets[card]


def listen(card: str) -> None:
    """Keep the frames that a card receives from now on."""
    packets(card)


def send(card: str, frame: str) -> None:
    """Send a frame on a card."""
    packets(card).send(bytes.fromhex(frame))


def take(card: str, start: str, seconds: float) -> str | None:
    """Return the next frame with this beginning that a card receives."""
    deadline = time.monotonic() + seconds
    while (rest := deadline - time.monotonic()) > 0:
        packets(card).settimeout(rest)
        try:
            data, about = packets(card).recvfrom(LONGEST)
        except TimeoutError:
            break
        if data.startswith(bytes.fromhex(start)) and about[2] != socket.PACKET_OUTGOING:
            return data.hex()
    return None


def ask(card: str, request: int, value: int = 0, answer: str = "H") -> Any:  # noqa: ANN401 - any
    """Ask the kernel about a card, or tell it something."""
    data = struct.pack("=16si20x", card.encode(), value)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        return struct.unpack_from(f"=16s{answer}", fcntl.ioctl(asking, request, data))[1]


def up(card: str) -> bool:
    """Tell whether a card is up."""
    return bool(ask(card, SIOCGIFFLAGS) & IFF_UP)


def carrier(card: str) -> bool:
    """Tell whether a card has a carrier: its flags tell so later."""
    value = array.array("I", [ETHTOOL_GLINK, 0])
    data = struct.pack("=16sQ16x", card.encode(), value.buffer_info()[0])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        fcntl.ioctl(asking, SIOCETHTOOL, data)
    return bool(value[1])


def down_and_up(card: str) -> None:
    """Set a card down, and up again."""
    flags = ask(card, SIOCGIFFLAGS)
    ask(card, SIOCSIFFLAGS, flags & ~IFF_UP)
    ask(card, SIOCSIFFLAGS, flags)


def mac(card: str) -> str:
    """Return the hardware address of a card."""
    data: bytes = ask(card, SIOCGIFHWADDR, answer="2x6s")
    return data.hex(":")


def set_mtu(card: str, mtu: int) -> None:
    """Set the longest IP packet of a card."""
    ask(card, SIOCSIFMTU, mtu)


def remove(card: str) -> None:
    """Remove a card, as `ip link delete` does."""
    about = struct.pack("=BxHiII", socket.AF_UNSPEC, 0, socket.if_nametoindex(card), 0, 0)
    head = struct.pack("=IHHII", 16 + len(about), RTM_DELLINK, NLM_F_REQUEST, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as kernel:
        kernel.send(head + about)


def cards() -> list[str]:
    """Return the cards that there are."""
    return [name for _, name in socket.if_nameindex()]


def terminate() -> int:
    """End the program, and return how it ended."""
    program.send_signal(signal.SIGTERM)
    return program.wait(20)


def pid() -> int:
    """Return the process of the program."""
    return program.pid


def main() -> None:
    """Start the program, and do what is asked for."""
    global program
    program = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)
    assert program.stdout is not None
    print(json.dumps(program.stdout.readline().decode()), flush=True)  # noqa: T201
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        print(json.dumps(globals()[name](*arguments)), flush=True)  # noqa: T201
    os._exit(0)  # without a signal to the program


if __name__ == "__main__":
    main()

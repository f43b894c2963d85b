"""Network cards that the kernel makes for a program: tap devices, in the namespace of the process.

Imports little: a program that starts in a moment uses it.
"""

import errno
import fcntl
import os
import socket
import stat
import struct

DEVICE = "/dev/net/tun"
LOOPBACK = "lo"
# linux/if_tun.h, linux/sockios.h and linux/if.h
_TUNSETIFF = 0x400454CA
_TUNSETCARRIER = 0x400454E2
_IFF_TAP, _IFF_NO_PI = 0x0002, 0x1000
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _SIOCSIFHWADDR = 0x8913, 0x8914, 0x8924
_IFF_UP = 0x1
_ARPHRD_ETHER = 1
_REQUEST = struct.Struct("=16sH22s")
_LONGEST_NAME = 15
_ADDRESS_BYTES = 6
# The card, or the place for one, is not there any more.
_GONE = frozenset({errno.EBADFD, errno.ENODEV, errno.EBADF})


class TapFailed(Exception):
    """A card cannot be made."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"cannot make the network card {name}: {why}")


class TapGone(Exception):
    """The container has removed the card."""


class Tap:
    """A network card: each read of its descriptor is a frame that it sends."""

    def __init__(self, name: str, mac: str) -> None:
        """Make a card that is up. Raises TapFailed."""
        if not 0 < len(os.fsencode(name)) <= _LONGEST_NAME:
            raise TapFailed(name, f"a name has from 1 to {_LONGEST_NAME} bytes")
        address = _address(name, mac)
        self.descriptor = _open(name)
        try:
            fcntl.ioctl(self.descriptor, _TUNSETIFF, _request(name, _IFF_TAP | _IFF_NO_PI))
            configure(name, address)
        except OSError as error:
            os.close(self.descriptor)
            raise TapFailed(name, _why_not(error, mac)) from error

    def frames(self, most: int, longest: int) -> list[bytes]:
        """Return what the card has sent, `most` frames. Raises TapGone."""
        found: list[bytes] = []
        read, descriptor = os.read, self.descriptor
        try:
            while len(found) < most:
                found.append(read(descriptor, longest))
        except BlockingIOError:
            pass
        except OSError as error:
            if error.errno in _GONE:
                raise TapGone from error
        return found

    def receive(self, frame: bytes) -> None:
        """Let the card receive a frame; one that is down, or has no room, loses it."""
        try:
            os.write(self.descriptor, frame)
        except OSError as error:
            if error.errno in _GONE:
                raise TapGone from error

    def set_carrier(self, up: bool) -> None:
        """Give the card a carrier, or take it away. Raises OSError."""
        fcntl.ioctl(self.descriptor, _TUNSETCARRIER, struct.pack("=i", up))

    def close(self) -> None:
        """Remove the card."""
        os.close(self.descriptor)


def configure(name: str, address: bytes | None = None) -> None:
    """Give a network interface its hardware address, and set it up. Raises OSError."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        if address is not None:
            fcntl.ioctl(asking, _SIOCSIFHWADDR, _request(name, _ARPHRD_ETHER, address))
        answer = fcntl.ioctl(asking, _SIOCGIFFLAGS, _request(name, 0))
        flags = _REQUEST.unpack(answer)[1]
        fcntl.ioctl(asking, _SIOCSIFFLAGS, _request(name, flags | _IFF_UP))


def _request(name: str, number: int, rest: bytes = b"") -> bytes:
    return _REQUEST.pack(os.fsencode(name), number, rest)


def _address(name: str, mac: str) -> bytes:
    try:
        address = bytes.fromhex(mac.replace(":", ""))
    except ValueError:
        address = b""
    if len(address) != _ADDRESS_BYTES:
        raise TapFailed(name, f"{mac!r} is not a hardware address, such as 52:54:00:12:01:01")
    return address


def _open(name: str) -> int:
    try:
        return os.open(DEVICE, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise TapFailed(
            name,
            f"{DEVICE} not found. In the Nix sandbox, /dev/net must be one of the paths of "
            "`extra-sandbox-paths` in nix.conf (extra-sandbox-paths = /dev/net); elsewhere, "
            "load the kernel's module: modprobe tun",
        ) from error
    except PermissionError as error:
        raise TapFailed(
            name,
            f"opening {DEVICE} is not permitted ({error.strerror}; {_owner()}). Everyone must be "
            f"able to read and write it: chmod 0666 {DEVICE}",
        ) from error
    except OSError as error:
        raise TapFailed(
            name, f"opening {DEVICE} failed: {error.strerror}. Load the module: modprobe tun"
        ) from error


def _owner() -> str:
    about = os.stat(DEVICE)
    mode = stat.S_IMODE(about.st_mode)
    return (
        f"its mode is {mode:04o}, its owner {about.st_uid}:{about.st_gid}, "
        f"and this process is {os.geteuid()}:{os.getegid()}"
    )


def _why_not(error: OSError, mac: str) -> str:
    match error.errno:
        case errno.EBUSY | errno.EEXIST | errno.EINVAL:
            return (
                "the network namespace has a card of that name already. A container needs a "
                f"network namespace of its own, such as `unshare --net` makes ({error.strerror})"
            )
        case errno.EPERM:
            return (
                "it is not permitted in this network namespace. Start the container as root, or "
                "in a user namespace that owns the network namespace, such as `unshare -rn` makes"
            )
        case errno.EADDRNOTAVAIL:
            return f"{mac} is not the hardware address of a single card"
    return error.strerror or str(error)

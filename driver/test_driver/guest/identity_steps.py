"""What a machine is to do first when its state was loaded, as steps that `identity.pl` can do."""

import shlex
import time
from collections.abc import Iterator

from ..configuration import Identity, WarmInterface


def identity_command(identity: Identity) -> str:
    """Return what a shell channel's shell runs to take an identity and to set the clock."""
    steps = list(_steps(identity))
    seconds, nanoseconds = divmod(time.time_ns(), 10**9)
    # Last, since programs of the guest wake up then.
    steps.append(("clock", str(seconds), str(nanoseconds)))
    return f"channel_identity {shlex.quote(chr(30).join(map(_line, steps)))}"


def _line(tokens: tuple[str, ...]) -> str:
    return "".join(f"{token}\x1f" for token in tokens)


def _steps(identity: Identity) -> Iterator[tuple[str, ...]]:
    for interface in identity.interfaces:
        yield from _interface(interface)
    for path, text in identity.files.items():
        yield "append", path, text.encode().hex()


def _interface(interface: WarmInterface) -> Iterator[tuple[str, ...]]:
    yield "link", interface.name, (interface.mac or "").replace(":", "")
    for address in interface.addresses:
        broadcast = address.network.broadcast_address.packed.hex() if address.version == 4 else ""
        prefix = str(address.network.prefixlen)
        yield "address", interface.name, prefix, address.packed.hex(), broadcast

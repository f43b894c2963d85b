"""The address of a machine on vsock, by which a person reaches it."""

import os

VSOCK = "/dev/vhost-vsock"
MACHINES_OF_ONE_DRIVER = 256
# 0 to 2 are the hypervisor, the host itself and the host for guests.
RESERVED_CIDS = 2


def usable_vsock_cid(number: int | None) -> int | None:
    """Return the address on vsock of the machine with a number, if this host can give it one.

    All virtual machines of a host share the addresses. Those of drivers that run at the same time
    differ, because their process ids do.
    """
    if number is None or not os.access(VSOCK, os.R_OK | os.W_OK):
        return None
    return os.getpid() * MACHINES_OF_ONE_DRIVER + RESERVED_CIDS + number

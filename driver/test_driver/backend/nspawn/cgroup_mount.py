"""A mount of cgroups, version 2, that stands nowhere: for computers that have mounted none."""

import ctypes
import os

SYS_FSOPEN, SYS_FSCONFIG, SYS_FSMOUNT = 430, 431, 432
FSOPEN_CLOEXEC = FSMOUNT_CLOEXEC = 1
FSCONFIG_CMD_CREATE = 6

_libc = ctypes.CDLL(None, use_errno=True)


def mount_nowhere(file_system: str = "cgroup2") -> int:
    """Return a descriptor of the root of a file system, which ends with it. Raises OSError.

    Nothing is mounted for others to see. It takes root, of a user namespace at least.
    """
    context = _call(SYS_FSOPEN, file_system.encode(), FSOPEN_CLOEXEC)
    try:
        _call(SYS_FSCONFIG, context, FSCONFIG_CMD_CREATE, None, None, 0)
        return _call(SYS_FSMOUNT, context, FSMOUNT_CLOEXEC, 0)
    finally:
        os.close(context)


def _call(number: int, *arguments: bytes | int | None) -> int:
    result = int(_libc.syscall(number, *arguments))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result

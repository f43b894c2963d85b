"""Run a program as the first process of a builder, in namespaces of its own.

    python3 -m loopback_builders.enter ACCOUNTS PROGRAM [ARGUMENT...]

sshd lets in only users with a shell, from /etc/passwd: ACCOUNTS takes that file's place. It runs as
a user that is not root, so that it needs no account and no folder of the system, whoever started
it: root, a user, or the build user of Nix' sandbox. The processes are in a namespace of their own:
when the first one ends, all others are killed.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

USER = 1000  # in ACCOUNTS
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


def _mount(source: str, target: str, kind: str | None, flags: int) -> None:
    name = None if kind is None else kind.encode()
    if _libc.mount(source.encode(), target.encode(), name, ctypes.c_ulong(flags), None) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"cannot mount {source} on {target}: {os.strerror(code)}")


def _die_with_parent() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def enter(accounts: str, command: list[str]) -> int:
    """Run the command in new namespaces, and return its exit status."""
    user, group = os.getuid(), os.getgid()
    _die_with_parent()
    os.unshare(os.CLONE_NEWUSER | os.CLONE_NEWNS | os.CLONE_NEWPID)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{USER} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{USER} {group} 1")
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    _mount("none", "/", None, MS_REC | MS_PRIVATE)
    _mount("proc", "/proc", "proc", 0)
    _mount(accounts, "/etc/passwd", None, MS_BIND)
    _die_with_parent()
    os.execv(command[0], command)


if __name__ == "__main__":
    sys.exit(enter(sys.argv[1], sys.argv[2:]))

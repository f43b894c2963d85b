"""Unix sockets in a guest."""

import shlex

_PERL = """\
use Socket;
alarm 5;
socket(S, PF_UNIX, $ARGV[1] ? SOCK_DGRAM : SOCK_STREAM, 0)
  && connect(S, pack_sockaddr_un($ARGV[0])) or exit 1;
"""


def connect_command(path: str, *, is_datagram: bool) -> str:
    """Return a command that succeeds if somebody serves a unix socket.

    It connects with the Perl that every Debian has, and gives up after 5 s. A guest without Perl
    looks into the kernel's list, which has the sockets of its own network namespace only.
    """
    quoted = shlex.quote(path)
    # The flag marks one that listens, the type one of datagrams.
    wanted = '"$type" = 0002' if is_datagram else '"$flags" = 00010000'
    return (
        f"test -S {quoted} || exit 1; "
        "if command -v perl >/dev/null; then "
        f"perl -e {shlex.quote(_PERL)} {quoted} {int(is_datagram)}; "
        "else "
        "while read -r _ _ _ flags type _ _ path; do "
        f'if [ "$path" = {quoted} ] && [ {wanted} ]; then exit 0; fi; '
        "done </proc/net/unix; exit 1; fi"
    )

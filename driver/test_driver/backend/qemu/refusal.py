"""Why QEMU ended before its monitor was open: it refused its command line, or the host failed."""

import re
from collections.abc import Sequence

from ...error_text import exit_text
from ...errors import StartFailed, StartRefused
from ...process import Process

# Start scripts run other programs before QEMU, such as qemu-img, whose lines begin otherwise.
_LINE = re.compile(r"(?:\S*/)?\.?qemu-(?:system-[\w-]+|kvm)(?:-wrapped)?: (?P<text>.*)")
# What QEMU says when the host, not the definition of the machine, is at fault.
_HOST = re.compile(
    r"Cannot allocate memory|No space left on device|Disk quota exceeded|Input/output error"
    r"|Too many open files|Permission denied|Operation not permitted|Device or resource busy"
    r"|Resource temporarily unavailable|Address (?:already )?in use|Read-only file system"
    r"|Connection refused|Connection reset|Broken pipe|Failed to connect|Network is unreachable"
    r"|Could not set up host forwarding rule|Failed to find an available port"
    r"|Failed to (?:get|lock) .*lock|Failed to (?:lock|unlock) byte|terminating on signal"
    r"|KVM kernel module|failed to initialize kvm|ioctl\(KVM|kvm_\w+|kvm run failed"
    r"|host (?:does not|doesn't) support|unable to set guest cid|failed to open vhost"
    # The definition names files by absolute paths; of these, the host owes devices and the store.
    r"|(?:'|\"|\s)(?:/dev/|/proc/|/sys/|/nix/store/|[^/'\"\s])[^'\"\s:]*['\"]?: No such file",
    re.IGNORECASE,
)
_HELP = "its options ask for help, after which QEMU exits"


def refusal(status: int, output: str) -> str | None:
    """Return the text with which QEMU refused, or `None` if the command line is not the reason.

    `status` and `output` are those of a start script that has ended before the monitor was open.
    """
    if status == 0:
        return _HELP if output else None
    tokens = [found["text"] for line in output.splitlines() if (found := _LINE.match(line))]
    if status != 1 or not tokens or any(_HOST.search(one) for one in tokens):
        return None
    reasons = [one for one in tokens if not one.startswith("warning: ")]
    return "; ".join(reasons or tokens)


def start_failure(
    machine: str, process: Process, command: Sequence[str], seconds: float
) -> StartFailed:
    """Return why QEMU did not open its monitor within some seconds."""
    exited, output = process.exited, process.output()
    if exited.done() and (tokens := refusal(exited.result(), output)):
        return StartRefused(machine, tokens, command, output)
    what = (
        f"QEMU exited ({exit_text(exited.result())})"
        if exited.done()
        else f"QEMU did not open its monitor within {seconds:g} s"
    )
    return StartFailed(machine, what, command, output)

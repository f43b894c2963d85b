"""Why the way into a guest was lost, from what its kernel and its systemd say on the console."""

import re
import signal as signals
from typing import Protocol

from .memory_kills import memory_kills
from .output_buffer import ClosingSink

# What the agent's unit writes when it ends: SERVICE_RESULT, EXIT_CODE and EXIT_STATUS of systemd.
_ENDED = re.compile(r"rehearse: the (?:guest agent|root shell) has ended: ([\w-]*), (\w*) ?(\S*)")
_EXITED = re.compile(
    r"(?:qemu-guest-agent|backdoor)\.service: Main process exited, code=(\w+), status=(\d+)"
)
_ROOT_SHELL_ENDED = re.compile(r"\bbackdoor\.service: (?:Main process exited|Deactivated|Failed)")
_CRASHED = re.compile(r"\b(qemu-ga\[\d+\]:? (?:segfault|general protection|trap)[^\n]{0,80})")
_STOPPED = re.compile(r"\bStopp(?:ing|ed) (?:qemu-guest-agent|backdoor)\.service")
# From systemd 254 on; the unit is that of the process that has asked.
_ASKED = re.compile(r"systemd\[1\]: (\S[^\n]*? requested from client PID \d+[^\n]*?)\.*(?:\n|$)")
_TARGET = re.compile(r"\b((?:soft-reboot|reboot|poweroff|halt|kexec)\.target)\b")
_DOWN = {
    "systemd is starting the user space anew": re.compile(r"systemd\[1\]: Soft-rebooting"),
    "another kernel was started (kexec)": re.compile(r"kexec(?:_core)?: Starting new kernel"),
    "the guest is going down": re.compile(
        r"systemd-shutdown\[1\]|\breboot: (?:Restarting|Power down|System halted)"
    ),
}


class ConsoleText(Protocol):
    """What a guest writes on its console."""

    def position(self) -> int:
        """Return where the text ends now."""

    def text_since(self, position: int) -> str:
        """Return what was written since then."""

    def stderr(self) -> ClosingSink:
        """Return what takes the stderr of a command, for those who search the console."""


def has_cause(console: str) -> bool:
    """Tell whether the guest has said how its end has ended, or that all else does, too."""
    patterns = (_ENDED, _ROOT_SHELL_ENDED, *_DOWN.values())
    return any(pattern.search(console) for pattern in patterns)


def loss_cause(console: str) -> str:
    """Return why the agent was lost, from the console; an empty text if that does not tell."""
    causes = [memory_kills(console), *_crashes(console), _end(console), *_shutdown(console)]
    return "; ".join(cause for cause in causes if cause)


def describe_status(status: int) -> str:
    """Say how a process has ended, by its status as a shell counts."""
    return _killed(status - 128) if status > 128 else f"exit status {status}"


def _end(console: str) -> str:
    if ends := _ENDED.findall(console):
        result, code, status = ends[-1]
        if code == "exited" and status == "0":
            return "its unit was stopped, or it ended by itself (exit status 0)"
        how = _how(code, status)
        causes = {"success", "exit-code", "signal", "core-dump"}
        return how if result in causes and how else ", ".join(filter(None, (how, result)))
    if exits := _EXITED.findall(console):
        return _how(*exits[-1])
    return "its unit was stopped" if _STOPPED.search(console) else ""


def _how(code: str, status: str) -> str:
    """Say how the agent has ended, in systemd's terms: the status is a number or a name."""
    if code in ("killed", "dumped"):
        known = signals.Signals.__members__.get(f"SIG{status}")
        number = int(known) if known else int(status) if status.isdigit() else 0
        dumped = ", with a core dump" if code == "dumped" else ""
        return (_killed(number) if number else f"killed by signal {status}") + dumped
    return f"it ended with exit status {status}" if code == "exited" else ""


def _killed(number: int) -> str:
    try:
        return f"killed by signal {number} ({signals.Signals(number).name})"
    except ValueError:
        return f"killed by signal {number}"


def _crashes(console: str) -> list[str]:
    return _CRASHED.findall(console)[-1:]


def _shutdown(console: str) -> list[str]:
    asked = _ASKED.findall(console)[-1:]
    told = [what for what, pattern in _DOWN.items() if pattern.search(console)]
    if not told and (targets := _TARGET.findall(console)):
        told = [f"the guest is going to {targets[-1]}"]
    return asked + told[:1]

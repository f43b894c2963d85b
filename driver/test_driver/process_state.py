"""What the kernel says of a process: whether it runs, waits, or was stopped."""

import signal
from pathlib import Path

STOPPED_STATE = "T"
RUNNING_STATE = "R"
# Those that end no process.
_HARMLESS = (
    signal.SIGCHLD,
    signal.SIGCONT,
    signal.SIGSTOP,
    signal.SIGTSTP,
    signal.SIGTTIN,
    signal.SIGTTOU,
    signal.SIGURG,
    signal.SIGWINCH,
)
HARMLESS_SIGNALS = sum(1 << (number - 1) for number in _HARMLESS)
PF_EXITING = 0x4  # of the kernel's flags of a process


def process_state(pid: int) -> str:
    """Return the kernel's letter for the state of a process; nothing if it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[0]


def process_ends(pid: int) -> bool:
    """Tell whether a process ends, has ended, or has a signal before it that it has not had."""
    try:
        flags = int(
            Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[6]
        )
        status = Path(f"/proc/{pid}/status").read_text(errors="replace")
    except (OSError, IndexError):
        return True
    signals = dict.fromkeys(("SigPnd", "ShdPnd", "SigBlk", "SigIgn"), 0)
    for line in status.splitlines():
        name, _, value = line.partition(":")
        if name in signals:
            signals[name] = int(value, 16)
    without_effect = signals["SigBlk"] | signals["SigIgn"] | HARMLESS_SIGNALS
    waiting = (signals["SigPnd"] | signals["ShdPnd"]) & ~without_effect
    return bool(flags & PF_EXITING or waiting)


def process_stands_still(pid: int) -> bool:
    """Tell whether each thread of a process is stopped. False if it is gone."""
    threads = _threads(pid)
    return bool(threads) and all(process_state(one) in (STOPPED_STATE, "") for one in threads)


def process_works(pid: int) -> bool:
    """Tell whether a thread of a process runs, or would if it had a processor."""
    return any(process_state(thread) == RUNNING_STATE for thread in _threads(pid))


def family_works(pid: int) -> bool:
    """Tell the same of a process and all that it has started: the guest, if it is a container."""
    return process_works(pid) or any(family_works(child) for child in child_processes(pid))


def child_processes(pid: int) -> list[int]:
    """Return the processes that a process has started, the oldest first: none if it is gone."""
    children: list[int] = []
    for thread in _threads(pid):
        try:
            text = Path(f"/proc/{pid}/task/{thread}/children").read_text()
        except OSError:  # it has ended meanwhile
            continue
        children += [int(token) for token in text.split()]
    return sorted(children)


def first_in_namespace(pid: int) -> int | None:
    """Return the child of a process that is the first one in a pid namespace of its own.

    Without one, it is the child that was started last; None if there is none.
    """
    children = child_processes(pid)
    for child in children:
        try:
            status = Path(f"/proc/{child}/status").read_text(errors="replace")
        except OSError:  # it has ended meanwhile
            continue
        numbers = [line.split()[1:] for line in status.splitlines() if line.startswith("NSpid:")]
        if numbers and len(numbers[0]) > 1 and numbers[0][-1] == "1":
            return child
    return children[-1] if children else None


def _threads(pid: int) -> list[int]:
    try:
        return [int(thread.name) for thread in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return []

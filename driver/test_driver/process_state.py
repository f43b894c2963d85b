"""What the kernel says of a process: whether it runs, waits, or was stopped."""

from pathlib import Path

STOPPED_STATE = "T"
RUNNING_STATE = "R"


def process_state(pid: int) -> str:
    """Return the kernel's letter for the state of a process; nothing if it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[0]


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


def _threads(pid: int) -> list[int]:
    try:
        return [int(thread.name) for thread in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return []

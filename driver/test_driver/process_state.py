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
    try:
        threads = [int(thread.name) for thread in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return False
    return all(process_state(thread) in (STOPPED_STATE, "") for thread in threads)


def process_works(pid: int) -> bool:
    """Tell whether a thread of a process runs, or would if it had a processor."""
    try:
        threads = [int(thread.name) for thread in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return False
    return any(process_state(thread) == RUNNING_STATE for thread in threads)

"""Which processes the kernel has killed because there was no memory, from what it says about it."""

import re

_KILL = re.compile(r"[Oo]ut of memory(?: \([^)]*\))?: (Killed process \d+ \([^\n]*?\)) ")
SHOWN = 3


def memory_kills(console: str) -> str:
    """Return which processes were killed, as the kernel names them; nothing if none was."""
    kills = _KILL.findall(console)
    if not kills:
        return ""
    more = f" and {len(kills) - SHOWN} more" if len(kills) > SHOWN else ""
    return f"the guest was out of memory: {', '.join(kills[:SHOWN])}{more}"

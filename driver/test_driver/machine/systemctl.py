"""The commands that ask a guest's systemd and its journal."""

import re
import shlex

JOURNAL_LINES = 20
# What systemctl says of a name that no unit can have.
_REFUSAL = re.compile(r"valid invocation ID nor unit name|not a? ?valid|nvalid unit name|too long")


def systemctl_command(arguments: str, user: str | None) -> str:
    """Return the command that runs systemctl, for the system or for a user."""
    if user is None:
        return f"systemctl {arguments}"
    inner = f"XDG_RUNTIME_DIR=/run/user/$(id -u) systemctl --user {arguments}"
    return f"su -l {shlex.quote(user)} --shell /bin/sh -c {shlex.quote(inner)}"


def is_refusal(stderr: str) -> bool:
    """Tell whether systemctl refuses the name of a unit, which will not change."""
    return _REFUSAL.search(stderr) is not None


def unit_matches(unit: str, user: str | None) -> str:
    """Return what journalctl is given to find what systemd itself says of a unit."""
    if user is None:
        return f"UNIT={shlex.quote(unit)}"
    return f'USER_UNIT={shlex.quote(unit)} _UID="$(id -u {shlex.quote(user)})"'


def journal_command(unit: str, user: str | None, process: str, lines: int) -> str:
    """Return the command that prints the end of a unit's journal.

    What a user's unit writes just before it ends is not known to be of that unit, but of its
    process.
    """
    options = f"--boot --no-pager --quiet --lines={lines}"
    # What was written a moment ago may not have been read yet.
    sync = "journalctl --sync >/dev/null 2>&1 || :"
    if user is None:
        return f"{sync}; journalctl {options} --unit={shlex.quote(unit)}"
    name = shlex.quote(unit)
    terms = [f"USER_UNIT={name}", f"_SYSTEMD_USER_UNIT={name}"]
    terms += [f"_PID={process}"] if process.isdigit() and process != "0" else []
    matches = " + ".join(f'{term} _UID="$uid"' for term in terms)
    return f"uid=$(id -u {shlex.quote(user)}); {sync}; journalctl {options} {matches}"

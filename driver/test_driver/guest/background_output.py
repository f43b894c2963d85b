"""Commands that have ended only when nobody holds their stdout any more."""

import shlex


def wait_for_background_output(command: str) -> str:
    """Return a command that does the same, and waits for the stdout of what it leaves running.

    So what background processes write is part of its output, as with nixpkgs' driver. A process
    that has closed or redirected its stdout is not waited for. The exit status stays.
    """
    # A subshell obeys `set -e` here, and can exit or be killed without the pipe.
    return f"( eval {shlex.quote(command)} ) | cat"

"""The global `debug` of a script."""

import sys

from ..public_names import public

DEBUGGER_PORT = 4444


class Debug:
    """Where a script can be stopped to look around.

    >>> debug.breakpoint()
    """

    @public
    def breakpoint(self, host: str = "127.0.0.1", port: int = DEBUGGER_PORT) -> None:
        """Stop the script here for somebody to look around, as `breakpoint()` does.

        In a build that takes `enableDebugHook`; otherwise the log says so, and the script goes on.
        Host and port are accepted and not used: the log says how to enter.

        >>> debug.breakpoint()
        """
        sys.breakpointhook()

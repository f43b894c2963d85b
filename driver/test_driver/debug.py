"""The global `debug` of a script."""

from .log import say

DEBUGGER_PORT = 4444


class Debug:
    """Where a script can be stopped to look around.

    >>> debug.breakpoint()
    """

    def breakpoint(self, host: str = "127.0.0.1", port: int = DEBUGGER_PORT) -> None:
        """Stop the script here for somebody to look around, if the test has `enableDebugHook`.

        Otherwise the log says so, and the script goes on.

        >>> debug.breakpoint()
        """
        say("debug.breakpoint(): going on; set `enableDebugHook = true` in the test to stop here")

"""Breakpoints, under the name of their module in nixpkgs' driver."""

from .script.debug import DEBUGGER_PORT, Debug

DebugAbstract = Debug


class DebugNop(Debug):
    """Stops nowhere."""

    def breakpoint(self, host: str = "127.0.0.1", port: int = DEBUGGER_PORT) -> None:
        """Go on.

        >>> DebugNop().breakpoint()
        """


__all__ = ["Debug", "DebugAbstract", "DebugNop"]

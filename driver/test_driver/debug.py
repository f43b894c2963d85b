"""Breakpoints, under the name of their module in nixpkgs' driver."""

from .script.debug import Debug

DebugAbstract = Debug

__all__ = ["Debug", "DebugAbstract"]

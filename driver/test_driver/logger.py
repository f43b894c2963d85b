"""The log, under the name of its module in nixpkgs' driver."""

from .script_log import ScriptLog

AbstractLogger = ScriptLog

__all__ = ["AbstractLogger"]

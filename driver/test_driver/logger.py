"""The loggers, under the name of their module in nixpkgs' driver."""

from .file_loggers import JunitXMLLogger, XMLLogger
from .loggers import AbstractLogger, CompositeLogger, LogLevel, TerminalLogger

__all__ = [
    "AbstractLogger",
    "CompositeLogger",
    "JunitXMLLogger",
    "LogLevel",
    "TerminalLogger",
    "XMLLogger",
]

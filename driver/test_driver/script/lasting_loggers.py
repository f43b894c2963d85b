"""The driver's loggers, which a script cannot switch off when it configures logging for itself.

`logging.disable` holds for all loggers, and `logging.config` disables all that exist already. The
log would not tell why the test failed.
"""

import logging

from ..package import PACKAGE


class LastingLogger(logging.Logger):
    """A logger that is never disabled."""

    @property
    def disabled(self) -> bool:
        """Whether the logger is disabled: never."""
        return False

    @disabled.setter
    def disabled(self, value: bool) -> None:
        pass

    def isEnabledFor(self, level: int) -> bool:
        """Tell whether records of a level are logged, whatever `logging.disable` was told."""
        return level >= self.getEffectiveLevel()


def make_loggers_last() -> None:
    """Keep the loggers of the driver that exist now from being disabled."""
    for name, logger in logging.Logger.manager.loggerDict.items():
        if name.partition(".")[0] == PACKAGE and type(logger) is logging.Logger:
            logger.__class__ = LastingLogger

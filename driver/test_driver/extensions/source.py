"""Where an extension comes from, as messages name it, and what its code has raised."""

import traceback
from dataclasses import dataclass

from ..errors import ExtensionError, ExtensionFailed
from ..errors.extension import extension_title
from ..failure_text import headline

# What code of an extension may raise that is its own failure. Not what stops the test from outside,
# but also sys.exit(), which would end the script as if the script had called it.
FAILURES = (Exception, SystemExit, GeneratorExit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The package that an extension is in, and the entry point that names it."""

    package: str
    entry_point: str

    def __str__(self) -> str:
        return extension_title(self.package, self.entry_point)

    def error(self, problem: str) -> ExtensionError:
        """Return the error for an extension that cannot be used."""
        return ExtensionError(self.package, self.entry_point, problem)

    def failed(self, hook: str, error: BaseException) -> ExtensionFailed:
        """Return the error for a hook that has raised something while the test ran."""
        return ExtensionFailed(self.package, self.entry_point, hook, cause_text(error))


def cause_text(error: BaseException) -> str:
    """Return an exception in one line, with the place in the code that raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].filename}, line {frames[-1].lineno})" if frames else ""
    return f"{headline(error)}{place}"

"""The test script: compiled, run, and reported on without the driver's own frames."""

import linecache
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import CodeType, ModuleType

from . import errors
from .errors import ConfigurationError, DriverError, ScriptSyntaxError

# Where a script may import its names from, so that editors know them.
NAMES_MODULE = "test_script_names"


class Script:
    """A compiled test script. Making one raises ScriptSyntaxError if it does not compile."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            source = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                str(path), [f"cannot read the test script: {error}"]
            ) from error
        self._code = self._compile(source)
        # The file may change or vanish while the script runs; messages show what is running.
        lines = source.splitlines(keepends=True)
        linecache.cache[str(path)] = (len(source), None, lines, str(path))

    def run(self, names: Mapping[str, object]) -> None:
        """Run the script with these global names, which it may import as well."""
        module = ModuleType(NAMES_MODULE)
        module.__dict__.update(names)
        sys.modules[NAMES_MODULE] = module
        exec(self._code, {"__name__": "__main__", "__file__": str(self.path), **names})

    def describe(self, error: BaseException) -> str:
        """Return what went wrong and where in the script, without any frame of the driver."""
        where = "".join(
            f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}\n    {frame.line}\n'
            for frame in self._frames(error)
        )
        return where + _sentence(error)

    def is_in(self, error: BaseException) -> bool:
        """Tell whether the script was running when the error came up."""
        return bool(self._frames(error))

    def _frames(self, error: BaseException) -> list[traceback.FrameSummary]:
        return [
            frame
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename == str(self.path)
        ]

    def _compile(self, source: str) -> CodeType:
        try:
            return compile(source, str(self.path), "exec")
        except SyntaxError as error:
            text = error.text or linecache.getline(str(self.path), error.lineno or 0)
            raise ScriptSyntaxError(str(self.path), error.lineno or 0, text, error.msg) from error
        except ValueError as error:  # a null byte
            raise ScriptSyntaxError(str(self.path), 1, "", str(error)) from error


def _sentence(error: BaseException) -> str:
    kind = type(error)
    name = kind.__name__
    if kind.__module__ != "builtins" and kind.__module__ != errors.__name__:
        name = f"{kind.__module__}.{name}"
    text = str(error)
    sentence = f"{name}: {text}" if text else name
    cause = error.__cause__
    # The cause of the driver's own errors is how it found out, which tells a reader nothing.
    if cause is not None and not isinstance(error, DriverError):
        sentence += f"\ncaused by {_sentence(cause)}"
    return sentence

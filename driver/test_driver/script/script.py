"""The test script: compiled, run, and reported on without the driver's own frames."""

import linecache
import sys
from collections.abc import Mapping
from pathlib import Path
from types import CodeType, ModuleType

from .. import errors
from ..errors import ConfigurationError, DriverError, ScriptRefused, ScriptSyntaxError
from .failed_lines import FailedLine, failed_lines

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
        self.source = source
        self._code = self._compile(source)
        # The file may change or vanish while the script runs; messages show what is running.
        lines = source.splitlines(keepends=True)
        linecache.cache[str(path)] = (len(source), None, lines, str(path))

    def run(self, names: Mapping[str, object]) -> None:
        """Run the script with these global names, which it may import as well."""
        self.provide(names)
        exec(self._code, {"__name__": "__main__", "__file__": str(self.path), **names})

    def provide(self, names: Mapping[str, object]) -> None:
        """Let scripts import these names."""
        module = ModuleType(NAMES_MODULE)
        module.__dict__.update(names)
        sys.modules[NAMES_MODULE] = module

    @property
    def code_flags(self) -> int:
        """What the compiler was told, by the script's own imports of the future, too."""
        return self._code.co_flags

    def describe(self, error: BaseException) -> str:
        """Return what went wrong and where in the script, without any frame of the driver."""
        where = "".join(
            f'  File "{self.path}", line {line.line}, in {line.function}\n    {line.text}\n'
            + "".join(f"      {name} = {value}\n" for name, value in line.values.items())
            for line in self.lines(error)
        )
        return where + _sentence(error)

    def lines(self, error: BaseException) -> list[FailedLine]:
        """Return the lines that the error came through: none if it was not running, or refused."""
        if isinstance(error, ScriptRefused):
            return []  # wherever it was then
        return failed_lines(error, str(self.path), self.source)

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
    if kind.__module__ != "builtins" and not kind.__module__.startswith(errors.__name__):
        name = f"{kind.__module__}.{name}"
    text = str(error)
    sentence = f"{name}: {text}" if text else name
    cause = error.__cause__
    # The cause of the driver's own errors is how it found out, which tells a reader nothing.
    if cause is not None and not isinstance(error, DriverError):
        sentence += f"\ncaused by {_sentence(cause)}"
    return sentence

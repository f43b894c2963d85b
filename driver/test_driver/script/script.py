"""The test script: compiled, run, and reported on without the driver's own frames."""

import linecache
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import CodeType, ModuleType

from ..errors import ConfigurationError, ScriptRefused, ScriptSyntaxError
from ..exception_chain import chain_of
from ..failure import SCRIPT, Failure
from ..failure_text import chain_text
from ..log import say
from .assertions import compile_script
from .exit import is_success
from .main_module import MAIN, new_main_module
from .traceback import FailedLine, failed_lines

# Of an exception; more are left out in the middle.
MOST_LINES = 20
# Where a script may import its names from, so that editors know them.
NAMES_MODULE = "test_script_names"


class Script:
    """A compiled test script. Making one raises ScriptSyntaxError if it does not compile."""

    title = "run the test script"
    noun = "the test script"

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            source = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                str(path), [f"cannot read the test script: {error}"]
            ) from error
        self.source = source
        # Called at the end of the script, also in a child that it has forked.
        self.on_end: Callable[[BaseException | None], None] = lambda error: None
        self._code = self._compile(source)
        # The file may change or vanish while the script runs; messages show what is running.
        lines = source.splitlines(keepends=True)
        linecache.cache[str(path)] = (len(source), None, lines, str(path))

    def run(self, names: Mapping[str, object]) -> None:
        """Run the script as the module `__main__` with these global names, which it may import.

        It stays that module, for what runs later. `sys.exit(0)` ends it well.
        """
        self.provide(names)
        module = sys.modules[MAIN] = new_main_module(self.path, names)
        try:
            exec(self._code, module.__dict__)
        except BaseException as error:
            self.on_end(error)
            if not is_success(error):
                raise
            say("the test script called sys.exit(0)")
        else:
            self.on_end(None)

    def provide(self, names: Mapping[str, object]) -> None:
        """Let scripts import these names."""
        provide_names(names)

    @property
    def code_flags(self) -> int:
        """What the compiler was told, by the script's own imports of the future, too."""
        return self._code.co_flags

    def describe(self, error: BaseException) -> str:
        """Return what went wrong and where in the script, without any frame of the driver.

        The first failure comes first, with all that followed from it.
        """
        return chain_text(chain_of(error), self._where)

    def lines(self, error: BaseException) -> list[FailedLine]:
        """Return the lines that the error came through: none if it was not running, or refused."""
        if isinstance(error, ScriptRefused):
            return []  # wherever it was then
        return failed_lines(error, str(self.path), self.source)

    def _where(self, error: BaseException) -> str:
        texts = [
            f'  File "{self.path}", line {line.line}, in {line.function}\n    {line.text}\n'
            + "".join(f"      {name} = {value}\n" for name, value in line.values.items())
            for line in self.lines(error)
        ]
        if (left_out := len(texts) - MOST_LINES) > 0:  # a function that calls itself
            half = MOST_LINES // 2
            texts[half:-half] = [f"  [{left_out} lines left out]\n"]
        return "".join(texts)

    def _compile(self, source: str) -> CodeType:
        try:
            return compile_script(source, str(self.path))
        except SyntaxError as error:
            text = error.text or linecache.getline(str(self.path), error.lineno or 0)
            raise ScriptSyntaxError(str(self.path), error.lineno or 0, text, error.msg) from error
        except ValueError as error:  # a null byte
            raise ScriptSyntaxError(str(self.path), 1, "", str(error)) from error


def provide_names(names: Mapping[str, object]) -> None:
    """Let scripts import these names from `test_script_names`."""
    module = ModuleType(NAMES_MODULE)
    module.__dict__.update(names)
    sys.modules[NAMES_MODULE] = module


def describe_failure(failure: Failure, script: Script) -> str:
    """Return all parts of a failure, each with what it came out of."""
    texts = []
    for part in failure.parts:
        text = script.describe(part.error)
        if part.origin != SCRIPT or len(failure.parts) > 1 or script.lines(part.error):
            text = f"{part.origin} failed:\n{text}"
        texts.append(text)
    return "\n".join(texts)

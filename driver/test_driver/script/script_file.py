"""Which file has the test script, and which one a person edits."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..configuration import Configuration
from ..errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptFile:
    """The file with the test script."""

    path: Path
    # The file of the project that it was copied from: absolute, or relative to the project.
    source: str | None

    @property
    def shown(self) -> str:
        """The file that a person edits, as it is called in the project."""
        return self.source or str(self.path)


class UseScript(argparse.Action):
    """Take a script. The source of the script before is not that of this one."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[object] | None,
        option_string: str | None = None,
    ) -> None:
        """Store the path."""
        namespace.test_script = values
        namespace.test_script_source = None


def add_script_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that name what is run: a script, or tests of pytest."""
    _add_test_options(parser)
    parser.add_argument(
        "--test-script",
        type=Path,
        metavar="PATH",
        action=UseScript,
        help="the test script; the last one counts, and replaces that of the configuration",
    )
    parser.add_argument(
        "--test-script-source",
        metavar="FILE",
        help="the file of the project that the script was copied from, which a person edits; "
        "stands behind --test-script",
    )


def _add_test_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--tests",
        type=Path,
        metavar="PATH",
        help="a folder of test files, or one, that pytest runs instead of a test script",
    )
    parser.add_argument(
        "--tests-source",
        metavar="PATH",
        help="the folder or file of the project that the tests were copied from",
    )
    parser.add_argument(
        "--pytest-argument",
        action="append",
        default=[],
        metavar="ARGUMENT",
        help="an argument for pytest; may be repeated: --pytest-argument=-k --pytest-argument=page",
    )


def tests_folder(options: argparse.Namespace) -> str:
    """Return the folder of the test files as it is called in the project; nothing for a script."""
    if options.tests is None:
        return ""
    shown = str(options.tests_source or options.tests)
    return shown if options.tests.is_dir() else os.path.dirname(shown)


def script_file(options: argparse.Namespace, configuration: Configuration) -> ScriptFile:
    """Return the file with the test script. Raises ConfigurationError if none is named."""
    if options.tests is not None:
        return ScriptFile(path=options.tests, source=options.tests_source)
    if options.test_script is not None:
        return ScriptFile(path=options.test_script, source=options.test_script_source)
    if configuration.test_script is None:
        raise ConfigurationError(
            str(options.config),
            ["test_script: is missing; name the file with the test script by --test-script PATH"],
        )
    return ScriptFile(path=Path(configuration.test_script), source=configuration.test_script_source)

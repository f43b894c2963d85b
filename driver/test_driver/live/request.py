"""What a client asks for: tests, and what they need to run as they would in its own process."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from .channel import Message

# Options that choose tests, write files or talk to a terminal: they stay with the client. Those
# that pytest needs before its plugins are configured are arguments, below.
_STAY = {
    *("file_or_dir", "keyword", "markexpr", "deselect", "ignore", "ignore_glob", "pyargs"),
    *("collectonly", "keepduplicates", "lf", "failedfirst", "newfirst", "cacheclear", "cacheshow"),
    *("last_failed_no_failures", "stepwise", "stepwise_skip", "stepwise_reset", "xmlpath"),
    *("live", "testbed", "lf_from", "machine_output", "usepdb", "usepdb_cls", "trace", "basetemp"),
    *("plugins", "inifilename", "rootdir", "override_ini", "confcutdir", "noconftest", "capture"),
    *("pythonwarnings", "maxfail", "importmode", "assertmode", "help", "version", "debug"),
    *("setuponly", "setupshow", "setupplan", "showfixtures", "show_fixtures_per_test", "markers"),
    *("pastebin", "log_file", "report_log", "numprocesses", "maxprocesses", "dist", "tx", "px"),
    *("disable_plugin_autoload", "strict_config", "cov_source", "cov_report"),
}
# Plugins of editors: they talk to the editor, from the client alone.
_OF_EDITORS = ("vscode_pytest", "teamcity")
# What belongs to one process.
_OWN_VARIABLES = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_CURRENT_TEST", "PYTEST_VERSION")


def request_of(session: pytest.Session) -> Message:
    """Return what a session of pytest asks for."""
    config = session.config
    options = {
        name: value
        for name, value in vars(config.option).items()
        if name not in _STAY and _is_plain(value)
    }
    options["color"] = "yes" if config.get_terminal_writer().hasmarkup else "no"
    folder = Path(config.invocation_params.dir)
    return {
        "folder": str(folder),
        "root": str(config.rootpath),
        "arguments": [*_arguments(config), *_files(session)],
        "options": options,
        "tests": [item.nodeid for item in session.items],
        "capture": config.getoption("capture"),
        "environment": {
            name: value for name, value in os.environ.items() if name not in _OWN_VARIABLES
        },
        "path": [one for one in _beside(folder, config.rootpath) if one in map(_full, sys.path)],
    }


def environment_of(request: Message) -> Mapping[str, str]:
    """Return the environment variables of a client."""
    return {str(name): str(value) for name, value in request["environment"].items()}


def _arguments(config: pytest.Config) -> list[str]:
    """Return the arguments that pytest needs at its very beginning."""
    option = config.option
    arguments = [
        f"--rootdir={config.rootpath}",
        f"--capture={option.capture}",
        f"--import-mode={option.importmode}",
        f"--maxfail={option.maxfail or 0}",
        f"--assert={option.assertmode}",
    ]
    if config.inipath is not None:
        arguments += ["-c", str(config.inipath)]
    if option.confcutdir:
        arguments.append(
            f"--confcutdir={os.path.join(config.invocation_params.dir, option.confcutdir)}"
        )
    if option.noconftest:
        arguments.append("--noconftest")
    arguments += [f"-W{one}" for one in option.pythonwarnings or ()]
    arguments += [f"--override-ini={one}" for one in option.override_ini or ()]
    for name in option.plugins or ():
        if not name.startswith(_OF_EDITORS):
            arguments += ["-p", name]
    # What this has asked for is among the options.
    return [*arguments, "--override-ini=addopts="]


def _files(session: pytest.Session) -> list[str]:
    """Return the files of the tests, or what the client was given if one lies elsewhere.

    Outside of the root folder the names of tests depend on the arguments.
    """
    paths = list(dict.fromkeys(item.path for item in session.items))
    if all(path.is_relative_to(session.config.rootpath) for path in paths):
        return [str(path) for path in paths]
    return list(session.config.args)


def _is_plain(value: Any) -> bool:  # noqa: ANN401 - of an option
    """Tell whether JSON has the value."""
    if isinstance(value, list):
        return all(_is_plain(one) for one in value)
    return value is None or isinstance(value, str | int | float | bool)


def _beside(folder: Path, root: Path) -> Sequence[str]:
    """Return the folders that may be on the path of Python only because of where pytest began."""
    return [str(folder)] if folder == root else [str(folder), str(root)]


def _full(path: str) -> str:
    return os.path.abspath(path)

"""The process of `rehearse up` while it runs tests: in the folder of a client, as if it was it.

What pytest and the tests change in the process is put back, and their modules are forgotten, so
that the next run imports them as they are on disk then.
"""

import importlib
import linecache
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ..package import PACKAGE_FOLDER
from ..script.replaced import replaced

# Of packages that were installed, in a project's own environment too.
_INSTALLED = {"site-packages", "dist-packages"}


@contextmanager
def as_client(
    folder: Path, *, environment: Mapping[str, str], path: Sequence[str], screen: Sequence[int]
) -> Iterator[None]:
    """Be in a folder, with other environment variables, with folders before those of `sys.path`.

    `screen` is what to write to instead of standard output and error, if anything. Raises OSError
    if the folder cannot be entered.
    """
    with ExitStack() as stack:
        stack.callback(os.chdir, os.getcwd())
        os.chdir(folder)
        stack.callback(_set_environment, dict(os.environ))
        _set_environment(environment)
        former = list(sys.path)
        stack.callback(sys.path.__setitem__, slice(None), former)
        sys.path[:] = [*path, *(one for one in former if one not in path)]
        stack.enter_context(replaced(sys, "dont_write_bytecode", True))
        if len(screen) == 2:
            stack.enter_context(_writing_to(*screen))
        yield


@contextmanager
def fresh_modules(*folders: Path) -> Iterator[None]:
    """Forget the modules of these folders that the body has imported."""
    importlib.invalidate_caches()
    linecache.checkcache()
    before = {*sys.modules}
    try:
        yield
    finally:
        for name in {*sys.modules} - before:
            if any(_lies_in(sys.modules[name], folder) for folder in folders):
                del sys.modules[name]


def _lies_in(module: object, folder: Path) -> bool:
    """Tell whether a module is a file of a project, or a folder without a file of its own."""
    file = getattr(module, "__file__", None)
    try:
        places = [file] if file else [*getattr(module, "__path__", ())]
    except Exception:  # noqa: BLE001 - whatever stands there in the place of a module
        return False
    return any(
        isinstance(place, str)
        and Path(place).is_relative_to(folder)
        and not Path(place).is_relative_to(PACKAGE_FOLDER)
        and _INSTALLED.isdisjoint(Path(place).parts)
        for place in places
    )


def _set_environment(variables: Mapping[str, str]) -> None:
    """Make the environment variables these, without a moment in which there is none."""
    os.environ.update(variables)
    for name in [*os.environ]:
        if name not in variables:
            del os.environ[name]


@contextmanager
def _writing_to(output: int, errors: int) -> Iterator[None]:
    """Let standard output and error of this process be other files."""
    with ExitStack() as stack:
        for number, descriptor in ((1, output), (2, errors)):
            kept = os.dup(number)
            stack.callback(os.close, kept)
            stack.callback(os.dup2, kept, number)
            stack.callback(_flush)
            _flush()
            os.dup2(descriptor, number)
        yield


def _flush() -> None:
    sys.stdout.flush()
    sys.stderr.flush()

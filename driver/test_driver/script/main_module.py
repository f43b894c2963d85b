"""The script as Python's module `__main__`, as if Python itself had been started with its file.

What the script defines is looked up in that module by dataclasses, typing, inspect, pickle,
multiprocessing, doctest and others.
"""

import builtins
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from .assertion_text import NAMES as ASSERTION_NAMES

MAIN = "__main__"


def new_main_module(path: Path, names: Mapping[str, object]) -> ModuleType:
    """Return a module for a script, with these global names."""
    module = ModuleType(MAIN)
    given = {
        "__file__": str(path),
        "__builtins__": builtins,
        "__annotations__": {},
        "__spec__": None,
    }
    module.__dict__.update(given | dict(ASSERTION_NAMES) | dict(names))
    return module


@contextmanager
def as_main(module: ModuleType) -> Iterator[None]:
    """Let Python find a module as `__main__`."""
    former = sys.modules[MAIN]
    sys.modules[MAIN] = module
    try:
        yield
    finally:
        sys.modules[MAIN] = former

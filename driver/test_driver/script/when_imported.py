"""What is done to a module of Python's library once a script imports it, not before."""

import importlib.machinery
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType

Actions = Mapping[str, Callable[[ModuleType], object]]


@contextmanager
def when_imported(actions: Actions) -> Iterator[None]:
    """In the body, call the action for a module of that name when it has been loaded."""
    for name, action in actions.items():
        if (module := sys.modules.get(name)) is not None:
            action(module)
    finder = _Finder(actions)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        if finder in sys.meta_path:
            sys.meta_path.remove(finder)


class _Finder:
    """Finds the modules as Python does, and adds the action to their loaders."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return how to load a module."""
        if (action := self._actions.get(name)) is None:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            action(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec

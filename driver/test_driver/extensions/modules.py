"""The modules that a test brings along, for the type check of its script and for editors.

They are named one by one: the folder that a module is in may hold the packages of the driver, too,
and to look through all of those takes a type checker long.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from ..package import PACKAGE

# A type checker has these itself, and refuses others of the same name.
_OF_CHECKERS = ("mypy_extensions", "typing_extensions")


def modules_in(folders: Iterable[Path]) -> dict[str, Path]:
    """Return the modules and packages in these folders, by name; the first of each name."""
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted([*folder.glob("*.py"), *folder.glob("*.pyi"), *folder.iterdir()]):
            is_module = path.suffix in (".py", ".pyi")
            is_package = path.is_dir() and path.name.isidentifier() and path.name != "__pycache__"
            if (is_module or is_package) and _is_foreign(path.stem):
                found.setdefault(path.name, path)
    return found


def modules_of(objects: Iterable[object]) -> dict[str, Path]:
    """Return the modules and packages in which these modules, classes and objects are."""
    found: dict[str, Path] = {}
    for one in objects:
        module = sys.modules.get(_module_name(one).partition(".")[0])
        if module is None or not _is_foreign(module.__name__):
            continue
        if paths := getattr(module, "__path__", None):
            found[module.__name__] = Path(next(iter(paths)))
        elif file := getattr(module, "__file__", None):
            found[Path(file).name] = Path(file)
    return found


def _module_name(one: object) -> str:
    owner = one if isinstance(one, type) else type(one)
    return owner.__module__ if owner.__module__ != "builtins" else getattr(one, "__name__", "")


def _is_foreign(name: str) -> bool:
    return name not in (*sys.stdlib_module_names, *_OF_CHECKERS, PACKAGE)

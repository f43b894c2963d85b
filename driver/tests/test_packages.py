"""The modules and packages of the driver: what each may hold, and that none needs itself."""

import ast
import graphlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from test_driver.package import PACKAGE_FOLDER

# Those whose `__init__.py` has names for scripts and for other programs.
WITH_NAMES = {"test_driver", "errors", "machine", "stateful", "suite"}


def modules(folder: Path) -> dict[str, Path]:
    """Return the modules in a folder of packages, by their dotted names."""
    found = {}
    for path in folder.rglob("*.py"):
        parts = path.relative_to(folder).with_suffix("").parts
        found[".".join(parts[:-1] if path.name == "__init__.py" else parts)] = path
    return found


def imports(name: str, path: Path, known: dict[str, Path]) -> Iterator[str]:
    """Yield the modules that a module imports, also those that it imports for types alone."""
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    package = [part for part in package if part]
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        above = package[: len(package) - (node.level - 1)]
        source = ".".join([*above, *(node.module.split(".") if node.module else [])])
        for alias in node.names:
            inner = f"{source}.{alias.name}".strip(".")
            yield inner if inner in known else source


def graph(folder: Path) -> dict[str, set[str]]:
    """Return what each module imports."""
    known = modules(folder)
    return {name: {*imports(name, path, known)} - {name} for name, path in known.items()}


def test_no_module_needs_itself() -> None:
    found = graph(PACKAGE_FOLDER)
    assert "backend.qemu.instance" in found["machine.qemu_core"]
    assert "machine.core" in found["faults.power_cut"]  # for types alone
    order = list(graphlib.TopologicalSorter(found).static_order())  # it refuses a cycle
    assert order.index("machine.core") < order.index("machine.commands")


@pytest.mark.parametrize(
    "second",
    [
        "from .a import x",
        "from . import a",
        "def f():\n    from .a import x",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .a import x",
        "from ..p.a import x",
    ],
)
def test_a_cycle_is_found(tmp_path: Path, second: str) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "__init__.py").write_text("")
    (tmp_path / "p" / "a.py").write_text("from .b import y")
    (tmp_path / "p" / "b.py").write_text(second)
    with pytest.raises(graphlib.CycleError):
        list(graphlib.TopologicalSorter(graph(tmp_path)).static_order())


def test_a_package_holds_nothing_but_modules() -> None:
    for path in PACKAGE_FOLDER.rglob("*.py"):
        first = path.parent / "__init__.py"
        assert first.exists(), f"{path} is in no package"
        if path.parent.name not in WITH_NAMES:
            (docstring,) = ast.parse(first.read_text()).body
            assert isinstance(docstring, ast.Expr), first


# Features are used there, as scripts use them.
USERS = PACKAGE_FOLDER / "pytest_plugin"


@pytest.mark.parametrize(("feature", "files"), [("power.?cut", 5), ("checkpoint", 6)])
def test_a_feature_stands_in_few_files(feature: str, files: int) -> None:
    found = [
        path
        for path in PACKAGE_FOLDER.rglob("*")
        if not path.is_relative_to(USERS)
        and path.suffix in (".py", ".json", ".js", ".css", ".sh")
        and re.search(feature, path.read_text(), re.IGNORECASE)
    ]
    assert 0 < len(found) <= files, sorted(map(str, found))

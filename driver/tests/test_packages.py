"""The packages of the driver: what each may hold, and that none needs one that needs it."""

import ast
import graphlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from test_driver.package import PACKAGE_FOLDER

# Those whose `__init__.py` has names for scripts and for other programs.
WITH_NAMES = {"test_driver", "errors", "machine", "stateful"}


def imported(node: ast.AST) -> Iterator[ast.ImportFrom]:
    """Yield what is imported from the driver while it runs."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.ImportFrom) and child.level:
            yield child
        yield from imported(child)


def arrows(folder: Path) -> dict[str, set[str]]:
    """Return the packages that each package imports from."""
    packages = {path.parent.name for path in folder.glob("*/__init__.py")}
    found: dict[str, set[str]] = defaultdict(set)
    for path in folder.glob("*/*.py"):
        for node in imported(ast.parse(path.read_text())):
            target = (node.module or "").split(".")[0]
            if node.level == 2 and target in packages:
                found[path.parent.name].add(target)
    return found


def test_packages_need_each_other_in_one_direction_only() -> None:
    found = arrows(PACKAGE_FOLDER)
    assert "qemu" in found["machine"]
    order = list(graphlib.TopologicalSorter(found).static_order())  # it refuses a cycle
    assert order.index("qemu") < order.index("machine")


def test_a_package_holds_nothing_but_modules() -> None:
    for path in PACKAGE_FOLDER.rglob("*.py"):
        first = path.parent / "__init__.py"
        assert first.exists(), f"{path} is in no package"
        if path.parent.name not in WITH_NAMES:
            (docstring,) = ast.parse(first.read_text()).body
            assert isinstance(docstring, ast.Expr), first

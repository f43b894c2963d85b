"""Collects the examples of the manual: those in docstrings, and the Python in the guides."""

import ast
import doctest
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DRIVER = Path(__file__).parents[2]
PROJECT = DRIVER.parent
# Made from the docstrings.
GENERATED = ("docs/reference.md",)
# One package and a script that uses it: tests/extensions/test_guide.py checks and runs them.
RUN_AS_WHOLE = ("docs/extensions.md",)
_BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.M | re.S)
_SCRIPT = re.compile(r"\b(?:testScript|test_script) = ''\n(.*?)^ *'';$", re.M | re.S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One piece of Python that a reader may copy."""

    file: str
    line: int  # of its first line, in the file
    name: str  # of the function or class, or the file of a guide
    code: str

    @property
    def place(self) -> str:
        """Where it is, as compilers write it."""
        return f"{self.file}:{self.line}"


def all_examples() -> list[Example]:
    """Return the examples of all docstrings and all guides."""
    return [*docstring_examples(), *guide_examples()]


def docstring_examples() -> Iterator[Example]:
    """Yield what docstrings of the driver show after `>>>`."""
    for path in sorted((DRIVER / "test_driver").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for name, node in sorted(documented(tree), key=lambda one: getattr(one[1], "lineno", 0)):
            text = ast.get_docstring(node)
            if text and ">>> " in text:
                code = "".join(one.source for one in doctest.DocTestParser().get_examples(text))
                line = getattr(node, "lineno", 1)
                file = path.relative_to(PROJECT).as_posix()
                yield Example(file=file, line=line, name=name, code=code)


Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
Documented = ast.Module | Definition


def documented(tree: ast.Module) -> Iterator[tuple[str, Documented]]:
    """Yield what may have a docstring, with its name in the module."""
    todo: list[tuple[str, Documented]] = [("", tree)]
    while todo:
        name, node = todo.pop()
        yield name, node
        for child in ast.iter_child_nodes(node):
            if isinstance(child, Definition):
                todo.append((f"{name}.{child.name}".lstrip("."), child))


def guide_examples() -> Iterator[Example]:
    """Yield the Python of the guides, and the test scripts in their Nix."""
    for path in [*sorted(PROJECT.glob("*.md")), *sorted((PROJECT / "docs").rglob("*.md"))]:
        file = path.relative_to(PROJECT).as_posix()
        if path.is_file() and file not in GENERATED + RUN_AS_WHOLE:
            yield from page_examples(file, path.read_text(encoding="utf-8"))


def page_examples(file: str, text: str) -> Iterator[Example]:
    """Yield the examples of one page."""
    for block in _BLOCK.finditer(text):
        found = [(block.start(3), block[3])] if block[2] == "python" else []
        if block[2] == "nix":
            found = [(block.start(3) + s.start(1), s[1]) for s in _SCRIPT.finditer(block[3])]
        for start, code in found:
            line = text.count("\n", 0, start) + 1
            yield Example(file=file, line=line, name=file, code=textwrap.dedent(code))

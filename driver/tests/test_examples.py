"""Every example of docstrings and guides: its names, its types."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from test_driver.configuration import Configuration, check_configuration
from test_driver.machine import NspawnMachine, QemuMachine
from test_driver.public_names import facts_of
from test_driver.script.check import lint_problems, type_problems
from test_driver.script.stubs import stub_text

from .conftest import FAKE_QEMU, Document
from .support.example_context import preamble
from .support.examples import Example, all_examples, page_examples

QEMU_MACHINES = ("machine", "server", "client", "database", "leader", "follower", "a", "b", "c")
MACHINES = (*QEMU_MACHINES, "machine1", "machine2")
EXAMPLES = all_examples()


@pytest.fixture
def configuration(document: Document) -> Configuration:
    """A configuration with every machine that an example names."""
    part = {"start_command": list(FAKE_QEMU), "vlans": [1], "memory_mib": 1, "cores": 1}
    document["machines"] = {name: part for name in MACHINES}
    document["machines"]["container"] = part | {"container": True}
    return check_configuration(document, where="examples")


def names_of(stubs: str) -> frozenset[str]:
    """Return the global names of a script, which the stubs export."""
    last = stubs.rstrip().splitlines()[-1]
    names = ast.literal_eval(last.removeprefix("__all__ = "))
    return frozenset(names)


def problems(examples: list[Example], stubs: str, folder: Path) -> list[str]:
    """Return what the driver's own check says against examples, with the place of each."""
    script = folder / "examples.py"
    names = names_of(stubs)
    found: list[str] = []
    lines: list[str] = []
    starts: list[int] = []
    for number, example in enumerate(examples):
        code = f"{preamble(example, names)}{example.code}"
        script.write_text(code)
        ast.parse(code, example.place)
        for problem in lint_problems(script, names):
            found.append(f"{example.place} ({example.name}): {problem.rpartition(': ')[2]}")
        starts.append(len(lines) + 1)
        lines += [f"def example_{number}() -> None:"]
        lines += [f"    {line}" for line in code.splitlines()]
    script.write_text("\n".join(lines) + "\n")
    for problem in type_problems(script, stubs):
        line, _, message = problem.removeprefix(f"{script}:").partition(": ")
        example = examples[sum(start <= int(line) for start in starts) - 1]
        found.append(f"{example.place} ({example.name}): {message}")
    return found


def uncalled(examples: list[Example]) -> Iterator[str]:
    """Yield the methods that examples only name: `machine.crash` does nothing."""
    methods = {
        name
        for kind in (QemuMachine, NspawnMachine)
        for name in dir(kind)
        if facts_of(getattr(kind, name)) is not None
        and not isinstance(getattr(kind, name), property)
    }
    for example in examples:
        for node in ast.walk(ast.parse(example.code)):
            match node:
                case ast.Expr(value=ast.Attribute(attr=name)) if name in methods:
                    yield f"{example.place}: {name} is not called"


def test_every_example_passes_the_check_of_scripts(
    configuration: Configuration, tmp_path: Path
) -> None:
    assert len(EXAMPLES) > 150
    found = problems(EXAMPLES, stub_text(configuration), tmp_path)
    assert [one for one in found if ": note: " not in one] == []


def test_every_example_calls_the_methods_that_it_names() -> None:
    assert list(uncalled(EXAMPLES)) == []


PAGE = """\
# A page

```python
import json
machine.succed("x")
if machine.succeed(1):
    nothing()
```

```nix
{
  testScript = ''
    server.wait_for_unt("x")
  '';
}
```

```python
machine.crash
```
"""


def test_wrong_examples_are_found(configuration: Configuration, tmp_path: Path) -> None:
    examples = list(page_examples("page.md", PAGE))
    found = problems(examples, stub_text(configuration), tmp_path)
    assert [one.split("  [")[0] for one in found] == [
        "page.md:4 (page.md): 'json' imported but unused",
        "page.md:4 (page.md): undefined name 'nothing'",
        'page.md:4 (page.md): "QemuMachine" has no attribute "succed"; maybe "succeed"?',
        'page.md:4 (page.md): Argument 1 to "succeed" of "CommandMethods" has incompatible type'
        ' "int"; expected "str"',
        'page.md:4 (page.md): Name "nothing" is not defined',
        'page.md:13 (page.md): "QemuMachine" has no attribute "wait_for_unt"; maybe'
        ' "wait_for_unit"?',
    ]
    assert list(uncalled(examples)) == ["page.md:19: crash is not called"]

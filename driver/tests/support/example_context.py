"""What stands before an example where a reader uses it."""

import ast
import importlib

from .examples import Example

_PROMPT = """\
from test_driver.interactive.rehearsal import Rehearsal
def prompt() -> Rehearsal:
    raise NotImplementedError
"""
_SPAWNED = 'handle = machine.spawn("psql")\n'
_CONDITION = """\
@polling_condition
def is_running():
    machine.succeed("pgrep service")
"""
_STATE = """\
from test_driver.stateful import StateMachine
class Network(StateMachine):
    pass
self = Network()
"""

# Lines before the examples of a file, or of one name in it. The names that the example's own
# module and package define need none.
PREAMBLES = {
    "driver/test_driver/guest/spawned_command.py": _SPAWNED,
    "driver/test_driver/interactive/console_panes.py": (
        "from test_driver.interactive.console_panes import ConsolePanes\n"
        "console_panes = ConsolePanes(driver, driver.machines[0].out_dir).console_panes\n"
    ),
    **{
        f"driver/test_driver/interactive/rehearsal.py:Rehearsal.{name}": (
            f"{_PROMPT}{name} = prompt().{name}\n"
        )
        for name in ("rerun", "run_subtest", "subtests")
    },
    "driver/test_driver/public_names.py:public": (
        "from test_driver.machine.core import MachineCore\n"
    ),
    "driver/test_driver/plugins.py": "from test_driver.plugins import hookimpl\n",
    "driver/test_driver/machine/efi.py": "machine.crash()\nmachine.create_efi_vars()\n",
    "driver/test_driver/machine/faults.py": "machine.start()\n",
    "driver/test_driver/machine/nspawn.py": "machine = container\n",
    "driver/test_driver/script/conditions.py:PollingCondition.": _CONDITION,
    "driver/test_driver/stateful/machine.py:StateMachine.": _STATE,
}


def preamble(example: Example, known: frozenset[str] = frozenset()) -> str:
    """Return the lines before an example. The names of `known` need no import."""
    place = f"{example.file}:{example.name}"
    lines = [text for start, text in PREAMBLES.items() if place.startswith(start)]
    return "".join([*own_imports(example, known), *lines])


def own_imports(example: Example, known: frozenset[str]) -> list[str]:
    """Return imports of what the module of a docstring, or its package, defines."""
    if not example.file.endswith(".py"):
        return []
    module = example.file.removeprefix("driver/").removesuffix(".py").replace("/", ".")
    module = module.removesuffix(".__init__")
    package = module.rpartition(".")[0]
    used = {node.id for node in ast.walk(ast.parse(example.code)) if isinstance(node, ast.Name)}
    lines = []
    for name in sorted(used - known):
        for owner in (module, package):
            value = getattr(importlib.import_module(owner), name, None)
            home = getattr(value, "__module__", None) or type(value).__module__
            if home.startswith("test_driver"):
                lines.append(f"from {owner} import {name}\n")
                break
    return lines

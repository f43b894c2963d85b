"""Print docs/reference.md: every public name of a test script, from the docstrings of the driver.

Run it with the driver on PYTHONPATH: python3 docs/generate-reference.py >docs/reference.md
"""

import inspect
import re
import sys
from collections.abc import Callable

from test_driver import errors
from test_driver.driver_methods import DriverMethods
from test_driver.efi import EfiVariable
from test_driver.machine import BaseMachine, NspawnMachine, QemuMachine
from test_driver.machine.clock import Clock
from test_driver.machine.disks import Disk
from test_driver.machine.old_names import OldNameMethods
from test_driver.network.faults import Link, Network
from test_driver.public_names import public_members
from test_driver.retrying import retry
from test_driver.script.debug import Debug
from test_driver.script_log import ScriptLog
from test_driver.stateful import (
    StateMachine,
    faults,
    initialize,
    invariant,
    links,
    precondition,
    rule,
    variants,
)

HEAD = """# Reference of the test script

Generated from the driver's docstrings by `docs/generate-reference.py`;
[test-script.md](test-script.md) is the guide. Durations are seconds or a `timedelta`.
"""


def signature(name: str, function: Callable[..., object], *, method: bool) -> str:
    """Return a function's name, parameters and result as a script writes them."""
    found = inspect.signature(function)
    parameters = list(found.parameters.values())[1 if method else 0 :]
    text = str(found.replace(parameters=parameters))
    # Annotations of whole modules say no more than their last part.
    return name + re.sub(r"(?:[A-Za-z_]\w*\.)+(\w+)", r"\1", text).replace("'", "")


def entry(call: str, function: object) -> str:
    """Return the paragraph of one name. Raises SystemExit if it has no docstring."""
    text = inspect.getdoc(function)
    if not text:
        sys.exit(f"{call} has no docstring")
    prose, *examples = re.split(r"\n(?=>>> )", text, maxsplit=1)
    code = [re.sub(r"^(>>> |\.\.\. ?)", "", line) for line in "".join(examples).splitlines()]
    example = "\n```python\n" + "\n".join(code).rstrip() + "\n```\n" if code else ""
    return f"### `{call}`\n\n{prose.rstrip()}\n{example}"


def section(title: str, prefix: str, *owners: type) -> str:
    """Return what scripts may use of classes under a heading, or "" if there is nothing."""
    entries = []
    for name, member in (found for owner in owners for found in public_members(owner)):
        call = name if isinstance(member, property) else signature(name, member, method=True)
        entries.append(entry(prefix + call, member))
    return "\n".join([f"## {title}\n", *entries]) if entries else ""


def machine_sections(title: str, machine: type, without: type = object) -> str:
    """Return what scripts may use of a class of machines, without what another class has.

    Each class of methods is a section. The one of old names comes last.
    """
    owners = [owner for owner in inspect.getmro(machine) if owner not in inspect.getmro(without)]
    owners.sort(key=lambda owner: owner is OldNameMethods)
    titles = (title if owner is machine else f"{title}: {subject(owner)}" for owner in owners)
    found = (section(text, "machine.", owner) for text, owner in zip(titles, owners, strict=True))
    return "\n".join(filter(None, found))


def errors_section() -> str:
    """Return the tree of what the driver raises."""
    kinds = [getattr(errors, name) for name in errors.__all__]
    lines = [
        "## Errors",
        "",
        "What the driver raises, from `test_driver.errors`. A script that catches "
        "`RequestedAssertionFailed` catches all errors marked with *: the machines are not as the "
        "script demands.",
        "",
    ]

    def tell(kind: type, depth: int) -> None:
        mark = "*" if issubclass(kind, errors.RequestedAssertionFailed) else ""
        text = (inspect.getdoc(kind) or "").splitlines()[0]
        lines.append(f"{'  ' * depth}- `{kind.__name__}`{mark}: {text}")
        for one in kinds:
            if first_base(one) is kind:
                tell(one, depth + 1)

    def first_base(kind: type) -> type | None:
        return next((base for base in kind.__mro__[1:] if base in kinds), None)

    for kind in kinds:
        if first_base(kind) is None:
            tell(kind, 0)
    return "\n".join(lines) + "\n"


def subject(owner: type) -> str:
    """Return what the methods of a class are about."""
    return (inspect.getdoc(owner) or "").splitlines()[0].rpartition(": ")[2].rstrip(".")


def main() -> None:
    """Print the page."""
    parts = [
        HEAD,
        machine_sections("A machine", BaseMachine),
        machine_sections("A machine in QEMU", QemuMachine, without=BaseMachine),
        machine_sections("A container", NspawnMachine, without=BaseMachine),
        section("A machine's clock", "machine.clock.", Clock),
        section("A disk of a machine", "machine.disk(n).", Disk),
        section("The driver", "driver.", *DriverMethods.__mro__),
        section("Faults of networks", "network.", Network),
        section("A link of a network", "network.link(a, b).", Link),
        section("The log", "log.", ScriptLog),
        section("Debugging", "debug.", Debug),
        "## Functions\n",
        entry(signature("retry", retry, method=False), retry),
        "## Variables of EFI firmware\n",
        entry(signature("EfiVariable", EfiVariable, method=False), EfiVariable),
        "## State machines\n\n`from test_driver.stateful import ...`; "
        "[stateful.md](stateful.md) is the guide.\n",
        entry(signature("StateMachine", StateMachine, method=False), StateMachine),
        entry(signature("StateMachine.run", StateMachine.run, method=False), StateMachine.run),
        entry(
            signature("state.boot_all", StateMachine.boot_all, method=True), StateMachine.boot_all
        ),
        *(
            entry(signature(token.__name__, token, method=False), token)
            for token in (rule, initialize, precondition, invariant, variants, links, faults)
        ),
        errors_section(),
    ]
    sys.stdout.write("\n".join(parts).rstrip() + "\n")


if __name__ == "__main__":
    main()

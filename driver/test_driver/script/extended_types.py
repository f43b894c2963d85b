"""The classes of machines with the methods of extensions, in the stubs of scripts.

What returns a machine, such as `create_machine`, or lists them, returns those classes there, too.
"""

from collections.abc import Iterator

from ..driver import Driver
from ..extensions.machine_classes import MachineClasses
from ..machine import BaseMachine, NspawnMachine, QemuMachine
from ..machine.kinds import COMMON
from .references import alias, reference

# In a class, whose name no machine can have: those of its members are what a type checker tells.
_SPACE = "__extended__"
_KINDS: tuple[type[BaseMachine], ...] = (COMMON, QemuMachine, NspawnMachine)
_GLOBALS = {"Machine": "QemuMachine", **{kind.__name__: kind.__name__ for kind in _KINDS}}


class ExtendedTypes:
    """The types of machines in a stub. Without extensions they are those of the driver."""

    def __init__(self, machines: MachineClasses) -> None:
        self._machines = machines

    def reference(self, kind: type[BaseMachine]) -> str:
        """Return the name of the class of a kind of machines."""
        return f"{_SPACE}.{kind.__name__}" if self._machines.added else reference(kind)

    def modules(self) -> set[str]:
        """Return the modules that the lines refer to."""
        return {one.methods.__module__ for one in self._machines.added}

    def declaration(self, name: str) -> str | None:
        """Return the line for a global that is a class of machines, or returns machines."""
        if not self._machines.added:
            return None
        if name in _GLOBALS:
            return f"{name} = {_SPACE}.{_GLOBALS[name]}"
        if name == "driver":
            return f"driver: {_SPACE}.Driver"
        if name == "create_machine":
            return f"__owner_{name}__: {_SPACE}.Driver\n{name} = __owner_{name}__.{name}"
        return None

    def lines(self) -> Iterator[str]:
        """Yield the classes."""
        if not self._machines.added:
            return
        yield f"class {_SPACE}:"
        for kind in _KINDS:
            own = self._machines.own(kind)
            above = [] if kind is COMMON else [f"{_SPACE}.BaseMachine"]
            bases = [*(reference(one.methods) for one in own), *above, reference(kind)]
            yield f"    class {kind.__name__}({', '.join(bases)}):"
            names = ", ".join(dict.fromkeys(str(one.source) for one in own)) or "no extension"
            yield f'        """{kind.__doc__ or ""}\n        With the methods of {names}."""'
        yield f"    class Driver({reference(Driver)}):"
        for name, kind in (
            ("machines", COMMON),
            ("machines_qemu", QemuMachine),
            ("machines_nspawn", NspawnMachine),
        ):
            yield f"        {name}: {alias('builtins')}.list[{self.reference(kind)}]"
        yield "        def create_machine("
        yield "            self, start_command: str, *, name: str | None = None,"
        yield "            keep_machine_state: bool = False, keep_vm_state: bool | None = None"
        yield f"        ) -> {self.reference(QemuMachine)}: ..."

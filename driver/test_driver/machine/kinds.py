"""The class of a machine, by its back end: a new back end is a folder and a line here."""

from collections.abc import Callable
from typing import IO, Any, cast

from ..configuration import MachineConfiguration
from ..errors import ConfigurationError
from ..run.context import TestContext
from .base import BaseMachine
from .nspawn import NspawnMachine
from .qemu import QemuMachine

# Machines of all kinds. mypy takes no abstract class for a value that is a class.
COMMON: type[BaseMachine] = cast(Any, BaseMachine)
KINDS: dict[str, type[BaseMachine]] = {
    "qemu": QemuMachine,
    "nspawn": NspawnMachine,
}


def machine_of(
    name: str,
    configuration: MachineConfiguration,
    session: TestContext,
    *,
    index: int,
    console_file: IO[bytes] | None,
    extended: Callable[[type[BaseMachine]], type[BaseMachine]] = lambda kind: kind,
) -> BaseMachine:
    """Return a machine of the kind that its configuration asks for. Raises ConfigurationError.

    `extended` returns the class of a kind with what extensions add to it.
    """
    kind = KINDS.get(configuration.backend_name)
    if kind is None:
        raise ConfigurationError(
            f"machines.{name}.backend",
            [f"no back end {configuration.backend_name!r}; those there are: {', '.join(KINDS)}"],
        )
    return extended(kind)(name, configuration, session, index=index, console_file=console_file)

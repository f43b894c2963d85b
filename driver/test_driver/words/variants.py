"""Words of a machine: what it is made of, and what it can be made of instead."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import VariantError
from ..saved.saved_state import remove_disks

if TYPE_CHECKING:
    from ..machine import Machine

# Those of a machine with hundreds of combinations tell nobody anything.
SHOWN = 24


def cores(machine: "Machine") -> int:
    """How many processors it has."""
    return machine.configuration.cores


def memory_mib(machine: "Machine") -> int:
    """How much memory it has."""
    return machine.configuration.memory_mib


def variants(machine: "Machine") -> list[dict[str, Any]]:
    """The values of each of its variants: what `use_variant` accepts."""
    return [dict(one.values) for one in machine.configuration.variants]


def variant(machine: "Machine") -> dict[str, Any]:
    """The values of the variant in use. Of the machine's own definition, those that it has."""
    return dict(machine.configuration.variant)


def use_variant(machine: "Machine", **values: object) -> None:
    """Make the machine another of its variants. It must be off.

    Values that are not named stay as they are. Its disks stay if those of the new variant are made
    from the same; otherwise its next start is with new ones. Raises VariantError if the machine
    runs, or if not exactly one of its variants has these values.

    >>> machine.use_variant(kernel="bookworm", memorySize=128)
    """
    if machine.booted:
        raise VariantError(
            machine.name,
            "it runs, and cannot become another variant; switch it off with shutdown() before",
        )
    wanted = {**machine.configuration.variant, **values}
    found = [one for one in machine.configuration.variants if wanted.items() <= one.values.items()]
    if len(found) != 1:
        raise VariantError(machine.name, _what_there_is(machine, wanted, len(found)))
    chosen = found[0]
    if chosen.disk != machine.configuration.disk:
        remove_disks(machine.state_dir)
    machine.configuration = machine.configuration.model_copy(
        update={
            "variant": chosen.values,
            "start_command": chosen.start_command,
            "memory_mib": chosen.memory_mib,
            "cores": chosen.cores,
            "warm_start": chosen.warm_start,
            "disk": chosen.disk,
        }
    )
    machine.log(f"it is now the variant {_text(chosen.values)}")


def _what_there_is(machine: "Machine", wanted: Mapping[str, object], number: int) -> str:
    known = [one.values for one in machine.configuration.variants]
    if not known:
        return "it has no variants; give it some with `variants` in its definition"
    begin = f"it has {number or 'no'} variants with {_text(wanted)}; those that there are:\n"
    lines = [f"  {_text(values)}" for values in known[:SHOWN]]
    more = [f"  and {len(known) - SHOWN} others"] if len(known) > SHOWN else []
    return begin + "\n".join(lines + more)


def _text(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in values.items())

"""Methods of a machine: what it is made of, and what it can be made of instead."""

from collections.abc import Mapping
from typing import Any

from ..errors import VariantError
from ..public_names import public
from ..run.timings import Phase
from ..snapshot.state import remove_disks
from .core import MachineCore
from .method import method
from .qemu_core import QemuCore

# Those of a machine with hundreds of combinations tell nobody anything.
SHOWN = 24


class VariantMethods(QemuCore):
    """Methods of a machine: variants."""

    @property
    @public
    def variants(self) -> list[dict[str, Any]]:
        """The values of each of its variants: what `use_variant` accepts."""
        return [dict(one.values) for one in self.configuration.variants]

    @property
    @public
    def variant(self) -> dict[str, Any]:
        """The values of the variant in use. Of the machine's own definition, those that it has."""
        return dict(self.configuration.variant)

    @method(phase=Phase.COMMAND)
    def use_variant(self, /, **values: object) -> None:
        """Make the machine another of its variants. It must be off.

        Values that are not named stay as they are. Its disks stay if those of the new variant are
        made from the same; otherwise its next start is with new ones. Raises VariantError if the
        machine runs, or if not exactly one of its variants has these values.

        >>> machine.use_variant(kernel="bookworm", memorySize=128)
        """
        if self.booted:
            raise VariantError(
                self.name,
                "it runs, and cannot become another variant; switch it off with shutdown() before",
            )
        wanted = {**self.configuration.variant, **values}
        found = [one for one in self.configuration.variants if wanted.items() <= one.values.items()]
        if len(found) != 1:
            raise VariantError(self.name, _what_there_is(self, wanted, len(found)))
        chosen = found[0]
        if chosen.disk != self.configuration.disk:
            remove_disks(self.state_dir)
        self.configuration = self.configuration.model_copy(
            update={
                "variant": chosen.values,
                "start_command": chosen.start_command,
                "memory_mib": chosen.memory_mib,
                "cores": chosen.cores,
                "warm_start": chosen.warm_start,
                "disk": chosen.disk,
            }
        )
        self.lines.say(f"changed to the variant {_text(chosen.values)}")


def _what_there_is(machine: MachineCore, wanted: Mapping[str, object], number: int) -> str:
    known = [one.values for one in machine.configuration.variants]
    if not known:
        return "it has no variants; give it some with `variants` in its definition"
    begin = f"it has {number or 'no'} variants with {_text(wanted)}; those that there are:\n"
    lines = [f"  {_text(values)}" for values in known[:SHOWN]]
    more = [f"  and {len(known) - SHOWN} others"] if len(known) > SHOWN else []
    return begin + "\n".join(lines + more)


def _text(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in values.items())

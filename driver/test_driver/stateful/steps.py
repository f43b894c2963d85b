"""What was done in an example, as data and as a script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..machine import BaseMachine
from ..reserved_names import variable_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A rule that was applied, with its arguments; or an invariant that was asked about."""

    name: str
    arguments: Mapping[str, object]

    def __str__(self) -> str:
        """Return it as a line of a script."""
        arguments = (f"{name}={text(value)}" for name, value in self.arguments.items())
        return f"state.{self.name}({', '.join(arguments)})"


def text(value: object) -> str:
    """Return how a script writes a value: machines are variables there."""
    match value:
        case BaseMachine():
            return variable_name(value.name)
        case list():
            return "[" + ", ".join(map(text, value)) + "]"
        case tuple():
            return "(" + ", ".join(map(text, value)) + ("," if len(value) == 1 else "") + ")"
        case dict():
            pairs = (f"{text(key)}: {text(one)}" for key, one in value.items())
            return "{" + ", ".join(pairs) + "}"
        case _:
            return repr(value)


def as_script(state_machine: str, steps: Sequence[Taken]) -> str:
    """Return steps as lines that can be put into a script."""
    return "\n".join([f"state = {state_machine}()", *map(str, steps)])

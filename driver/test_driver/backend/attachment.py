"""What a feature remembers of one run of a machine."""

from typing import TypeVar

A = TypeVar("A", bound="Attachment")


class Attachment:
    """State of one feature. It ends with the run that it is attached to."""

    @property
    def stops_process(self) -> bool:
        """Whether the feature stops the process of the machine now and then, and lets it go on."""
        return False

    def end(self) -> None:
        """End what goes on, before the run ends."""


class Attachments:
    """What features have attached to one run of a machine, one object for each feature."""

    def __init__(self) -> None:
        self._found: dict[type[Attachment], Attachment] = {}

    def get(self, kind: type[A]) -> A:
        """Return what is attached of a kind; an empty one the first time."""
        found = self._found.setdefault(kind, kind())
        assert isinstance(found, kind)
        return found

    def stop_process(self) -> bool:
        """Tell whether one of the features stops the process of the machine."""
        return any(one.stops_process for one in tuple(self._found.values()))

    def end(self) -> None:
        """End what goes on."""
        for one in tuple(self._found.values()):
            one.end()

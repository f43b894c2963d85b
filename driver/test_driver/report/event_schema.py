"""The events of a test: their kinds, and the fields that each has.

`event_types.py` says what they mean. A field that is added leaves the version as it is; the version
rises when a field goes, or means something else.
"""

from collections.abc import Mapping
from typing import Any, get_args

from .event_types import AnyEvent, EndOfTest

VERSION = 2

# Each event has these.
COMMON = ("time", "kind", "machine")
# The end of a test of pytest has these, too.
TEST_FIELDS = tuple(EndOfTest.__annotations__)


def _fields() -> Mapping[str, tuple[str, ...]]:
    """Return the kinds of events, each with the fields that events of the kind always have."""
    found = {}
    for one in get_args(AnyEvent):
        (kind,) = get_args(one.__annotations__["kind"])
        found[kind] = tuple(
            name
            for name in one.__annotations__
            if name in one.__required_keys__ and name not in COMMON
        )
    return found


FIELDS = _fields()


class NewerSchemaError(ValueError):
    """The events were written by a driver that is newer than the one that reads them."""

    def __init__(self, version: object) -> None:
        super().__init__(
            f"the events have schema {version!r}, and this driver reads schemas up to {VERSION}: "
            "use the driver that wrote them, or a newer one"
        )


def check_schema(event: Mapping[str, Any]) -> None:
    """Check the event that tells the version of the schema. Raises NewerSchemaError."""
    version = event.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or version > VERSION:
        raise NewerSchemaError(version)

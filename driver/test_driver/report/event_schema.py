"""The events of a test: their kinds, and the fields that each has.

`docs/events.md` says what they mean. A field that is added leaves the version as it is; the version
rises when a field goes, or means something else.
"""

from collections.abc import Mapping
from typing import Any

VERSION = 2

# Each event has these.
COMMON = ("time", "kind", "machine")
_STEP = ("step", "within", "name", "subtest", "phase", "case")
# The end of a test of pytest has these, too.
TEST_FIELDS = (
    "outcome",
    "headline",
    "text",
    "phases",
    "properties",
    "output",
    "file",
    "line",
)
FIELDS: Mapping[str, tuple[str, ...]] = {
    "schema": ("version",),
    "log": ("level", "stream", "text"),
    "console": ("text",),
    "step-begin": _STEP,
    "step-end": (*_STEP, "seconds", "result", "error"),
    "time-spent": ("seconds", "longest_waits"),
    "test": ("name", "machines", "script", "source", "limit", "seed", "load"),
    "backend": ("backend", "reason"),
    "command": (
        "step",
        "command",
        "began",
        "seconds",
        "status",
        "signal",
        "timed_out",
        "truncated",
        "stdout",
        "stderr",
    ),
    "picture": ("path",),
    "frame": ("path",),
    "failure": ("error", "message", "text", "where", "waiting"),
    "evidence": ("name", "title", "path"),
    "trouble": ("trouble", "text", "unit", "process", "expected"),
    "verdict": (
        "outcome",
        "exit_status",
        "seconds",
        "headline",
        "failure",
        "failed_steps",
        "not_started",
    ),
}


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

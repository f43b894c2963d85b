"""A line of a log that tells of trouble."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Trouble in a line.

    `units` has the unit that it is about first, and then units around that. `process` is the
    process as the line names it, `pid` its number. `speaker` is who says it: several may tell of
    one incident.
    """

    kind: str
    text: str
    units: tuple[str, ...] = ()
    process: str | None = None
    pid: int | None = None
    speaker: str = "program"

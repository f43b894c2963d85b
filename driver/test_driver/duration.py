"""Durations, under the name of their module in nixpkgs' driver."""

from datetime import timedelta

from .deadline import Duration, seconds_of


def as_seconds(duration: Duration) -> float:
    """Return a duration in seconds. Raises TypeError for what is none.

    >>> from datetime import timedelta
    ...
    >>> assert as_seconds(timedelta(minutes=1)) == 60
    """
    return seconds_of(duration, "duration")


def as_timedelta(duration: Duration) -> timedelta:
    """Return a duration as a timedelta. Raises TypeError for what is none.

    >>> from datetime import timedelta
    ...
    >>> assert as_timedelta(90) == timedelta(minutes=1.5)
    """
    return timedelta(seconds=as_seconds(duration))


__all__ = ["Duration", "as_seconds", "as_timedelta"]

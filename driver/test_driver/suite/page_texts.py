"""Durations and moments as the page of a suite tells them."""

import time


def duration_text(seconds: float) -> str:
    """Return a duration for people.

    >>> [duration_text(one) for one in (0.204, 12.34, 83, 7384)]
    ['0.20 s', '12.3 s', '1 min 23 s', '2 h 03 min']
    """
    if seconds < 10:
        return f"{seconds:.2f} s"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min"


def moment_text(seconds: float) -> str:
    """Return a moment, in seconds since 1970.

    >>> moment_text(0)
    '1970-01-01 00:00:00 UTC'
    """
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))

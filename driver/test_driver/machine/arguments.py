"""What methods check of their arguments before they do anything."""

import re
from collections.abc import Callable

LAST_PORT = 65535


def check_port(port: int, name: str = "port") -> int:
    """Return the number of a TCP port. Raises ValueError, which names the argument."""
    if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= LAST_PORT:
        raise ValueError(f"{name}: expected a port (a whole number from 1 to 65535), got {port!r}")
    return port


def check_text(text: str, name: str) -> str:
    """Return a text that is not empty. Raises TypeError and ValueError."""
    if not isinstance(text, str):
        raise TypeError(f"{name}: expected text, got {text!r}")
    if not text.strip() or "\0" in text:
        raise ValueError(f"{name}: expected text that is not empty, got {text!r}")
    return text


def check_pattern(regex: str, name: str, flags: int = 0) -> re.Pattern[str]:
    """Return a regular expression. Raises TypeError and ValueError."""
    if not isinstance(regex, str):
        raise TypeError(f"{name}: expected a regular expression as text, got {regex!r}")
    if not regex:
        raise ValueError(f"{name}: expected a regular expression, got {regex!r}: it always matches")
    try:
        return re.compile(regex, flags)
    except re.error as error:
        raise ValueError(f"{name}: {regex!r} is no regular expression: {error}") from error


def check_callable(function: Callable[..., object], name: str) -> None:
    """Raise TypeError unless something can be called."""
    if not callable(function):
        raise TypeError(f"{name}: expected a function, got {function!r}")

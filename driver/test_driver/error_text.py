"""Pieces of messages: the end of a text, a text below a title, how a program has ended."""

import signal

TAIL_LINES = 20
TAIL_CHARACTERS = 4000
EXCERPT_LINES = 3
EXCERPT_CHARACTERS = 300


def tail(text: str, lines: int = TAIL_LINES) -> str:
    """Return the last lines of a text, and say so if something was left out."""
    kept = text.rstrip("\n")
    rows = kept.split("\n")
    kept = "\n".join(rows[-lines:])[-TAIL_CHARACTERS:]
    shown = kept.count("\n") + 1
    if len(rows) > shown:
        return f"[{len(rows) - shown} lines left out]\n{kept}"
    return kept


def indented(title: str, text: str) -> str:
    """Return a titled block for the end of a message, or nothing for an empty text."""
    if not text.strip():
        return ""
    body = "\n".join(f"    {line}" for line in text.split("\n"))
    return f"\n  {title}:\n{body}"


def excerpt(text: str) -> str:
    """Return the beginning of a text, such as a long command, and say how much is left out."""
    kept = "\n".join(text.split("\n")[:EXCERPT_LINES])[:EXCERPT_CHARACTERS]
    if len(kept) == len(text.rstrip("\n")):
        return kept
    left = text[len(kept) :]
    lines = left.strip("\n").count("\n") + 1
    size = f"{lines} lines, " if lines > 1 else ""
    return f"{kept} [{size}{len(left)} characters left out]"


def headline(error: BaseException) -> str:
    """Return the first line of an error's message."""
    return str(error).split("\n")[0]


def exit_text(status: int) -> str:
    """Describe how a process ended, from the code that `subprocess` gives."""
    if status >= 0:
        return f"exit status {status}"
    try:
        return f"killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"

"""Stderr of processes that a command has left behind: it comes by the serial console, in marks."""

import re
from pathlib import Path

SCRIPT = Path(__file__).with_name("late_stderr.bash").read_text()
COPY = f"{SCRIPT}late_stderr"

BEGIN = "\x1b]7777;rehearse;stderr\x07"
_END = "\x1b]7777;rehearse;end\x07"
_MARKED = re.compile(
    f"(?P<before>.*?){re.escape(BEGIN)}(?P<text>.*){re.escape(_END)}\r?", re.DOTALL
)
# The shell of a command that nobody waits for, the text of which is $0, and a process beside it.
_BESIDE = """
coproc late { IFS= read -r _; late_stderr; } >/dev/null
exec 2>&"${late[1]}" setsid bash -c "$0" bash
"""


def beside(text: str) -> list[str]:
    """Return the program that runs the text with a bash, and brings its stderr to the console.

    The first line is left out: it says that the command begins.
    """
    return ["bash", "-c", SCRIPT + _BESIDE, text]


def split_line(line: str) -> tuple[str, str] | None:
    """Return what the machine wrote in a line of the console, and what a process wrote to stderr.

    Return None for a line of the machine alone. One in which a mark is missing is such a line: in
    between the kernel may have spoken.
    """
    match = _MARKED.fullmatch(line)
    return None if match is None else (match["before"], match["text"])

"""What GitHub Actions understands in a log: groups of lines, and errors with file and line.

It takes any line that begins with two colons for a command, so that what a script or a guest has
written must not begin so.
"""

import os

from ..failure import Failure
from ..failure_text import chain_text, headline, message_of, notes_of
from ..log import say
from ..steps import Step

_COMMANDS = ("::", "##[")


def in_github_actions() -> bool:
    """Tell whether the driver was started by a step of a workflow."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def harmless(line: str) -> str:
    """Return a line that is not taken for a command."""
    return f" {line}" if line.lstrip().startswith(_COMMANDS) else line


class Groups:
    """Makes a group of each subtest: of the outermost, because groups cannot be nested."""

    def __init__(self) -> None:
        self._open: int | None = None

    def step_started(self, step: Step) -> None:
        """Open a group."""
        if step.subtest and self._open is None:
            self._open = step.number
            command(f"::group::{_data(step.name)}")

    def step_finished(self, step: Step) -> None:
        """Close it."""
        if step.number == self._open:
            self._open = None
            command("::endgroup::")


def annotation(file: str, line: int | None, title: str, message: str) -> str:
    """Return the command that shows an error at a line of a script."""
    place = f"file={_property(_in_workspace(file))},"
    if line is not None:
        place += f"line={line},"
    return f"::error {place}title={_property(title)}::{_data(message)}"


def annotation_text(failure: Failure) -> str:
    """Return what an annotation says of a failure: what decides, then all that belongs to it."""
    text = message_of(failure.error)
    if len(list(failure.links())) == 1 and not notes_of(failure.error):
        return text
    whole = "\n".join(chain_text(part.chain) for part in failure.parts)
    return f"{headline(failure.error)}\n\n{whole}"


def command(line: str) -> None:
    """Write a command into the log: only a terminal gets it."""
    say(line, workflow=True)


def _in_workspace(file: str) -> str:
    """Return a path as GitHub wants it: relative to the checkout, where it lies in that."""
    workspace = os.environ.get("GITHUB_WORKSPACE", "")
    if workspace and file.startswith(f"{workspace}/"):
        return file.removeprefix(f"{workspace}/")
    return file


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

"""A terminal at which a program types instead of a person."""

import os
import sys
from collections.abc import Mapping

import pexpect

END = "\x04"
# A prompt that waits, not the line that it leaves behind: the terminal is told to mark pastes.
PROMPT = r"\x1b\[\?2004h[^\n]*>>>"
BOOT_SECONDS = 300


class Terminal:
    """A program at a terminal of 50 lines and 150 columns. What it shows is in the build's log."""

    def __init__(self, *command: str, variables: Mapping[str, str] | None = None) -> None:
        known = {"TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
        environment = {**os.environ, **known, **(variables or {})}
        self.program = pexpect.spawn(
            command[0],
            list(command[1:]),
            dimensions=(50, 150),
            encoding="utf-8",
            env=environment,
            timeout=BOOT_SECONDS,
        )
        self.program.logfile_read = sys.stdout

    def see(self, *patterns: str) -> str:
        """Wait for each pattern, and return what the last one captured."""
        captured = ""
        for pattern in patterns:
            self.program.expect(pattern)
            captured = "".join(self.program.match.groups())
        return captured

    def press(self, keys: str) -> None:
        """Type what needs no Enter."""
        self.program.send(keys)

    def type(self, line: str) -> None:
        """Type a line."""
        self.program.sendline(line)

    def do(self, line: str, *patterns: str) -> str:
        """Type a line, wait for what it brings and for the next prompt."""
        self.type(line)
        captured = self.see(*patterns)
        self.see(PROMPT)
        return captured

    def leave(self, question: str) -> None:
        """Press Ctrl-D, say yes to the question, and wait for the end."""
        self.press(END)
        self.see(question)
        self.press("y")
        self.program.expect(pexpect.EOF)
        self.program.wait()
        assert self.program.exitstatus == 0, self.program.exitstatus

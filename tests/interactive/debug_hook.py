"""Enter a run at its breakpoint and after its failure, with the command that it names."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator

from terminal import PROMPT, Terminal

FAILED = 1


def main() -> None:
    """Run the test, and do what a person would."""
    run = subprocess.Popen(
        [f"{os.environ['driver']}/bin/nixos-test-driver", "--output_directory", "out"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert run.stdout is not None
    lines = shown(run.stdout)
    person = enter(lines, "stopped: breakpoint at test-script.py, line 3")
    person.do("answer += 1")
    person.do("print('name:', machine.succeed('uname -n'))", "name: machine\r")
    person.leave("Leave. The run goes on then")
    person = enter(lines, "stopped: CommandFailed: machine: command `test 42 = 43` failed")
    person.do("answer", "42")
    person.type("machine.shell_interact()")
    person.see(r"root@machine:~# ")
    person.type("stty size; exit")
    person.see("50 150", PROMPT)
    person.leave("Leave. The run goes on then")
    for _ in lines:
        pass
    assert run.wait() == FAILED


def shown(output: Iterator[str]) -> Iterator[str]:
    """Pass the lines of the run on, to the log of this build as well."""
    for line in output:
        sys.stdout.write(f"run: {line}")
        yield line


def enter(lines: Iterator[str], reason: str) -> Terminal:
    """Wait for the run to stop for this reason, and enter it."""
    assert any(line.startswith(reason) for line in lines), reason
    found = next(match for line in lines if (match := re.match(r" +sudo (\S+) (\d{7})\n", line)))
    person = Terminal(*found.groups())
    person.see(PROMPT)
    return person


if __name__ == "__main__":
    main()

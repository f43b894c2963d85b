"""Two sessions of a test and a run of it at once: nothing is shared, and none ends another.

The run stands for a build of the test, which does the same within a sandbox of its own.
"""

import os
import subprocess
import sys
from itertools import combinations
from pathlib import Path

from held_things import Held, children, held_by
from terminal import PROMPT, Terminal

PLAIN = "plain"
# What one run holds at least: else nothing was found, and sharing nothing would say nothing.
EXPECTED = ("root.qcow2", "console/machine.log", "events.jsonl", "log.txt", "/v1/ctl", ".monitor")


def main() -> None:
    """Begin all three, look at what they hold, and end one after the other."""
    run = start_run()
    first, second = start_session("first"), start_session("second")
    logins = []
    for session in (first, second):
        logins.append(session.see(r"enter with: (ssh [^\r\x1b]+)"))
        session.see("is in the middle")
    wait_for_run(run)
    processes = {"first": first.program.pid, "second": second.program.pid, PLAIN: run.pid}
    nothing_is_shared({who: held_by(pid) for who, pid in processes.items()})
    for who, login in zip(("first", "second"), logins, strict=True):
        log_in(login, who)
    one_ends_alone(first, [processes["second"], processes[PLAIN]])
    go_on(second, "second")
    the_run_passes(run)
    second.do("print('who:', machine.succeed('cat /root/who'))", "who: second")
    second.leave("End the session and all its machines")


def variables(who: str) -> dict[str, str]:
    """Return what tells the script who runs it."""
    return {"WHO": who, "GO_ON": str(Path(f"go-on-{who}").absolute())}


def start_run() -> "subprocess.Popen[str]":
    """Start the run, without a person."""
    return subprocess.Popen(
        [f"{os.environ['driver']}/bin/nixos-test-driver", "--output_directory", PLAIN],
        env={**os.environ, **variables(PLAIN)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for_run(run: "subprocess.Popen[str]") -> None:
    """Pass the lines of the run on until it is in the middle of the script."""
    assert run.stdout is not None
    for line in run.stdout:
        sys.stdout.write(f"run: {line}")
        if "is in the middle" in line:
            return
    raise AssertionError("the run has ended")


def start_session(who: str) -> Terminal:
    """Start a session, and the script in it."""
    program = f"{os.environ['driverInteractive']}/bin/nixos-test-driver"
    session = Terminal(program, variables=variables(who))
    session.see(PROMPT)
    session.type("test_script()")
    return session


def nothing_is_shared(held: dict[str, Held]) -> None:
    """Compare what the three have open, listen at and run in."""
    for who, things in held.items():
        for name in EXPECTED:
            assert any(name in thing for thing in things.names), (who, name, things)
        assert bool(things.ports) == (who != PLAIN), (who, things)  # that of SSH
    for one, other in combinations(held, 2):
        both = held[one].everything & held[other].everything
        assert not both, f"{one} and {other} share {both}"


def log_in(command: str, who: str) -> None:
    """Find the right machine behind the port of a session."""
    tokens = [*command.split(), "cat /root/who"]
    inside = subprocess.run(tokens, capture_output=True, text=True, timeout=120, check=False)
    assert inside.stdout == f"{who}\n", inside


def one_ends_alone(session: Terminal, others: list[int]) -> None:
    """Leave the first session, and see that what was its own is gone, and nothing else is."""
    go_on(session, "first")
    before = {pid: children(pid) for pid in others}
    mine = held_by(session.program.pid)
    session.leave("End the session and all its machines")
    left = [name for name in mine.private if Path(name).exists()]
    assert not left, left
    assert {pid: children(pid) for pid in others} == before


def go_on(session: Terminal, who: str) -> None:
    """Let the script of a session pass."""
    Path(variables(who)["GO_ON"]).touch()
    assert session.see("the test script (has passed|failed)") == "has passed"
    session.see(PROMPT)


def the_run_passes(run: "subprocess.Popen[str]") -> None:
    """Let the run go on to its end."""
    Path(variables(PLAIN)["GO_ON"]).touch()
    rest, _ = run.communicate(timeout=300)
    sys.stdout.write(rest)
    assert run.returncode == 0, run.returncode
    assert Path(PLAIN, "who").read_text() == f"{PLAIN}\n"


if __name__ == "__main__":
    main()

"""Complete a name, correct a script that fails and run it again, enter a shell, log in, leave."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from terminal import PROMPT, Terminal


def main() -> None:
    """Type what a person would."""
    person = Terminal(f"{os.environ['driverInteractive']}/bin/nixos-test-driver")
    script = Path(person.see(r"script +(\S+)"))
    person.see(PROMPT)
    person.press("machine.wait_for_open_p")
    person.see(r"wait_for_open_port\(")
    person.press("\x03")
    fails_and_is_corrected(person, script)
    shell(person)
    ssh(person)
    person.leave("End the session and all its machines")


def fails_and_is_corrected(person: Terminal, script: Path) -> None:
    """Run the script twice, with a correction in between."""
    person.do("subtests()", "one", "two", "three")
    address = person.do("machine.start()", r"screen: VNC at unix:([^,]+),")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as screen:
        screen.connect(address)
        assert screen.recv(12) == b"RFB 003.008\n"
    person.do("test_script()", r"command `false` failed", "call rerun")
    script.write_text(script.read_text().replace('"false"', '"true"'))
    started = time.monotonic()
    person.do("rerun()", "subtest: two", "the test script has passed")
    sys.stdout.write(f"\nrerun took {time.monotonic() - started:.2f} s\n")
    person.do("print('seen:', *machine.succeed('cat /root/seen').split())", "seen: one two three")


def shell(person: Terminal) -> None:
    """Enter a shell, and use what makes a terminal of it."""
    person.type("machine.shell_interact()")
    person.see(r"root@machine:~# ")
    person.type("stty size; sleep 100")
    person.see("50 150")
    person.press("\x1a")
    person.see("Stopped")
    person.program.setwinsize(40, 100)
    person.type("kill %1; until stty size | grep '40 100'; do sleep 0.1; done")
    person.see(r"[\r\n]40 100")
    person.type("exit")
    person.see(PROMPT)


def ssh(person: Terminal) -> None:
    """Log in the way that the prompt says."""
    person.do("machine.wait_for_unit('ssh.service')")
    command = person.do("print('>', machine.ssh_backdoor_command())", r"> (ssh [^\r]+)\r")
    result = subprocess.run(
        [*command.split(), "hostname"], capture_output=True, text=True, timeout=120, check=False
    )
    assert result.stdout == "machine\n", result


if __name__ == "__main__":
    main()

"""Units, and what the journal has of them."""

import re

import pytest

from test_driver.errors import CommandFailed
from test_driver.machine import QemuMachine

JOURNALCTL = """\
#!/bin/sh
echo "$*" >>"$0.calls"
case $* in
*--sync*) exit 0 ;;
*broken*) echo "no journal" >&2; exit 3 ;;
esac
echo "the journal by $*"
"""


@pytest.fixture
def guest(machine: QemuMachine) -> QemuMachine:
    """A machine whose guest has a journal."""
    machine.start()
    (machine.state_dir / "bin").mkdir()
    program = machine.state_dir / "bin" / "journalctl"
    program.write_text(JOURNALCTL)
    program.chmod(0o755)
    return machine


def test_the_journal_of_the_boot_is_returned(guest: QemuMachine) -> None:
    options = "--boot --no-pager --quiet --lines=1000"
    assert guest.journal() == f"the journal by {options}\n"
    calls = (guest.state_dir / "bin" / "journalctl.calls").read_text()
    assert calls == f"--sync\n{options}\n"


def test_the_journal_of_a_unit_is_as_long_as_it_may_be(guest: QemuMachine) -> None:
    told = guest.journal("web@a b.service", lines=5)
    assert told == "the journal by --boot --no-pager --quiet --lines=5 --unit=web@a b.service\n"


def test_a_journal_that_cannot_be_read_is_told(guest: QemuMachine) -> None:
    message = "machine1: command .*--unit=broken.* failed .exit status 3.*no journal"
    with pytest.raises(CommandFailed, match=re.compile(message, re.DOTALL)):
        guest.journal("broken")


@pytest.mark.parametrize("lines", [0, -1, True, "5", 2.0])
def test_a_number_of_lines_that_is_none_is_refused(machine: QemuMachine, lines: object) -> None:
    with pytest.raises(ValueError, match="lines: expected an integer from 1, got"):
        machine.journal(lines=lines)  # type: ignore[arg-type]


def test_a_name_that_no_unit_can_have_is_refused(machine: QemuMachine) -> None:
    with pytest.raises(ValueError, match="unit"):
        machine.journal("")

"""Words of a machine: writing to its serial console."""

from typing import TYPE_CHECKING

from ..deadline import Deadline

if TYPE_CHECKING:
    from ..machine import Machine

WRITE_SECONDS = 60.0


def send_console(machine: "Machine", chars: str) -> None:
    r"""Type text on the serial console. An Enter is a newline.

    Raises MachineError if the machine takes nothing there for 60 s.

    >>> machine.send_console("root\n")
    """
    with machine.nested(f"typing {chars!r} on the console"):
        qemu = machine.started()
        machine.in_loop(qemu.write_console(chars.encode(), Deadline.after(WRITE_SECONDS)))


def log_serial(machine: "Machine", msg: str) -> None:
    """Write a line to the log as if it came from the serial console.

    >>> machine.log_serial("here begins the second boot")
    """
    machine.show_console_line(msg)

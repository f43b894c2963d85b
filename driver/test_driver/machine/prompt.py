"""Methods of a machine for a person at a terminal: its shell, its console."""

import contextlib
import secrets
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

from ..backend.base import Backend
from ..deadline import Deadline
from ..errors import MachineError
from ..run.timings import Phase
from .core import MachineCore
from .method import method
from .qemu_core import QemuCore
from .terminal import ESCAPE_NAME, OtherEnd, Terminal

T = TypeVar("T")

WRITE_SECONDS = 60.0


class PromptMethods(MachineCore):
    """Methods of a machine: a shell for a person."""

    @method(phase=Phase.COMMAND)
    def shell_interact(self, address: str | None = None) -> None:
        """Give a person a root shell in the machine, with line editing and job control.

        It is for the prompt: standard input and output must be a terminal. Leave the shell as any
        other, or with Ctrl-] if it hangs. The guest needs `script` (util-linux) and the agent. An
        address is accepted and not used: the shell is where the prompt is. Raises MachineError.

        >>> machine.shell_interact()
        """
        terminal = _terminal(self, "shell_interact")
        run = self.reach_guest()
        shell = run.person_shell(self.context.socket_folder / f"sh-{secrets.token_hex(4)}")
        with contextlib.ExitStack() as stack:
            stack.enter_context(_silent_consoles(self))
            stack.callback(lambda: _do(self, shell.close()))
            connection = stack.enter_context(_do(self, shell.plug_in()))
            _do(self, shell.start_shell(terminal.size))
            self.lines.say(f"root shell: leave it with exit, or with {ESCAPE_NAME} if it hangs")
            terminal.connect(
                OtherEnd(
                    output=connection,
                    send=connection.sendall,
                    last=shell.last_output,
                    resize=lambda size: _do(self, shell.resize(size)),
                )
            )
        sys.stdout.write("\n")


class ConsolePromptMethods(QemuCore):
    """Methods of a machine: its serial console for a person."""

    @method(phase=Phase.COMMAND)
    def console_interact(self) -> None:
        """Connect a person's terminal with the serial console of the machine. Ctrl-] leaves it.

        It is for the prompt: standard input and output must be a terminal. Raises MachineError.

        >>> machine.console_interact()
        """
        terminal = _terminal(self, "console_interact")
        qemu = self.reach_machine()
        ours, theirs = socket.socketpair()
        with ours, theirs, _silent_consoles(self):
            theirs.setblocking(False)

            def written(data: bytes) -> None:
                with contextlib.suppress(BlockingIOError):  # a terminal that hangs loses output
                    theirs.send(data)

            def send(keys: bytes) -> None:
                _do(self, qemu.write_console(keys, Deadline.after(WRITE_SECONDS)))

            self.lines.say(f"console: leave it with {ESCAPE_NAME}")
            with _listening(qemu, written):
                terminal.connect(OtherEnd(output=ours, send=send))
        sys.stdout.write("\n")


def _terminal(machine: MachineCore, name: str) -> Terminal:
    terminal = Terminal.of_person()
    if terminal is None:
        raise MachineError(
            machine.name,
            f"{name} needs a terminal, and standard input and output are none: it is a method for "
            "the prompt (driverInteractive, or a build that enableDebugHook has stopped)",
        )
    return terminal


def _do(machine: MachineCore, work: Coroutine[Any, Any, T]) -> T:
    return machine.context.loop.run(work)


@contextlib.contextmanager
def _silent_consoles(machine: MachineCore) -> Iterator[None]:
    """Keep lines of the consoles from a terminal that shows something else."""
    echo = machine.context.console_echo
    before, echo.on = echo.on, False
    try:
        yield
    finally:
        echo.on = before


@contextlib.contextmanager
def _listening(qemu: Backend, written: Callable[[bytes], None]) -> Iterator[None]:
    qemu.console.listeners.append(written)
    try:
        yield
    finally:
        qemu.console.listeners.remove(written)

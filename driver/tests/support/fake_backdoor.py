"""Stands in for a guest's console hvc0 with a root shell on it: a real shell on a real terminal."""

import asyncio
import contextlib
import os
import pty
import signal
import socket
import subprocess
import threading
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from test_driver.backend.console_stderr import ConsoleStderr
from test_driver.guest.agent import Agent
from test_driver.guest.backdoor import Backdoor
from test_driver.loop import LoopThread

# What nixpkgs' backdoor.service does, but for the profile.
SERVICE = """\
cd /tmp
exec <"$0" >"$0" 2>/dev/null
stty raw -echo
echo "Spawning backdoor root shell..."
PS1= exec "$@" "$0"
"""
Work = Callable[[Agent], Awaitable[None]]
LIKE_NIXPKGS = ("bash", "--norc")


class FakeBackdoor:
    """One console, which takes the driver's connections one after the other."""

    def __init__(
        self,
        server: socket.socket,
        shell: tuple[str, ...] = LIKE_NIXPKGS,
        *,
        path: str = os.environ["PATH"],
        adapt: Callable[[bytes], bytes] = lambda data: data,
        before_start: Callable[[], None] | None = None,
    ) -> None:
        self._server = server
        self._shell = shell
        self._path = path
        self._adapt = adapt
        self._before_start = before_start
        self._host, self._guest = pty.openpty()
        self._connection: socket.socket | None = None
        self._mangle: Callable[[bytes], bytes] = lambda data: data
        self.process: subprocess.Popen[bytes] | None = None
        for work in (self._take_input, self._give_output):
            threading.Thread(target=work, daemon=True).start()

    @classmethod
    def at(
        cls, place: Path, shell: tuple[str, ...] = LIKE_NIXPKGS, path: str = os.environ["PATH"]
    ) -> "FakeBackdoor":
        """Make a console whose other end is a socket there."""
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        server.bind(str(place))
        server.listen(1)
        return cls(server, shell, path=path)

    def start_shell(self) -> None:
        """Start the shell, as the guest's systemd does."""
        self.process = subprocess.Popen(
            ["sh", "-c", SERVICE, os.ttyname(self._guest), *self._shell],
            env={"PATH": self._path, "HOME": "/"},
            start_new_session=True,
            preexec_fn=self._before_start,
        )

    def end_shell(self, number: int = signal.SIGKILL) -> None:
        """Send the shell a signal and wait for its end."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait()

    def kill_all(self) -> None:
        """Kill the shell, and all that it has started beside commands, at one moment."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def write(self, noise: bytes) -> None:
        """Write to the console as something else in the guest does."""
        if self._connection is not None:
            self._connection.sendall(noise)

    def mangle(self, mangle: Callable[[bytes], bytes]) -> None:
        """Let something become of what the guest writes to the console from now on."""
        self._mangle = mangle

    def close(self) -> None:
        """End all of it."""
        with contextlib.suppress(ProcessLookupError):
            self.kill_all()
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)  # ends the thread that accepts
        self._server.close()
        os.close(self._guest)  # ends the thread that reads
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)

    def _take_input(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self._connection, _ = self._server.accept()
                with self._connection as connection:
                    while data := connection.recv(1 << 16):
                        left = memoryview(self._adapt(data))
                        while left:
                            left = left[os.write(self._host, left) :]

    def _give_output(self) -> None:
        while True:
            try:
                data = self._mangle(os.read(self._host, 1 << 16))
                if self._connection is not None:
                    self._connection.sendall(data)
            except OSError:  # nobody is connected: it is lost
                if self._server.fileno() < 0:
                    return


class Guest:
    """A guest without an agent, and the driver's way into it."""

    def __init__(self, loop: LoopThread, console: FakeBackdoor, folder: Path) -> None:
        self.console = console
        self._loop = loop
        self._folder = folder

    def run(self, work: Work, seconds: float = 30) -> None:
        """Let the driver's end do something."""

        async def whole() -> None:
            agent = Agent("machine1", self._folder / "agent", lambda: "the last line")
            agent.stand_in(Backdoor("machine1", self._folder / "hvc0"))
            try:
                await asyncio.wait_for(work(agent), seconds)
            finally:
                await agent.close()

        self._loop.run(whole())


class Console:
    """What the guest says on its serial console."""

    def __init__(self) -> None:
        self.text = ""

    def position(self) -> int:
        """Return where it ends."""
        return len(self.text)

    def text_since(self, position: int) -> str:
        """Return what has come since then."""
        return self.text[position:]

    def stderr(self) -> ConsoleStderr:
        """Return what takes the stderr of a command."""
        return ConsoleStderr(self._take)

    def _take(self, lines: Sequence[str]) -> None:
        self.text += "".join(f"{line}\n" for line in lines)

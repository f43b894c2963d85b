"""Child processes: started without a shell, watched, stopped for certain."""

import asyncio
import ctypes
import logging
import os
import signal
import subprocess
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from .deadline import Deadline
from .error_text import TAIL_LINES
from .errors import ProgramMissing

logger = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1
TERMINATE_SECONDS = 3.0
KILL_SECONDS = 3.0
READ_BYTES = 65536
LAST_READS = 16  # a pipe holds no more than this many reads

_libc = ctypes.CDLL(None, use_errno=True)


def die_with_driver(driver: int, number: int = signal.SIGKILL) -> Callable[[], None]:
    """Return what the child does between fork and exec: ask the kernel to be killed with us.

    With another `number`, the child gets that signal instead: SIGTERM lets it clean up.

    It calls nothing that takes a lock, because another thread may have held that lock at the fork.
    """
    prctl = _libc.prctl

    def prepare() -> None:
        prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != driver:  # it died between fork and prctl
            os._exit(1)

    return prepare


class Process:
    """A child in a session of its own, whose output is read line by line.

    All methods belong to the thread of the loop. The group of the child is killed as soon as the
    child itself has ended, so that helpers it started do not outlive it.
    """

    def __init__(self, name: str, on_line: Callable[[str], None] | None = None) -> None:
        self.name = name
        self.sent: set[int] = set()  # the signals that the driver sent to it
        self.last_lines: deque[str] = deque(maxlen=TAIL_LINES)
        self.exited: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._on_line = on_line
        self._partial = b""
        self._popen: subprocess.Popen[bytes] | None = None
        self._output = -1
        self._pidfd = -1

    def start(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        environment: Mapping[str, str],
        descriptors: Sequence[int] = (),
    ) -> None:
        """Start the program, which keeps `descriptors`. Raises ProgramMissing if it cannot."""
        read_end, write_end = os.pipe()
        try:
            self._popen = subprocess.Popen(
                list(command),
                cwd=cwd,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=write_end,
                stderr=write_end,
                start_new_session=True,
                pass_fds=tuple(descriptors),
                preexec_fn=die_with_driver(os.getpid()),
            )
        except (OSError, subprocess.SubprocessError) as error:
            os.close(read_end)
            raise ProgramMissing(self.name, command, str(error)) from error
        finally:
            os.close(write_end)
        loop = asyncio.get_running_loop()
        os.set_blocking(read_end, False)
        self._output = read_end
        loop.add_reader(read_end, self._read)
        self._pidfd = os.pidfd_open(self._popen.pid)
        loop.add_reader(self._pidfd, self._reap)

    @property
    def pid(self) -> int:
        """The process id. Only valid after `start`."""
        if self._popen is None:
            raise RuntimeError(f"{self.name} was not started: call start() first")
        return self._popen.pid

    def output(self) -> str:
        """Return the last lines the child wrote to stdout or stderr."""
        return "\n".join(self.last_lines)

    def close_stdin(self) -> None:
        """Close the child's standard input, which some programs take as a request to end."""
        if self._popen is not None and self._popen.stdin is not None:
            self._popen.stdin.close()

    async def wait(self, seconds: float | None) -> int | None:
        """Return the exit status, or `None` if the child still runs after `seconds`."""
        await asyncio.wait({self.exited}, timeout=seconds)
        return self.exited.result() if self.exited.done() else None

    async def stop(
        self, ask: Callable[[], Awaitable[None]] | None = None, patience: float = 0.0
    ) -> None:
        """Make the child end: ask, wait, terminate, wait, kill, wait. It never raises."""
        if self._popen is None:
            return
        if ask is not None and not self.exited.done():
            deadline = Deadline.after(patience)
            try:
                await asyncio.wait_for(ask(), patience)
            except (OSError, TimeoutError) as error:
                logger.debug("asking %s to stop: %r", self.name, error)
            await self.wait(deadline.remaining())
        for number, seconds in (
            (signal.SIGTERM, TERMINATE_SECONDS),
            (signal.SIGKILL, KILL_SECONDS),
        ):
            if self.exited.done():
                break
            self.end_by(number)
            await self.wait(seconds)
        if not self.exited.done():
            logger.error("%s (process %d) cannot be killed", self.name, self._popen.pid)
        self._close()

    async def kill(self) -> None:
        """End the child at once, without asking."""
        if self._popen is not None and not self.exited.done():
            self.end_by(signal.SIGKILL)
            await self.wait(KILL_SECONDS)
        self._close()

    def end_by(self, number: int) -> None:
        """Send a signal that ends the child's process group."""
        self.sent.add(number)
        self._signal_group(number)

    def _signal_group(self, number: int) -> None:
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError) as error:
            logger.debug("sending signal %d to %s: %s", number, self.name, error)

    def _reap(self) -> None:
        # The child is a zombie until poll() below, so its number cannot have been reused yet.
        self._signal_group(signal.SIGKILL)
        if self._popen is None or (status := self._popen.poll()) is None:
            return
        asyncio.get_running_loop().remove_reader(self._pidfd)
        os.close(self._pidfd)
        self._pidfd = -1
        # What is in the pipe is read, its end is not waited for: a process that left the group
        # may keep it open for ever.
        for _ in range(LAST_READS):
            self._read()
        if self._partial:
            self._line(self._partial)
            self._partial = b""
        self.close_stdin()
        if not self.exited.done():
            self.exited.set_result(status)

    def _read(self) -> None:
        """Read once, so that a child that floods its output does not starve the loop."""
        if self._output < 0:
            return
        try:
            data = os.read(self._output, READ_BYTES)
        except BlockingIOError:
            return
        if not data:
            self._close()
            return
        *lines, self._partial = (self._partial + data).split(b"\n")
        for line in lines:
            self._line(line)
        if len(self._partial) > READ_BYTES:
            self._line(self._partial)
            self._partial = b""

    def _line(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip("\r")
        self.last_lines.append(text)
        if self._on_line is not None:
            self._on_line(text)

    def _close(self) -> None:
        if self._output >= 0:
            asyncio.get_running_loop().remove_reader(self._output)
            os.close(self._output)
            self._output = -1

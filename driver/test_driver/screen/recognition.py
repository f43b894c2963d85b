"""Reading text on pictures in processes of their own, which end with the driver."""

import importlib.util
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ..deadline import Deadline
from ..error_text import exit_text
from ..errors import HostError, RecognitionMissing
from ..loop import SIGNAL_SECONDS, LoopThread
from ..package import PACKAGE_FOLDER
from ..process import die_with_driver
from ..process_state import family_works

LIBRARIES = {"PIL": "Pillow", "pytesseract": "pytesseract"}
# Its threads wait for one another as soon as the host is busy: 16 s instead of 0.4 s.
ONE_THREAD = {"OMP_THREAD_LIMIT": "1"}
# How long Python may take on a busy host to begin.
START_SECONDS = 10.0
# A reading that has begun gets so long at least, and what the deadline grants while it works.
GRACE_SECONDS = 0.2
LOOK_SECONDS = 0.1
READ_BYTES = 65536

_PROGRAM = str(PACKAGE_FOLDER / "screen" / "picture_reader.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to read a picture: what is done to it before, and tesseract's `--psm`."""

    prepare: Literal["", "enlarged", "inverted"]
    layout: str


class Recognition:
    """Reads text on pictures with pytesseract, in one process for each thread that does so now.

    The processes stay for the next readings, because each needs a while to begin. No lock is taken:
    a signal's exception may come between any two instructions, and would leave it locked.
    """

    def __init__(self, loop: LoopThread, tesseract: str, folder: Path) -> None:
        """Read with a program, with temporary files in a folder. No process is started yet."""
        self._loop = loop
        self._tesseract = tesseract
        self._folder = folder
        self._all: list[_ReaderProcess] = []
        self._idle: list[_ReaderProcess] = []

    def check(self, machine: str) -> None:
        """Look for what is needed. Raises RecognitionMissing, which names what is not there."""
        missing = [
            f"{name} is not installed"
            for module, name in LIBRARIES.items()
            if importlib.util.find_spec(module) is None
        ]
        if shutil.which(self._tesseract) is None:
            missing.append(f"there is no program `{self._tesseract}`")
        if missing:
            raise RecognitionMissing(machine, ", ".join(missing))

    def read(self, machine: str, way: Way, png: bytes, deadline: Deadline) -> str | None:
        """Return the text on a PNG; `None` if it is not read by the deadline.

        Raises RecognitionMissing and HostError.
        """
        reader = self._take()
        try:
            answer = reader.ask(machine, way, png, deadline)
        except BaseException:
            self._forget(reader)
            raise
        if answer is None or "timed_out" in answer:
            self._forget(reader)  # with all that tesseract may have started
            return None
        self._idle.append(reader)
        return _text_of(machine, answer)

    def close(self) -> None:
        """End the processes. A reading in another thread fails."""
        for reader in self._idle:
            reader.end()
        for reader in self._all:
            reader.kill()
        self._idle.clear()
        self._all.clear()

    def _take(self) -> "_ReaderProcess":
        with suppress(IndexError):
            while True:
                reader = self._idle.pop()
                if reader.alive():
                    return reader
                self._forget(reader)
        return self._loop.run(self._start())

    async def _start(self) -> "_ReaderProcess":
        reader = _ReaderProcess(self._tesseract, self._folder)
        self._all.append(reader)
        return reader

    def _forget(self, reader: "_ReaderProcess") -> None:
        reader.end()
        with suppress(ValueError):  # it was closed meanwhile
            self._all.remove(reader)


class _ReaderProcess:
    """A process that reads pictures. It is to be made in the loop's thread.

    It leads a group of its own, with tesseract in it, which is killed as a whole. If the driver is
    killed, the process gets a signal by which it kills the group.
    """

    def __init__(self, tesseract: str, folder: Path) -> None:
        try:
            self._folder = Path(tempfile.mkdtemp(prefix="reading-", dir=folder))
        except OSError as error:
            raise HostError(f"cannot make a folder to read pictures in: {error}") from error
        paths = [path for path in sys.path if path]
        try:
            self._popen = subprocess.Popen(
                [sys.executable, "-BSP", _PROGRAM, tesseract, *paths],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, **ONE_THREAD, "TMPDIR": str(self._folder)},
                process_group=0,
                preexec_fn=die_with_driver(os.getpid(), signal.SIGTERM),
            )
        except (OSError, subprocess.SubprocessError) as error:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise HostError(f"cannot start the process that reads pictures: {error}") from error
        self._received = b""
        self._is_ready = False

    def alive(self) -> bool:
        """Tell whether it still runs."""
        return self._popen.poll() is None

    def ask(
        self, machine: str, way: Way, png: bytes, deadline: Deadline
    ) -> Mapping[str, Any] | None:
        """Return what it answers about a picture; `None` if it has not answered by the deadline.

        Raises RecognitionMissing if it cannot begin, and HostError if it ends.
        """
        if not self._is_ready:
            hello = self._answer(machine, deadline.at_least(START_SECONDS))
            if hello is None:
                return None
            if "missing" in hello:
                raise RecognitionMissing(machine, hello["missing"])
            self._is_ready = True
        limit = deadline.at_least(GRACE_SECONDS)
        longest = limit.before_end(-deadline.patience)
        self._send(machine, way, png, longest.timeout())
        while (answer := self._answer(machine, limit)) is None:
            if longest.expired() or not family_works(self._popen.pid):
                return None
            limit = Deadline.after(LOOK_SECONDS)
        return answer

    def kill(self) -> None:
        """Kill it and all that it has started."""
        # Its process id stays its own until the driver has waited for it.
        if self._popen.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._popen.pid, signal.SIGKILL)

    def end(self) -> None:
        """Kill it, and remove what it has left."""
        self.kill()
        with self._popen:
            pass  # this closes the pipes and waits
        shutil.rmtree(self._folder, ignore_errors=True)

    def _send(self, machine: str, way: Way, png: bytes, seconds: float | None) -> None:
        picture = self._folder / "screen.png"
        about = {"prepare": way.prepare, "layout": way.layout, "seconds": seconds}
        line = json.dumps({"path": str(picture), **about}) + "\n"
        assert self._popen.stdin is not None
        try:
            picture.write_bytes(png)
            self._popen.stdin.write(line.encode())  # the pipe is empty, and has room for more
        except BrokenPipeError as error:
            raise self._ended(machine) from error
        except OSError as error:
            raise HostError(f"{machine}: cannot write the picture to read: {error}") from error

    def _answer(self, machine: str, limit: Deadline) -> Mapping[str, Any] | None:
        """Return the next line; `None` if there is none by the limit. Raises HostError."""
        assert self._popen.stdout is not None
        poll = select.poll()
        poll.register(self._popen.stdout, select.POLLIN)
        while b"\n" not in self._received:
            left = limit.timeout()
            if not poll.poll(
                1000 * (SIGNAL_SECONDS if left is None else min(left, SIGNAL_SECONDS))
            ):
                if limit.expired():
                    return None
                continue
            if not (data := self._popen.stdout.read(READ_BYTES)):
                raise self._ended(machine)
            self._received += data
        line, _, self._received = self._received.partition(b"\n")
        answer: Mapping[str, Any] = json.loads(line)
        return answer

    def _ended(self, machine: str) -> HostError:
        """Return the error about a process that has ended by itself."""
        self.kill()  # what it has started may hold the other end of the pipe
        assert self._popen.stderr is not None
        said = self._popen.stderr.read().decode(errors="replace").strip()
        how = exit_text(self._popen.wait())
        return HostError(f"{machine}: the process that reads the screen ended ({how}): {said}")


def _text_of(machine: str, answer: Mapping[str, Any]) -> str:
    """Return the text that an answer has. Raises RecognitionMissing and HostError."""
    if "missing" in answer:
        raise RecognitionMissing(machine, answer["missing"])
    if "status" in answer:
        why = f"({exit_text(answer['status'])}): {answer['said']}"
    elif "failed" in answer:
        why = f"({answer['failed']})"
    else:
        text: str = answer["text"]
        return text
    raise HostError(f"{machine}: tesseract cannot read the picture of the screen {why}")

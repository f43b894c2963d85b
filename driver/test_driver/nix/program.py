"""Run the program `nix`: in a session of its own, and stopped with everything below it."""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import ConfigurationError
from ..process import die_with_driver

# Nix ends its builders and what runs on other machines before it ends itself.
STOP_SECONDS = 20.0
# A line of the structured log has an output line of a build, which may be long.
LINE_BYTES = 16 * 1024 * 1024
FEATURES = ("--extra-experimental-features", "nix-command flakes")


@dataclass(frozen=True, slots=True, kw_only=True)
class NixEnd:
    """How a run of Nix ended, and what it wrote."""

    status: int
    stdout: str
    stderr: str


def nix_command(*arguments: str) -> list[str]:
    """Return a command line of `nix` with the features of flakes.

    >>> nix_command("build", ".#web")[0::3]
    ['nix', 'build']
    """
    return ["nix", *FEATURES, *arguments]


@contextlib.asynccontextmanager
async def started(command: Sequence[str], *, folder: Path) -> AsyncIterator[Process]:
    """Start a program of Nix in a session of its own. When the body ends, the program ends, too.

    Its standard output and error are pipes. Raises ConfigurationError if it is not found.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            limit=LINE_BYTES,
            start_new_session=True,
            preexec_fn=die_with_driver(os.getpid(), signal.SIGTERM),
        )
    except FileNotFoundError as error:
        what = f"the folder {folder}" if not folder.is_dir() else f"`{command[0]}` (on PATH)"
        reason = f"the program was not found: {what}; install Nix 2.18 or newer"
        raise ConfigurationError("nix", [reason]) from error
    except OSError as error:
        raise ConfigurationError("nix", [f"cannot run `{command[0]}`: {error}"]) from error
    try:
        yield process
    finally:
        await stop(process)


async def stop(process: Process) -> None:
    """End a program of Nix: SIGTERM, which lets it end its builds, and later SIGKILL."""
    drained = [asyncio.ensure_future(_drain(one)) for one in (process.stdout, process.stderr)]
    try:
        for number, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, None)):
            if process.returncode is not None:
                break
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), seconds)
        # What is left of its group, such as ssh, does not outlive it.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    except asyncio.CancelledError:
        # Whoever asks a second time waits no longer.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        raise
    finally:
        for one in drained:
            one.cancel()


async def _drain(stream: asyncio.StreamReader | None) -> None:
    """Read what is left: a process that writes to a full pipe does not end."""
    with contextlib.suppress(OSError, ValueError, RuntimeError):
        while stream is not None and await stream.read(65536):
            pass


async def run_nix(
    command: Sequence[str],
    *,
    folder: Path,
    on_line: Callable[[str], None] | None = None,
    seconds: float | None = None,
) -> NixEnd:
    """Run a program of Nix to its end, and return what it wrote.

    `on_line` is called with each line of its standard error. `seconds` limits the run: afterwards
    TimeoutError is raised. Raises ConfigurationError if the program is not found.
    """
    async with started(command, folder=folder) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        stdout, stderr = process.stdout, process.stderr
        errors: list[str] = []

        async def read_errors() -> None:
            async for line in lines_of(stderr):
                errors.append(line)
                if on_line is not None:
                    on_line(line)

        async with asyncio.timeout(seconds):
            data, _ = await asyncio.gather(stdout.read(), read_errors())
            status = await process.wait()
    text = data.decode(errors="replace")
    return NixEnd(status=status, stdout=text, stderr="\n".join(errors))


async def lines_of(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    """Yield the lines of a stream as text. A line that is longer than 16 MiB is left out."""
    while True:
        try:
            data = await stream.readline()
        except ValueError:
            continue
        if not data:
            return
        yield data.decode(errors="replace").rstrip("\r\n")

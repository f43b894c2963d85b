"""What a driver holds of the token socket, if there is one."""

import logging
import time
from collections.abc import Iterator
from pathlib import Path

from ..errors import HostTooSmall
from .token_client import TokenConnection, TokensLost
from .token_messages import ERROR, GRANTED, REFUSED, WAITING, Answer, Request

logger = logging.getLogger(__name__)

RECONNECT_SECONDS = 5.0
LOOK_SECONDS = 0.5


class TokensHeld:
    """Asks the daemon, and holds what it grants.

    Where the daemon ends, or does not answer as it should, that is said once, and the driver goes
    on as if there were none. What it holds is told to the next daemon.
    """

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._name = name
        self._connection: TokenConnection | None = None
        self._memory_mib = 0
        self._cores = 0
        self._told = False
        self._tried = 0.0

    def close(self) -> None:
        """Give everything back."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def ask(self, memory_mib: int, cores: int) -> Iterator[str]:
        """Ask for more; yield why it is not granted yet, again and again, until it is.

        Raises HostTooSmall if it never will be.
        """
        request = Request(memory_mib=memory_mib, cores=cores, name=self._name)
        try:
            if not self._connect() or self._connection is None:
                self._note(request)
                return
            self._connection.send(request)
            waiting = "the token socket has not answered yet"
            while True:
                answer = self._connection.receive(LOOK_SECONDS)
                if answer is not None and answer.answer == WAITING:
                    waiting = _waiting(request, answer)
                elif answer is not None:
                    self._take(request, answer)
                    return
                yield waiting
        except OSError as error:
            self._note(request)
            self._lose(error)

    def check(self) -> None:
        """Look whether the daemon is there. Tell the next one what this driver holds."""
        try:
            if self._connection is not None:
                self._connection.check()
            elif self._memory_mib or self._cores:
                self._announce()
        except OSError as error:
            self._lose(error)

    def _connect(self) -> bool:
        """Return whether there is a daemon."""
        if self._connection is None and self._path.exists():
            self._connection = TokenConnection(self._path)
        return self._connection is not None

    def _take(self, request: Request, answer: Answer) -> None:
        if answer.answer == GRANTED:
            self._note(request)
        elif answer.answer == REFUSED:
            raise HostTooSmall(
                f"the token socket {self._path} refuses it: {answer.reason}; give the machines "
                "less memory, or the daemon a larger quota"
            )
        else:
            assert answer.answer == ERROR
            raise TokensLost(f"its daemon does not accept the request: {answer.reason}")

    def _note(self, request: Request) -> None:
        """Take note of what runs, for the next daemon."""
        self._memory_mib += request.memory_mib
        self._cores += request.cores

    def _announce(self) -> None:
        if time.monotonic() - self._tried < RECONNECT_SECONDS:
            return
        self._tried = time.monotonic()
        if self._connect() and self._connection is not None:
            self._connection.send(
                Request(memory_mib=self._memory_mib, cores=self._cores, name=self._name, held=True)
            )

    def _lose(self, error: OSError) -> None:
        self.close()
        if not self._told:
            logger.warning(
                "the token socket %s is not used: %s; admission goes on by the memory that the "
                "host has free",
                self._path,
                error.strerror or error,
            )
        self._told = True


def _waiting(request: Request, answer: Answer) -> str:
    return (
        f"needs {request.memory_mib} MiB and {request.cores} processors of the token socket, "
        f"{answer.free_memory_mib} MiB of {answer.memory_mib} MiB and {answer.free_cores} of "
        f"{answer.cores} processors free" + (f"; {answer.before} before" if answer.before else "")
    )

"""The daemon of the token socket: hands out the memory and the processors of a host."""

import asyncio
import contextlib
import logging
import os
import socket
import stat
from pathlib import Path

from ..errors import ConfigurationError
from .token_book import Holder, NeverGranted, TokenBook, Tokens
from .token_messages import (
    ERROR,
    GRANTED,
    LONGEST_LINE,
    REFUSED,
    WAITING,
    Answer,
    BadMessage,
    Request,
    read_request,
)

logger = logging.getLogger(__name__)

FIRST_INHERITED = 3  # where systemd puts the sockets of a unit
BACKLOG = 1024
PAUSE_SECONDS = 1.0


class TokenDaemon:
    """Answers drivers on a socket. What one holds is free again when its connection ends."""

    def __init__(self, quota: Tokens) -> None:
        self.book = TokenBook(quota)
        self._writers: dict[Holder, asyncio.StreamWriter] = {}

    async def serve(self, listener: socket.socket) -> None:
        """Serve until the task is cancelled, which ends all connections.

        Not by a server of asyncio: some delete the socket in the end, which may be systemd's.
        """
        loop = asyncio.get_running_loop()
        listener.setblocking(False)
        try:
            while True:
                try:
                    connection, _ = await loop.sock_accept(listener)
                except OSError as error:  # too many are open
                    logger.error("cannot take a connection: %s", error.strerror or error)
                    await asyncio.sleep(PAUSE_SECONDS)
                else:
                    await loop.connect_accepted_socket(self._protocol, connection)
        finally:
            for writer in self._writers.values():
                writer.transport.abort()

    def _protocol(self) -> asyncio.StreamReaderProtocol:
        reader = asyncio.StreamReader(limit=LONGEST_LINE)
        return asyncio.StreamReaderProtocol(reader, self._connected)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        holder = self.book.join()
        self._writers[holder] = writer
        try:
            while line := await reader.readline():
                self._handle(holder, line)
        except (ConnectionError, ValueError):  # it is gone, or its line has no end
            self._answer(holder, ERROR, f"a line has at most {LONGEST_LINE} bytes")
        finally:
            self._gone(holder)
            writer.close()

    def _handle(self, holder: Holder, line: bytes) -> None:
        try:
            request = read_request(line)
            granted = self._ask(holder, request)
        except NeverGranted as error:
            logger.info("%s: refused: %s", holder.name or "a driver", error)
            self._answer(holder, REFUSED, str(error))
        except (BadMessage, ValueError) as error:
            self._answer(holder, ERROR, str(error))
        else:
            self._tell(granted)
            if holder.wants is not None:
                self._answer(holder, WAITING)

    def _ask(self, holder: Holder, request: Request) -> list[Holder]:
        holder.name = request.name or holder.name
        more = Tokens(memory_mib=request.memory_mib, cores=request.cores)
        if request.held and holder.wants is None:
            self.book.take(holder, more)
            return [holder]
        return self.book.ask(holder, more)

    def _gone(self, holder: Holder) -> None:
        del self._writers[holder]
        if holder.holds != Tokens():
            logger.info("%s has ended: free again: %s", holder.name, _amount(holder.holds))
        self._tell(self.book.leave(holder))

    def _tell(self, granted: list[Holder]) -> None:
        for holder in granted:
            logger.info("%s: granted: %s", holder.name or "a driver", _amount(holder.holds))
            self._answer(holder, GRANTED)
        if granted or self.book.waiting():
            for holder in self.book.waiting():
                self._answer(holder, WAITING)

    def _answer(self, holder: Holder, answer: str, reason: str = "") -> None:
        free, quota = self.book.free, self.book.quota
        message = Answer(
            answer=answer,
            reason=reason,
            free_memory_mib=free.memory_mib,
            memory_mib=quota.memory_mib,
            free_cores=free.cores,
            cores=quota.cores,
            before=self.book.before(holder) if answer == WAITING else 0,
        )
        with contextlib.suppress(ConnectionError, RuntimeError):
            self._writers[holder].write(message.line())


def _amount(tokens: Tokens) -> str:
    return f"{tokens.memory_mib} MiB and {tokens.cores} processors"


def inherited_socket() -> socket.socket | None:
    """Return the socket that systemd gives a unit with socket activation; None if there is none.

    Raises ConfigurationError if it gives several.
    """
    number = os.environ.get("LISTEN_FDS", "")
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or not number.isdigit():
        return None
    if number != "1":
        reason = f"expected one socket from systemd (LISTEN_FDS=1), got {number}"
        raise ConfigurationError("socket activation", [f"{reason}: keep one `ListenStream`"])
    return socket.socket(fileno=FIRST_INHERITED)


def bound_socket(path: Path) -> socket.socket:
    """Return a socket that all users of the host can connect to. Raises ConfigurationError.

    One that no daemon serves any more is replaced.
    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if _is_socket(path):
            _refuse_served(path)
            path.unlink()
        listener.bind(str(path))
        path.chmod(0o666)  # builds run as users of their own
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        reason = f"cannot listen there: {error.strerror or error}; give another --socket"
        raise ConfigurationError(str(path), [reason]) from error
    except ConfigurationError:
        listener.close()
        raise
    return listener


def _is_socket(path: Path) -> bool:
    return path.exists() and stat.S_ISSOCK(path.stat().st_mode)


def _refuse_served(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        if probe.connect_ex(str(path)) == 0:
            reason = "another daemon serves this socket; stop it, or give another --socket"
            raise ConfigurationError(str(path), [reason])

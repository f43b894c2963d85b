"""Takes clients, one after the other, and has their tests run in the main thread."""

import logging
import queue
import socket
import threading
from collections.abc import Callable
from typing import NoReturn

from .channel import VERSION, Channel, Message
from .place import is_own, process_of

logger = logging.getLogger(__name__)


class Client:
    """A client that has said what it wants."""

    def __init__(self, channel: Channel, request: Message, process: int) -> None:
        self.channel = channel
        self.request = request
        self.process = process
        self._lock = threading.Lock()
        self._gone = False
        self._tell: Callable[[], None] = lambda: None

    @property
    def gone(self) -> bool:
        """Whether it has closed the connection."""
        return self._gone

    def when_gone(self, tell: Callable[[], None]) -> None:
        """Call `tell` when the client closes its connection, in any thread; at once if it has."""
        with self._lock:
            self._tell = tell
            if self._gone:
                tell()

    def leave(self) -> None:
        """Note that the client has closed its connection, and call what `when_gone` was given."""
        with self._lock:
            self._gone = True
            self._tell()

    def done(self) -> None:
        """Close the connection. That the client goes now is no news."""
        with self._lock:
            self._tell = lambda: None
        self.channel.close()


class LiveServer:
    """Listens in a thread of its own; `serve` runs the tests."""

    def __init__(self, listener: socket.socket, run: Callable[[Client], object]) -> None:
        self._listener = listener
        self._run = run
        self._queue: queue.Queue[Client] = queue.Queue()
        self._busy = "until the machines are up"

    def listen(self) -> None:
        """Let clients come."""
        threading.Thread(target=self._accept, name="live clients", daemon=True).start()

    def serve(self) -> NoReturn:
        """Run the tests of each client."""
        while True:
            self._busy = ""
            client = self._queue.get()
            self._busy = f"for another client, process {client.process}"
            try:
                if not client.gone:
                    self._run(client)
            finally:
                client.done()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # the end
                return
            if not is_own(connection):
                logger.warning("refused a client of another user")
                connection.close()
                continue
            threading.Thread(target=self._attend, args=(connection,), daemon=True).start()

    def _attend(self, connection: socket.socket) -> None:
        """Hear what a client wants, and when it goes."""
        process = process_of(connection)
        channel = Channel(connection)
        request = channel.receive()
        try:
            if request is None or not _is_known(channel, request):
                channel.close()
                return
            if busy := self._busy:
                channel.send("waiting", what=busy)
        except OSError:
            channel.close()
            return
        client = Client(channel, request, process)
        self._queue.put(client)
        channel.receive()
        client.leave()


def _is_known(channel: Channel, request: Message) -> bool:
    """Tell whether a request is of this version. Refuse it otherwise."""
    if request.get("kind") == "run" and request.get("version") == VERSION:
        return True
    reason = (
        f"`rehearse up` speaks version {VERSION} of the protocol, this pytest speaks "
        f"{request.get('version')}; start `rehearse up` again with the same driver"
    )
    channel.send("refused", reason=reason)
    return False

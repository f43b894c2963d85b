"""The server's side of Channel Access, the network protocol of EPICS.

Clients find a PV by a datagram, and read, write and watch it over TCP, as doubles or strings.
"""

import asyncio
import contextlib
import struct
from collections.abc import Awaitable, Callable

from records import SEVERITIES, Record

PORT = 5064
MINOR_VERSION = 13
HEADER = struct.Struct(">HHHHII")

VERSION, EVENT_ADD, EVENT_CANCEL, WRITE, SEARCH, ERROR = 0, 1, 2, 4, 6, 11
CLEAR_CHANNEL, READ_NOTIFY, CREATE_CHANNEL, WRITE_NOTIFY = 12, 15, 18, 19
ACCESS_RIGHTS, ECHO, CREATE_FAILED = 22, 23, 26
NORMAL, BAD_TYPE, PUT_FAILED = 1, 114, 160
READ_AND_WRITE = 3

STRING, DOUBLE = 0, 6
WITH_STATUS, WITH_TIME = 7, 14  # added to the type
EPICS_EPOCH = 631152000  # 1990-01-01 in Unix time


def message(
    command: int, payload: bytes = b"", kind: int = 0, count: int = 0, one: int = 0, two: int = 0
) -> bytes:
    """Return a message of the protocol."""
    payload += bytes(-len(payload) % 8)
    return HEADER.pack(command, len(payload), kind, count, one, two) + payload


class Channel:
    """A field of a record, as a client has it open."""

    def __init__(self, record: Record, field: str) -> None:
        self.record = record
        self.is_value = field == "VAL"
        self._field = field
        self.kind = DOUBLE if self.is_value else STRING

    @staticmethod
    def find(records: dict[str, Record], name: str) -> "Channel | None":
        """Return the channel of a name such as VOLT or VOLT.SEVR."""
        record_name, _, field = name.partition(".")
        record = records.get(record_name)
        if record is None or field not in ("", "VAL", "SEVR", "EGU"):
            return None
        return Channel(record, field or "VAL")

    def _text(self) -> str:
        if self._field == "SEVR":
            return SEVERITIES[self.record.severity]
        return f"{self.record.value:g}" if self.is_value else self.record.fields.get("EGU", "")

    def encoded(self, kind: int) -> bytes | None:
        """Return the value as a type of the protocol; None if that cannot be."""
        head = b""
        if WITH_STATUS <= kind < WITH_TIME + 7:
            head = struct.pack(">hh", self.record.status, self.record.severity)
        if WITH_TIME <= kind < WITH_TIME + 7:
            seconds = self.record.changed - EPICS_EPOCH
            head += struct.pack(">II", int(seconds), int(seconds % 1 * 1e9))
        if kind % 7 == STRING and kind < WITH_TIME + 7:
            return head + self._text().encode()[:39].ljust(40, b"\0")
        if kind % 7 == DOUBLE and kind < WITH_TIME + 7 and self.is_value:
            return head + (b"\0" * 4 if head else b"") + struct.pack(">d", self.record.value)
        return None

    def decoded(self, kind: int, payload: bytes) -> float | None:
        """Return the number that a client writes; None if it is none."""
        if not self.is_value:
            return None
        with contextlib.suppress(ValueError, struct.error):
            if kind == DOUBLE:
                return float(struct.unpack_from(">d", payload)[0])
            if kind == STRING:
                return float(payload.partition(b"\0")[0])
        return None


class Circuit:
    """The connection of one client."""

    def __init__(self, records: dict[str, Record], writer: asyncio.StreamWriter) -> None:
        self._records = records
        self._writer = writer
        self._channels: dict[int, Channel] = {}
        self._subscriptions: dict[int, tuple[Record, Callable[[Record], None]]] = {}
        self._actions: dict[int, Callable[..., Awaitable[None]]] = {
            VERSION: self._version,
            ECHO: self._echo,
            CREATE_CHANNEL: self._create,
            CLEAR_CHANNEL: self._clear,
            READ_NOTIFY: self._read,
            WRITE: self._write,
            WRITE_NOTIFY: self._write,
            EVENT_ADD: self._subscribe,
            EVENT_CANCEL: self._cancel,
        }

    async def serve(self, reader: asyncio.StreamReader) -> None:
        """Answer all requests until the client is gone."""
        try:
            while True:
                header = HEADER.unpack(await reader.readexactly(HEADER.size))
                payload = await reader.readexactly(header[1])
                if action := self._actions.get(header[0]):
                    await action(header, payload)
                await self._writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            for record, listener in self._subscriptions.values():
                record.listeners.remove(listener)
            self._writer.close()

    def _send(self, *args: int, payload: bytes = b"", **more: int) -> None:
        self._writer.write(message(*args, payload=payload, **more))

    async def _version(self, _header: tuple[int, ...], _payload: bytes) -> None:
        self._send(VERSION, count=MINOR_VERSION)

    async def _echo(self, _header: tuple[int, ...], _payload: bytes) -> None:
        self._send(ECHO)

    async def _create(self, header: tuple[int, ...], payload: bytes) -> None:
        client_id = header[4]
        channel = Channel.find(self._records, payload.partition(b"\0")[0].decode())
        if channel is None:
            self._send(CREATE_FAILED, one=client_id)
            return
        server_id = len(self._channels)
        self._channels[server_id] = channel
        self._send(ACCESS_RIGHTS, one=client_id, two=READ_AND_WRITE)
        self._send(CREATE_CHANNEL, kind=channel.kind, count=1, one=client_id, two=server_id)

    async def _clear(self, header: tuple[int, ...], _payload: bytes) -> None:
        self._send(CLEAR_CHANNEL, one=header[4], two=header[5])

    def _send_value(self, command: int, channel: Channel, kind: int, two: int) -> None:
        value = channel.encoded(kind)
        if value is None:
            self._send(command, kind=kind, one=BAD_TYPE, two=two)
        else:
            self._send(command, payload=value, kind=kind, count=1, one=NORMAL, two=two)

    async def _read(self, header: tuple[int, ...], _payload: bytes) -> None:
        _, _, kind, _, server_id, request = header
        self._send_value(READ_NOTIFY, self._channels[server_id], kind, request)

    async def _write(self, header: tuple[int, ...], payload: bytes) -> None:
        command, _, kind, _, server_id, request = header
        channel = self._channels[server_id]
        value = channel.decoded(kind, payload)
        if value is not None:
            await channel.record.put(value)
        if command == WRITE_NOTIFY:
            status = PUT_FAILED if value is None else NORMAL
            self._send(WRITE_NOTIFY, kind=kind, count=1, one=status, two=request)

    async def _subscribe(self, header: tuple[int, ...], _payload: bytes) -> None:
        _, _, kind, _, server_id, subscription = header
        channel = self._channels[server_id]

        def changed(_record: Record) -> None:
            self._send_value(EVENT_ADD, channel, kind, subscription)

        self._subscriptions[subscription] = (channel.record, changed)
        channel.record.listeners.append(changed)
        changed(channel.record)

    async def _cancel(self, header: tuple[int, ...], _payload: bytes) -> None:
        if header[5] in self._subscriptions:
            record, listener = self._subscriptions.pop(header[5])
            record.listeners.remove(listener)
        self._send(EVENT_ADD, kind=header[2], one=header[4], two=header[5])


class Searches(asyncio.DatagramProtocol):
    """Tells clients which PVs are here. Who asks for another PV is not answered."""

    def __init__(self, records: dict[str, Record]) -> None:
        self._records = records
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        """Keep what answers are sent with."""
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer the searches of one datagram."""
        while len(data) >= HEADER.size:
            command, size, _, _, client_id, _ = HEADER.unpack_from(data)
            name = data[HEADER.size : HEADER.size + size].partition(b"\0")[0]
            data = data[HEADER.size + size :]
            known = Channel.find(self._records, name.decode("ascii", "replace"))
            if command == SEARCH and known and self._transport:
                found = struct.pack(">H", MINOR_VERSION)
                answer = message(SEARCH, found, kind=PORT, one=0xFFFFFFFF, two=client_id)
                self._transport.sendto(answer, addr)


async def serve(records: dict[str, Record], when_ready: Callable[[], None]) -> None:
    """Serve the records until the task is cancelled. Calls `when_ready` when clients can come."""

    async def circuit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Circuit(records, writer).serve(reader)

    server = await asyncio.start_server(circuit, "0.0.0.0", PORT)
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(lambda: Searches(records), local_addr=("0.0.0.0", PORT))
    when_ready()
    await server.serve_forever()

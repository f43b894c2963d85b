"""Records: what `psu.db` and `psu.proto` say, and how records are processed."""

import dataclasses
import re
import time
from collections.abc import Callable
from pathlib import Path

from instrument import Instrument, InstrumentError

NO_ALARM, INVALID = 0, 3
SEVERITIES = {NO_ALARM: "NO_ALARM", INVALID: "INVALID"}
READ_ALARM, WRITE_ALARM, UDF_ALARM = 1, 2, 17

Listener = Callable[["Record"], None]


class DatabaseError(Exception):
    """The database, or the protocol file, is wrong."""


@dataclasses.dataclass(frozen=True)
class Exchange:
    """One protocol of the protocol file: what is sent, and what comes back."""

    out: str
    answer: str | None

    async def run(self, instrument: Instrument, value: float) -> float | None:
        """Send `value` where the text has %f; return the number of the answer, if there is one."""
        line = await instrument.ask(self.out.replace("%f", f"{value:f}"), self.answer is not None)
        if self.answer is None or line is None:
            return None
        pattern = re.escape(self.answer).replace("%f", r"\s*([-+0-9.eE]+)")
        if not (found := re.fullmatch(pattern, line)):
            raise InstrumentError(f"answered {line!r}, which is not {self.answer!r}")
        return float(found[1])


@dataclasses.dataclass(eq=False)
class Record:
    """A record with its value. Until it was processed, its severity is INVALID, as in EPICS."""

    kind: str
    name: str
    fields: dict[str, str]
    exchange: Exchange | None = None
    instrument: Instrument | None = None
    value: float = 0.0
    status: int = UDF_ALARM
    severity: int = INVALID
    changed: float = dataclasses.field(default_factory=time.time)
    listeners: list[Listener] = dataclasses.field(default_factory=list)

    @property
    def period_seconds(self) -> float | None:
        """How often the record is processed; None if only when it is written."""
        scan = self.fields.get("SCAN", "Passive")
        return None if scan == "Passive" else float(scan.removesuffix(" second"))

    async def put(self, value: float) -> None:
        """Write the value, and process the record."""
        self.value = value
        await self.process()

    async def process(self) -> None:
        """Exchange the value with the instrument. When that fails the value stays as it is."""
        is_input = self.kind == "ai"
        try:
            if self.exchange and self.instrument:
                answer = await self.exchange.run(self.instrument, self.value)
                if answer is not None:
                    self.value = answer
            self.status = self.severity = NO_ALARM
        except InstrumentError as error:
            if self.severity == NO_ALARM or self.status == UDF_ALARM:
                print(f"{self.name}: {self.instrument} {error}", flush=True)
            self.severity = INVALID
            self.status = READ_ALARM if is_input else WRITE_ALARM
        self.changed = time.time()
        for listener in list(self.listeners):
            listener(self)


def load(database: Path, instruments: dict[str, Instrument]) -> dict[str, Record]:
    """Read a database; protocol files lie beside it. Raises `DatabaseError`."""
    text = re.sub(r"#.*", "", database.read_text(encoding="utf-8"))
    records = {}
    for kind, name, body in re.findall(r'record\((\w+),\s*"([^"]+)"\)\s*\{([^}]*)\}', text):
        if kind not in ("ai", "ao"):
            raise DatabaseError(f"{database}: record {name}: there are ai and ao, not {kind}")
        fields = dict(re.findall(r'field\((\w+),\s*"([^"]*)"\)', body))
        record = Record(kind=kind, name=name, fields=fields)
        if fields.get("DTYP") == "stream":
            link = fields.get("INP" if kind == "ai" else "OUT", "")
            record.exchange, record.instrument = _linked(database, name, link, instruments)
        records[name] = record
    if not records:
        raise DatabaseError(f"{database}: no record found")
    return records


def _linked(
    database: Path, name: str, link: str, instruments: dict[str, Instrument]
) -> tuple[Exchange, Instrument]:
    parts = link.removeprefix("@").split()
    if not link.startswith("@") or len(parts) != 3:
        raise DatabaseError(f"{database}: record {name}: {link!r} is not '@FILE PROTOCOL PORT'")
    file, protocol, port = parts
    if port not in instruments:
        raise DatabaseError(f"{database}: record {name}: port {port} is not configured")
    protocols = _protocols(database.parent / file)
    if protocol not in protocols:
        raise DatabaseError(f"{database}: record {name}: {file} has no protocol {protocol}")
    return protocols[protocol], instruments[port]


def _protocols(path: Path) -> dict[str, Exchange]:
    text = re.sub(r"#.*", "", path.read_text(encoding="utf-8"))
    found = {}
    for name, body in re.findall(r"(\w+)\s*\{([^}]*)\}", text):
        commands = dict(re.findall(r'(out|in)\s+"([^"]*)"\s*;', body))
        if "out" not in commands:
            raise DatabaseError(f"{path}: protocol {name} sends nothing")
        found[name] = Exchange(out=commands["out"], answer=commands.get("in"))
    return found

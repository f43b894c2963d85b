"""A small IOC: python3 ioc psu.db PS1=127.0.0.1:9999

It understands records `ai` and `ao` of an EPICS database, whose links are protocols of
StreamDevice, and serves them by Channel Access.
"""

import asyncio
import os
import socket
import sys
from pathlib import Path

import channel_access
from instrument import Instrument
from records import DatabaseError, Record, load


async def scan(record: Record, period_seconds: float) -> None:
    """Process a record again and again."""
    while True:
        await record.process()
        await asyncio.sleep(period_seconds)


def tell_systemd() -> None:
    """Tell systemd that the service is ready."""
    if path := os.environ.get("NOTIFY_SOCKET"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.sendto(b"READY=1", "\0" + path[1:] if path.startswith("@") else path)


async def main(database: str, *ports: str) -> None:
    """Run the IOC. A port is NAME=HOST:PORT."""
    instruments = {}
    for given in ports:
        name, _, address = given.partition("=")
        host, _, port = address.rpartition(":")
        instruments[name] = Instrument(host, int(port))
    try:
        records = load(Path(database), instruments)
    except (DatabaseError, OSError) as error:
        sys.exit(f"error: {error}")
    print(f"serving {', '.join(records)}", flush=True)
    async with asyncio.TaskGroup() as tasks:
        for record in records.values():
            if record.period_seconds is not None:
                tasks.create_task(scan(record, record.period_seconds))
        tasks.create_task(channel_access.serve(records, tell_systemd))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

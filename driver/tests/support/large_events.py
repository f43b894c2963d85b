"""Events of a large test: eight machines, a hundred thousand lines, thousands of steps."""

import json
import random
import struct
import zlib
from pathlib import Path
from typing import Any

from test_driver.report.event_schema import TEST_FIELDS
from test_driver.test_result import TestResult

BEGAN = 1_800_000_000.0


def png(width: int, height: int, shade: int) -> bytes:
    """Return a grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    rows = b"".join(b"\0" + bytes((shade + x) % 256 for x in range(width)) for _ in range(height))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


class Writer:
    """Writes events with a clock of their own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.now = BEGAN
        self.number = 0
        self._file = (folder / "events.jsonl").open("w", encoding="utf-8")

    def write(self, kind: str, machine: str | None = None, **details: Any) -> None:  # noqa: ANN401
        """Write one event."""
        event = {"time": round(self.now, 6), "kind": kind, "machine": machine, **details}
        self._file.write(json.dumps(event) + "\n")

    def begin(
        self, name: str, machine: str | None, within: int | None, *, subtest: bool = False
    ) -> int:
        """Begin a step."""
        self.number += 1
        self.write(
            "step-begin", machine, step=self.number, within=within, name=name, subtest=subtest
        )
        return self.number

    def end(
        self, step: int, machine: str | None, name: str, seconds: float, error: str | None = None
    ) -> None:
        """End a step."""
        result = "passed" if error is None else "failed"
        details = {"seconds": seconds, "result": result, "error": error, "name": name}
        self.write("step-end", machine, step=step, within=None, subtest=False, **details)

    def file(self, path: str, content: bytes) -> str:
        """Write a file beside the events."""
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        return path

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def end_of_test(writer: Writer, step: int, result: TestResult, seconds: float = 0.1) -> None:
    """Write the event that ends a test of pytest."""
    told = {name: getattr(result, name) for name in TEST_FIELDS}
    details: dict[str, Any] = {"seconds": seconds, "result": "failed", "error": "why", **told}
    writer.write("step-end", step=step, name="", **details)


def write_large_events(folder: Path, machines: int = 8, lines: int = 100_000) -> None:
    """Write the events of a test that failed, with its evidence and a recording."""
    chance = random.Random(1)
    names = [f"node{number}" for number in range(1, machines + 1)]
    writer = Writer(folder)
    source = "".join(
        f'with subtest("round {n}"):\n    for node in machines:\n        node.succeed("work {n}")\n'
        for n in range(20)
    )
    script = "/build/test-script.py"
    writer.write("test", name="large", machines=names, script=script, source=source, limit=3600)
    main = writer.begin("run the test script", None, None)
    rounds = 20
    commands = max(1, lines // (rounds * machines * 25))
    for turn in range(rounds):
        subtest = writer.begin(f"round {turn}", None, main, subtest=True)
        began = writer.now
        for name in names:
            for _ in range(commands):
                _command(writer, name, subtest, f"work {turn}", chance)
            path = writer.file(f"{name}-{turn}.png", png(320, 200, chance.randrange(256)))
            writer.write("picture", name, path=path)
            path = writer.file(f"evidence/{name}/screen/{turn:04}.png", png(320, 200, turn))
            writer.write("frame", name, path=path)
        last = turn == rounds - 1
        error = "CommandFailed: node8: command `work 19` failed (exit status 1)" if last else None
        writer.end(subtest, None, f"round {turn}", writer.now - began, error)
    writer.end(main, None, "run the test script", writer.now - BEGAN, "CommandFailed: node8")
    _end(writer, names)
    writer.close()


def _command(
    writer: Writer, machine: str, within: int, command: str, chance: random.Random
) -> None:
    name = f"must succeed: {command}"
    step = writer.begin(name, machine, within)
    began = writer.now
    for _ in range(24):
        writer.now += chance.random() / 50
        text = (
            f"[{writer.now - BEGAN:12.6f}] systemd[1]: unit-{chance.randrange(9999)}.service: "
            f"state {chance.getrandbits(64):016x} reached target {chance.choice(['a', 'b', 'c'])}"
        )
        writer.write("console", machine, text=text)
    seconds = writer.now - began
    output = "".join(f"{chance.getrandbits(32):08x}\n" for _ in range(20))
    writer.write(
        "command",
        machine,
        step=step,
        command=command,
        began=began,
        seconds=seconds,
        status=0,
        timed_out=False,
        stdout=output,
        stderr="",
    )
    writer.end(step, machine, name, seconds)


def _end(writer: Writer, names: list[str]) -> None:
    message = f"{names[-1]}: command `work 19` failed (exit status 1)\n  stderr:\n    no room left"
    line = {
        "line": 60,
        "function": "<module>",
        "text": 'node.succeed("work 19")',
        "values": {"n": "19"},
    }
    waiting = {"thread": None, "at": ["run the test script", "round 19"]}
    writer.write("failure", error="CommandFailed", message=message, where=[line], waiting=[waiting])
    for name in names:
        journal = "".join(
            f"Nov 21 15:00:{n % 60:02} {name} kernel: event {n}\n" for n in range(3000)
        )
        path = writer.file(f"evidence/{name}/journal.txt", journal.encode())
        writer.write("evidence", name, name="journal.txt", title="the journal", path=path)
        path = writer.file(f"evidence/{name}/screen.png", png(320, 200, 7))
        writer.write("evidence", name, name="screen.png", title="the screen", path=path)
    spent = {"boot": 40.0, "waits": 90.0, "commands": 200.0, "the script itself": 12.0}
    waits = [{"name": "node1.wait_for_unit('nginx')", "seconds": 33.0}]
    writer.write("time-spent", seconds=spent, longest_waits=waits)
    writer.write(
        "verdict",
        outcome="failed",
        exit_status=1,
        seconds=writer.now - BEGAN,
        headline=f"CommandFailed: {message.splitlines()[0]}",
        failure=message,
    )

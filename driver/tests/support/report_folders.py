"""Report folders of tests that never ran, as the driver would have left them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from .large_events import BEGAN, Writer

OUTCOMES = {
    0: "passed",
    1: "failed",
    2: "could not be run",
    3: "ended with an error of the host",
    4: "timed out",
}
PHASES = {"start": 0.1, "boot": 4.0, "wait": 1.5, "command": 0.4, "script": 0.0, "clean_up": 0.5}


def write_report(
    folder: Path,
    status: int = 0,
    headline: str = "CommandFailed: web: command `false` failed (exit status 1)",
    *,
    name: str = "web",
    began: float = BEGAN,
    seconds: float = 6.5,
    phases: Mapping[str, float] = PHASES,
    cases: Mapping[str, str] | None = None,
    troubles: Mapping[str, int] | None = None,
    kept: bool = True,
    seed: str | None = None,
    console_lines: int = 1,
) -> Path:
    """Write the report of a run that ended with a status; with `kept`, as `.report` has it.

    `cases` are subtests, each with the headline of its failure, empty if it passed.
    """
    writer = Writer(folder)
    writer.now = began
    writer.write("schema", version=2)
    about = {} if seed is None else {"seed": seed}
    source = "machine.succeed('true')\n"
    writer.write("test", name=name, machines=["web"], script="s", source=source, limit=1, **about)
    for number in range(console_lines):
        writer.write("console", "web", text=f"[    {number}.000000] Debian GNU/Linux")
    writer.now = began + seconds
    writer.write("time-spent", seconds=dict(phases), longest_waits=[])
    failure = headline if status else ""
    writer.write(
        "verdict",
        outcome=OUTCOMES[status],
        exit_status=status,
        seconds=seconds,
        headline=failure,
        failure=failure,
        failed_steps=[],
        not_started=[],
    )
    writer.close()
    found = [*(cases or {}).items(), ("main", failure)]
    write_junit(folder, name, found, seconds=seconds, troubles=troubles or {})
    (folder / "report.html").write_text("<!doctype html><title>report</title>")
    if kept:
        (folder / "exit-status").write_text(f"{status}\n")
    return folder


def write_junit(
    folder: Path,
    name: str,
    cases: Sequence[tuple[str, str]],
    *,
    seconds: float = 1.0,
    troubles: Mapping[str, int] | None = None,
) -> Path:
    """Write a JUnit document: its cases, each with the headline of its failure or nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    bad = sum(bool(why) for _, why in cases)
    counts = f'tests="{len(cases)}" failures="{bad}" errors="0" skipped="0" time="{seconds}"'
    lines = ['<?xml version="1.0" encoding="utf-8"?>', f"<testsuites {counts}>"]
    lines.append(f'<testsuite name={quoteattr(name)} {counts} timestamp="2027-01-15T08:00:00Z">')
    if troubles:
        lines.append("<properties>")
        lines += [f'<property name="trouble: {k}" value="{n}" />' for k, n in troubles.items()]
        lines.append("</properties>")
    for case, why in cases:
        head = f"<testcase name={quoteattr(case)} classname={quoteattr(name)} time='{seconds}'"
        end = (
            f"><failure message={quoteattr(why)}>{escape(case)}</failure></testcase>"
            if why
            else " />"
        )
        lines.append(head + end)
    path = folder / "junit.xml"
    path.write_text("\n".join([*lines, "</testsuite>", "</testsuites>", ""]), encoding="utf-8")
    return path


def change_verdict(folder: Path, **changes: object) -> None:
    """Change fields of the verdict in the events of a report."""
    path = folder / "events.jsonl"
    *lines, last = path.read_text().splitlines()
    path.write_text("\n".join([*lines, json.dumps({**json.loads(last), **changes}), ""]))

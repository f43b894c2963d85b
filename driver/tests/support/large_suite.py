"""The reports of a large suite: most passed, some failed for one reason, some are flaky."""

import json
import random
from pathlib import Path
from typing import Any

from .large_events import BEGAN
from .report_folders import write_report

DAY = 86400.0
PARTS = ("web", "db", "mail", "proxy", "backup", "dns", "login", "queue", "search", "storage")
KINDS = ("starts", "restarts", "upgrade", "loses-power", "two-nodes", "partition", "large-files")
COMMON_CAUSE = "TimedOut: {0}: timed out after 60 s waiting for unit {0}.service (activating)"
CAUSES = (
    "CommandFailed: {0}: command `curl -fsS http://{0}:80/health` failed (exit status 22)",
    "AssertionFailed: 503 != 200",
    "MachineExited: {0}: QEMU exited with status 1",
)


def write_large_suite(folder: Path, tests: int = 1000, console_lines: int = 20) -> Path:
    """Write the reports and the document of a suite of many tests, and return the document.

    Of a thousand, 12 failed, 2 are errors, 4 are flaky and 3 were run again after an error.
    """
    chance = random.Random(1)
    made = [_test(folder, number, chance, console_lines) for number in range(tests)]
    path = folder / "document.json"
    path.write_text(json.dumps({"version": 1, "name": "all checks", "tests": made}))
    return path


def write_large_history(folder: Path, document: Path, runs: int = 50) -> Path:
    """Write the history of earlier runs of such a suite."""
    chance = random.Random(2)
    tests = {}
    for test in json.loads(document.read_text())["tests"]:
        is_flaky = chance.random() < 0.02
        past = [
            {
                "began": BEGAN - (runs - number) * DAY,
                "seconds": round(chance.uniform(5, 60), 3),
                "waited": 0.0,
                "outcome": "failed" if is_flaky and chance.random() < 0.2 else "passed",
                "report": f"/nix/store/{number:032}-vm-test-report",
            }
            for number in range(runs)
        ]
        tests[test["name"]] = {"runs": past}
    path = folder / "history.json"
    path.write_text(json.dumps({"version": 1, "tests": tests}))
    return path


def _test(folder: Path, number: int, chance: random.Random, console_lines: int) -> dict[str, Any]:
    part = PARTS[number % len(PARTS)]
    name = f"{part}-{KINDS[number // len(PARTS) % len(KINDS)]}-{number}"
    statuses = _statuses(number)
    attempts = []
    for place, status in enumerate(statuses):
        headline = COMMON_CAUSE if number % 200 < 100 else CAUSES[number % len(CAUSES)]
        if status == 3:
            headline = "HostError: not enough room on the disk of the host"
        attempts.append(
            write_report(
                folder / "store" / f"{name}-{place}",
                status,
                headline.format(part),
                name=name,
                began=BEGAN + chance.uniform(0, 3600),
                seconds=chance.uniform(4, 20) if number % 50 else chance.uniform(60, 300),
                phases=_phases(chance),
                cases={f"{part} answers": "", "it survives": "1 != 2" if status == 1 else ""},
                troubles={"service-failed": 1} if number % 90 == 7 else None,
                console_lines=console_lines,
            )
        )
    resources = {"memory": 640 * (1 + number % 3), "cores": 1, "disk": 512, "machines": 1}
    flaky = {"reason": "the disk of the CI is slow", "until": "2999-12-31", "retries": 2}
    return {
        "name": name,
        "attempts": [str(one) for one in attempts],
        "resources": resources,
        "flaky": flaky if len(statuses) > 1 and statuses[0] == 1 else None,
        "derivation": f"/nix/store/{number:032}-vm-test-report-{name}.drv",
    }


def _statuses(number: int) -> tuple[int, ...]:
    """Return the exit statuses of the runs of a test."""
    match number % 1000:
        case 17 | 117 | 217 | 317 | 417 | 517 | 617 | 717 | 817 | 917 | 250 | 350:
            return (1,)
        case 33 | 433:
            return (3, 3)
        case 60 | 260 | 460 | 660:
            return (1, 1, 0)
        case 81 | 481 | 881:
            return (3, 0)
        case _:
            return (0,)


def _phases(chance: random.Random) -> dict[str, float]:
    names = ("start", "boot", "wait", "command", "transfer", "checkpoint", "script", "clean_up")
    return {name: round(chance.uniform(0, 5), 3) for name in names}

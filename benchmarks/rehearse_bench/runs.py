"""Runs of a driver, each with a benchmark as its test script."""

import json
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .figures import Failure, Measurement
from .interfaces import Configuration, command, environment, part_of

TIME_LIMIT_SECONDS = 1800.0
LAST_LINES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverProgram:
    """A driver that is measured: its name in the results, its program and how to speak to it.

    `configuration` is that of its own version of the project, or of this one.
    """

    name: str
    program: str
    interface: str
    configuration: Configuration


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of everything is done."""

    rounds: int
    mebibytes: int
    machines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run of a driver brought to light."""

    measurements: list[Measurement]
    failures: list[Failure]
    accelerator: str


def run_benchmark(
    driver: DriverProgram,
    scenario: str,
    machines: list[str],
    size: Size,
    accelerator: str,
) -> Outcome:
    """Run a benchmark under a driver."""
    with tempfile.TemporaryDirectory(prefix="rehearse-bench-") as place:
        folder = Path(place)
        script = folder / "script.py"
        script.write_text(script_text(scenario, folder / "result.json", size))
        configured = part_of(driver.configuration, machines, script)
        line = command(driver.program, driver.interface, configured, folder)
        began = time.time()
        # Under nobody's eyes: a terminal would be part of what is measured.
        with (folder / "log").open("wb") as log:
            status = subprocess.run(
                line,
                cwd=folder,
                env=environment(driver.interface, accelerator, os.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                timeout=TIME_LIMIT_SECONDS,
                check=False,
            ).returncode
        ended = time.time()
        said = (folder / "log").read_text(errors="replace")
        try:
            document = json.loads((folder / "result.json").read_text())
        except OSError:
            document = None
    return outcome(driver.name, scenario, document, status, said, began=began, ended=ended)


def script_text(scenario: str, result: Path, size: Size) -> str:
    """Return the test script that plays a benchmark."""
    package = str(Path(__file__).parent.parent)
    return (
        f"import sys\nsys.path.insert(0, {package!r})\n"
        "from rehearse_bench.scenarios import play\n"
        f"play({scenario!r}, {str(result)!r}, globals(), "
        f"rounds={size.rounds}, mebibytes={size.mebibytes})\n"
    )


def outcome(
    driver: str,
    scenario: str,
    document: dict[str, Any] | None,
    status: int,
    said: str,
    *,
    began: float,
    ended: float,
) -> Outcome:
    """Turn what a run left into measurements and failures."""
    failures = []
    measurements = []
    if status != 0:
        last = " | ".join(said.strip().splitlines()[-LAST_LINES:])
        reason = f"the driver ended with {status}: {last}"
        failures.append(Failure(name=scenario, driver=driver, reason=reason))
    if document is not None:
        for name, reason in document["failures"].items():
            failures.append(Failure(name=name, driver=driver, reason=reason))
        found = [(one["name"], one["unit"], tuple(one["samples"])) for one in document["samples"]]
        if status == 0:
            found += [
                ("driver: start to script", "s", (document["began"] - began,)),
                ("driver: script to end", "s", (ended - document["ended"],)),
                ("driver: peak memory", "MiB", (document["peak_memory_mib"],)),
            ]
        measurements = [
            Measurement(name=name, driver=driver, unit=unit, samples=samples)
            for name, unit, samples in found
        ]
    chosen = "kvm" if "acceleration: KVM" in said else "tcg"
    return Outcome(measurements=measurements, failures=failures, accelerator=chosen)

"""Where a benchmark plays: in a driver, as its test script, with the methods all drivers have."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol


class Machine(Protocol):
    """The methods of a machine that benchmarks use."""

    name: str

    def execute(self, command: str, check_output: bool = ...) -> tuple[int, str]: ...
    def succeed(self, *commands: str) -> str: ...
    def wait_for_file(self, filename: str) -> None: ...
    def wait_for_open_port(self, port: int) -> None: ...
    def wait_for_unit(self, unit: str) -> None: ...
    def wait_for_text(self, regex: str) -> None: ...
    def copy_from_host(self, source: str, target: str) -> None: ...
    def copy_from_machine(self, source: str, target_dir: str = ...) -> None: ...
    def screenshot(self, filename: str) -> None: ...
    def shutdown(self) -> None: ...


class Stage:
    """The machines, and what was measured with them."""

    def __init__(self, names: Mapping[str, Any], *, rounds: int, mebibytes: int) -> None:
        self.machines: list[Machine] = names["machines"]
        self.start_all: Callable[[], None] = names["start_all"]
        self.rounds = rounds
        self.mebibytes = mebibytes
        self.samples: dict[tuple[str, str], list[float]] = {}
        self.failures: dict[str, str] = {}

    def record(self, name: str, value: float, unit: str = "s") -> None:
        """Keep a sample."""
        self.samples.setdefault((name, unit), []).append(value)

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Measure how long the body takes."""
        began = time.perf_counter()
        yield
        self.record(name, time.perf_counter() - began)

    @contextmanager
    def processor_timed(self, name: str, times: int) -> Iterator[None]:
        """Measure the processor time of the driver's own process, for each of so many calls."""
        began = time.process_time()
        yield
        self.record(f"{name}: processor of the driver", (time.process_time() - began) / times)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Run a part; if it fails, note why, and go on with the others."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever a driver raises
            reason = str(error).strip() or type(error).__name__
            self.failures[name] = reason.splitlines()[0]

    def write(self, path: Path, began: float) -> None:
        """Hand over what was measured, and when the script began and ended."""
        document = {
            "began": began,
            "ended": time.time(),
            "peak_memory_mib": peak_memory_mib(),
            "samples": [
                {"name": name, "unit": unit, "samples": samples}
                for (name, unit), samples in self.samples.items()
            ],
            "failures": self.failures,
        }
        path.write_text(json.dumps(document))


def peak_memory_mib() -> float:
    """Return the most memory that this process ever had."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("/proc/self/status has no VmHWM")

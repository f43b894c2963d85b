"""An extension of the driver with one hook of each kind."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from test_driver.plugins import (
    BaseMachine,
    DriverMethods,
    GuestDiagnostic,
    HostDiagnostic,
    Needs,
    NspawnMachine,
    Phase,
    QemuMachine,
    Step,
    global_function,
    hookimpl,
    method,
)


class GreetingMethods(BaseMachine):
    """What all machines get."""

    @method(phase=Phase.TRANSFER, needs=Needs.GUEST, title="greeting {name} {times} times")
    def greet(self, name: str, times: int = 1) -> str:
        """Let the guest greet somebody.

        >>> machine.greet("you", times=2)
        """
        return self.succeed(f"echo {' '.join(['hello'] * times)} {name}")


class QemuGreetingMethods(QemuMachine):
    """What machines in QEMU get."""

    @method(phase=Phase.COMMAND, title="naming the processors")
    def greet_processors(self) -> list[str]:
        """Return a greeting for each processor.

        >>> machine.greet_processors()
        """
        return [f"hello, processor {number} of {self.name}" for number in range(self.cores)]


class ContainerGreetingMethods(NspawnMachine):
    """What containers get."""

    @method(phase=Phase.COMMAND, title="naming the container")
    def greet_container(self) -> str:
        """Return a greeting for the container.

        >>> machine.greet_container()
        """
        return f"hello, container {self.name}"


class Choir:
    """The global functions: they know the machines of the test."""

    def __init__(self, driver: DriverMethods) -> None:
        self._driver = driver

    @global_function(phase=Phase.TRANSFER, title="everybody greets {name}")
    def greet_from_all(self, name: str) -> list[str]:
        """Let all machines greet somebody."""
        return [machine.succeed(f"echo hello {name}") for machine in self._driver.machines]


class Extension:
    """The hooks. Of what is told to it, it writes a summary into the output folder."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._folder: Path | None = None

    @hookimpl
    def machine_methods(self) -> list[type]:
        """Add the methods."""
        return [GreetingMethods, QemuGreetingMethods, ContainerGreetingMethods]

    @hookimpl
    def script_globals(self, driver: DriverMethods) -> dict[str, object]:
        """Add two names."""
        self._folder = driver.out_dir
        return {"greet_from_all": Choir(driver).greet_from_all, "greeting": "hello"}

    @hookimpl
    def step_started(self, step: Step) -> None:
        """Count a step."""
        self._counts[f"begin {step.title()}"] += 1

    @hookimpl
    def step_finished(self, step: Step) -> None:
        """Count its end."""
        result = "passed" if step.error is None else "failed"
        self._counts[f"{result} {step.title()}"] += 1

    @hookimpl
    def event_recorded(self, event: Mapping[str, object]) -> None:
        """Count an event; the last one is the verdict."""
        self._counts[f"event {event['kind']}"] += 1
        if event["kind"] == "verdict" and self._folder is not None:
            lines = sorted(f"{count} {what}\n" for what, count in self._counts.items())
            (self._folder / "greetings.txt").write_text("".join(lines))

    @hookimpl
    def diagnostics(self) -> list[GuestDiagnostic | HostDiagnostic]:
        """Add two files to what is collected of each machine after a failure."""
        return [
            GuestDiagnostic(file="greeting.txt", title="a greeting", command="echo from the guest"),
            HostDiagnostic(
                file="host-greeting.txt",
                title="a greeting of the host",
                collect=lambda machine: f"from the host of {machine.name}",
            ),
        ]


extension = Extension()

"""The command line."""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .figures import BASELINE, Failure, Measurement, merged, ratios
from .host import host, load
from .interfaces import INTERFACES, OWN, interface_of
from .runs import DriverProgram, Size, run_benchmark
from .tables import table


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A benchmark: how the names of its machines begin, and how many of them it is run with."""

    machines: str = "machine"
    counts: tuple[int, ...] = (1,)
    # In every round anew and in turn with other drivers; others have their rounds within a run.
    every_round: bool = False
    # The shell on the console is reached by a socket that only the own driver leaves free.
    own_only: bool = False


PROGRAMME = {
    "start": Part(counts=(1, 2, 4, 8), every_round=True),
    "warm start": Part(machines="warm", counts=(1, 2, 4, 8), every_round=True),
    "commands": Part(counts=(4,)),
    "console": Part(machines="console", own_only=True),
    "waits": Part(),
    "transfers": Part(),
    "screen": Part(machines="screen"),
    "checkpoints": Part(),
}
SCHEMA_VERSION = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, and write the figures."""
    options = _parser().parse_args(arguments)
    if unknown := [name for name in options.only or [] if name not in PROGRAMME]:
        there = ", ".join(PROGRAMME)
        sys.stderr.write(f"bench: error: no benchmark is named {unknown[0]}; there are: {there}\n")
        return 2
    try:
        drivers = _drivers(options)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"bench: error: {error}\n")
        return 2
    size = Size(
        rounds=1 if options.quick else options.rounds,
        mebibytes=10 if options.quick else options.mebibytes,
        machines=options.machines,
    )
    document, text = _measure(options.only or list(PROGRAMME), drivers, size)
    sys.stdout.write(text + "\n")
    if options.json is not None:
        options.json.write_text(json.dumps(document, indent=2) + "\n")
    return 0 if document["measurements"] else 1


def _drivers(options: argparse.Namespace) -> list[DriverProgram]:
    """Return what is to be measured, this version first. Raises OSError and ValueError."""
    own = _with_own_configuration(OWN, options.own_driver, options.configuration)
    baselines = [
        _with_own_configuration(
            BASELINE if number == 1 else f"{BASELINE} {number}", program, Path(configuration)
        )
        for number, (program, configuration) in enumerate(options.baseline, 1)
    ]
    others = []
    for program in options.driver:
        try:
            interface = options.interface or interface_of(program)
        except OSError as error:
            raise OSError(f"{program} cannot be run: {error.strerror}") from error
        name = interface if interface != OWN else program
        others.append(
            DriverProgram(
                name=name, program=program, interface=interface, configuration=own.configuration
            )
        )
    return [own, *baselines, *others]


def _with_own_configuration(name: str, program: str, path: Path) -> DriverProgram:
    try:
        configuration = json.loads(path.read_text())
    except OSError as error:
        raise OSError(f"the configuration {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ValueError(f"the configuration {path} is no JSON: {error}") from error
    return DriverProgram(name=name, program=program, interface=OWN, configuration=configuration)


def _measure(
    programme: list[str], drivers: list[DriverProgram], size: Size
) -> tuple[dict[str, Any], str]:
    measurements: list[Measurement] = []
    failures: list[Failure] = []
    accelerator = "tcg"
    load_before, began = load(), time.time()
    for name, machines, driver in _runs(programme, drivers, size):
        sys.stderr.write(f"{driver.name}: {name} ({', '.join(machines)}) ...\n")
        found = run_benchmark(driver, name, machines, _rounds_within(size, drivers), accelerator)
        measurements += found.measurements
        failures += found.failures
        if driver.interface == OWN:
            accelerator = found.accelerator
    together = merged(measurements)
    compared = ratios(together, OWN)
    about = {**host(), "accelerator": accelerator, "load_before": load_before, "load_after": load()}
    document = {
        "schema_version": SCHEMA_VERSION,
        "began": began,
        "seconds": time.time() - began,
        "host": about,
        "measurements": [one.document() for one in together],
        "ratios": [one.document() for one in compared],
        "failures": [one.document() for one in failures],
    }
    head = "\n".join(f"{name}: {value}" for name, value in about.items())
    return document, f"{head}\n\n{table(together, compared, failures)}"


def _rounds_within(size: Size, drivers: list[DriverProgram]) -> Size:
    """Return the size of one run: with a baseline, each round is a run of its own."""
    return replace(size, rounds=1) if _in_turn(drivers) else size


def _in_turn(drivers: list[DriverProgram]) -> bool:
    return any(driver.name.startswith(BASELINE) for driver in drivers)


def _runs(
    programme: list[str], drivers: list[DriverProgram], size: Size
) -> Iterator[tuple[str, list[str], DriverProgram]]:
    """Yield the runs: what is compared comes in turn, round by round."""
    machines = list(drivers[0].configuration["machines"])
    chosen = []
    for name in programme:
        there = [machine for machine in machines if machine.startswith(PROGRAMME[name].machines)]
        if there:  # no machine of the kind: this version of the project has none
            chosen.append((name, PROGRAMME[name], there))
    in_turn = _in_turn(drivers)
    repeated = [one for one in chosen if one[1].every_round or in_turn]
    for _ in range(size.rounds):
        for place in range(max((len(part.counts) for _, part, _ in repeated), default=0)):
            for name, part, there in repeated:
                for driver in drivers:
                    if place >= len(part.counts):
                        continue
                    count = part.counts[place]
                    if count <= size.machines or not part.every_round:
                        yield name, there[: min(count, size.machines)], driver
    for name, part, there in chosen:
        if (name, part, there) not in repeated:
            for driver in drivers[:1] if part.own_only else drivers:
                yield name, there[: min(part.counts[0], size.machines)], driver


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./bench", description="Measure the test driver. A table is printed."
    )
    add = parser.add_argument
    add("--json", type=Path, metavar="FILE", help="write the figures there, for programs")
    add("--quick", action="store_true", help="one round, and 10 MiB instead of 100")
    add("--rounds", type=int, default=3, help="how often everything is done (default: 3)")
    add("--mebibytes", type=int, default=100, help="how much is copied (default: 100)")
    add("--machines", type=int, default=8, help="start no more than this at once (default: 8)")
    add(
        "--only",
        action="append",
        metavar="NAME",
        help=f"run this benchmark alone; may be repeated. There are: {', '.join(PROGRAMME)}",
    )
    add(
        "--driver",
        action="append",
        default=[],
        metavar="PROGRAM",
        help="measure this driver, too, on the same machines, in turn; may be repeated",
    )
    add(
        "--baseline",
        action="append",
        default=[],
        nargs=2,
        metavar=("PROGRAM", "CONFIGURATION"),
        help="measure an earlier version of this driver, too, with its own configuration, "
        "everything in turn, a round at a time; may be repeated",
    )
    add(
        "--interface",
        choices=INTERFACES,
        help="what command line that driver has (default: as its --help tells)",
    )
    add("--own-driver", required=True, help=argparse.SUPPRESS)
    add("--configuration", type=Path, required=True, help=argparse.SUPPRESS)
    return parser

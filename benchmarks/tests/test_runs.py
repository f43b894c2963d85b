"""Runs of drivers, which are small programs here: what they are told, and what becomes of it."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from rehearse_bench.cli import main
from rehearse_bench.interfaces import NIXPKGS, NIXPKGS_2025, OWN, command, environment, interface_of

MACHINES = ("machine1", "machine2", "console")
# A driver whose machines do nothing, at once.
FAKE = """#!{python}
import json, sys, threading
from types import SimpleNamespace
if "--help" in sys.argv:
    sys.exit(print("{help}"))
class Machine:
    state_dir = None
    def __init__(self, name): self.name = name
    def execute(self, command, check_output=True): return 0, ""
    def wait_for_unit(self, unit): pass
    def succeed(self, *commands):
        if "{broken}" in commands: raise ValueError("it is broken" + chr(10) + "at length")
        return ""
document = json.load(open(sys.argv[sys.argv.index("--config") + 1]))
names = dict(machines=[Machine(name) for name in document["machines"]], start_all=lambda: None)
print("acceleration: KVM, because it works")
exec(open(document["test_script"]).read(), names)
sys.exit({status})
"""


def driver(
    folder: Path, *, broken: str = "nothing", status: int = 0, said: str = "a driver"
) -> str:
    path = folder / f"driver-{broken}-{status}"
    text = FAKE.format(python=sys.executable, help=said, broken=broken, status=status)
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    document = {
        "vlans": [1],
        "test_script": "none",
        "machines": {name: {"start_command": [f"/vm/{name}"]} for name in MACHINES},
    }
    path = tmp_path / "configuration.json"
    path.write_text(json.dumps(document))
    return path


def bench(configuration: Path, own: str, *arguments: str) -> tuple[int, dict[str, Any]]:
    figures = configuration.with_name("figures.json")
    status = main(
        [
            *("--own-driver", own, "--configuration", str(configuration)),
            *("--json", str(figures), *arguments),
        ]
    )
    return status, json.loads(figures.read_text()) if figures.exists() else {}


def test_the_figures_of_two_drivers_stand_side_by_side(
    tmp_path: Path, configuration: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = driver(tmp_path, broken="never")
    status, document = bench(
        configuration,
        driver(tmp_path),
        *("--only", "start", "--only", "commands", "--rounds", "2", "--driver", other),
    )
    assert status == 0
    assert document["schema_version"] == 1
    assert document["host"]["accelerator"] == "kvm"
    assert document["failures"] == []
    by_name = {(one["name"], one["driver"]): one for one in document["measurements"]}
    assert len(by_name["cold start, 1 machine", "rehearse"]["samples"]) == 2
    assert len(by_name["true", other]["samples"]) == 200
    # Of four machines that are asked for, there are two.
    assert len(by_name["100 commands, 2 machines", "rehearse"]["samples"]) == 2
    start = by_name["driver: start to script", "rehearse"]
    assert 0 < start["median"] < 20
    assert by_name["driver: peak memory", "rehearse"]["unit"] == "MiB"
    assert f"true: {other}, to rehearse" in {one["name"] for one in document["ratios"]}
    said = capsys.readouterr()
    assert "accelerator: kvm" in said.out
    assert f"{other}: start (machine1, machine2) ..." in said.err


def test_a_baseline_is_measured_in_turn_with_its_own_configuration(
    tmp_path: Path, configuration: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own, earlier = driver(tmp_path), driver(tmp_path, broken="never")
    other = tmp_path / "earlier.json"
    other.write_text(configuration.read_text().replace("/vm/", "/earlier/"))
    baseline = ("--baseline", earlier, str(other))
    chosen = ("--only", "commands", "--rounds", "2", "--machines", "1")
    status, document = bench(configuration, own, *chosen, *baseline, *baseline)
    assert (status, document["failures"]) == (0, [])
    told = [line for line in capsys.readouterr().err.splitlines() if "commands" in line]
    turn = [f"{name}: commands (machine1) ..." for name in ("rehearse", "baseline", "baseline 2")]
    assert told == turn * 2
    by_name = {(one["name"], one["driver"]): one for one in document["measurements"]}
    assert len(by_name["true", "baseline 2"]["samples"]) == 200
    assert len(by_name["true: processor of the driver", "rehearse"]["samples"]) == 2
    found = {one["name"] for one in document["ratios"]}
    assert "true: baseline, to rehearse" in found
    assert "true: baseline 2, to baseline" in found


@pytest.mark.parametrize(
    ("text", "message"),
    [(None, "cannot be read: No such file or directory"), ("{", "is no JSON: ")],
)
def test_a_configuration_that_cannot_be_read_is_told(
    tmp_path: Path,
    configuration: Path,
    text: str | None,
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = tmp_path / "other.json"
    if text is not None:
        other.write_text(text)
    assert bench(configuration, "/own", "--baseline", "/earlier", str(other))[0] == 2
    said = capsys.readouterr().err
    assert said.startswith(f"bench: error: the configuration {other} {message}")


def test_what_cannot_be_measured_is_told_in_a_line(
    tmp_path: Path, configuration: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = driver(tmp_path, broken="true")
    status, document = bench(configuration, own, "--quick", "--only", "commands")
    assert status == 0
    assert document["failures"] == [
        {"name": "commands", "driver": "rehearse", "reason": "it is broken"}
    ]
    assert "not measured:\n  commands (rehearse): it is broken\n" in capsys.readouterr().out


def test_a_driver_that_fails_is_told_with_its_last_output(
    tmp_path: Path, configuration: Path
) -> None:
    own = driver(tmp_path, status=3)
    _, document = bench(configuration, own, "--quick", "--only", "commands")
    (failure,) = document["failures"]
    assert failure["reason"] == ("the driver ended with 3: acceleration: KVM, because it works")


def test_a_benchmark_that_does_not_exist_is_told(
    configuration: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench(configuration, "/own", "--only", "warmth") == (2, {})
    assert capsys.readouterr().err.startswith(
        "bench: error: no benchmark is named warmth; there are: start, warm start, commands,"
    )


def test_a_driver_that_does_not_exist_is_told(
    configuration: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench(configuration, "/own", "--driver", "/no/driver") == (2, {})
    said = capsys.readouterr().err
    assert said == "bench: error: /no/driver cannot be run: No such file or directory\n"


@pytest.mark.parametrize(
    ("said", "interface"),
    [
        ("--config --junit-xml", OWN),
        ("--config --debug-hook-attach", NIXPKGS),
        ("--start-scripts --vlans", NIXPKGS_2025),
    ],
)
def test_the_interface_is_known_from_the_help(tmp_path: Path, said: str, interface: str) -> None:
    assert interface_of(driver(tmp_path, said=said)) == interface


def test_nixpkgs_drivers_are_told_in_their_own_ways(tmp_path: Path, configuration: Path) -> None:
    document = json.loads(configuration.read_text())
    assert command("d", NIXPKGS_2025, document, tmp_path)[:8] == [
        *("d", "--start-scripts", "/vm/machine1", "/vm/machine2", "/vm/console"),
        *("--vlans", "1", "--global-timeout"),
    ]
    (tmp_path / "out").rmdir()
    line = command("d", NIXPKGS, document, tmp_path)
    theirs = json.loads(Path(line[2]).read_text())
    assert theirs["vms"]["machine1"] == {"name": "machine1", "start_script": "/vm/machine1"}
    assert theirs["vlans"] == [1]
    assert environment(NIXPKGS, "tcg", {"A": "b"}) == {
        "A": "b",
        "QEMU_OPTS": "-machine accel=tcg",
    }
    assert environment(OWN, "tcg", {"A": "b"}) == {"A": "b"}

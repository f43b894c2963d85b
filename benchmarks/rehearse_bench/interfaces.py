"""How drivers are told what to do: this project's, and nixpkgs', of now and of 2025."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

OWN = "rehearse"
NIXPKGS = "nixpkgs"
NIXPKGS_2025 = "nixpkgs-2025"
INTERFACES = (OWN, NIXPKGS, NIXPKGS_2025)
TIME_LIMIT_SECONDS = 3600

Configuration = dict[str, Any]


def interface_of(program: str) -> str:
    """Find out which of them a program has, from what it says of its options."""
    said = subprocess.run(
        [program, "--help"], capture_output=True, text=True, check=False, timeout=60
    )
    if "--start-scripts" in said.stdout:
        return NIXPKGS_2025
    # This one has no other's option; some of its own are nixpkgs', too.
    if "--write-stubs" in said.stdout:
        return OWN
    return NIXPKGS if "--debug-hook-attach" in said.stdout else OWN


def part_of(configuration: Configuration, machines: Sequence[str], script: Path) -> Configuration:
    """Return the configuration of a test with some of the machines, and with a script."""
    return {
        **configuration,
        "test_script": str(script),
        "machines": {name: configuration["machines"][name] for name in machines},
    }


def command(program: str, interface: str, configuration: Configuration, folder: Path) -> list[str]:
    """Return the command line that runs a test. What it needs beside is written into the folder."""
    output = str(folder / "out")
    (folder / "out").mkdir()
    document = folder / "configuration.json"
    if interface == OWN:
        document.write_text(json.dumps(configuration))
        return [program, "--config", str(document), "-o", output]
    scripts = {name: each["start_command"][0] for name, each in configuration["machines"].items()}
    vlans = configuration["vlans"]
    if interface == NIXPKGS:
        theirs = {
            "vms": {name: {"name": name, "start_script": path} for name, path in scripts.items()},
            "containers": {},
            "vlans": vlans,
            "global_timeout": TIME_LIMIT_SECONDS,
            "enable_ssh_backdoor": False,
            "test_script": configuration["test_script"],
        }
        document.write_text(json.dumps(theirs))
        return [program, "--config", str(document), "-o", output]
    return [
        *(program, "--start-scripts", *scripts.values()),
        *("--vlans", *map(str, vlans), "--global-timeout", str(TIME_LIMIT_SECONDS)),
        *("-o", output, "--", configuration["test_script"]),
    ]


def environment(interface: str, accelerator: str, given: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a driver. Others do not choose how machines are accelerated."""
    if interface == OWN:
        return dict(given)
    return {**given, "QEMU_OPTS": f"-machine accel={accelerator}"}

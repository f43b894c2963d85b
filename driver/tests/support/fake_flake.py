"""A flake that is none: what `fake_nix.py` tells of it, and the reports that it builds."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .report_folders import write_report

PROGRAM = Path(__file__).with_name("fake_nix.py")
CHECKS = "checks.x86_64-linux"
MOST_RUNS = 20


class FakeFlake:
    """Tests below `checks.x86_64-linux`, in a folder of its own, with the programs of Nix."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / "store"
        self.world: dict[str, Any] = {
            "derivations": {},
            "builds": {},
            "values": {CHECKS: {"tests": [], "others": []}},
            "repeated": {CHECKS: {"tests": [], "others": []}},
            "names": {},
            "errors": {},
        }
        self.programs = folder / "bin"
        self.programs.mkdir(parents=True)
        for name in ("nix", "nix-store"):
            self.program(name)
        self.environment = {
            "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}",
            "FAKE_NIX": str(folder),
            "XDG_CACHE_HOME": str(folder / "cache"),
        }
        self.write()

    def program(self, name: str) -> None:
        """Put a program of Nix on PATH."""
        path = self.programs / name
        folder, module = PROGRAM.parent, PROGRAM.stem
        path.write_text(
            _START.format(python=sys.executable, folder=folder, name=name, module=module)
        )
        path.chmod(0o700)

    def test(
        self,
        name: str,
        status: int = 0,
        *,
        ends: Sequence[int | str] = (0,),
        repeats: Sequence[int] | None = None,
        features: Sequence[str] = (),
        inputs: Mapping[str, Any] | None = None,
        parts: int = 1,
        flaky: Mapping[str, Any] | None = None,
        **build: object,
    ) -> str:
        """Add a test whose report has a status, and return its derivation.

        `ends` are how its builds end, one after the other; the last one stays. `repeats` are the
        statuses of its repetitions; without, it has no `repeat`.
        """
        own = self._run(name, status, ends, features, inputs, build)
        runs = [
            self._run(f"{name}-SEED-{number}", one, ends, features, inputs, build)
            for number, one in enumerate(repeats or (), 1)
        ]
        entry = {"path": [name], "parts": parts, "flaky": flaky, "resources": _RESOURCES}
        self.world["values"][CHECKS]["tests"].append({**entry, "runs": [own]})
        self.world["repeated"][CHECKS]["tests"].append({**entry, "runs": runs})
        one = {"tests": [{**entry, "path": [], "runs": [own]}], "others": []}
        self.world["values"][f"{CHECKS}.{name}"] = one
        names = [test["path"][0] for test in self.world["values"][CHECKS]["tests"]]
        self.world["names"][CHECKS] = names
        self.write()
        return own["derivation"]

    def _run(
        self,
        name: str,
        status: int,
        ends: Sequence[int | str],
        features: Sequence[str],
        inputs: Mapping[str, Any] | None,
        build: Mapping[str, object],
    ) -> dict[str, str]:
        title = f"x-vm-test-report-{name}"
        derivation = f"/nix/store/{title}.drv"
        report = write_report(self.folder / "reports" / title, status, name=name)
        self.world["builds"][derivation] = {
            "folder": str(self.store),
            "report": str(report),
            "ends": list(ends),
            **build,
        }
        self.world["derivations"][derivation] = {
            "system": "x86_64-linux",
            "env": {"requiredSystemFeatures": " ".join(features)},
            "inputDrvs": dict(inputs or {}),
        }
        return {"derivation": derivation, "output": str(self.store / title)}

    def write(self) -> None:
        """Let the programs know."""
        (self.folder / "world.json").write_text(json.dumps(self.world))

    def calls(self, *given: str) -> list[list[str]]:
        """Return the command lines that have these arguments, each after name and process id."""
        path = self.folder / "calls.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        found = [json.loads(line) for line in lines]
        return [one for one in found if all(one_given in one for one_given in given)]

    def runs(self, name: str) -> int:
        """Return how often a test was built."""
        counter = self.folder / "runs" / f"x-vm-test-report-{name}.drv"
        return len(counter.read_text()) if counter.exists() else 0


_RESOURCES = {"memory": 512, "cores": 1, "disk": 1024, "machines": 1}
_START = """#!{python} -BS
import sys
sys.path.insert(0, "{folder}")
import {module}
sys.exit({module}.main("{name}"))
"""

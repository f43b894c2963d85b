"""Check the scripts of nixpkgs' tests, as the driver checks a script before anything boots.

python3 -m tests.nixos.compare.scripts --driver bin/nixos-test-driver REPORT

REPORT is what `all_tests.py --report` wrote. Each problem is printed with the test's name; then
each message once, with the number of scripts that have it. The exit status is 0 if no script has a
problem.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class Script:
    """A test's script, and what the driver is told of its machines."""

    name: str
    text: str
    machines: dict[str, dict[str, Any]]


def main(arguments: list[str] | None = None) -> int:
    """Check all scripts of a report, and return the exit status."""
    options = _parser().parse_args(arguments)
    outcomes = [json.loads(line) for line in options.report.read_text().splitlines()]
    scripts = [one for outcome in outcomes for one in _scripts(outcome["name"], outcome["facts"])]
    messages: Counter[str] = Counter()
    bad = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        checks = pool.map(lambda script: _problems(options.driver, script), scripts)
        for script, problems in zip(scripts, checks, strict=True):
            bad += bool(problems)
            messages.update({problem.partition(": ")[2] for problem in problems})
            for problem in problems:
                sys.stdout.write(f"{script.name}:{problem}\n")
    for message, count in messages.most_common():
        sys.stdout.write(f"{count:5} {message}\n")
    sys.stdout.write(f"{len(scripts)} scripts, {bad} with problems\n")
    return 1 if bad else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("report", type=Path, help="what all_tests.py --report wrote")
    parser.add_argument("--driver", required=True, help="the program nixos-test-driver")
    parser.add_argument("--jobs", type=int, default=1, help="checks at the same time")
    return parser


def _scripts(name: str, facts: Any) -> Iterator[Script]:  # noqa: ANN401 - JSON
    """Find the tests in the facts of one attribute, which may be a tree of them."""
    if not isinstance(facts, dict):
        return
    if "script" in facts and "machines" in facts:
        machines = dict(_machine(attribute, one) for attribute, one in facts["machines"].items())
        yield Script(name=name, text=facts["script"], machines=machines)
        return
    for key, inner in facts.items():
        yield from _scripts(f"{name}.{key}", inner)


def _machine(attribute: str, facts: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return a machine's name and what the driver is told of it: `lib/nixos/script-name.nix`."""
    name = re.sub(r"[^A-Za-z0-9_]|^[0-9]", "_", attribute)
    return name, {
        "start_command": ["false"],
        "memory_mib": 1,
        "cores": 1,
        "vlans": sorted(set(facts["networks"])),
        "container": facts.get("container", False),
        # A host name that nobody has set stands for the same variable.
        "aliases": [facts["name"]],
    }


def _problems(driver: str, script: Script) -> list[str]:
    """Return what the driver says against a script, each as `line: message`."""
    networks = {network for machine in script.machines.values() for network in machine["vlans"]}
    with tempfile.TemporaryDirectory(prefix="scripts-") as name:
        path = Path(name) / "script.py"
        path.write_text(script.text)
        configuration = {
            "schema_version": 1,
            "name": script.name,
            "test_script": str(path),
            "global_timeout_seconds": 1,
            "acceleration": {"policy": "never", "kernel": None, "qemu": "false"},
            "vlans": sorted(networks),
            "machines": script.machines,
        }
        (Path(name) / "configuration.json").write_text(json.dumps(configuration))
        command = [driver, "--config", f"{name}/configuration.json", "--check-only"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    if done.returncode == 0:
        return []
    said = done.stdout + done.stderr
    found = re.findall(rf"^{re.escape(str(path))}:(\d+: .*)$", said, re.MULTILINE)
    return found or [f"0: {' '.join(said.split())}"]


if __name__ == "__main__":
    sys.exit(main())

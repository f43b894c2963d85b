"""Compare the results of the suite with what its tests are: `expected.py SUITE`."""

import json
import sys
from pathlib import Path

# By test: the verdict, and the exit status of each run that took place.
EXPECTED = {
    "error": ("error", [3, 3]),
    "fails": ("failed", [1]),
    "files": ("flaky", [1, 0]),
    "killed": ("error", [137, 137]),
    "known": ("flaky", [1, 0]),
    "late": ("error", [2]),
    "mended": ("passed", [3, 0]),
    "mixed": ("flaky", [3, 1, 0]),
    "passes": ("passed", [0]),
    "refused": ("error", [2]),
    "seeds-1": ("failed", [1]),
    "worn-out": ("failed", [1, 1]),
}


def main(folder: Path) -> str:
    """Return what is wrong with the results in the folder of the suite."""
    results = json.loads((folder / "suite.json").read_text())
    found = {
        test["name"]: (test["verdict"], [run["exit_status"] for run in test["runs"]])
        for test in results["tests"]
    }
    problems = [
        f"{name}: expected {EXPECTED.get(name)}, got {found.get(name)}"
        for name in sorted(EXPECTED.keys() | found.keys())
        if EXPECTED.get(name) != found.get(name)
    ]
    (seeded,) = (test["runs"] for test in results["tests"] if test["name"] == "seeds-1")
    if [run["seed"] for run in seeded] != ["monday-1"]:
        problems.append(f"seeds-1: {seeded}")
    reports = {link.name for link in (folder / "reports").iterdir()}
    if reports != EXPECTED.keys():
        problems.append(f"reports: {sorted(reports)}")
    return "\n".join(problems)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])) or None)

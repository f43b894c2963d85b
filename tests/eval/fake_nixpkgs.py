"""A nixpkgs whose tests are facts in JSON, and a `nix-instantiate` that reads them."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

# Writes the tree, compares, and returns exit status and output.
Compare = Callable[..., tuple[int, str]]
ENTRY = "nixos/lib/testing/default.nix"
PROGRAM = f"""#!{sys.executable}
import json, re, sys
tree = sys.argv[sys.argv.index("tree") + 1]
ours = "rehearse" if "import" in open(tree + "/{ENTRY}").read() else "nixpkgs"
tests = json.load(open(tree + "/" + ours + ".json"))
if "under" in sys.argv:
    under = sys.argv[sys.argv.index("under") + 1] + "."
    print(json.dumps([name[len(under):] for name in tests if name.startswith(under)]))
elif "names" in sys.argv:
    found = [tests[name] for name in re.findall('"([^"]*)"', sys.argv[sys.argv.index("names") + 1])]
    for value in found:
        if isinstance(value, str):
            sys.exit("error:\\n       … while evaluating it\\n\\n       " + value)
    print(json.dumps(found))
else:
    print(json.dumps(sorted({{re.sub(r"[.](?!nix$).*", "", name) for name in tests}})))
"""


@dataclass(frozen=True, kw_only=True)
class Nixpkgs:
    """A tree for `NIXPKGS_TREE`, with a store beside it."""

    root: Path
    theirs: dict[str, object] = field(default_factory=dict)
    ours: dict[str, object] = field(default_factory=dict)

    @property
    def tree(self) -> Path:
        """Return the folder of the nixpkgs."""
        return self.root / "nixpkgs"

    def write(self, release: str = "24.11") -> None:
        """Write the tree as it is now."""
        (self.tree / ENTRY).parent.mkdir(parents=True, exist_ok=True)
        (self.tree / ENTRY).write_text("{ lib }: { }\n")
        (self.tree / "nixos/tests").mkdir(exist_ok=True)
        (self.tree / "nixos/tests/all-tests.nix").write_text("{ }\n")
        (self.tree / ".version").write_text(release)
        (self.tree / "nixpkgs.json").write_text(json.dumps(self.theirs))
        (self.tree / "rehearse.json").write_text(json.dumps(self.ours))

    def program(self) -> Path:
        """Return a folder for PATH that has the `nix-instantiate`."""
        folder = self.root / "bin"
        folder.mkdir(exist_ok=True)
        (folder / "nix-instantiate").write_text(PROGRAM)
        (folder / "nix-instantiate").chmod(0o755)
        return folder

    def derivation(
        self, name: str, *, inputs: Iterable[str] = (), files: Iterable[str] = (), **fields: str
    ) -> str:
        """Return the path of a derivation with some variables in its environment."""
        parts = [
            '[("out","","","")]',
            _list(f'({_text(path)},["out"])' for path in sorted(inputs)),
            _list(_text(path) for path in sorted(files)),
            '"x86_64-linux","/bin/sh",["-e"]',
            _list(f"({_text(key)},{_text(value)})" for key, value in sorted(fields.items())),
        ]
        content = f"Derive({','.join(parts)})"
        return self._write(f"{name}.drv", content)

    def source(self, name: str, text: str) -> str:
        """Return the path of a file in the store."""
        return self._write(name, text)

    def _write(self, name: str, content: str) -> str:
        folder = self.root / "store"
        folder.mkdir(exist_ok=True)
        path = folder / f"{hashlib.sha256(content.encode()).hexdigest()[:32]}-{name}"
        path.write_text(content)
        return str(path)


def facts(machines: Mapping[str, object], **more: object) -> dict[str, object]:
    """Return what `facts.nix` says of a test."""
    return {"name": "t", "script": "start_all()", "machines": machines} | more


def both(nixpkgs: Nixpkgs, theirs: object, ours: object) -> None:
    """Give the tree one test, which each framework evaluates to something."""
    nixpkgs.theirs["web"] = theirs
    nixpkgs.ours["web"] = ours


def systems(nixpkgs: Nixpkgs, theirs: str, ours: str, *, key: str = "toplevel") -> None:
    """Give the tree one test, whose machine has a derivation that each framework makes."""
    for tests, derivation in ((nixpkgs.theirs, theirs), (nixpkgs.ours, ours)):
        tests["web"] = facts({"m": {"name": "m", key: derivation}})


def reported(report: Path) -> list[str]:
    """Return the names of the tests whose outcomes a report has."""
    return [json.loads(line)["name"] for line in report.read_text().splitlines()]


def _list(items: Iterable[str]) -> str:
    return "[" + ",".join(items) + "]"


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'

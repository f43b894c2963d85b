"""Evaluate expressions over `lib` with a store of their own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

SOURCE = Path(os.environ.get("REHEARSE_SOURCE", Path(__file__).parents[2]))


TREE = os.environ.get("NIXPKGS_TREE")
DEBIAN = f"debian = import {SOURCE}/lib/debian {{ }}; inherit (debian) runTest;"
# What tests of NixOS machines are evaluated with: here they need no name, packages or script.
NIXOS = f"""
  pkgs = import {TREE} {{ system = "x86_64-linux"; config = {{ }}; overlays = [ ]; }};
  inherit (pkgs) lib;
  library = import {SOURCE}/lib {{ inherit lib; }};
  test = module: {{
    imports = [ module ];
    name = lib.mkOverride 1400 "t";
    hostPkgs = lib.mkOverride 1400 pkgs;
  }};
  evalTest = module: (library.evalTest (test module)).config;
  runTest = module: library.runTest (test {{
    imports = [ module ];
    testScript = lib.mkOverride 1400 "";
  }});
"""


def _run(scope: str, expression: str, seconds: int) -> subprocess.CompletedProcess[str]:
    store = Path(os.environ["HOME"]) / "eval-store"
    return subprocess.run(
        [
            "nix-instantiate",
            "--eval",
            "--strict",
            "--read-write-mode",
            "--json",
            "--store",
            str(store),
            "--expr",
            f"let {scope} in {expression}",
        ],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def _value(done: subprocess.CompletedProcess[str]) -> object:
    assert done.returncode == 0, done.stderr
    value: object = json.loads(done.stdout)
    return value


def _refusal(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode != 0, f"accepted: {done.stdout}"
    return done.stderr


def evaluate(expression: str) -> object:
    """Return the value of an expression in which `debian` and `runTest` are known."""
    return _value(_run(DEBIAN, expression, 60))


def evaluate_with_warnings(expression: str) -> tuple[object, str]:
    """Return the value of such an expression, and what Nix says beside it."""
    done = _run(DEBIAN, expression, 60)
    return _value(done), done.stderr


def refusal(expression: str) -> str:
    """Return what Nix says of an expression that must be refused."""
    return _refusal(_run(DEBIAN, expression, 60))


def evaluate_nixos(expression: str) -> object:
    """Return the value of an expression in which `pkgs`, `evalTest`, `runTest`... are known."""
    return _value(_run(NIXOS, expression, 300))


def refusal_nixos(expression: str) -> str:
    """Return what Nix says of such an expression that must be refused."""
    return _refusal(_run(NIXOS, expression, 300))

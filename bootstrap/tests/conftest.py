"""What the tests share."""

from __future__ import annotations

from pathlib import Path

import pytest
from computer import FLAKE, Computer


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    return Computer(tmp_path)


@pytest.fixture
def ready(computer: Computer) -> Computer:
    """A computer on which nothing needs to be installed; its checks are `good` and `bad`."""
    computer.program("python3", ":")
    computer.program("getent", ":")
    computer.fetcher(f"echo {FLAKE}")
    computer.documentation(":")
    _nix(computer)
    return computer


def _nix(computer: Computer) -> None:
    output = computer.folder / "output"
    (output / "console").mkdir(parents=True)
    (output / "log.txt").touch()
    (output / "console/machine1.log").touch()
    computer.nix(
        "2.26.3",
        f"""*nixos/examples*) echo 'web ping' ;;
*longChecks*attrNames*) echo 'slow' ;;
*remote-tests*attrNames*) echo 'warm cold' ;;
*container-checks*attrNames*) ;;
*attrNames*) echo 'bad good' ;;
eval*.broken*) echo 'error: undefined variable' >&2; exit 1 ;;
eval*.debian-ping*) echo "/nix/store/d-ping.drv {output}" ;;
eval*.good*) echo "/nix/store/d-good.drv /nix/store/o-good" ;;
eval*longChecks.slow*) echo "/nix/store/d-slow.drv /nix/store/o-slow" ;;
eval*.bad*) echo "/nix/store/d-bad.drv /nix/store/o-bad" ;;
build*tools.documentation*) echo "{computer.folder}/documentation" ;;
build*loopback-builders*) echo "{computer.folder}/loopback" ;;
build*test-driver*) echo "/nix/store/o-driver" ;;
build*d-bad*) echo "error: builder for '/nix/store/d-part.drv' failed" >&2; exit 1 ;;
build*) echo 'machine1: booted' >&2 ;;""",
    )
    computer.program("nix-store", "case $2 in --print-invalid) ;; *) exit 1 ;; esac")

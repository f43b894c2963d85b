"""What several files of tests have in common."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_nixpkgs import Compare, Nixpkgs

from tests.nixos.compare.all_tests import main


@pytest.fixture
def nixpkgs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Nixpkgs:
    """Return a nixpkgs without tests, which the comparison takes."""
    made = Nixpkgs(root=tmp_path)
    monkeypatch.setenv("PATH", str(made.program()))
    monkeypatch.setenv("NIXPKGS_TREE", str(made.tree))
    return made


@pytest.fixture
def compare(nixpkgs: Nixpkgs, capsys: pytest.CaptureFixture[str]) -> Compare:
    """Return a function that writes the tree, compares, and returns exit status and output."""

    def run(*arguments: str, release: str = "24.11") -> tuple[int, str]:
        nixpkgs.write(release)
        try:
            status = main(list(arguments))
        except SystemExit as error:
            status = int(error.code or 0)
        said = capsys.readouterr()
        return status, said.out + said.err

    return run

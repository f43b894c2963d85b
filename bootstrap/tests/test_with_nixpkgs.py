"""What `check` evaluates with a nixpkgs: examples, and blocks of Nix in pages."""

from __future__ import annotations

import pytest
from computer import Computer

TREE = "/some nixpkgs"
COMPARED = "-B -m tests.nixos.compare.projects tests/nixos/comparable.nix"


@pytest.fixture
def given(ready: Computer) -> Computer:
    """A computer with a nixpkgs, where all of it can be evaluated."""
    ready.environment["NIXPKGS_TREE"] = TREE
    ready.program("nix-store", ":")
    ready.program("nix-instantiate", ":")
    return ready


def test_examples_without_nixpkgs_are_skipped_and_it_is_said_why(ready: Computer) -> None:
    done = ready.run("check")
    assert "skipped: the 2 examples on NixOS machines: NIXPKGS_TREE does not name" in done.stderr
    assert "skipped: the Nix code about NixOS machines in README.md and docs" in done.stderr
    assert ready.called("nix-instantiate") == []


def test_examples_are_evaluated_with_the_nixpkgs_at_hand(given: Computer) -> None:
    given.program(
        "nix-instantiate", "case $* in *'--attr ping.'*) echo 'error: no' >&2; exit 1 ;; esac"
    )
    done = given.run("check")
    assert (done.returncode, done.stdout) == (
        1,
        "example ping cannot be evaluated with NIXPKGS_TREE=/some nixpkgs (see above)\n"
        "2 passed, 1 failed, 1 only evaluated\n",
    )
    assert len(given.called("nix-instantiate")) == 2
    compared, evaluated = given.called("python3")[-2:]
    assert compared.endswith(COMPARED)
    program = f"{given.checkout}/tests/static/nix_blocks.py"
    assert evaluated.endswith(f"{program} {given.checkout} --nixpkgs {TREE}")


def test_examples_that_differ_from_nixpkgs_own_fail(given: Computer) -> None:
    given.program("python3", "case $* in *compare.projects*) echo 'DIFFERS: ping'; exit 1 ;; esac")
    done = given.run("check")
    assert (done.returncode, done.stdout) == (
        1,
        "examples differ from what nixpkgs' own framework makes of them (see above)\n"
        "2 passed, 1 failed, 2 only evaluated\n",
    )
    assert "\nDIFFERS: ping\n" in done.stderr


def test_blocks_of_pages_that_cannot_be_evaluated_fail(given: Computer) -> None:
    given.documentation("echo 'a page: no such option'; exit 1")
    done = given.run("check")
    assert (done.returncode, done.stdout) == (
        1,
        "blocks of Nix in pages cannot be evaluated with NIXPKGS_TREE=/some nixpkgs (see above)\n"
        "2 passed, 1 failed, 2 only evaluated\n",
    )
    assert "\na page: no such option\n" in done.stderr


def test_without_the_parser_of_pages_their_blocks_fail(given: Computer) -> None:
    given.change("nix", f'echo "{given.folder}/documentation"', "exit 1")
    done = given.run("check")
    assert (done.returncode, "blocks of Nix in pages cannot be" in done.stdout) == (1, True)

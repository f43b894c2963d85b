"""What to fetch for: tests, each with its prompt."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from debian_archive.errors import NixFailed, NoChecks
from debian_archive.installables import complete

CHECKS = "checks.x86_64-linux"


@pytest.fixture
def flake(nix_state: Path) -> str:
    """A flake with two tests and a check that is none."""
    names = ["web", "web.driverInteractive", "lint", "mail", "mail.driverInteractive"]
    _provide(nix_state, *(f"{CHECKS}.{name}" for name in names))
    return "."


def _provide(state: Path, *attributes: str) -> None:
    builds: dict[str, list[object]] = {attribute: [] for attribute in attributes}
    state.write_text(json.dumps({**json.loads(state.read_text()), "builds": builds}))


def test_without_a_name_it_is_all_checks(flake: str) -> None:
    names = ["web", "web.driverInteractive", "lint", "mail", "mail.driverInteractive"]
    assert complete(flake, []) == [f"{CHECKS}.{name}" for name in names]


def test_tests_that_are_named_come_with_their_prompts(flake: str) -> None:
    named = [f"{CHECKS}.mail", f"{CHECKS}.lint"]
    prompt = f"{CHECKS}.mail.driverInteractive"
    assert complete(flake, named) == [named[0], prompt, named[1]]


def test_a_test_by_its_name_alone_has_a_prompt(nix_state: Path) -> None:
    _provide(nix_state, "web", "web.driverInteractive", "lint")
    assert complete(".", ["web", "lint"]) == ["web", "web.driverInteractive", "lint"]


def test_a_quoted_name_has_a_prompt(nix_state: Path) -> None:
    quoted = f'{CHECKS}."web.1"'
    _provide(nix_state, quoted, f"{quoted}.driverInteractive")
    assert complete(".", [quoted]) == [quoted, f"{quoted}.driverInteractive"]


def test_a_prompt_has_no_further_prompt(flake: str) -> None:
    assert complete(flake, [f"{CHECKS}.web.driverInteractive"]) == [
        f"{CHECKS}.web.driverInteractive"
    ]


@pytest.mark.parametrize("name", [f"{CHECKS}.lost", "checks.other-system.lost", "lost"])
def test_what_is_missing_is_left_for_the_fetching_to_tell(flake: str, name: str) -> None:
    assert complete(flake, [name]) == [name]


def test_a_flake_without_checks_is_told(nix_state: Path) -> None:
    _provide(nix_state, "packages.x86_64-linux.web")
    with pytest.raises(NoChecks, match=r"flake \. has no checks\.x86_64-linux, which is what"):
        complete(".", [])


def test_checks_that_cannot_be_evaluated_are_told(
    nix_state: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FAKE_NIX_STATE", str(tmp_path / "none"))
    with pytest.raises(NixFailed, match=r"nix .* eval --json .*#checks\.x86_64-linux.* failed"):
        complete(".", [])

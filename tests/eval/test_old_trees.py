"""A nixpkgs that is too old is refused by messages that say from which release on it works."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.eval.evaluation import SOURCE, TREE, evaluate, evaluate_nixos, refusal, refusal_nixos

FROM = (
    "tests of NixOS machines are evaluated with nixpkgs 24.11 or newer, "
    "and run with 25.11 or newer."
)
OUTPUTS = f"import {SOURCE}/lib/outputs.nix {{ debian = null; nixpkgs = throw ''touched''; }}"
# As much of a nixpkgs as is looked at before anything of it is used.
OLD = """
  lib = { trivial.release = "%s"; evalModules = _: { config.result = "evaluated"; }; };
  pkgs = { inherit lib; };
"""
DRIVER = f"""
  lib = {{ trivial.release = "25.05"; }};
  driver = python3Packages:
    import {SOURCE}/lib/nixos/driver.nix {{ hostPkgs = {{ inherit lib python3Packages; }}; }};
"""


@pytest.mark.parametrize("way", ["runTest", "evalTest"])
@pytest.mark.parametrize("release", ["22.05", "23.11", "24.05"])
def test_packages_are_refused(release: str, way: str) -> None:
    said = refusal(f"let {OLD % release} in ({OUTPUTS}).{way} {{ hostPkgs = pkgs; }}")
    assert f"rehearse: `hostPkgs` of release {release} are too old: {FROM}" in said


@pytest.mark.parametrize("release", ["24.11", "25.05", "26.11"])
def test_packages_are_taken(release: str) -> None:
    test = f"let {OLD % release} in ({OUTPUTS}).runTest {{ hostPkgs = pkgs; }}"
    assert evaluate(test) == "evaluated"


@pytest.mark.parametrize(
    ("qmp", "version"),
    [('{ qemu-qmp.version = "0.0.3"; }', "0.0.3"), ("{ }", "not there")],
    ids=["older", "none"],
)
def test_packages_that_cannot_run_the_driver_are_refused(qmp: str, version: str) -> None:
    assert (
        "rehearse: the driver needs python3Packages.qemu-qmp 0.0.6 or newer, which nixpkgs has "
        f"from release 25.11 on. That of `hostPkgs` (release 25.05) is {version}."
    ) in refusal(f"let {DRIVER} in driver {qmp}")


@pytest.mark.skipif(TREE is None, reason="NIXPKGS_TREE names no nixpkgs tree")
@pytest.mark.timeout(400)
@pytest.mark.parametrize("release", ["23.05", "24.11"])
def test_modules_of_another_nixpkgs_are_looked_at_too(tmp_path: Path, release: str) -> None:
    (tmp_path / ".version").write_text(f"{release}\n")
    (tmp_path / "nixos").symlink_to(f"{TREE}/nixos")
    name = f"(evalTest {{ nodes.a = {{ }}; node.nixos = {tmp_path}/nixos; }}).nodes.a.system.name"
    if release == "24.11":
        assert evaluate_nixos(name) == "a"
    else:
        said = f"rehearse: the modules in `node.nixos` of release {release} are too old: {FROM}"
        assert said in refusal_nixos(name)


@pytest.mark.parametrize("has", [True, False], ids=["of-2026", "older"])
@pytest.mark.parametrize("kind", ["node", "container"])
def test_options_of_networks_are_imported_from_their_own_file(
    tmp_path: Path, kind: str, *, has: bool
) -> None:
    networking = tmp_path / "virtualisation/guest-networking-options.nix"
    if has:
        networking.parent.mkdir()
        networking.write_text("{ }\n")
    imported = evaluate(
        "let lib.optional = wanted: item: if wanted then [ item ] else [ ]; in map toString"
        f" (import {SOURCE}/modules/{kind} {{ inherit lib; modulesPath = {tmp_path}; }}).imports"
    )
    assert isinstance(imported, list)
    assert (str(networking) in imported) is has


@pytest.mark.skipif(TREE is None, reason="NIXPKGS_TREE names no nixpkgs tree")
@pytest.mark.timeout(400)
def test_a_warm_start_needs_no_writable_store() -> None:
    # Of summer 2026 on, each file system needs a type.
    node = "nodes.a = { testing.warmStart = true; virtualisation.writableStore = false; };"
    assert evaluate_nixos(f"lib.isString (runTest {{ {node} }}).drvPath") is True

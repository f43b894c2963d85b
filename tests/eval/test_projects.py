"""The comparison of projects: each way in which projects make tests, and each kind of bad input."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.eval.evaluation import TREE
from tests.nixos.compare.projects import main

CONTAINERS = "nixos/modules/virtualisation/nspawn-container"
with_tree = pytest.mark.skipif(TREE is None, reason="NIXPKGS_TREE names no nixpkgs tree")
with_containers = pytest.mark.skipif(
    TREE is None or not (Path(TREE) / CONTAINERS).exists(),
    reason=f"NIXPKGS_TREE names no nixpkgs tree with {CONTAINERS}",
)
pytestmark = pytest.mark.timeout(600)

Runner = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where all comparisons keep their copy of the tree."""
    return tmp_path_factory.mktemp("copy")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, folder: Path) -> Runner:
    """Return a function that writes a project's files, compares, and returns what was said."""

    def run(files: dict[str, str], *arguments: str) -> tuple[int, str]:
        for name, text in files.items():
            path = tmp_path / "project" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        status = main([str(tmp_path / "project"), "--folder", str(folder), *arguments])
        captured = capsys.readouterr()
        return status, captured.out + captured.err

    return run


@with_tree
def test_a_flake_with_checks(run: Runner) -> None:
    flake = """
    {
      inputs.nixpkgs.url = "github:NixOS/nixpkgs";
      outputs = { self, nixpkgs }: let
        pkgs = nixpkgs.legacyPackages.x86_64-linux;
        test = name: { inherit name; nodes.box = { }; testScript = "box.succeed('true')"; };
      in {
        nixosModules.web = ./web.nix;
        checks.x86_64-linux = {
          one = pkgs.testers.runNixOSTest {
            imports = [ (test "one") ];
            nodes.web = self.nixosModules.web;
          };
          two = nixpkgs.lib.nixos.runTest (test "two" // { hostPkgs = pkgs; });
          inherit (pkgs) hello;
        };
      };
    }
    """
    web = "{ pkgs, ... }: { environment.systemPackages = [ pkgs.hello ]; }"
    status, said = run({"flake.nix": flake, "web.nix": web})
    assert "same: one: documented: " in said
    assert "same: two: documented: " in said
    assert "hello" not in said
    assert "2 tests, 2 evaluate under nixpkgs' own framework: 2 the same here" in said
    assert status == 0


@with_tree
def test_a_folder_whose_tests_import_testing_python(run: Runner) -> None:
    tests = """
    { pkgs, system, ... }: let
      python = import (pkgs.path + "/nixos/lib/testing-python.nix") { inherit system pkgs; };
      make-test = import (pkgs.path + "/nixos/tests/make-test-python.nix");
    in {
      nested.made = python.makeTest {
        name = "made";
        nodes.server = { };
        nodes.client = { nodes, ... }: {
          networking.extraHosts = "${nodes.server.networking.primaryIPAddress} other";
        };
        testScript = { nodes, ... }: "client.succeed('ping ${nodes.server.networking.hostName}')";
      };
      file = make-test ({ lib, ... }: {
        name = "file";
        nodes.m.services.openssh.enable = lib.mkDefault true;
        testScript = "";
      }) { inherit system pkgs; };
    }
    """
    status, said = run({"default.nix": tests})
    assert "same: nested.made: " in said
    assert "same: file: " in said
    assert status == 0
    status, said = run({}, "nested")
    assert "file" not in said
    assert "1 tests, 1 evaluate" in said


@with_tree
def test_files_of_several_kinds(run: Runner) -> None:
    files = {
        "by-name.nix": """
        { testers, lib, ... }: testers.nixosTest {
          name = lib.toLower "BY-NAME";
          nodes.m = { };
          testScript = "";
        }
        """,
        "module.nix": '{ lib, ... }: { name = "module"; nodes.m = { }; testScript = ""; }',
        "options.nix": """
        { config, lib, ... }: {
          name = "options";
          nodes.m.networking.hostName = lib.mkForce "other";
          testScript = "print(\\"${config.name}\\")";
        }
        """,
        "plain.nix": '{ name = "plain"; nodes.m = { }; testScript = ""; }',
        "broken.nix": '{ pkgs, ... }: throw "not today"',
        "helper.nix": "{ lib, ... }: lib.id",
    }
    status, said = run(files)
    for name in ("by-name", "module", "options", "plain"):
        assert f"same: {name}: " in said
    assert "does not count: broken: error: not today" in said
    assert "helper" not in said
    assert "5 tests, 4 evaluate" in said
    assert status == 0


@with_containers
def test_a_project_with_containers(run: Runner) -> None:
    flake = """
    {
      outputs = { nixpkgs, ... }: {
        checks.x86_64-linux.both = nixpkgs.legacyPackages.x86_64-linux.testers.runNixOSTest {
          name = "both";
          nodes.machine = { };
          containers.box = { nodes, ... }: {
            networking.extraHosts = "${nodes.machine.networking.primaryIPAddress} peer";
          };
          testScript = "box.succeed('ping -c 1 peer')";
        };
      };
    }
    """
    _, said = run({"flake.nix": flake})
    assert "1 tests, 1 evaluate" in said
    assert "0 fail" in said


@with_tree
def test_one_that_differs_and_one_that_is_refused(run: Runner) -> None:
    tests = """
    { testers, ... }: {
      # It shows in a file of the machine what is different on purpose.
      differs = testers.nixosTest {
        name = "differs";
        nodes.a = { config, ... }: {
          environment.etc.parameters.text = toString config.boot.kernelParams;
        };
        testScript = "";
      };
      refused = testers.runNixOSTest {
        name = "refused";
        nodes.a = { options, ... }: {
          environment.etc.x.text = if options.testing ? consoleLogLevel then throw "ours" else "";
        };
        testScript = "";
      };
    }
    """
    status, said = run({"default.nix": tests})
    assert "DIFFERS: differs: etc-parameters: text: - clocksource=acpi_pm" in said
    assert "FAILS: refused: error: ours" in said
    assert "0 with documented ones), 1 differ, 1 fail" in said
    assert status == 1


@with_tree
def test_what_differs_at_the_prompt_alone_is_seen(run: Runner) -> None:
    tests = """
    { testers, ... }: {
      machine = testers.runNixOSTest {
        name = "machine";
        nodes.a = { };
        testScript = "";
        interactive.nodes.a = { options, ... }: {
          environment.etc.whose.text = if options.testing ? warmStart then "ours" else "theirs";
        };
      };
      option = testers.runNixOSTest ({ options, ... }: {
        name = "option";
        testScript = "";
        interactive.globalTimeout = if options ? keepFailures then 1 else 2;
      });
    }
    """
    status, said = run({"default.nix": tests})
    assert "DIFFERS: machine: etc-whose: text: - theirs; + ours" in said
    assert ".interactive (no machines).options.globalTimeout: value: - 2; + 1" in said
    assert "2 differ, 0 fail" in said
    assert status == 1


@with_tree
def test_inputs_are_given(run: Runner, tmp_path: Path) -> None:
    stub, library = tmp_path / "stub.nix", tmp_path / "library"
    stub.write_text('{ nixpkgs, ... }: { lib.name = nixpkgs.lib.toLower "STUB"; }')
    library.mkdir()
    (library / "flake.nix").write_text("""
    {
      inputs.renamed.url = "github:NixOS/nixpkgs";
      outputs = { self, renamed }: {
        lib.test = name: { inherit name; nodes.m = { }; testScript = renamed.lib.toLower "#"; };
      };
    }
    """)
    flake = """
    {
      inputs.library.inputs.renamed.follows = "nixpkgs";
      outputs = { nixpkgs, stub, library, absent, ... }: let
        inherit (nixpkgs.legacyPackages.x86_64-linux.testers) runNixOSTest;
      in {
        tests.named = runNixOSTest (library.lib.test stub.lib.name);
        tests.absent = runNixOSTest (library.lib.test absent.name);
      };
    }
    """
    given = ["--input", f"stub={stub}", "--input", f"library={library}"]
    status, said = run({"flake.nix": flake}, "--attribute", "tests", *given)
    assert "same: named: " in said
    assert "does not count: absent: error: input absent of " in said
    assert "write --input absent=PATH" in said
    assert status == 0


@with_tree
def test_bad_projects_are_refused(run: Runner) -> None:
    status, said = run({"flake.nix": "{ outputs = _: { packages = { }; lib = 1; }; }"})
    assert status == 2
    assert "has no checks.x86_64-linux: it has lib, packages; write --attribute PATH" in said
    status, said = run({"flake.nix": "{ outputs = _: { checks.x86_64-linux.a = 1; }; }"})
    assert status == 2
    assert "error: no test found in " in said
    assert "it has a\n" in said
    status, said = run({}, "b")
    assert status == 2
    assert "error: b not found in " in said
    status, said = run({"flake.nix": "{ outputs = "})
    assert status == 2
    assert "does not evaluate: error: syntax error" in said


def test_what_is_not_there_is_refused(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = tmp_path / "nixpkgs"
    monkeypatch.setenv("NIXPKGS_TREE", str(tree))
    status, said = run({"default.nix": "{ }"})
    assert (status, f"error: {tree}: nixos/lib/testing/default.nix not found" in said) == (2, True)
    status, said = run({}, "--input", "x")
    assert (status, said) == (2, "error: --input x: expected NAME=PATH\n")
    status, said = run({}, "--input", f"x={tmp_path}/y")
    assert (status, said) == (2, f"error: --input x={tmp_path}/y: {tmp_path}/y not found\n")
    status, said = run({}, "--jobs", "1")
    assert main([f"{tmp_path}/nowhere"]) == 2
    monkeypatch.delenv("NIXPKGS_TREE")
    status, said = run({})
    assert (status, "NIXPKGS_TREE is not set" in said) == (2, True)

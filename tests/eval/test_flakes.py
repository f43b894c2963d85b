"""The commands people type, in this flake and in a flake of theirs, without a network."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.eval.evaluation import SOURCE, evaluate

SYSTEM = "x86_64-linux"
FLAKE = """{
  inputs.rehearse.url = "path:%s";
  outputs = { self, rehearse, ... }: {
    checks.x86_64-linux = {
      web = rehearse.lib.debian.runTest {
        name = "web";
        nodes.server = { };
        interactive.nodes.server.packages = [ "nginx" ];
        testScript = "server.succeed('true')";
      };
      "a.b" = rehearse.lib.debian.build { name = "dotted"; script = "/none"; };
    };
    legacyPackages = self.checks;
    packages.x86_64-linux.broken = throw "not asked for";
  };
}
"""


def _environment() -> dict[str, str]:
    """Give Nix a store of its own, and the tool the Python of these tests."""
    return {
        **os.environ,
        "NIX_REMOTE": str(Path(os.environ["HOME"]) / "eval-store"),
        "NIX_CONFIG": "experimental-features = nix-command flakes\nflake-registry =\n"
        "substituters =\n",
        "PYTHONPATH": str(SOURCE / "lib/debian/archive"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        # In a folder of the store, Nix takes each reference to a flake for a path below it.
        cwd=os.environ["HOME"],
        capture_output=True,
        text=True,
        env=_environment(),
        check=False,
        timeout=120,
    )


def _nix(*arguments: str) -> str:
    done = _run(["nix", *arguments, "--no-write-lock-file"])
    assert done.returncode == 0, done.stderr
    return done.stdout


def _value(installable: str, apply: str = "x: x") -> Any:  # noqa: ANN401 (any value of Nix)
    return json.loads(_nix("eval", "--json", installable, "--apply", apply))


def _fetch(flake: str, *arguments: str) -> str:
    """Return what a fetch says whose mirror has nothing."""
    mirror = ["--mirror", f"file:{os.environ['HOME']}/no-mirror"]
    command = ["-m", "debian_archive", "fetch", *mirror, "--flake", flake, *arguments]
    done = _run([sys.executable, *command])
    assert done.returncode == 1
    assert done.stdout == ""
    return done.stderr


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A flake that has this one as its input."""
    folder = tmp_path_factory.mktemp("user")
    (folder / "flake.nix").write_text(FLAKE % SOURCE)
    return f"path:{folder}"


@pytest.mark.parametrize("attribute", ["drvPath", "driverInteractive.drvPath", "report.drvPath"])
def test_a_check_is_found_by_its_name_alone(user: str, attribute: str) -> None:
    for flake, name in [(user, "web"), (f"path:{SOURCE}", "debian-ping")]:
        named = _value(f"{flake}#{name}.{attribute}")
        assert named == _value(f"{flake}#checks.{SYSTEM}.{name}.{attribute}")
    assert named.endswith(".drv")


TUTORIALS = [
    f"tutorial-{name}"
    for name in ("desktop", "end-to-end", "epics", "ping", "random-network", "rest")
]
TEMPLATES = ["minimal", "debian", "two-machines", "checks-imports", "pytest", "ci", *TUTORIALS]


@pytest.mark.parametrize("template", TEMPLATES)
def test_templates_offer_their_checks_by_name(template: str) -> None:
    flake = f"import {SOURCE}/templates/{template}/flake.nix"
    inputs = (
        "{ self.checks = 1; nixpkgs = { }; rehearse = { apps = 1; devShells = 1; lib = { }; }; }"
    )
    assert evaluate(f"(({flake}).outputs {inputs}).legacyPackages") == 1


def test_all_checks_of_this_flake_stand_beside_what_takes_nixpkgs() -> None:
    found = _value(f"path:{SOURCE}#legacyPackages", "builtins.mapAttrs (_: builtins.attrNames)")
    checks = _value(f"path:{SOURCE}#checks.{SYSTEM}", "builtins.attrNames")
    more = ["container-checks", "longChecks", "nixos", "remote-tests", "test-driver"]
    assert found[SYSTEM] == sorted([*checks, *more])
    assert found["aarch64-linux"] == found["aarch64-darwin"] == more


def test_this_flake_is_shown_without_nixpkgs() -> None:
    shown = json.loads(_nix("flake", "show", "--json", f"path:{SOURCE}"))
    assert set(shown["legacyPackages"]) == {"aarch64-darwin", "aarch64-linux", SYSTEM}
    # Nothing in there is listed: nixpkgs would be, too.
    assert set(map(str, shown["legacyPackages"].values())) == {"{}"}
    assert shown["packages"][SYSTEM]["test-driver"]["description"].startswith("Boots virtual")


def test_shells_of_all_computers_are_shown_without_nixpkgs() -> None:
    shown = json.loads(_nix("flake", "show", "--json", "--all-systems", f"path:{SOURCE}"))
    assert set(shown["devShells"]) == {"aarch64-darwin", "aarch64-linux", SYSTEM}
    for system, shells in shown["devShells"].items():
        names = {"default": "rehearse-shell"}
        if system == SYSTEM:
            names["contributor"] = "rehearse-contributor-shell"
        assert {name: shell["name"] for name, shell in shells.items()} == names
    assert shown["formatter"][SYSTEM]["name"] == "rehearse-format"


def test_the_program_is_shown_for_all_computers_without_nixpkgs() -> None:
    shown = json.loads(_nix("flake", "show", "--json", "--all-systems", f"path:{SOURCE}"))
    assert {system: sorted(apps) for system, apps in shown["apps"].items()} == {
        "aarch64-darwin": ["default"],
        "aarch64-linux": ["default"],
        SYSTEM: ["debian", "default"],
    }
    for apps in shown["apps"].values():
        assert apps["default"]["type"] == "app"
        assert apps["default"]["description"].startswith("Run tests on all builders")


def test_the_program_is_that_of_the_driver() -> None:
    driver = evaluate("debian.driver.outPath")
    apps = f"path:{SOURCE}#apps.{SYSTEM}"
    assert _value(apps, "apps: apps.default.program") == f"{driver}/bin/rehearse"
    program = _value(apps, "apps: apps.debian.program")
    assert re.fullmatch(r"/nix/store/[a-z0-9]{32}-archive/rehearse-debian", program)
    made = evaluate(
        f"""let
          apps = import {SOURCE}/lib/apps.nix {{
            inherit debian;
            nixpkgs.legacyPackages.aarch64-linux = {{
              lib.any = builtins.any;
              python3Packages = {{
                buildPythonApplication = given: "/${{given.pname}}";
                qemu-qmp.version = "0.0.6";
              }};
            }};
          }};
        in apps.aarch64-linux.default.program"""
    )
    assert made == "/nixos-test-driver/bin/rehearse"


def test_a_shell_has_pytest_with_the_driver() -> None:
    shell = evaluate(
        "{ inherit (debian.shell) PATH PYTHONPATH builder; driver = debian.driver.outPath; }"
    )
    assert isinstance(shell, dict)
    assert shell["PATH"].split(":") == [f"{shell['driver']}/python/bin", f"{shell['driver']}/bin"]
    assert shell["PYTHONPATH"].startswith(f"{shell['driver']}/lib:")
    # `nix develop` takes no other program.
    assert Path(shell["builder"]).name == "bash"


def test_a_shell_on_another_computer_is_made_from_nixpkgs() -> None:
    made = evaluate(
        f"""let
          pkgs = {{
            lib = {{ any = builtins.any; }};
            mkShell = given: {{
              inherit (builtins.head given.packages) drvPath outPath;
              builder = given.name;
            }};
            python3Packages = {{
              buildPythonApplication = given: given.pname;
              toPythonModule = name: "module of ${{name}}";
              python.withPackages = packages: {{ drvPath = packages null; outPath = "/env"; }};
              # As old as it may be.
              qemu-qmp.version = "0.0.6";
            }};
          }};
          shells = import {SOURCE}/lib/dev-shells.nix {{
            inherit debian;
            nixpkgs.legacyPackages.aarch64-linux = pkgs;
          }};
          shell = shells.aarch64-linux.default;
        in [ shell.type shell.name shell.builder shell.drvPath shell.outPath ]"""
    )
    assert made == [
        "derivation",
        "rehearse-shell",
        "rehearse-shell",
        ["module of nixos-test-driver"],
        "/env",
    ]


def test_this_flake_is_checked_without_nixpkgs() -> None:
    _nix("flake", "check", "--no-build", f"path:{SOURCE}")


def test_the_examples_are_checks_of_the_development_flake() -> None:
    outputs = f"((import {SOURCE}/dev/flake.nix).outputs {{ self = {{ }}; nixpkgs = {{ }}; }})"
    examples = evaluate(f"builtins.attrNames (import {SOURCE}/tests/nixos/examples)")
    found = evaluate(f"builtins.attrNames {outputs}.checks.{SYSTEM}")
    assert found == examples
    assert isinstance(found, list)
    assert len(found) == 13


def test_the_driver_is_a_package_of_this_flake() -> None:
    packages = f"path:{SOURCE}#packages.{SYSTEM}"
    same = "p: [ p.test-driver.drvPath p.test-driver.meta.mainProgram ]"
    driver = evaluate("debian.driver.drvPath")
    assert _value(packages, same) == [driver, "nixos-test-driver"]


def test_the_driver_is_made_from_nixpkgs() -> None:
    made = evaluate(
        f"""let
          pkgs.python3Packages = {{
            buildPythonApplication = attributes: attributes // {{ python = true; }};
            python.sitePackages = "site";
          }} // builtins.listToAttrs (map (name: {{ inherit name; value = name; }}) [
            "setuptools" "hypothesis" "junit-xml" "mypy" "ptpython" "pydantic" "pyflakes" "qemu-qmp"
          ]);
          lib = {{
            any = builtins.any;
            optional = _: _: [ ];
            licenses.mit = "mit";
          }};
          flake = import {SOURCE}/lib/legacy-packages.nix {{
            checks = {{ }};
            longChecks = {{ }};
            lib = {{ }};
            nixpkgs.legacyPackages.aarch64-linux = pkgs // {{ inherit lib; }};
          }};
          driver = flake.aarch64-linux.test-driver;
        in [ driver.python driver.pname driver.meta.mainProgram driver.meta.license ]"""
    )
    assert made == [True, "nixos-test-driver", "nixos-test-driver", "mit"]


@pytest.mark.parametrize(
    ("names", "with_prompt"),
    [
        ([], True),
        (["web"], True),
        ([f"checks.{SYSTEM}.web"], True),
        ([f'checks.{SYSTEM}."web"'], True),
        ([f"checks.{SYSTEM}.web.driverInteractive"], True),
        ([f"checks.{SYSTEM}.web.report"], False),
    ],
)
def test_a_fetch_is_for_the_prompt_too(user: str, names: list[str], with_prompt: bool) -> None:
    said = _fetch(user, *names)
    assert re.search(r"the archive no longer has .*\bbusybox-static [0-9]", said)
    # Only the prompt has nginx.
    assert (" nginx 1." in said) == with_prompt


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("wob", f"does not provide attribute 'packages.{SYSTEM}.wob', 'legacyPackages."),
        (f"checks.{SYSTEM}.wob", f"does not provide attribute 'packages.{SYSTEM}.checks."),
        ("checks.none.web", "or 'checks.none.web'"),
        (f"packages.{SYSTEM}.broken", "error: not asked for"),
    ],
)
def test_what_cannot_be_fetched_is_told(user: str, name: str, message: str) -> None:
    assert message in _fetch(user, name)


def test_a_flake_without_checks_is_told(tmp_path: Path) -> None:
    (tmp_path / "flake.nix").write_text("{ outputs = _: { }; }")
    said = _fetch(f"path:{tmp_path}")
    assert f"flake path:{tmp_path} has no checks.{SYSTEM}" in said


def test_packages_that_were_not_fetched_name_the_command() -> None:
    missing = evaluate(
        f"""let
          system = "{SYSTEM}";
          lock = {SOURCE}/lib/debian/debian.lock.json;
          pinned = import {SOURCE}/lib/debian/lock.nix {{ inherit lock system; }};
          packages = import {SOURCE}/lib/debian/packages.nix {{ inherit pinned system; }};
        in {{
          busybox = packages.busybox.url;
          inherit (packages.file "trixie" "nginx") kind package program version;
        }}"""
    )
    assert isinstance(missing, dict)
    program = missing["program"]
    assert missing["busybox"].endswith(f"in the folder of the flake: {program} fetch")
    assert re.fullmatch(r"/nix/store/[a-z0-9]{32}-archive/rehearse-debian", program)
    # The program is in the store before anything is built.
    physical = Path(os.environ["HOME"]) / "eval-store" / program.removeprefix("/")
    assert os.access(physical, os.X_OK)
    done = subprocess.run(
        ["sh", str(SOURCE / "lib/debian/not-fetched.sh")],
        env={**missing, "PATH": os.environ["PATH"], "builder": "env"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"Debian package nginx {missing['version']} is not in the store" in done.stderr
    assert f"{program} fetch " in done.stderr
    assert f"{program} fetch checks.x86_64-linux.NAME" in done.stderr

"""The evaluation of blocks of Nix knows each shape, and refuses what is wrong in one."""

import subprocess
import sys
from pathlib import Path

import pytest
from markdown_code import code_blocks
from nix_blocks import NOT_EVALUATED, nix_blocks

FENCE = "```"
PROGRAM = Path(__file__).with_name("nix_blocks.py")
DEBIAN = "1 blocks of Nix: 1 evaluated, 0 take a nixpkgs, only their shape seen; "
NIXOS = "1 blocks of Nix: 0 evaluated, 1 take a nixpkgs, only their shape seen; "


def check(folder: Path, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the check on a page with one block."""
    (folder / "a.md").write_text(f"# Title\n\n{FENCE}nix\n{code}\n{FENCE}\n")
    command = [sys.executable, "-W", "ignore", str(PROGRAM), str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("code", "counts"),
    [
        ('{ name = "a"; nodes.a.packages = [ "curl" ]; testScript = ""; }', DEBIAN),
        ("nodes.a.warmStart = true;", DEBIAN),
        ("a.warmStart = true;\nb = production // { };", DEBIAN),
        ('rehearse.lib.debian.runTest { name = "a"; nodes.a = { }; testScript = ""; }', DEBIAN),
        ("{ outputs = { self, rehearse, ... }: { checks.x86_64-linux.a = test; }; }", DEBIAN),
        ("checks.x86_64-linux.a = test;", DEBIAN),
        ("test.repeat { runs = 2; }", DEBIAN),
        ("{ services.nginx.enable = true; }", NIXOS),
        ("pkgs = import nixpkgs { overlays = [ rehearse.overlays.default ]; };", NIXOS),
        ("runTest = module: pkgs.testers.runNixOSTest module;", NIXOS),
        ("perSystem.vmTests.a = { pkgs, ... }: { };", NIXOS),
        ("{ inputs.rehearse.url = 1; }", "1 blocks of Nix: 0 evaluated, 0 take a nixpkgs, "),
    ],
)
def test_each_shape_is_known(tmp_path: Path, code: str, counts: str) -> None:
    done = check(tmp_path, code)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(counts)
    assert done.stdout.endswith("; 0 problems\n")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("{ nodes.a.pakages = [ ]; }", "node `a` has no attribute `pakages`. It accepts: "),
        (
            '{ nodes = { }; testScrip = ""; }',
            "test `block` has no option `testScrip`. It accepts",
        ),
        ("{ interactive.nodes.a.pakages = [ ]; }", "node `a` has no attribute `pakages`"),
        ("{ nodes.a.packages = [ missing ]; }", "undefined variable 'missing'"),
        ("a.packages = true;", "node `a`: `packages` is a list of strings"),
        ("rehearse.lib.debian.runTests { }", "attribute 'runTests' missing"),
        ("checks.x86_64-linux.a = tests;", "undefined variable 'tests'"),
        (
            "{ some.thing = 1; }",
            'it has the attributes ["some"], and none of the shapes that are evaluated: a',
        ),
        ("1", "it has the attributes [], and none of the shapes"),
        ("{ a = 1; }", "or name it with a reason in NOT_EVALUATED of tests/static/nix_blocks.py"),
        (
            "{ nodes.a.packages = [ lib.x ]; }",
            "the block takes a nixpkgs, but NIXOS in tests",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, code: str, message: str) -> None:
    done = check(tmp_path, code)
    assert done.returncode == 1
    assert done.stderr.startswith("a.md:4: ")
    assert message in done.stderr
    assert done.stdout.endswith("; 1 problems\n")


def test_with_a_nixpkgs_only_blocks_about_nixos_machines_are_evaluated(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    done = check(tmp_path, "{ nodes.a.pakages = [ ]; }", "--nixpkgs", str(tree))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "1 blocks of Nix: 0 evaluated with a nixpkgs; 0 problems\n"
    done = check(tmp_path, "{ services.nginx.enable = true; }", "--nixpkgs", str(tree))
    assert done.returncode == 1
    assert f"{tree}/" in done.stderr


def test_examples_of_options_are_set_where_their_heading_says(tmp_path: Path) -> None:
    page = tmp_path / "docs/options-debian-node.md"
    page.parent.mkdir()
    page.write_text(f"# Options\n\n## `files.<name>.text`\n\n{FENCE}nix\n1\n{FENCE}\n")
    page = tmp_path / "docs/options-test.md"
    title = "Options of tests of NixOS machines"
    page.write_text(f"# Options\n\n## {title}\n\n### `nodes`\n\n{FENCE}nix\n{{ }}\n{FENCE}\n")
    node, test = nix_blocks(tmp_path)
    assert node.code == 'nodes.machine.files."/etc/example".text = 1\n;'
    assert (node.place, node.is_nixos) == ("docs/options-debian-node.md:6", False)
    assert (test.code, test.is_nixos) == ("nodes = { }\n;", True)


def test_a_block_knows_the_headings_it_stands_below() -> None:
    page = f"# A\n\n## B\n\n### C\n\n## D\n\n:::{{note}}\n{FENCE}nix\n1\n{FENCE}\n:::\n"
    assert [block.headings for block in code_blocks(page)] == [("A", "D")]


def test_the_list_names_blocks_that_there_are() -> None:
    code = [block.code for block in nix_blocks(Path(__file__).parents[2])]
    assert [text for text in NOT_EVALUATED if not any(text in one for one in code)] == []

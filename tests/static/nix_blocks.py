"""Evaluate the blocks of Nix of all Markdown pages, and count them.

Usage: nix_blocks.py FOLDER [--nixpkgs TREE]. It takes what code_blocks.py takes.

Without a nixpkgs it evaluates the blocks about Debian machines, and looks at the shape of all
others. With one it evaluates these others. nix-blocks/shapes.nix says what is made of each shape,
and nix-blocks/files has the files that blocks name.
"""

import argparse
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from code_blocks import parse_expression
from markdown_code import CodeBlock, code_blocks
from markdown_pages import pages

HERE = Path(__file__).resolve().parent / "nix-blocks"

# What is not evaluated, by a text of the block, each with the reason.
NOT_EVALUATED = {
    "inputs.rehearse.url": "inputs are addresses, which Nix fetches before it evaluates",
}

# What only blocks about NixOS machines have.
NIXOS = re.compile(
    r"\b(nix)?pkgs\b|\btesting\.|\b(boot|environment|networking|nix|virtualisation)\."
    r"|\bextraPythonPackages = \w+:|\bservices\.\S+( = \{$|\.enable )|\bnixosModules\b",
    re.MULTILINE,
)

# Pages whose blocks are examples of the option in the heading: what stands before the option.
OPTION_PAGES = {
    "docs/options-container.md": "containers.machine.",
    "docs/options-debian-container.md": "containers.machine.",
    "docs/options-debian-node.md": "nodes.machine.",
    "docs/options-flake-module.md": "",
    "docs/options-host.md": "",
    "docs/options-node.md": "nodes.machine.",
    "docs/options-test.md": "",
}
# The headings, with titles of pages, below which an option is one of NixOS tests or machines.
NIXOS_HEADINGS = {
    "Options of a NixOS container",
    "Options of a NixOS machine in QEMU",
    "Options of a host that runs tests",
    "Options of tests of NixOS machines",
    "Options of the module of flake-parts",
}


@dataclass(frozen=True, kw_only=True)
class NixBlock:
    """A block of Nix. `code` is an expression, or attributes of a set if it `is_fragment`."""

    place: str
    code: str
    is_fragment: bool
    is_nixos: bool

    @property
    def reason(self) -> str | None:
        """Say why it is not evaluated; None if it is."""
        return next((why for text, why in NOT_EVALUATED.items() if text in self.code), None)


def nix_blocks(folder: Path) -> Iterator[NixBlock]:
    """Yield the blocks of Nix of all pages."""
    for page in pages(folder):
        name = page.relative_to(folder).as_posix()
        for block in code_blocks(page.read_text(encoding="utf-8")):
            if block.language == "nix":
                yield nix_block(name, block)


def nix_block(page: str, block: CodeBlock) -> NixBlock:
    """Tell of a block whether it is an expression, and about what machines."""
    place = f"{page}:{block.line}"
    prefix = OPTION_PAGES.get(page)
    if prefix is None:
        is_nixos = NIXOS.search(block.code) is not None
        is_fragment = parse_expression(block.code) is not None
        return NixBlock(place=place, code=block.code, is_fragment=is_fragment, is_nixos=is_nixos)
    option = block.headings[-1].strip("`")
    name = '"/etc/example"' if option.startswith("files.") else "example"
    code = f"{prefix}{option.replace('<name>', name)} = {block.code};"
    is_nixos = bool(NIXOS_HEADINGS & set(block.headings))
    return NixBlock(place=place, code=code, is_fragment=True, is_nixos=is_nixos)


def as_nix(value: bool | str | None) -> str:
    """Write a value in Nix."""
    return json.dumps(value).replace("${", "\\${")


def problem_of(block: NixBlock, nixpkgs: str | None) -> str | None:
    """Evaluate a block. Say what is wrong with it, if anything is."""
    code = f"{{\n{block.code}\n}}" if block.is_fragment else block.code
    # No name here hides one that the block takes.
    expression = f"""import (/. + {as_nix(str(HERE / "shapes.nix"))}) {{
      nixpkgs = {as_nix(nixpkgs)};
      isFragment = {as_nix(block.is_fragment)};
      isNixos = {as_nix(block.is_nixos)};
      block = given-names: with given-names;\n{code}
    ; }}"""
    command = [
        *("nix-instantiate", "--eval", "--strict", "--read-write-mode"),
        *("--option", "substitute", "false", "--expr", expression),
    ]
    folder = HERE / "files"
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    _, error, message = done.stderr.rpartition("error: ")
    return " ".join((message if error else done.stderr).split())


def counts(blocks: list[NixBlock], nixpkgs: str | None) -> str:
    """Say how many blocks are evaluated, and why others are not."""
    left_out = Counter(block.reason for block in blocks if block.reason)
    nixos = sum(block.is_nixos and not block.reason for block in blocks)
    others = len(blocks) - nixos - left_out.total()
    shown = [f"{len(blocks)} blocks of Nix: {others} evaluated"]
    if nixpkgs:
        shown = [f"{len(blocks)} blocks of Nix: {nixos} evaluated with a nixpkgs"]
    else:
        shown.append(f"{nixos} take a nixpkgs, only their shape seen")
    shown += [f"{count} only parsed ({reason})" for reason, count in left_out.items()]
    return ", ".join(shown)


def main(arguments: list[str]) -> int:
    """Tell what is wrong, and count."""
    parser = argparse.ArgumentParser(prog="nix_blocks.py", description="Evaluate blocks of Nix.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--nixpkgs", metavar="TREE", help="folder of a nixpkgs")
    given = parser.parse_args(arguments)
    nixpkgs = given.nixpkgs and str(Path(given.nixpkgs).resolve())
    blocks = list(nix_blocks(given.folder))
    chosen = [one for one in blocks if not one.reason and (one.is_nixos or not nixpkgs)]
    problems = 0
    # An evaluation of NixOS machines takes a GiB of memory.
    with ThreadPoolExecutor(1 if nixpkgs else 2) as pool:
        found = pool.map(lambda block: problem_of(block, nixpkgs), chosen)
        for block, problem in zip(chosen, found, strict=True):
            if problem:
                problems += 1
                sys.stderr.write(f"{block.place}: {problem}\n")
    sys.stdout.write(f"{counts(blocks, nixpkgs)}; {problems} problems\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The check of code finds each block of a page, and the errors of each language."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from markdown_code import code_blocks

FENCE = "```"


def found(page: str) -> list[tuple[int, str, str]]:
    """Return line, language and code, or the file that is shown, of each block."""
    return [
        (block.line, block.language, block.includes or block.code) for block in code_blocks(page)
    ]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("```nix\n{ }\n```", [(2, "nix", "{ }\n")]),
        ("Text\n\n    indented", [(3, "", "indented\n")]),
        ("```\nnone\n```", [(2, "", "none\n")]),
        ("- item\n\n  ```sh\n  true\n  ```", [(4, "sh", "true\n")]),
        ("```{literalinclude} a.nix\n:language: nix\n```", [(2, "literalinclude", "a.nix")]),
        (":::{note}\n```sh\ntrue\n```\n:::", [(3, "sh", "true\n")]),
        ("````{tab-item} A\n:sync: a\n\n```sh\ntrue\n```\n````", [(5, "sh", "true\n")]),
        ("```{toctree}\na\n```", []),
    ],
)
def test_blocks_are_found_with_their_lines(page: str, expected: list[tuple[int, str, str]]) -> None:
    assert found(page) == expected


def check(folder: Path, language: str, code: str) -> subprocess.CompletedProcess[str]:
    """Run the check on a page with one block."""
    (folder / "a.md").write_text(f"# Title\n\n{FENCE}{language}\n{code}\n{FENCE}\n")
    program = Path(__file__).with_name("code_blocks.py")
    command = [sys.executable, "-W", "ignore", str(program), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("nix", "{ lib, ... }: { a = lib.b; }"),
        ("nix", "nodes.a = { packages = [ pkgs.hello ]; };"),
        ("python", "server.succeed('true')"),
        ("pycon", ">>> server.start()\n>>> 1 + 1\n2"),
        ("sh", "nix build .#x -L"),
        ("json", '{"a": 1}'),
        ("json", '{"a": 1}\n{"b": 2}'),
        ("toml", "a = 1"),
        ("yaml", "a: [1, 2]"),
        ("text", "whatever {"),
    ],
)
def test_good_code_passes(tmp_path: Path, language: str, code: str) -> None:
    done = check(tmp_path, language, code)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"1 blocks of code (1 {language}), 0 problems\n"


@pytest.mark.parametrize(
    ("language", "code", "message"),
    [
        ("nix", "{ a = ; }", "nix: error: syntax error"),
        ("nix", "a = 1", "nix: error: syntax error"),
        ("python", "def x(:", "python: invalid syntax (line 1 of the block)"),
        ("pycon", ">>> x(", "pycon: '(' was never closed (line 1 of the block)"),
        ("pycon", "x()", "pycon: nothing is typed at a prompt"),
        ("sh", "if true", "sh: line 2: syntax error"),
        ("json", "{'a': 1}", "json: Expecting property name"),
        ("toml", "a = ", "toml: Invalid value"),
        ("yaml", "a: [1", "yaml: while parsing"),
        ("", "x", "the block names no language"),
        ("ruby", "x", "language `ruby` is none of bash, console, "),
        ("{literalinclude} b.nix", "", "there is no file b.nix"),
    ],
)
def test_each_error_is_told_with_its_place(
    tmp_path: Path, language: str, code: str, message: str
) -> None:
    done = check(tmp_path, language, code)
    assert done.returncode == 1
    assert done.stderr.startswith(f"a.md:4: {message}")

"""Check the blocks of code of all Markdown pages, and count them by how they are checked.

Usage: code_blocks.py FOLDER. It takes markdown-it-py and PyYAML, and runs nix-instantiate and bash.

Nix is only parsed here, and nix_blocks.py evaluates it. Python is only compiled here:
driver/tests/test_examples.py checks its types, and driver/tests/test_examples_run.py runs it. Files
that pages show are checked where they are used.
"""

import ast
import json
import subprocess
import sys
import textwrap
import tomllib
from collections import Counter
from collections.abc import Callable
from doctest import DocTestParser
from pathlib import Path

import yaml
from markdown_code import CodeBlock, code_blocks
from markdown_pages import pages

# What a program prints, and what has no grammar.
OUTPUT = ("console", "diff", "text")


def run(command: list[str], code: str) -> str | None:
    """Give code to a parser. Return its first error."""
    done = subprocess.run(command, input=code, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    return next((line for line in lines if "error" in line), lines[0]).strip()


def parse_expression(code: str) -> str | None:
    """Parse an expression of Nix. Names may be from elsewhere."""
    return run(["nix-instantiate", "--parse", "-"], f"names: with names;\n{code}")


def parse_nix(code: str) -> str | None:
    """Parse Nix: an expression, or attributes of a set."""
    problem = parse_expression(code)
    return None if problem is None or parse_expression(f"{{\n{code}\n}}") is None else problem


def parse_python(code: str) -> str | None:
    """Compile Python."""
    try:
        ast.parse(textwrap.dedent(code))
    except SyntaxError as error:
        return f"{error.msg} (line {error.lineno} of the block)"
    return None


def parse_prompt(code: str) -> str | None:
    """Compile what is typed at a prompt of Python."""
    typed = DocTestParser().get_examples(code)
    if not typed:
        return "nothing is typed at a prompt `>>> `"
    return next((problem for one in typed if (problem := parse_python(one.source))), None)


def parse_shell(code: str) -> str | None:
    """Parse a program for bash."""
    problem = run(["bash", "-n"], code)
    return problem and problem.partition("bash: ")[2]


def parse_json(code: str) -> str | None:
    """Parse a JSON document, or one in each line."""
    try:
        json.loads(code)
    except ValueError as error:
        try:
            for line in code.splitlines():
                json.loads(line)
        except ValueError:
            return str(error)
    return None


def parse_toml(code: str) -> str | None:
    """Parse TOML."""
    try:
        tomllib.loads(code)
    except tomllib.TOMLDecodeError as error:
        return str(error)
    return None


def parse_yaml(code: str) -> str | None:
    """Parse YAML."""
    try:
        yaml.safe_load(code)
    except yaml.YAMLError as error:
        return " ".join(str(error).split())
    return None


PARSERS: dict[str, Callable[[str], str | None]] = {
    "bash": parse_shell,
    "json": parse_json,
    "nix": parse_nix,
    "pycon": parse_prompt,
    "python": parse_python,
    "sh": parse_shell,
    "toml": parse_toml,
    "yaml": parse_yaml,
}


def problem_of(page: Path, block: CodeBlock) -> str | None:
    """Say what is wrong with a block, if anything is."""
    if block.includes:
        shown = page.parent / block.includes
        return None if shown.is_file() else f"there is no file {block.includes}"
    if block.language in OUTPUT:
        return None
    if not block.language:
        return "the block names no language; write a fence with one, or with `text` for output"
    parse = PARSERS.get(block.language)
    if parse is None:
        return f"language `{block.language}` is none of {', '.join(sorted([*PARSERS, *OUTPUT]))}"
    problem = parse(block.code)
    return problem and f"{block.language}: {problem}"


def main(arguments: list[str]) -> int:
    """Tell what is wrong, and count."""
    if len(arguments) != 1:
        sys.stderr.write("usage: code_blocks.py FOLDER\n")
        return 2
    folder = Path(arguments[0])
    counts: Counter[str] = Counter()
    problems = 0
    for page in pages(folder):
        for block in code_blocks(page.read_text(encoding="utf-8")):
            counts[block.language or "none"] += 1
            problem = problem_of(page, block)
            if problem:
                problems += 1
                sys.stderr.write(f"{page.relative_to(folder)}:{block.line}: {problem}\n")
    shown = ", ".join(f"{count} {language}" for language, count in sorted(counts.items()))
    sys.stdout.write(f"{counts.total()} blocks of code ({shown}), {problems} problems\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Check the English of pages: no sentence of more than 35 words, and what proselint says.

Usage: prose.py FILE_OR_FOLDER... A folder stands for all Markdown pages below it.

It takes markdown-it-py and proselint. The terms of docs/glossary.md are checked by glossary.py.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import markdown_pages
from markdown_prose import Block, blocks, sentences
from proselint import tools
from proselint.config import default as proselint_defaults

LONGEST = 35
LONG = 25
# Checks of proselint that do not hold for this project, each with its reason.
DISABLED = {
    "typography.symbols": "pages have straight quotes and three dots, as code and messages do",
}


class Problem(NamedTuple):
    """What is wrong in a line of a page."""

    page: str
    line: int
    message: str


class Counts(NamedTuple):
    """How many sentences there are, and how many of them have more than LONG words."""

    sentences: int
    long: int


def pages(given: Path) -> dict[str, list[Block]]:
    """Read the pages below a folder, or the one that was given, by the names to tell."""
    if given.is_file():
        return {str(given): list(blocks(given.read_text(encoding="utf-8")))}
    return {
        str(path.relative_to(given)): list(blocks(path.read_text(encoding="utf-8")))
        for path in markdown_pages.pages(given)
    }


def long_sentences(given: dict[str, list[Block]]) -> tuple[list[Problem], Counts]:
    """Return the sentences of pages that are too long, and the counts."""
    found = [
        (page, sentence)
        for page, text in given.items()
        for block in text
        for sentence in sentences(block)
    ]
    problems = [
        Problem(
            page,
            sentence.line,
            f"a sentence of {sentence.words} words; at most {LONGEST}, better {LONG}: "
            f"{shortened(sentence.text)}",
        )
        for page, sentence in found
        if sentence.words > LONGEST
    ]
    return problems, Counts(len(found), sum(sentence.words > LONG for _, sentence in found))


def shortened(text: str) -> str:
    """Return the first words of a sentence, to find it by."""
    words = text.split()
    return " ".join(words[:8]) + (" ..." if len(words) > 8 else "")


def proselint_problems(given: dict[str, list[Block]]) -> Iterator[Problem]:
    """Yield what proselint finds, with pages and lines.

    proselint compiles its patterns anew for each text: all pages are one text, which takes a
    tenth of the time.
    """
    lines: list[str] = []
    origins: list[tuple[str, int]] = []
    for page, text in given.items():
        for block in text:
            for number, line in enumerate([*block.text.split("\n"), ""]):
                lines.append(line)
                origins.append((page, block.line + number))
    checks = {
        name: enabled and name not in DISABLED
        for name, enabled in proselint_defaults["checks"].items()
    }
    found = tools.lint("\n".join(lines), config={"checks": checks, "max_errors": 1000})
    for check, message, line, *_ in found:
        yield Problem(*origins[line], f"proselint {check}: {message}")


def main(arguments: list[str]) -> int:
    """Tell what is wrong, and count."""
    if not arguments:
        sys.stderr.write("usage: prose.py FILE_OR_FOLDER...\n")
        return 2
    found: dict[str, list[Block]] = {}
    for given in arguments:
        found |= pages(Path(given))
    if not found:
        sys.stderr.write(f"prose.py: no Markdown page at: {' '.join(arguments)}\n")
        return 2
    problems, counts = long_sentences(found)
    problems += proselint_problems(found)
    for problem in sorted(problems):
        sys.stderr.write(f"{problem.page}:{problem.line}: {problem.message}\n")
    sys.stdout.write(
        f"{len(found)} pages, {counts.sentences} sentences, "
        f"{counts.long} of more than {LONG} words, {len(problems)} problems\n"
    )
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

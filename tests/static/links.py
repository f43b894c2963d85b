"""Check the links of all Markdown pages as the view of the repository follows them.

Usage: links.py FOLDER. A link leads to a file or a folder of the repository, and to a heading.
Names of pages in code and messages, such as `docs/glossary.md#exceptions`, are links, too.
It takes markdown-it-py.
"""

import re
import sys
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

from markdown_it.token import Token
from markdown_pages import files
from markdown_prose import parser

SUFFIXES = {"", ".css", ".html", ".js", ".md", ".nix", ".pl", ".py", ".sh", ".toml", ".yml"}
# A page that code or a message names, from the top of the repository.
NAMED = re.compile(r"(?<![\w./-])docs/[\w./-]+\.md(?:#[\w-]+)?")
# Texts about pages that are no pages: tests of these checks, and what happened before.
NAMES_NO_PAGES = ("CHANGELOG.md", "tests/static/", "driver/tests/test_examples_run.py")


def slug(title: str) -> str:
    """Return the anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")


def plain(token: Token) -> str:
    """Return the text of a heading, without marks and links."""
    kinds = ("text", "code_inline")
    return "".join(child.content for child in token.children or [] if child.type in kinds)


@cache
def anchors(page: Path) -> frozenset[str]:
    """Return the anchors of a page."""
    found: list[str] = []
    tokens = parser().parse(page.read_text(encoding="utf-8"))
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            found.append(slug(plain(inline)))
    # The second heading of a name has a number.
    numbered = [
        f"{anchor}-{before}" if (before := found[:at].count(anchor)) else anchor
        for at, anchor in enumerate(found)
    ]
    return frozenset(numbered)


def links(text: str) -> Iterator[tuple[int, str]]:
    """Yield the addresses of links and pictures of a page, with their lines."""
    for token in parser().parse(text):
        if token.type != "inline":
            continue
        line = (token.map[0] if token.map else 0) + 1
        for child in token.children or []:
            if child.type in ("softbreak", "hardbreak"):
                line += 1
            address = child.attrGet("href") or child.attrGet("src")
            if address:
                yield line, str(address)


def problem_of(folder: Path, file: Path, link: str) -> str | None:
    """Say what is wrong with a link of a file, if anything is."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
    if not target.is_relative_to(folder):
        return "leads out of the repository"
    if not target.exists():
        return "there is no such file"
    if parts.fragment and target.suffix == ".md" and parts.fragment not in anchors(target):
        return f"there is no such heading in {target.relative_to(folder)}"
    return None


def named_pages(text: str) -> Iterator[tuple[int, str]]:
    """Yield the pages that a text names, with their lines."""
    for number, line in enumerate(text.splitlines(), 1):
        for named in NAMED.findall(line):
            yield number, named


def main(arguments: list[str]) -> int:
    """Tell what is wrong, and count."""
    if len(arguments) != 1:
        sys.stderr.write("usage: links.py FOLDER\n")
        return 2
    folder = Path(arguments[0]).resolve()
    count = problems = 0
    for file in files(folder, SUFFIXES):
        shown = file.relative_to(folder).as_posix()
        text = file.read_text(encoding="utf-8", errors="replace")
        found = [(line, link, file) for line, link in links(text)] if file.suffix == ".md" else []
        if not shown.startswith(NAMES_NO_PAGES):
            found += [(line, name, folder / "README.md") for line, name in named_pages(text)]
        for line, link, origin in found:
            count += 1
            problem = problem_of(folder, origin, link)
            if problem:
                problems += 1
                sys.stderr.write(f"{shown}:{line}: {link}: {problem}\n")
    sys.stdout.write(f"{count} links, {problems} problems\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

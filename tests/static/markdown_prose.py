"""Read the prose of a Markdown page: paragraphs, headings, list items and cells of tables.

Blocks of code are left out, and a piece of code in a line counts as one word. The content of
directives that hold prose, such as notes and tabs, belongs to the page.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

# What stands for a piece of code. It is no word character, so that no two words seem the same.
CODE = "`"
ABBREVIATIONS = ("e.g.", "i.e.", "etc.", "vs.", "cf.", "approx.")
# Directives of MyST and of sphinx-design whose content is Markdown.
PROSE_DIRECTIVES = {
    "admonition",
    "attention",
    "card",
    "caution",
    "dropdown",
    "grid",
    "grid-item",
    "grid-item-card",
    "hint",
    "important",
    "note",
    "tab-item",
    "tab-set",
    "tip",
    "warning",
}
DIRECTIVE = re.compile(r"\{([a-z-]+)\}")
COLON_FENCE = re.compile(r"^ *:{3,}.*$", re.MULTILINE)
ROLE = re.compile(r"\{[a-z:-]+\}$")
ANCHOR = re.compile(r"^\([\w-]+\)=$", re.MULTILINE)
SENTENCE_END = re.compile(r"[.!?][\"')\]*_]*(?=\s|$)")
WORD = re.compile(r"[^\s]*\w[^\s]*|" + CODE)


@dataclass(frozen=True, kw_only=True)
class Block:
    """Text that stands together. `line` is that of its first line in the page, from 1."""

    line: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """A sentence, with the line in which it begins."""

    line: int
    text: str

    @property
    def words(self) -> int:
        """Count the words. `nix build .#x` in backticks is one."""
        return len(WORD.findall(self.text))


def parser() -> MarkdownIt:
    """Return a parser of what pages of this project use."""
    return MarkdownIt("commonmark").enable("table").use(front_matter_plugin)


def inline_text(token: Token) -> str:
    """Return the words of an inline token, with a placeholder for each piece of code."""
    text = ""
    for child in token.children or []:
        if child.type == "text":
            text += child.content
        elif child.type == "code_inline":
            text = ROLE.sub("", text) + CODE
        elif child.type in ("softbreak", "hardbreak"):
            text += "\n"
        elif child.type == "image":
            text += child.content
    return text


def blocks(page: str, first_line: int = 1) -> Iterator[Block]:
    """Yield what a page says, in its order."""
    # The fences of directives go, and what they hold stays, in the same lines.
    page = ANCHOR.sub("", COLON_FENCE.sub("", page))
    for token in parser().parse(page):
        line = first_line + (token.map[0] if token.map else 0)
        if token.type == "inline":
            yield Block(line=line, text=inline_text(token))
        elif token.type == "fence":
            directive = DIRECTIVE.match(token.info)
            if directive and directive[1] in PROSE_DIRECTIVES:
                yield from blocks(without_options(token.content), line + 1)


def without_options(content: str) -> str:
    """Blank the options of a directive, which stand before its content."""
    lines = content.split("\n")
    for number, line in enumerate(lines):
        if not re.match(r":[\w-]+:", line):
            break
        lines[number] = ""
    return "\n".join(lines)


def sentences(block: Block) -> Iterator[Sentence]:
    """Split a block at full stops, exclamation marks and question marks."""
    start = 0
    for end in SENTENCE_END.finditer(block.text):
        text = block.text[start : end.end()]
        if text.rsplit(maxsplit=1)[-1].lstrip("(").lower() in ABBREVIATIONS:
            continue
        yield sentence(block, start, text)
        start = end.end()
    if block.text[start:].strip():
        yield sentence(block, start, block.text[start:])


def sentence(block: Block, start: int, text: str) -> Sentence:
    """Make a sentence of a part of a block that begins at a position."""
    before = block.text[:start] + text[: len(text) - len(text.lstrip())]
    return Sentence(line=block.line + before.count("\n"), text=" ".join(text.split()))

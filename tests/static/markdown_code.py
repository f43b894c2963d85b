"""Read the blocks of code of a Markdown page, those in tabs and notes among them."""

from collections.abc import Iterator
from dataclasses import dataclass

from markdown_prose import COLON_FENCE, DIRECTIVE, PROSE_DIRECTIVES, parser, without_options

# Directives that show a file.
INCLUDES = {"include", "literalinclude"}


@dataclass(frozen=True, kw_only=True)
class CodeBlock:
    """A block of code. `line` is that of its first line of code in the page, from 1.

    `language` is empty for an indented block, and for a fence that names none. A block that shows
    a file has `includes`, the path of it as the page has it.
    """

    line: int
    language: str
    code: str
    includes: str = ""


def code_blocks(page: str, first_line: int = 1) -> Iterator[CodeBlock]:
    """Yield the blocks of code of a page, in its order."""
    page = COLON_FENCE.sub("", page)
    for token in parser().parse(page):
        line = first_line + (token.map[0] if token.map else 0)
        if token.type == "code_block":
            yield CodeBlock(line=line, language="", code=token.content)
        elif token.type == "fence":
            directive = DIRECTIVE.match(token.info)
            if directive is None:
                language = token.info.split()[0] if token.info.split() else ""
                yield CodeBlock(line=line + 1, language=language, code=token.content)
            elif directive[1] in PROSE_DIRECTIVES:
                yield from code_blocks(without_options(token.content), line + 1)
            elif directive[1] in INCLUDES:
                path = token.info.removeprefix(directive[0]).strip()
                yield CodeBlock(line=line + 1, language=directive[1], code="", includes=path)

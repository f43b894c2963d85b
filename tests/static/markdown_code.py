"""Read the blocks of code of a Markdown page, those in tabs and notes among them."""

from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it.token import Token
from markdown_prose import COLON_FENCE, DIRECTIVE, PROSE_DIRECTIVES, parser, without_options

# Directives that show a file.
INCLUDES = {"include", "literalinclude"}


@dataclass(frozen=True, kw_only=True)
class CodeBlock:
    """A block of code. `line` is that of its first line of code in the page, from 1.

    `language` is empty for an indented block, and for a fence that names none. A block that shows
    a file has `includes`, the path of it as the page has it. `headings` are those that it stands
    below, from the title of the page on.
    """

    line: int
    language: str
    code: str
    includes: str = ""
    headings: tuple[str, ...] = ()


def code_blocks(
    page: str, first_line: int = 1, headings: tuple[str, ...] = ()
) -> Iterator[CodeBlock]:
    """Yield the blocks of code of a page, in its order."""
    tokens = parser().parse(COLON_FENCE.sub("", page))
    for number, token in enumerate(tokens):
        line = first_line + (token.map[0] if token.map else 0)
        if token.type == "heading_open":
            headings = (*headings[: int(token.tag[1]) - 1], tokens[number + 1].content)
        elif token.type == "code_block":
            yield CodeBlock(line=line, language="", code=token.content, headings=headings)
        elif token.type == "fence":
            yield from fenced(token, line + 1, headings)


def fenced(token: Token, line: int, headings: tuple[str, ...]) -> Iterator[CodeBlock]:
    """Yield the blocks of code of a fence, which may be a directive. `line` is its first one."""
    directive = DIRECTIVE.match(token.info)
    if directive is None:
        language = token.info.split()[0] if token.info.split() else ""
        yield CodeBlock(line=line, language=language, code=token.content, headings=headings)
    elif directive[1] in PROSE_DIRECTIVES:
        yield from code_blocks(without_options(token.content), line, headings)
    elif directive[1] in INCLUDES:
        path = token.info.removeprefix(directive[0]).strip()
        yield CodeBlock(line=line, language=directive[1], code="", includes=path)

"""Find terms that docs/glossary.md replaces, in texts, identifiers and names of files.

Usage: glossary.py FOLDER. A term of several parts is found in prose, over the end of a line too,
and in identifiers of all styles.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

GLOSSARY = Path("docs/glossary.md")
SUFFIXES = {"", ".bash", ".css", ".html", ".js", ".md", ".nix", ".pl", ".py", ".sh"}
SKIPPED = {".git", ".mypy_cache", ".pytest_cache", ".ruff_cache", "__pycache__"}
# A part of a name, the end of a line, or what no term goes across, such as a comma.
PIECE = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\n|[^\sA-Za-z_#*-]+")
ALL = "all"


class GlossaryError(Exception):
    """The glossary cannot be read."""


@dataclass
class Glossary:
    """What the page says: each term with the one to write instead, and the exceptions."""

    instead: dict[tuple[str, ...], str] = field(default_factory=dict)
    exceptions: set[tuple[str, str]] = field(default_factory=set)


@dataclass(frozen=True)
class Finding:
    """A term in a file. The line 0 is the name of the file."""

    file: str
    line: int
    term: str

    def describe(self, glossary: Glossary) -> str:
        """Say what was found, and what to do."""
        place = f"{self.file}:{self.line}" if self.line else f"{self.file} (its name)"
        instead = glossary.instead[tuple(self.term.split())]
        return f"{place}: `{self.term}` is not a term of this project; write: {instead}"


def read_glossary(text: str) -> Glossary:
    """Read the two tables. Raises GlossaryError if a row has not three columns."""
    glossary = Glossary()
    titles: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("|"):
            titles = []
            continue
        row = [cell.strip() for cell in line.strip("|").split("|")]
        if len(row) != 3 or not all(row):
            raise GlossaryError(f"{GLOSSARY}:{number}: a row has three columns, none is empty")
        if not titles:
            titles = row
        elif set(row[0]) == {"-"}:
            continue
        elif titles[0] == "term":
            glossary.instead.update({tuple(term.split()): row[0] for term in row[2].split(", ")})
        else:
            glossary.exceptions.add((row[0].strip("`"), row[1]))
    if not glossary.instead or not glossary.exceptions:
        raise GlossaryError(f"{GLOSSARY}: the table of terms or that of exceptions is missing")
    return glossary


def pieces(text: str) -> Iterator[tuple[str, int]]:
    """Yield the parts of identifiers and of prose in lower case, each with its line."""
    line = 1
    for match in PIECE.finditer(text):
        if match[0] == "\n":
            line += 1
        else:
            yield match[0].lower(), line


def terms_in(text: str, glossary: Glossary) -> Iterator[tuple[str, int]]:
    """Yield each term of a text that is not to be used, with its line."""
    found = list(pieces(text))
    names = [piece for piece, _ in found]
    for term in glossary.instead:
        for at, name in enumerate(names):
            if name == term[0] and tuple(names[at : at + len(term)]) == term:
                yield " ".join(term), found[at][1]


def findings(folder: Path, glossary: Glossary) -> Iterator[Finding]:
    """Yield what is found below a folder, exceptions among it."""
    for path in sorted(folder.rglob("*")):
        file = path.relative_to(folder)
        if SKIPPED & set(file.parts) or path.suffix not in SUFFIXES or not path.is_file():
            continue
        for term, _ in terms_in(str(file), glossary):
            yield Finding(str(file), 0, term)
        for term, line in terms_in(path.read_text(encoding="utf-8"), glossary):
            yield Finding(str(file), line, term)


def problems(folder: Path) -> list[str]:
    """Return what is wrong below a folder: terms, and exceptions that nothing needs."""
    glossary = read_glossary((folder / GLOSSARY).read_text(encoding="utf-8"))
    needed: set[tuple[str, str]] = set()
    told: list[str] = []
    for finding in findings(folder, glossary):
        allowed = {(finding.file, finding.term), (finding.file, ALL)} & glossary.exceptions
        needed |= allowed
        if not allowed:
            told.append(finding.describe(glossary))
    told += [
        f"{GLOSSARY}: the exception of `{term}` in {file} is not needed: remove it"
        for file, term in sorted(glossary.exceptions - needed)
    ]
    return told


def main(arguments: list[str]) -> int:
    """Tell what is wrong."""
    if len(arguments) != 1:
        sys.stderr.write("usage: glossary.py FOLDER\n")
        return 2
    try:
        told = problems(Path(arguments[0]))
    except (GlossaryError, OSError) as error:
        sys.stderr.write(f"glossary.py: {error}\n")
        return 2
    for line in told:
        sys.stderr.write(f"{line}\n")
    if told:
        sys.stderr.write(f"{len(told)} problems; {GLOSSARY} has the terms, and the exceptions\n")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

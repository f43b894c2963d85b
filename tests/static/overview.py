"""Check that README.md and ARCHITECTURE.md are as the files that they show.

Usage: overview.py FOLDER. It prints what is wrong, a line each.

- README.md has at most 150 lines. Each of its blocks of Nix or Python stands below a comment that
  names a file, `<!-- file: PATH -->`, and is a part of that file but for its indentation.
- The tables of ARCHITECTURE.md name each folder, and no other.
- Each path in a label of docs/pictures/*.dot exists, and each that llms.txt links to.
"""

import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

LONGEST_README = 150
BLOCK = re.compile(r"^(<!-- file: (\S+) -->\n)?```(?:nix|python)\n(.*?)^```$", re.M | re.S)
ROW = re.compile(r"^\| (`[^|]+`) \|", re.M)
LINK = re.compile(r"\]\(([^)]+)\)")
LABEL = re.compile(r'label = "([^"]*)"')
# Each folder in one of these has a row of its own.
SPLIT = ("lib", "lib/debian", "modules", "tests")
PACKAGES = "driver/test_driver"


def readme_problems(root: Path) -> Iterator[str]:
    """Yield what is wrong with README.md."""
    text = (root / "README.md").read_text(encoding="utf-8")
    if (lines := text.count("\n")) > LONGEST_README:
        yield f"README.md has {lines} lines; {LONGEST_README} is the limit: move a part to docs/"
    for block in BLOCK.finditer(text):
        place = f"README.md:{text.count(chr(10), 0, block.start()) + 1}"
        _, named, code = block.groups()
        if named is None:
            yield f"{place}: no `<!-- file: PATH -->` above the block names the file it is from"
        elif not (root / named).is_file():
            yield f"{place}: there is no file {named}"
        elif not is_part(code, (root / named).read_text(encoding="utf-8")):
            yield f"{place}: the block is no part of {named}: copy it anew"


def is_part(code: str, text: str) -> bool:
    """Whether lines of a text are this code, but for their indentation."""
    lines, wanted = text.splitlines(), code.splitlines()
    return any(
        textwrap.dedent("\n".join(lines[at : at + len(wanted)])) == "\n".join(wanted)
        for at in range(len(lines) - len(wanted) + 1)
    )


def folders(root: Path) -> set[str]:
    """Return the folders that the first table must name."""
    found = {path.name for path in root.iterdir() if is_shown(path)}
    for above in SPLIT:
        found |= {f"{above}/{path.name}" for path in (root / above).iterdir() if is_shown(path)}
    return found


def is_shown(path: Path) -> bool:
    """Whether a folder is one with files of the project."""
    return path.is_dir() and not path.name.startswith((".", "_"))


def packages(root: Path) -> set[str]:
    """Return the packages that the second table must name."""
    top = root / PACKAGES
    files = (path.parent for path in top.rglob("*.py"))
    return {found.relative_to(top).as_posix() for found in files if found != top}


def map_problems(root: Path) -> Iterator[str]:
    """Yield what is wrong with the tables of ARCHITECTURE.md."""
    page = (root / "ARCHITECTURE.md").read_text(encoding="utf-8")
    first, second = page.split("\n## Packages of the driver\n")
    for table, wanted, below in (
        (first, folders(root), root),
        (second.split("\n## ")[0], packages(root), root / PACKAGES),
    ):
        rows = [name for row in ROW.findall(table) for name in re.findall(r"`([^`]+)`", row)]
        named = {name.rstrip("/") for name in rows}
        yield from (f"ARCHITECTURE.md: no row for {name}/" for name in sorted(wanted - named))
        for name in sorted(named):
            if not (below / name).exists():
                yield f"ARCHITECTURE.md: there is no {name}"


def picture_problems(root: Path) -> Iterator[str]:
    """Yield what is wrong with the texts of the pictures."""
    for picture in sorted((root / "docs/pictures").glob("*.dot")):
        for label in LABEL.findall(picture.read_text(encoding="utf-8")):
            for name in re.findall(r"[\w./-]+/", label.replace("\\n", " ")):
                if not (root / name).is_dir():
                    yield f"docs/pictures/{picture.name}: there is no folder {name}"


def list_problems(root: Path) -> Iterator[str]:
    """Yield what is wrong with the list of pages for programs."""
    for link in LINK.findall((root / "llms.txt").read_text(encoding="utf-8")):
        if not (root / link).is_file():
            yield f"llms.txt: there is no file {link}"


def problems(root: Path) -> list[str]:
    """Return all that is wrong."""
    checks = (readme_problems, map_problems, picture_problems, list_problems)
    return [problem for check in checks for problem in check(root)]


def main(arguments: list[str]) -> int:
    """Print what is wrong."""
    if len(arguments) != 1:
        sys.stderr.write("usage: overview.py FOLDER\n")
        return 2
    found = problems(Path(arguments[0]))
    for line in found:
        sys.stderr.write(f"{line}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Find the files of a repository that a check reads, the Markdown pages among them."""

from collections.abc import Iterator
from pathlib import Path

SKIPPED = {".git", ".mypy_cache", ".pytest_cache", ".ruff_cache", "node_modules", "result"}


def files(folder: Path, suffixes: set[str]) -> Iterator[Path]:
    """Yield the files of a repository that end so."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in suffixes and not SKIPPED & set(path.relative_to(folder).parts):
            if path.is_file():
                yield path


def pages(folder: Path) -> Iterator[Path]:
    """Yield the Markdown pages of a repository."""
    return files(folder, {".md"})

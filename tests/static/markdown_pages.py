"""Find the Markdown pages of a repository."""

from collections.abc import Iterator
from pathlib import Path

SKIPPED = {".git", ".mypy_cache", ".pytest_cache", ".ruff_cache", "node_modules", "result"}


def pages(folder: Path) -> Iterator[Path]:
    """Yield the Markdown pages of a repository."""
    for path in sorted(folder.rglob("*.md")):
        if path.is_file() and not SKIPPED & set(path.relative_to(folder).parts):
            yield path

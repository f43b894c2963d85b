"""Loads extensions in the process of the tests, and forgets them again."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from test_driver.configuration import check_configuration
from test_driver.extensions.extensions import Extensions
from test_driver.extensions.load import load_extensions

from ..conftest import Document

Loader = Callable[..., Extensions]


@pytest.fixture
def load(document: Document) -> Iterator[Loader]:
    """Load the extensions in some folders, as a test with this `python_path` does."""
    path = list(sys.path)
    loaded: set[Path] = set()

    def do(*folders: Path) -> Extensions:
        loaded.update(folders)
        wanted = {**document, "python_path": [str(folder) for folder in folders]}
        return load_extensions(check_configuration(wanted, where="unit"))

    yield do
    sys.path[:] = path
    for name, module in list(sys.modules.items()):
        file = Path(getattr(module, "__file__", None) or "/")
        if not loaded.isdisjoint(file.parents):
            del sys.modules[name]

"""The folders of Python packages that a test brings along, by the option `extraPythonPackages`."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..errors import ConfigurationError

_THIS = f"python{sys.version_info.major}.{sys.version_info.minor}"
# Where a package of the store may have its modules, for the Python that runs the driver.
_PLACES = (
    f"lib/{_THIS}/site-packages",
    "lib/python3/dist-packages",
    f"usr/lib/{_THIS}/dist-packages",
    "usr/lib/python3/dist-packages",
)


def package_folders(given: Sequence[str]) -> list[Path]:
    """Return the folders that hold the modules of these packages.

    Each one given is such a folder, or a package of the store. Raises ConfigurationError.
    """
    folders = []
    for index, text in enumerate(given):
        path = Path(text)
        if not path.is_dir():
            what = "is not a folder" if path.exists() else "not found"
            raise _error(index, text, what)
        found = [folder for place in _PLACES if (folder := path / place).is_dir()]
        if not found and has_modules(path):
            found = [path]
        if not found:
            raise _error(index, text, f"no Python package in it{_other_versions(path)}")
        folders += found
    return folders


def extend_import_path(folders: Iterable[Path]) -> None:
    """Let scripts and extensions import from these folders; what the driver has goes first."""
    sys.path += [str(folder) for folder in folders if str(folder) not in sys.path]


def has_modules(folder: Path) -> bool:
    """Tell whether Python can import something from a folder."""
    kinds = ("*.py", "*.so", "*/__init__.py", "*.dist-info", "*.egg-info")
    return any(any(folder.glob(kind)) for kind in kinds)


def _other_versions(path: Path) -> str:
    others = sorted(
        one.parent.name
        for lib in ("lib", "usr/lib")
        for one in (path / lib).glob("python3.*/*-packages")
    )
    return (
        f" for {_THIS}, which runs the driver, but for {', '.join(others)}"
        if others
        else (f"; it must be a folder with modules, or have one of {', '.join(_PLACES)}")
    )


def _error(index: int, text: str, problem: str) -> ConfigurationError:
    return ConfigurationError(f"python_path[{index}] (extraPythonPackages)", [f"{text}: {problem}"])

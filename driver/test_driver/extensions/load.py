"""The extensions of a test: looked for, and loaded if there are any."""

import sys
from pathlib import Path

from ..configuration import Configuration
from ..errors import ConfigurationError
from .extensions import Extensions
from .find import extension_metadata


def load_extensions(configuration: Configuration) -> Extensions:
    """Return what the extensions of a test add; what is wrong with one is kept in the result.

    What they need is imported only if there are any, so that no other driver waits for it.
    """
    try:
        modules = _bring_along(configuration.python_path) if configuration.python_path else {}
        if not (metadata := list(extension_metadata(sys.path))):
            return Extensions(modules)
        from .loading import load

        return load(metadata, modules)
    except ConfigurationError as error:
        return Extensions(problem=error)


def _bring_along(python_path: tuple[str, ...]) -> dict[str, Path]:
    """Let scripts and extensions import packages. Return the modules, for the script check."""
    from .modules import modules_in
    from .python_path import extend_import_path, package_folders

    folders = package_folders(python_path)
    extend_import_path(folders)
    return modules_in(folders)

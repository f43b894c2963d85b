"""How the driver starts programs of its own that pass frames on."""

import sys

from ..package import PACKAGE_FOLDER

# Without the driver's other parts, which the package would load: each is to begin in a moment.
_MAIN = """\
import importlib, sys, types
package = sys.modules["test_driver"] = types.ModuleType("test_driver")
package.__path__ = [sys.argv.pop(1)]
importlib.import_module("test_driver.network." + sys.argv.pop(1)).main()
"""


def program(module: str, *arguments: str) -> list[str]:
    """Return the command line that runs `main` of a module of this package."""
    return [sys.executable, "-S", "-c", _MAIN, str(PACKAGE_FOLDER), module, *arguments]

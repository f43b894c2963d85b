"""Run a program of this package that passes frames on: `python -SP start.py MODULE ARGUMENT...`.

Without the driver's other parts, which the package would load: each program begins in a moment.
"""

import importlib
import os
import sys
import types

if __name__ == "__main__":
    package = sys.modules["test_driver"] = types.ModuleType("test_driver")
    package.__path__ = [os.path.dirname(os.path.dirname(__file__))]
    importlib.import_module("test_driver.network." + sys.argv.pop(1)).main()

"""Run pip without TLS: where the computer has no certificates, Debian's pip does not start with it.

An http index, files and folders do not need TLS. If an index needs it, pip reports that.
"""

import runpy
import sys

if __name__ == "__main__":
    # What Python has instead of a module that cannot be imported.
    sys.modules["ssl"] = None  # type: ignore[assignment]  # the types know only modules
    runpy.run_module("pip", run_name="__main__", alter_sys=True)

"""How the stubs of scripts refer to modules and classes: by names that no machine can have."""

from .script_globals import Assertions

# What stands in for a class that finds its attributes while it runs.
_STAND_INS: dict[type, str] = {Assertions: "__module_unittest__.TestCase"}


def alias(module: str) -> str:
    """Return the name of a module in the stub."""
    return f"__module_{module.replace('.', '_')}__"


def reference(kind: type) -> str:
    """Return the name of a class in the stub."""
    return _STAND_INS.get(kind, f"{alias(kind.__module__)}.{kind.__qualname__}")

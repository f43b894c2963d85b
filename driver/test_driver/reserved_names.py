"""The names that machines may not have in a script, and those that a machine may hide."""

import builtins
import json
import logging
import re
from collections.abc import Iterable
from pathlib import Path

logger = logging.getLogger(__name__)

# Evaluation (lib/shared/machine-names.nix) reads the same file.
_KINDS: dict[str, list[str]] = json.loads(
    Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
)
KEYWORDS = frozenset(_KINDS["keywords"])
NIXPKGS_GLOBALS = frozenset(_KINDS["nixpkgs"])
OWN_GLOBALS = frozenset(_KINDS["own"])
_VLAN = re.compile(r"vlan[0-9]+")
_OF_PYTHON = re.compile(r"__.*__")


def variable_name(name: str) -> str:
    """Return the name of the variable that stands for a machine in a script."""
    return re.sub(r"^[^A-Za-z_]|[^A-Za-z0-9_]", "_", name)


def refusal(variable: str) -> str | None:
    """Return why a variable cannot stand for a machine, or `None` if it can."""
    if variable in KEYWORDS:
        return f"{variable} is a keyword of Python"
    if variable in NIXPKGS_GLOBALS or _VLAN.fullmatch(variable):
        return f"{variable} is a global of test scripts"
    if _OF_PYTHON.fullmatch(variable):
        return f"{variable} is a name that Python uses itself"
    return None


def reserved_names() -> str:
    """Return the list of names that are refused, for messages."""
    return ", ".join(
        [*sorted(NIXPKGS_GLOBALS), "vlan<number>", *sorted(KEYWORDS), "__<any name>__"]
    )


def warn_of_hidden_names(machines: Iterable[str]) -> None:
    """Log a warning for each machine that hides a global of this driver or of Python."""
    for machine in machines:
        variable = variable_name(machine)
        if variable in OWN_GLOBALS:
            logger.warning(
                "machine %s hides the global %s; write driver.%s for the global",
                machine,
                variable,
                variable,
            )
        elif hasattr(builtins, variable):
            logger.warning(
                "machine %s hides Python's %s; import builtins and write builtins.%s for it",
                machine,
                variable,
                variable,
            )

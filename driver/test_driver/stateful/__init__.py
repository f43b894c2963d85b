"""Random tests of whole systems: what a script imports from here.

A state machine says what can be done with the machines of a test and what must hold then;
Hypothesis makes examples of it. docs/stateful.md is the guide.
"""

from .errors import HypothesisMissing, PropertyFailed

try:
    from hypothesis import assume
    from hypothesis import strategies as st
except ImportError as error:
    raise HypothesisMissing from error

from .faults import PlannedFault, faults
from .machine import StateMachine
from .rules import initialize, invariant, precondition, rule
from .strategies import links, running, stopped, variants

__all__ = [
    "PlannedFault",
    "PropertyFailed",
    "StateMachine",
    "assume",
    "faults",
    "initialize",
    "invariant",
    "links",
    "precondition",
    "rule",
    "running",
    "st",
    "stopped",
    "variants",
]

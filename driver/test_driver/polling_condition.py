"""Polling conditions, under the name of their module in nixpkgs' driver."""

from .errors import ConditionFailed
from .script.conditions import PollingCondition

PollingConditionError = ConditionFailed

__all__ = ["PollingCondition", "PollingConditionError"]

"""Polling conditions, under the name of their module in nixpkgs' driver."""

from .script.conditions import PollingCondition

__all__ = ["PollingCondition"]

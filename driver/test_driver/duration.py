"""Durations, under the name of their module in nixpkgs' driver."""

from .deadline import Duration

__all__ = ["Duration"]

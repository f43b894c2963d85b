"""A script of a test."""

machine.succeed("true")  # noqa: F821

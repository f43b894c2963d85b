"""A package that adds something to the driver is wrong, or has failed."""

from .base import ConfigurationError, DriverError

__all__ = [
    "ExtensionError",
    "ExtensionFailed",
]


def extension_title(package: str, entry_point: str) -> str:
    """Return how messages call an extension."""
    return f"extension {package}, entry point {entry_point}"


class ExtensionError(ConfigurationError):
    """An extension cannot be used, so that the test does not run."""

    def __init__(self, package: str, entry_point: str, problem: str) -> None:
        self.package = package
        self.entry_point = entry_point
        super().__init__(extension_title(package, entry_point), [problem])


class ExtensionFailed(DriverError):
    """A hook of an extension has failed while the test ran."""

    def __init__(self, package: str, entry_point: str, hook: str, cause: str) -> None:
        self.package = package
        self.entry_point = entry_point
        self.hook = hook
        super().__init__(f"{extension_title(package, entry_point)}: {hook} failed: {cause}")

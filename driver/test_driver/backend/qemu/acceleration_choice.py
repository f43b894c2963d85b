"""The choice between KVM and emulation, made once in a test: when the driver starts, or never."""

import asyncio
from collections.abc import Mapping

from ...configuration import AccelerationConfiguration
from ...log import say
from .acceleration import Acceleration, choose_acceleration


class AccelerationChoice:
    """Tries KVM while the driver does other things.

    A test whose machines are all containers does not try KVM, and its log says nothing about it,
    until its script makes a machine in QEMU. Methods belong to the thread of the loop.
    """

    def __init__(self, configuration: AccelerationConfiguration) -> None:
        self._configuration = configuration
        self._environment: Mapping[str, str] | None = None
        self._choosing: asyncio.Task[Acceleration] | None = None

    async def open(self, environment: Mapping[str, str], *, at_once: bool) -> None:
        """Let machines ask. With `at_once`, begin the trial, and return."""
        self._environment = environment
        if at_once:
            self._begin(environment)

    async def made(self) -> Acceleration:
        """Return how machines in QEMU run.

        Raises AccelerationMissing if KVM is required and does not work.
        """
        if self._environment is None:
            raise RuntimeError("the driver was not entered: use it in a `with` statement")
        choosing = self._choosing or self._begin(self._environment)
        return await asyncio.shield(choosing)

    async def forget(self) -> None:
        """End a trial that still runs."""
        if self._choosing is not None and self._choosing.cancel():
            await asyncio.wait({self._choosing})

    def _begin(self, environment: Mapping[str, str]) -> "asyncio.Task[Acceleration]":
        self._choosing = asyncio.ensure_future(self._choose(environment))
        return self._choosing

    async def _choose(self, environment: Mapping[str, str]) -> Acceleration:
        acceleration = await choose_acceleration(self._configuration, environment)
        say(acceleration.describe())
        return acceleration

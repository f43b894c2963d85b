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
        self._trial: asyncio.Task[Acceleration] | None = None
        self._choosing: asyncio.Task[Acceleration] | None = None

    async def open(self, environment: Mapping[str, str], *, at_once: bool) -> None:
        """Let machines ask. With `at_once`, begin the trial, and return."""
        self._environment = environment
        if at_once:
            self._choosing = asyncio.ensure_future(self._choose())

    async def made(self) -> Acceleration:
        """Return how machines in QEMU run, which the log says once.

        Raises AccelerationMissing if KVM is required and does not work.
        """
        if self._choosing is None:
            self._choosing = asyncio.ensure_future(self._choose())
        return await asyncio.shield(self._choosing)

    async def tried(self) -> Acceleration:
        """Return the same, for what is no machine in QEMU: the log does not say it."""
        if self._environment is None:
            raise RuntimeError("the driver was not entered: use it in a `with` statement")
        if self._trial is None:
            trial = choose_acceleration(self._configuration, self._environment)
            self._trial = asyncio.ensure_future(trial)
        return await asyncio.shield(self._trial)

    async def forget(self) -> None:
        """End a trial that still runs."""
        running = {task for task in (self._choosing, self._trial) if task and task.cancel()}
        if running:
            await asyncio.wait(running)

    async def _choose(self) -> Acceleration:
        acceleration = await self.tried()
        say(acceleration.describe())
        return acceleration

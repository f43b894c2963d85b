"""The driver's end of the program that stands in for a network's switch while it has faults."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from ...error_text import exit_text
from ...errors import SwitchFailed
from ...process import Process
from ...sockets import Listener
from ..control import ANSWER_SECONDS, Control, ControlEnded, ControlFailed
from ..programs import program
from ..vlan import Vlan

logger = logging.getLogger(__name__)

STOP_SECONDS = 1.0


class FaultRelay:
    """The process for one network. Methods belong to the loop's thread."""

    def __init__(self, vlan: Vlan, on_failure: Callable[[SwitchFailed], None]) -> None:
        self.vlan = vlan
        self._on_failure = on_failure
        self._process = Process(f"the fault process of network {vlan.number}", self._log)
        self._control: Control | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._stopping = False

    async def start(self) -> None:
        """Start the process and wait until it listens. Raises HostError."""
        vlan = self.vlan
        control = vlan.folder.with_name(f"{vlan.folder.name}.relay")
        command = program("relay.frames", str(control), str(vlan.folder))
        listener = Listener(control)
        try:
            self._process.start(command, cwd=vlan.folder.parent, environment=vlan.environment)
            connecting = asyncio.ensure_future(listener.accept())
            either: set[asyncio.Future[Any]] = {connecting, self._process.exited}
            await asyncio.wait(
                either,
                timeout=ANSWER_SECONDS,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if not connecting.done():
                connecting.cancel()
                await self.stop()
                raise self._failure("did not start")
            self._control = await Control.over(listener.take())
        finally:
            listener.close()
        self._supervisor = asyncio.ensure_future(self._supervise())

    async def ask(self, what: str, **arguments: object) -> None:
        """Have something done. Raises SwitchFailed if it is not."""
        if self._control is None:
            raise RuntimeError(f"the fault process of network {self.vlan.number} was not started")
        try:
            await self._control.ask(what, **arguments)
        except ControlEnded as error:
            await self._process.wait(STOP_SECONDS)
            raise self._failure("stopped") from error
        except ControlFailed as error:
            raise self._failure(str(error)) from error

    async def stop(self) -> None:
        """Stop the process."""
        self._stopping = True
        if self._control is not None:
            self._control.close()
            await self._process.wait(STOP_SECONDS)
        await self._process.stop()

    async def _supervise(self) -> None:
        await self._process.wait(None)
        if not self._stopping:
            self._on_failure(self._failure("stopped"))

    def _failure(self, what: str) -> SwitchFailed:
        exited = self._process.exited
        how = f" ({exit_text(exited.result())})" if exited.done() else ""
        return SwitchFailed(
            self.vlan.number, what + how, self._process.output(), program="fault process"
        )

    def _log(self, line: str) -> None:
        if line:
            logger.debug("fault process of network %d: %s", self.vlan.number, line)

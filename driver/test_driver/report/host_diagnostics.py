"""What an extension collects on the host when a test has failed."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass

from ..machine import BaseMachine


@dataclass(frozen=True, slots=True, kw_only=True)
class HostDiagnostic:
    """A function whose result is worth keeping, and the file that it goes to.

    The driver calls `collect` with each machine that has run, in a thread of its own, and gives it
    12 s. It returns the text of the file, or None if there is nothing to tell. It must not call
    methods of the machine: that is what `GuestDiagnostic` is for.
    """

    file: str
    title: str
    collect: Callable[[BaseMachine], str | None]


class _Ended(Exception):
    """A function has called sys.exit(), or the like."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(repr(error))


async def in_daemon_thread(function: Callable[[], object]) -> object:
    """Return what a function returns, or raise what it raises: in a thread that nobody waits for.

    asyncio's own threads would keep the driver from ending if the function does not end.
    """
    loop = asyncio.get_running_loop()
    result: asyncio.Future[object] = loop.create_future()

    def tell(value: object, error: BaseException | None) -> None:
        if result.done():
            return
        if error is None:
            result.set_result(value)
        else:
            result.set_exception(error if isinstance(error, Exception) else _Ended(error))

    def run() -> None:
        value, failure = None, None
        try:
            value = function()
        except BaseException as error:  # noqa: BLE001 - the future raises it
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(tell, value, failure)

    threading.Thread(target=run, name="diagnostics", daemon=True).start()
    return await result

"""Wait until a guest has read the keys that are typed.

The PS/2 keyboard of QEMU holds 16 bytes, which is eight keys, and drops what comes after them. A
guest that gets no processor for a tenth of a second, as on a busy host, would lose keys.
"""

import asyncio
import re

from ..backend.base import Backend
from ..deadline import Deadline
from ..errors import MonitorError
from .monitor import human_command

READ_SECONDS = 1.0
LOOK_SECONDS = 0.002
# The status of the PS/2 controller; reading it changes nothing.
STATUS = "i /b 0x64"
_STATUS = re.compile(r"portb\[0x0*64\] = (0x[0-9a-f]+)")
_UNREAD = 0x01
# What is read from a port where there is no device.
_ABSENT = 0xFF


class KeyQueue:
    """What a guest has not read yet of the keys that one call types."""

    def __init__(self, qemu: Backend) -> None:
        self._qemu = qemu
        self._waits = True

    async def wait_until_read(self) -> None:
        """Wait until the guest has read all keys.

        After a second, and for a machine without such a keyboard, this and later calls do not wait.
        """
        limit = Deadline.after(READ_SECONDS)
        while self._waits and await self._unread():
            if limit.expired():
                self._waits = False
            await asyncio.sleep(LOOK_SECONDS)

    async def _unread(self) -> bool:
        try:
            answer = await human_command(self._qemu, STATUS)
        except MonitorError:
            answer = ""
        found = _STATUS.match(answer)
        status = int(found[1], 16) if found else _ABSENT
        self._waits = status != _ABSENT
        return self._waits and bool(status & _UNREAD)

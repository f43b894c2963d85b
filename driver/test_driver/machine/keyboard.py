"""Methods of a machine: its keyboard."""

import asyncio
import re
from contextlib import nullcontext

from ..backend.base import Backend
from ..deadline import NEVER, Deadline, Duration, seconds_of
from ..run.timings import Phase
from ..screen.keyboard import Stroke, combination, strokes
from .core import MachineCore
from .key_queue import KeyQueue
from .method import method

KEY_DELAY_SECONDS = 0.01
ANSWER_SECONDS = 60.0
_SCAN_CODE = re.compile(r"0x[0-9a-f]+", re.IGNORECASE)


class KeyboardMethods(MachineCore):
    """Methods of a machine: keyboard."""

    @method(phase=Phase.COMMAND)
    def send_key(
        self,
        key: str,
        delay: Duration | None = KEY_DELAY_SECONDS,
        log: bool = True,
        layout: str | None = None,
    ) -> None:
        """Press keys together and let them go: a character, or names joined by `-`.

        A single character is what the keyboard layout writes ("us", "de", "fr"; else the machine's
        `keyboard_layout`); a longer part is QEMU's name of a key, or its scan code such as 0x1c.
        Then `delay` seconds pass. Raises MonitorError for a name that QEMU does not know, and
        ValueError for a character that the layout does not have.

        >>> machine.send_key("ctrl-alt-f2")
        >>> machine.send_key("ret")
        """
        pressed = combination(key, layout or self.keyboard_layout)
        with self.nested(f"sending key {key!r}") if log else nullcontext():
            _type(self, pressed, delay)

    @method(phase=Phase.COMMAND, title="sending keys {chars!r}")
    def send_chars(
        self,
        chars: str,
        delay: Duration | None = KEY_DELAY_SECONDS,
        layout: str | None = None,
    ) -> None:
        r"""Type a text on the keyboard, with `delay` seconds after each key. An Enter is a newline.

        `layout` is the one that the guest uses: "us", "de" or "fr"; else the machine's
        `keyboard_layout`. Raises ValueError for a character that the layout does not have.

        >>> machine.send_chars("root\n")
        >>> machine.send_chars("größe\n", layout="de")
        """
        pressed = strokes(chars, layout or self.keyboard_layout)
        _type(self, pressed, delay)


def _type(machine: MachineCore, pressed: list[Stroke], delay: Duration | None) -> None:
    pause = 0.0 if delay is None else seconds_of(delay, "delay")

    async def press_all(qemu: Backend) -> None:
        queue = KeyQueue(qemu)
        for stroke in pressed:
            await _press(qemu, stroke)
            await queue.wait_until_read()
            await asyncio.sleep(pause)

    qemu = machine.reach_machine()
    machine.in_loop(qemu.liveness.run(press_all(qemu), NEVER))


async def _press(qemu: Backend, stroke: Stroke) -> None:
    down = [_event(key, down=True) for key in stroke]
    up = [_event(key, down=False) for key in reversed(stroke)]
    arguments = {"events": down + up}
    await qemu.execute("input-send-event", arguments, Deadline.after(ANSWER_SECONDS))


def _event(key: str, *, down: bool) -> dict[str, object]:
    value: dict[str, object] = {"type": "qcode", "data": key}
    if _SCAN_CODE.fullmatch(key):
        value = {"type": "number", "data": int(key, 16)}
    return {"type": "key", "data": {"down": down, "key": value}}

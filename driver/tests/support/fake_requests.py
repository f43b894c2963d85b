"""How the stand-in for QEMU reads what the driver asks of its monitor and of the guest agent."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any


async def requests(
    reader: asyncio.StreamReader, reproach: Callable[[], None] | None = None
) -> AsyncIterator[tuple[dict[str, Any], bool]]:
    """Read requests, which follow one another with or without newlines.

    With each one comes whether more has been read already.
    """
    decoder = json.JSONDecoder()
    text = ""
    while data := await reader.read(1 << 20):
        if reproach is not None and data.startswith(b"\xff"):
            reproach()
            data = data.lstrip(b"\xff")
        text += data.decode()
        while text := text.lstrip():
            try:
                request, end = decoder.raw_decode(text)
            except ValueError:  # not complete yet
                break
            text = text[end:]
            yield request, bool(text.strip())

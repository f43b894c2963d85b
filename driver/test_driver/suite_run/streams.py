"""Write to who reads, as long as somebody does."""

import contextlib
import os
from typing import TextIO


def write_to(stream: TextIO, text: str) -> None:
    """Write a text. If nobody reads any more, this and what follows is dropped; it never raises."""
    try:
        stream.write(text)
        stream.flush()
    except OSError:
        # What stays in the buffer would fail again when Python ends.
        with contextlib.suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)

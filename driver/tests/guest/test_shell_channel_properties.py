"""What comes from a shell channel, in whatever pieces it comes."""

import asyncio
import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from test_driver.guest.shell_channel import ShellChannelBroken, _Stream

from ..support.properties import examples, split

TOKEN = b"\x02" + b"0123456789abcdef01234567"
# Beginnings of the token are in the output of commands, too.
PIECE = st.binary(max_size=8) | st.integers(1, len(TOKEN) - 1).map(lambda size: TOKEN[:size])
OUTPUT = st.lists(PIECE, max_size=6).map(b"".join).filter(lambda data: TOKEN not in data)
LEFT = st.sampled_from(["", "sleep (12)", "a (1), b (2)"])


class Pieces(asyncio.StreamReader):
    """A connection on which data comes in these pieces."""

    def __init__(self, pieces: list[bytes]) -> None:
        super().__init__()
        self._pieces = [piece for piece in pieces if piece]

    async def read(self, n: int = -1) -> bytes:
        """Return the next piece, none at the end."""
        return self._pieces.pop(0) if self._pieces else b""


class Written:
    """Takes output."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes, /) -> None:
        """Take a piece."""
        self.data += data


def message(number: int, status: int, left: str) -> bytes:
    """Return what the shell says at the end of a command."""
    return TOKEN + f" end {number} {status} 0 {left}\n".encode()


Commands = list[tuple[bytes, int, str]]
COMMANDS = st.lists(st.tuples(OUTPUT, st.integers(0, 255), LEFT), min_size=1, max_size=4)


def sent(commands: Commands) -> bytes:
    """Return what a shell sends for commands that it runs one after the other."""
    return b"".join(
        output + message(number, status, left)
        for number, (output, status, left) in enumerate(commands, 1)
    )


@examples(150)
@given(st.data(), COMMANDS)
def test_output_and_ends_are_told_apart_however_the_bytes_are_split(
    data: st.DataObject, commands: Commands
) -> None:
    whole = sent(commands)
    # Half of the cuts are within a token: there output and message are told apart.
    tokens = [at for at in range(len(whole)) if whole.startswith(TOKEN, at)]
    near = st.builds(operator.add, st.sampled_from(tokens), st.integers(0, len(TOKEN) + 1))
    pieces = data.draw(split(whole, near | st.integers(0, len(whole))))

    async def read() -> None:
        stream = _Stream(Pieces(pieces), TOKEN)
        for number, (output, status, left) in enumerate(commands, 1):
            written = Written()
            fields = await stream.until_message(number, written)
            assert written.data == output
            assert fields == [str(status), "0", left]

    asyncio.run(read())


@examples(100)
@given(st.data(), OUTPUT)
def test_a_stream_that_ends_early_breaks_the_channel_and_invents_nothing(
    data: st.DataObject, output: bytes
) -> None:
    whole = output + message(1, 0, "")
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    pieces = data.draw(split(cut))
    written = Written()

    async def read() -> None:
        with pytest.raises(ShellChannelBroken, match="its port was closed"):
            await _Stream(Pieces(pieces), TOKEN).until_message(1, written)

    asyncio.run(read())
    assert output.startswith(written.data)

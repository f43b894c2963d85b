"""What the driver asks of its own programs that pass frames on, and what becomes of it."""

import socket

import pytest

from test_driver.loop import LoopThread
from test_driver.network import control
from test_driver.network.control import Control, ControlEnded, ControlFailed


def ask(loop: LoopThread, answer: bytes | None) -> None:
    """Ask a program that answers so, or that has hung up."""

    async def talk() -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            connection = await Control.over(ours)
            if answer is None:
                theirs.close()
            else:
                theirs.send(answer)
            try:
                await connection.ask("dance")
            finally:
                connection.close()

    loop.run(talk())


def test_what_was_done_is_told(loop: LoopThread) -> None:
    ask(loop, b"{}\n")


def test_what_was_not_done_is_told(loop: LoopThread) -> None:
    with pytest.raises(ControlFailed, match=r"cannot do what it was asked \(dance\): no music"):
        ask(loop, b'{"error": "no music"}\n')


def test_a_program_that_has_hung_up_is_told(loop: LoopThread) -> None:
    with pytest.raises(ControlEnded, match="has hung up"):
        ask(loop, None)


def test_a_program_that_does_not_answer_is_told(
    loop: LoopThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "ANSWER_SECONDS", 0.1)
    with pytest.raises(ControlFailed, match=r"did not answer within 0\.1 s"):
        ask(loop, b"")

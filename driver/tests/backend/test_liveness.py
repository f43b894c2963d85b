"""What ends every wait at once."""

import asyncio
import gc
import time

import pytest

from test_driver.backend.liveness import Liveness
from test_driver.deadline import Deadline
from test_driver.errors import AgentLost, MachineError
from test_driver.loop import LoopThread


def gone() -> MachineError:
    """Return what cut the line."""
    return MachineError("machine1", "it is gone")


def test_work_that_ends_first_gives_its_result(loop: LoopThread) -> None:
    async def run() -> int:
        return await Liveness().run(asyncio.sleep(0, 7), Deadline.after(5))

    assert loop.run(run()) == 7


def test_an_end_ends_all_waits_at_once_each_with_its_own_error(loop: LoopThread) -> None:
    async def run() -> list[object]:
        line = Liveness()
        waits = [
            asyncio.ensure_future(line.run(asyncio.sleep(60), Deadline.after(None)))
            for _ in range(3)
        ]
        asyncio.get_running_loop().call_later(0.1, line.cancel, gone)
        return list(await asyncio.gather(*waits, return_exceptions=True))

    started = time.monotonic()
    errors = loop.run(run())
    assert time.monotonic() - started < 20
    assert [str(error) for error in errors] == ["machine1: it is gone"] * 3
    assert len({id(error) for error in errors}) == 3


def test_the_first_cause_counts(loop: LoopThread) -> None:
    async def run() -> str:
        line = Liveness()
        line.cancel(gone)
        line.cancel(lambda: MachineError("machine1", "something else"))
        return str(line.error())

    assert loop.run(run()) == "machine1: it is gone"


def test_the_deadline_ends_the_wait_and_the_work(loop: LoopThread) -> None:
    ended = []

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    async def run() -> None:
        await Liveness().run(work(), Deadline.after(0.1))

    with pytest.raises(TimeoutError):
        loop.run(run())
    assert ended == [True]


def test_a_lost_channel_is_explained_by_the_loss_of_the_machine(loop: LoopThread) -> None:
    async def lose() -> None:
        raise AgentLost("machine1", "the connection was closed")

    async def run(*, cut: bool) -> None:
        line = Liveness()
        if cut:
            asyncio.get_running_loop().call_later(0.1, line.cancel, gone)
        await line.run(lose(), Deadline.after(None))

    with pytest.raises(MachineError, match="it is gone"):
        loop.run(run(cut=True))
    with pytest.raises(AgentLost, match="the connection was closed"):
        loop.run(run(cut=False))


def test_the_loop_does_not_wait_for_itself(loop: LoopThread) -> None:
    async def run() -> None:
        loop.run(asyncio.sleep(0))

    with pytest.raises(RuntimeError, match="inside its own loop"):
        loop.run(run())


def test_work_that_fails_when_it_is_given_up_is_no_complaint(
    loop: LoopThread, caplog: pytest.LogCaptureFixture
) -> None:
    """As a command whose shell is lost at the same time as the machine."""

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            raise AgentLost("machine1", "it has ended")

    async def run() -> None:
        line = Liveness()
        asyncio.get_running_loop().call_later(0.1, line.cancel, gone)
        with pytest.raises(MachineError, match="it is gone"):
            await line.run(work(), Deadline.after(None))
        with pytest.raises(TimeoutError):
            await Liveness().run(work(), Deadline.after(0))

    loop.run(run())
    gc.collect()
    assert caplog.text == ""

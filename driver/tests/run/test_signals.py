"""What a signal raises in the script, and where it may not."""

import asyncio
import io
import itertools
import logging
import random
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from types import FrameType

import pytest

from test_driver.errors import GlobalTimeout, Interrupted, OutputLost
from test_driver.loop import LoopThread
from test_driver.run.signals import Interruption, holds_lock
from test_driver.steps import Steps

SIGNALS = 3000


class SpiedLock:
    """A lock that notes what would be raised while somebody takes it."""

    def __init__(self) -> None:
        self.held: list[bool] = []

    def acquire(self, *_: object) -> bool:
        """Take note of who takes it."""
        self.held.append(holds_lock(sys._getframe().f_back))
        return True

    def release(self) -> None:
        """Take note of who lets it go."""
        self.held.append(holds_lock(sys._getframe().f_back))

    def __enter__(self) -> bool:
        """Take note of who takes it."""
        self.held.append(holds_lock(sys._getframe().f_back))
        return True

    def __exit__(self, *_: object) -> None:
        """Take note of who lets it go."""


@pytest.fixture
def raised_in() -> Iterator[list[bool]]:
    """Whether a lock was held where a signal found the main thread, 0.2 s from now."""
    found: list[bool] = []

    def note(number: int, frame: FrameType | None) -> None:
        found.append(holds_lock(frame))

    former = signal.signal(signal.SIGALRM, note)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    yield found
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, former)


def test_nothing_is_raised_where_a_lock_is_taken() -> None:
    lock = SpiedLock()
    handler = logging.Handler()
    handler.lock = lock  # type: ignore[assignment]  # the spy has what is used of it
    handler.acquire()
    handler.release()
    with threading.Condition(lock):  # type: ignore[arg-type]  # as above
        pass
    assert lock.held == [True] * 3
    assert not holds_lock(sys._getframe())
    assert not holds_lock(None)


def test_nothing_is_raised_in_what_logging_calls() -> None:
    found: list[bool] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(holds_lock(sys._getframe()))

    logger = logging.getLogger("test of an interruption")
    logger.addHandler(Handler())
    logger.error("a line")
    assert found == [True]


def test_who_waits_may_be_interrupted(raised_in: list[bool]) -> None:
    threading.Event().wait(1)
    assert raised_in == [False]


def test_who_waits_for_the_loop_may_be_interrupted(raised_in: list[bool], loop: LoopThread) -> None:
    async def wait() -> None:
        while not raised_in:
            await asyncio.sleep(0.01)

    loop.run(wait())
    assert raised_in == [False]


def test_an_exception_comes_when_the_lock_is_free_and_again_if_it_was_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("test_driver.run.signals.REPEAT_SECONDS", 0.2)
    interruption = Interruption(Steps([]), None)
    lines: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            signal.raise_signal(signal.SIGTERM)
            lines.append(record.getMessage())

    logger = logging.getLogger("test of an interruption's moment")
    logger.addHandler(Handler())

    def script() -> None:
        logger.error("a whole line")
        threading.Event().wait(20)

    try:
        with interruption:
            with pytest.raises(Interrupted, match="SIGTERM"):
                script()
            assert lines == ["a whole line"]
            with pytest.raises(Interrupted, match="SIGTERM"):
                threading.Event().wait(20)
    finally:
        interruption.close()


def test_thousands_of_signals_leave_the_loop_running(loop: LoopThread) -> None:
    class Now(Exception):
        pass

    def interrupt(number: int, frame: FrameType | None) -> None:
        if holds_lock(frame):
            signal.setitimer(signal.ITIMER_REAL, 0.0005)
            return
        raise Now

    logger = logging.getLogger("test of many interruptions")
    logger.propagate = False
    logger.setLevel(logging.INFO)
    logger.addHandler(logging.StreamHandler(io.StringIO()))
    chance = random.Random(1)

    async def log(line: int) -> None:
        logger.info("the loop's line %d", line)
        await asyncio.sleep(0)

    def script() -> None:
        signal.setitimer(signal.ITIMER_REAL, chance.uniform(0.00001, 0.001))
        for line in itertools.count():
            logger.info("the script's line %d", line)
            loop.run(log(line))

    former = signal.signal(signal.SIGALRM, interrupt)
    try:
        with warnings.catch_warnings():
            # What was interrupted between the making of a coroutine and its beginning.
            warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
            for _ in range(SIGNALS):
                with pytest.raises(Now):
                    script()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)
    loop.run(log(0))


def paused_run(
    limit: float, pause: Callable[[Interruption], None], *, after: float = 0.0
) -> Interruption:
    """Run something in a pause, and then something else, with a limit."""
    with Interruption(Steps([]), limit) as interruption:
        with interruption.paused():
            pause(interruption)
        time.sleep(after)
    return interruption


def test_a_limit_neither_comes_nor_counts_while_it_is_paused() -> None:
    paused_run(0.3, lambda interruption: time.sleep(0.5))
    with pytest.raises(GlobalTimeout):
        paused_run(0.3, lambda interruption: time.sleep(0.1), after=10)


def test_a_fault_ends_a_pause() -> None:
    fault = OutputLost("out", "why")

    def pause(interruption: Interruption) -> None:
        interruption.fail(fault)
        time.sleep(10)

    with pytest.raises(OutputLost) as error:
        paused_run(100, pause)
    assert error.value is fault


def test_a_signal_ends_a_pause() -> None:
    def pause(interruption: Interruption) -> None:
        signal.raise_signal(signal.SIGTERM)
        time.sleep(10)

    with pytest.raises(Interrupted):
        paused_run(100, pause)

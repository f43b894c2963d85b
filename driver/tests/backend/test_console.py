"""The console: matching, memory, cursors."""

import asyncio
import io
import os
import re
import time
from pathlib import Path

import pytest

from test_driver.backend.console import KEPT_CHARACTERS, Console
from test_driver.backend.qemu.console_pipes import ConsolePipes
from test_driver.errors import HostError
from test_driver.loop import LoopThread


def new_console() -> Console:
    """Return a console nobody listens to."""
    return Console(lambda line: None)


async def find(console: Console, pattern: str, seconds: float = 60) -> str:
    """Search with a limit."""
    match = await asyncio.wait_for(console.search(re.compile(pattern, re.MULTILINE)), seconds)
    return match.group()


def test_text_is_found_across_pieces_and_lines(loop: LoopThread) -> None:
    async def run() -> str:
        console = new_console()
        search = asyncio.ensure_future(find(console, r"one\ntwo three"))
        for piece in (b"o", b"ne\r\nt", b"wo th", b"ree"):
            console.feed(piece)
            await asyncio.sleep(0)
        return await search

    assert loop.run(run()) == "one\ntwo three"


def test_a_character_split_over_two_reads_is_whole(loop: LoopThread) -> None:
    async def run() -> str:
        console = new_console()
        console.feed(b"caf\xc3")
        console.feed(b"\xa9\n")
        return await find(console, "café")

    assert loop.run(run()) == "café"


def test_invalid_utf_8_does_no_harm(loop: LoopThread) -> None:
    async def run() -> str:
        console = new_console()
        console.feed(b"\xff\xfe broken \x80\nfine\n")
        return await find(console, "^fine$")

    assert loop.run(run()) == "fine"


def test_a_search_consumes_what_it_found_and_before(loop: LoopThread) -> None:
    async def run() -> None:
        console = new_console()
        console.feed(b"login: a\nlogin: b\n")
        assert await find(console, "login: .") == "login: a"
        assert await find(console, "login: .") == "login: b"
        with pytest.raises(TimeoutError):
            await find(console, "login", seconds=0.1)

    loop.run(run())


def test_searches_at_the_same_time_do_not_take_text_from_one_another(loop: LoopThread) -> None:
    async def run() -> list[str]:
        console = new_console()
        searches = [asyncio.ensure_future(find(console, token)) for token in ("alpha", "beta")]
        await asyncio.sleep(0.05)
        console.feed(b"beta alpha\n")
        return await asyncio.gather(*searches)

    assert loop.run(run()) == ["alpha", "beta"]


def test_a_new_boot_hides_what_was_before(loop: LoopThread) -> None:
    async def run() -> None:
        console = new_console()
        console.feed(b"old text\nhalf a line")
        console.new_boot()
        console.feed(b"new text\n")
        assert await find(console, ".* text") == "new text"
        assert console.boot_text() == "new text\n"

    loop.run(run())


def test_lines_are_given_out_whole_and_clean(loop: LoopThread) -> None:
    async def run() -> list[str]:
        lines: list[str] = []
        console = Console(lines.append)
        console.feed(b"\x1b[0;32mgreen\x1b[0m\r\nha")
        console.feed(b"lf\n\x1b]0;title\x07bell\x07\n")
        return lines

    assert loop.run(run()) == ["green", "half", "bell"]


def test_what_came_is_kept_raw(loop: LoopThread) -> None:
    raw = io.BytesIO()

    async def run() -> None:
        Console(lambda line: None, raw).feed(b"\x1b[1mx\r\n\xff")

    loop.run(run())
    assert raw.getvalue() == b"\x1b[1mx\r\n\xff"


def test_a_full_disk_does_not_end_the_reading(
    loop: LoopThread,
) -> None:
    told: list[HostError] = []

    async def run() -> str:
        with open("/dev/full", "wb", buffering=0) as full:
            console = Console(lambda line: None, full, told.append)
            console.feed(b"one\n")
            console.feed(b"two\n")
        return await find(console, "two")

    assert loop.run(run()) == "two"
    assert ["the console is not kept any more: " in str(error) for error in told] == [True]


def test_memory_is_bounded_and_the_end_is_kept(loop: LoopThread) -> None:
    async def run() -> tuple[int, str]:
        console = new_console()
        line = b"x" * 99 + b"\n"
        for _ in range(3 * KEPT_CHARACTERS // 100 // 100):
            console.feed(line * 100)
        console.feed(b"the end\n")
        return len(console.boot_text()), await find(console, "the end")

    kept, found = loop.run(run())
    assert kept <= 2 * KEPT_CHARACTERS + 1000
    assert found == "the end"


def test_a_line_without_end_is_cut(loop: LoopThread) -> None:
    async def run() -> int:
        lines: list[str] = []
        console = Console(lines.append)
        for _ in range(100):
            console.feed(b"x" * 10000)
        return len(lines)

    assert loop.run(run()) > 5


def test_thousands_of_lines_are_matched_quickly(loop: LoopThread) -> None:
    async def run() -> float:
        console = new_console()
        search = asyncio.ensure_future(find(console, "line 19999$", seconds=30))
        started = time.monotonic()
        for number in range(20000):
            console.feed(b"some text on line %d\n" % number)
            if number % 10 == 0:
                await asyncio.sleep(0)
        await search
        return time.monotonic() - started

    assert loop.run(run()) < 10


def test_the_last_lines_are_those_of_this_boot(loop: LoopThread) -> None:
    async def run() -> str:
        console = new_console()
        console.feed(b"before\n")
        console.new_boot()
        console.feed(b"".join(b"%d\n" % number for number in range(100)))
        console.feed(b"partial")
        return console.last_lines(3)

    assert loop.run(run()) == "98\n99\npartial"


def test_pipes_leave_those_of_the_next_start_alone(tmp_path: Path) -> None:
    before = ConsolePipes(tmp_path / "console")
    before.unlink()  # QEMU has opened them
    after = ConsolePipes(tmp_path / "console")
    before.close()
    assert sorted(os.listdir(tmp_path)) == ["console.in", "console.out"]
    after.close()
    assert os.listdir(tmp_path) == []

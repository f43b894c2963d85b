"""Progress on a terminal and in a log."""

from __future__ import annotations

import io

import pytest

from debian_archive.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_log_gets_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("debian_archive.progress._LINES_SECONDS", 0.0)
    stream = io.StringIO()
    progress = Progress(stream)
    progress.started(150, 4_000_000)
    progress.received(1_000_000)
    progress.received(3_000_000)
    progress.ended()
    assert stream.getvalue().splitlines() == [
        "downloading 150 Debian packages, 4.0 MB",
        "  1.0 of 4.0 MB, 25 %",
        "  4.0 of 4.0 MB, 100 %",
        "  4.0 of 4.0 MB, 100 % in 0 s",
    ]


def test_a_log_is_not_flooded() -> None:
    stream = io.StringIO()
    progress = Progress(stream)
    progress.started(1, 1000)
    for _ in range(1000):
        progress.received(1)
    progress.ended()
    assert stream.getvalue().splitlines() == [
        "downloading 1 Debian package, 0.0 MB",
        "  0.0 of 0.0 MB, 100 % in 0 s",
    ]


def test_a_terminal_gets_one_line_that_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("debian_archive.progress._TERMINAL_SECONDS", 0.0)
    stream = Terminal()
    progress = Progress(stream)
    progress.started(2, 2_000_000)
    progress.received(1_000_000)
    progress.ended()
    first, second = stream.getvalue().splitlines()[0], stream.getvalue().split("\n")[1]
    assert first == "downloading 2 Debian packages, 2.0 MB"
    assert second == "\r  1.0 of 2.0 MB, 50 %\r  1.0 of 2.0 MB, 50 % in 0 s"


def test_nothing_to_download_is_all_of_it() -> None:
    stream = io.StringIO()
    progress = Progress(stream)
    progress.started(0, 0)
    progress.ended()
    assert "100 %" in stream.getvalue()

"""Text on the screen: looked for in the newest picture, in one way after the other."""

import io
import math
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from test_driver.errors import RecognitionMissing, WaitTimedOut
from test_driver.machine import Machine
from test_driver.text_recognition import ReadText, ScreenReader

# Stands in for tesseract: it reads pictures that have one size each in a known way.
TESSERACT = """\
#!/bin/sh
[ "$1" != --version ] || { echo "tesseract 5.0"; exit; }
echo "$*" >> CALLS
printf 'text of call %s\\n' "$(wc -l < CALLS)" > "$2.txt"
"""


def way(texts: dict[bytes, str], calls: list[tuple[str, bytes]], name: str) -> ReadText:
    """Return a way to read pictures whose texts are known."""

    def read(picture: bytes, seconds: float) -> str:
        calls.append((name, picture))
        return texts.get(picture, "")

    return read


def shows(*pictures: bytes) -> Callable[[], bytes]:
    """Return what takes these pictures, the last one again and again."""
    left = list(pictures)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


def remains(*seconds: float) -> Callable[[], float]:
    """Return a clock that runs down."""
    left = [*seconds, 0.0]
    return lambda: left.pop(0) if len(left) > 1 else left[0]


def test_the_search_stops_at_the_first_way_that_finds_the_text() -> None:
    calls: list[tuple[str, bytes]] = []
    ways = [way({b"1": "Welcome"}, calls, "cheap"), way({}, calls, "dear")]
    reader = ScreenReader(shows(b"1"), ways)
    assert reader.find(lambda text: "Wel" in text, lambda: math.inf)
    assert calls == [("cheap", b"1")]


def test_a_picture_is_read_once_in_each_way() -> None:
    calls: list[tuple[str, bytes]] = []
    ways = [way({}, calls, "cheap"), way({}, calls, "dear"), way({}, calls, "dearer")]
    reader = ScreenReader(shows(b"1"), ways)
    assert not reader.find(lambda text: False, remains(*[0.01] * 20))
    assert calls == [("cheap", b"1"), ("dear", b"1"), ("dearer", b"1")]


def test_the_newest_picture_comes_first_and_in_the_cheapest_way() -> None:
    calls: list[tuple[str, bytes]] = []
    ways = [way({b"4": "here"}, calls, "cheap"), way({}, calls, "dear"), way({}, calls, "dearer")]
    reader = ScreenReader(shows(b"1", b"2", b"3", b"3", b"4"), ways)
    assert reader.find(lambda text: text == "here", lambda: math.inf)
    assert calls == [
        ("cheap", b"1"),
        ("dear", b"2"),
        ("cheap", b"3"),
        ("dearer", b"3"),
        ("cheap", b"4"),
    ]


def test_there_is_a_look_when_no_time_is_left_and_its_text_is_kept() -> None:
    reader = ScreenReader(shows(b"1"), [way({b"1": " login: \n"}, [], "cheap")])
    assert not reader.find(lambda text: False, lambda: 0.0)
    assert reader.last_text == "login:"


def test_reading_the_screen_without_the_libraries_says_what_to_set(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    expected = (
        r"machine1: cannot read text on the screen: PIL\S* is not installed; "
        "set `enableOCR = true` in the test"
    )
    with pytest.raises(RecognitionMissing, match=expected):
        machine.get_screen_text()
    with pytest.raises(RecognitionMissing):
        machine.get_screen_text_variants()
    with pytest.raises(RecognitionMissing):
        machine.wait_for_text("login")


def picture_of(text: str, *, dark: bool = False) -> bytes:
    """Return a PNG with a text."""
    image = pytest.importorskip("PIL.Image")
    draw = pytest.importorskip("PIL.ImageDraw")
    fonts = pytest.importorskip("PIL.ImageFont")
    picture = image.new("RGB", (640, 120), "black" if dark else "white")
    pen = draw.Draw(picture)
    pen.text((20, 30), text, fill="white" if dark else "black", font=fonts.load_default(32))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def with_tesseract(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a fake tesseract into the search path, and return the list of its calls."""
    pytest.importorskip("pytesseract")
    program = folder / "tesseract"
    program.write_text(TESSERACT.replace("CALLS", str(folder / "calls")))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder / "calls"


def test_the_screen_is_read_in_three_ways(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = with_tesseract(tmp_path, monkeypatch)
    machine.start()
    (machine.state_folder / "shown.png").write_bytes(picture_of("Welcome"))
    assert machine.get_screen_text() == "text of call 1\n"
    assert machine.get_screen_text_variants() == [f"text of call {n}\n" for n in (2, 3, 4)]
    machine.wait_for_text("^text of call 6", timeout=30)
    with pytest.raises(WaitTimedOut, match=r"(?s)Welcome on the screen, in vain.*text of call"):
        machine.wait_for_text("Welcome", timeout=0.5)
    assert "--psm 11" in calls.read_text()


def test_a_host_without_tesseract_says_what_to_set(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pytesseract")
    machine.start()
    (machine.state_folder / "shown.png").write_bytes(picture_of("Welcome"))
    monkeypatch.setenv("PATH", str(tmp_path))
    expected = "there is no program `tesseract`; set `enableOCR = true`"
    with pytest.raises(RecognitionMissing, match=expected):
        machine.get_screen_text()


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_tesseract_reads_what_is_there(machine: Machine, dark: bool) -> None:
    pytest.importorskip("pytesseract")
    machine.start()
    shown = picture_of("Welcome to Elsinore", dark=dark)
    (machine.state_folder / "shown.png").write_bytes(shown)
    machine.wait_for_text("Welcome to Elsinore", timeout=50)

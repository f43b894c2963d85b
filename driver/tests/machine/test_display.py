"""Text on the screen: looked for in the newest picture, in one way after the other."""

import io
import os
import shutil
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from test_driver.deadline import NEVER, Deadline
from test_driver.errors import CopyRefused, HostError, RecognitionMissing, WaitTimedOut
from test_driver.machine import QemuMachine
from test_driver.retrying import retry
from test_driver.screen.ocr import ReadText, ScreenReader

# Stands in for tesseract: it says how often it was called, and keeps the pictures.
TESSERACT = """\
#!/bin/sh
echo "$* threads=$OMP_THREAD_LIMIT" >> CALLS
number=$(wc -l < CALLS)
cp "$1" "CALLS.$number"
printf 'text of call %s\\n' "$number" > "$2.txt"
"""
SIZE = 1280 * 240


def way(texts: dict[bytes, str], calls: list[tuple[str, bytes]], name: str) -> ReadText:
    """Return a way to read pictures whose texts are known."""

    def read(picture: bytes, deadline: Deadline) -> str:
        calls.append((name, picture))
        return texts.get(picture, "")

    return read


def shows(*pictures: bytes) -> Callable[[], bytes]:
    """Return what takes these pictures, the last one again and again."""
    left = list(pictures)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


def test_the_search_stops_at_the_first_way_that_finds_the_text() -> None:
    calls: list[tuple[str, bytes]] = []
    ways = [way({b"1": "Welcome"}, calls, "cheap"), way({}, calls, "dear")]
    reader = ScreenReader(shows(b"1"), ways)
    assert reader.find(lambda text: "Wel" in text, NEVER)
    assert calls == [("cheap", b"1")]


def test_a_picture_is_read_once_in_each_way() -> None:
    calls: list[tuple[str, bytes]] = []
    ways = [way({}, calls, "cheap"), way({}, calls, "dear"), way({}, calls, "dearer")]
    reader = ScreenReader(shows(b"1"), ways)
    assert not reader.find(lambda text: False, Deadline.after(0.3))
    assert calls == [("cheap", b"1"), ("dear", b"1"), ("dearer", b"1")]


def test_the_newest_picture_comes_first_and_in_the_cheapest_way() -> None:
    calls: list[tuple[str, bytes]] = []
    ways = [way({b"4": "here"}, calls, "cheap"), way({}, calls, "dear"), way({}, calls, "dearer")]
    reader = ScreenReader(shows(b"1", b"2", b"3", b"3", b"4"), ways)
    assert reader.find(lambda text: text == "here", NEVER)
    assert calls == [
        ("cheap", b"1"),
        ("dear", b"2"),
        ("cheap", b"3"),
        ("dearer", b"3"),
        ("cheap", b"4"),
    ]


def test_there_is_a_look_when_no_time_is_left_and_its_text_is_kept() -> None:
    reader = ScreenReader(shows(b"1"), [way({b"1": " login: \n"}, [], "cheap")])
    assert not reader.find(lambda text: False, Deadline.after(0))
    assert reader.last_text == "login:"


@pytest.mark.parametrize(("module", "name"), [("PIL", "Pillow"), ("pytesseract", "pytesseract")])
def test_reading_the_screen_without_the_libraries_says_what_to_set(
    machine: QemuMachine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    module: str,
    name: str,
) -> None:
    put_tesseract(tmp_path, monkeypatch, TESSERACT)
    monkeypatch.setitem(sys.modules, module, None)
    expected = (
        f"^machine1: cannot read text on the screen: {name} is not installed; "
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


def put_tesseract(folder: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> Path:
    """Put a program called tesseract into the search path, and return the list of its calls."""
    for library in ("PIL", "pytesseract"):  # neither is imported by the driver itself
        if find_spec(library) is None:
            pytest.skip(f"{library} is not installed")
    path = folder / "tesseract"
    path.write_text(program.replace("CALLS", str(folder / "calls")))
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder / "calls"


def test_the_screen_is_read_in_four_ways(
    machine: QemuMachine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = put_tesseract(tmp_path, monkeypatch, TESSERACT)
    machine.start()
    shown = picture_of("Welcome")
    (machine.state_dir / "shown.png").write_bytes(shown)
    assert machine.get_screen_text() == "text of call 1\n"
    assert machine.get_screen_text_variants() == [f"text of call {n}\n" for n in (2, 3, 4, 5)]
    machine.wait_for_text("^text of call 7", timeout=30)
    with pytest.raises(WaitTimedOut, match=r"(?s)for Welcome on the screen.*text of call"):
        machine.wait_for_text("Welcome", timeout=0.5)
    modes = [line.split()[3] for line in calls.read_text().split("\n")[:5]]
    assert modes == ["11", "11", "11", "11", "6"]
    assert "threads=1\n" in calls.read_text()
    assert (tmp_path / "calls.2").read_bytes() == shown
    enlarged, inverted, rows = ((tmp_path / f"calls.{n}").read_bytes() for n in (3, 4, 5))
    assert enlarged.startswith(b"P5\n1280 240\n255\n")
    assert inverted == enlarged[:-SIZE] + bytes(255 - byte for byte in enlarged[-SIZE:])
    assert rows == enlarged


def test_a_host_without_tesseract_says_what_to_set(
    machine: QemuMachine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("PIL")
    machine.start()
    (machine.state_dir / "shown.png").write_bytes(picture_of("Welcome"))
    monkeypatch.setenv("PATH", str(tmp_path))
    expected = "there is no program `tesseract`; set `enableOCR = true`"
    with pytest.raises(RecognitionMissing, match=expected):
        machine.get_screen_text()


def test_a_tesseract_that_fails_is_told_with_its_output(
    machine: QemuMachine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_tesseract(tmp_path, monkeypatch, "#!/bin/sh\necho no data for English >&2\nexit 3\n")
    machine.start()
    (machine.state_dir / "shown.png").write_bytes(picture_of("Welcome"))
    expected = (
        "machine1: tesseract cannot read the picture of the screen "
        r"\(exit status 3\): no data for English"
    )
    with pytest.raises(HostError, match=expected):
        machine.wait_for_text("Welcome", timeout=20)


def test_a_tesseract_that_takes_too_long_is_killed(
    machine: QemuMachine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_tesseract(tmp_path, monkeypatch, "#!/bin/sh\nexec sleep 1000\n")
    machine.start()
    (machine.state_dir / "shown.png").write_bytes(picture_of("Welcome"))
    start = time.monotonic()
    with pytest.raises(WaitTimedOut, match="Welcome on the screen"):
        machine.wait_for_text("Welcome", timeout=0.1)
    assert time.monotonic() - start < 10


def test_a_text_that_was_found_ends_all_reading(
    machine: QemuMachine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = "if [ -e CALLS ]; then exec sleep 1000; fi\n"
    calls = put_tesseract(tmp_path, monkeypatch, TESSERACT.replace("echo", f"{once}echo", 1))
    machine.start()
    shown = picture_of("Welcome")
    (machine.state_dir / "shown.png").write_bytes(shown)
    start = time.monotonic()
    machine.wait_for_text("text of call 1", timeout=1000)
    assert time.monotonic() - start < 50
    assert calls.read_text().count("\n") == 1
    kept = machine.context.output.path / "evidence" / "machine1" / "text"
    assert [path.read_bytes() for path in kept.iterdir()] == [shown]


def test_a_text_that_is_not_found_shows_the_last_picture_and_what_was_read(
    machine: QemuMachine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_tesseract(
        tmp_path, monkeypatch, '#!/bin/sh\nprintf " out,\\n brief candle\\n" > "$2.txt"\n'
    )
    machine.start()
    shown = picture_of("out, brief candle")
    (machine.state_dir / "shown.png").write_bytes(shown)
    with pytest.raises(WaitTimedOut) as caught:
        machine.wait_for_text("Elsinore", timeout=0)
    assert str(caught.value).split("\n") == [
        "machine1: timed out after 0 s waiting for Elsinore on the screen",
        "  text on the screen:",
        "    out,",
        "     brief candle",
        "  picture of the screen: evidence/machine1/text/00001.png",
    ]
    kept = machine.context.output.path / "evidence/machine1/text/00001.png"
    assert kept.read_bytes() == shown


def test_a_reading_that_was_killed_is_no_screen_without_text(
    machine: QemuMachine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_tesseract(tmp_path, monkeypatch, "#!/bin/sh\nexec sleep 1000\n")
    machine.start()
    (machine.state_dir / "shown.png").write_bytes(picture_of("Welcome"))
    with pytest.raises(WaitTimedOut) as caught:
        machine.wait_for_text(r"\A(?!.*Welcome)", timeout=0)
    assert "text on the screen:\n    (nothing was read)\n  picture of" in str(caught.value)
    expected = "machine1: timed out after 0.5 s waiting for tesseract to read the screen"
    with pytest.raises(WaitTimedOut, match=expected):
        retry(lambda last: "Welcome" not in machine.get_screen_text(), timeout=0.5)
    with pytest.raises(WaitTimedOut, match=expected):
        retry(lambda last: "" in machine.get_screen_text_variants(), timeout=0.5)


def test_a_picture_that_cannot_be_kept_is_told_beside_what_was_read(
    machine: QemuMachine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_tesseract(tmp_path, monkeypatch, TESSERACT)
    machine.start()
    (machine.state_dir / "shown.png").write_bytes(picture_of("Welcome"))
    (machine.context.output.path / "evidence").touch()
    expected = (
        r"(?s)Elsinore.*text of call 1\n  the picture of the screen is not kept: machine1: ca"
    )
    with pytest.raises(WaitTimedOut, match=expected):
        machine.wait_for_text("Elsinore", timeout=0)
    with pytest.raises(CopyRefused, match=r"machine1: cannot make .*text: there is a file"):
        machine.wait_for_text("text of call", timeout=40)


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_tesseract_reads_what_is_there(machine: QemuMachine, dark: bool) -> None:
    pytest.importorskip("PIL")
    machine.start()
    shown = picture_of("Welcome to Elsinore", dark=dark)
    (machine.state_dir / "shown.png").write_bytes(shown)
    machine.wait_for_text("Welcome to Elsinore", timeout=50)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("login", "login.png"),
        ("a.picture", "a.picture"),
        ("shots/first", "shots/first.png"),
        ("./x.y/first", "x.y/first.png"),
        ("-rf", "-rf.png"),
        ("two\nlines", "two\nlines.png"),
    ],
)
def test_a_screenshot_lies_in_the_output_folder(machine: QemuMachine, name: str, file: str) -> None:
    machine.screenshot(name)
    assert (machine.context.output.path / file).read_bytes() == b"\x89PNG"


def test_a_screenshot_can_have_an_absolute_path(machine: QemuMachine, tmp_path: Path) -> None:
    machine.screenshot(f"{tmp_path}/elsewhere")
    assert (tmp_path / "elsewhere.png").exists()
    machine.screenshot(f"{machine.context.output.path}/within.png")
    assert (machine.context.output.path / "within.png").exists()


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/../../x", "shots/", "a\0b", "log.txt", "OUT/events.jsonl"]
)
def test_a_screenshot_does_not_lie_elsewhere(machine: QemuMachine, name: str) -> None:
    name = name.replace("OUT", str(machine.context.output.path))
    before = sorted(machine.context.output.path.parent.rglob("*"))
    with pytest.raises(CopyRefused, match=r"outside the output|is no name for|is already taken by"):
        machine.screenshot(name)
    assert sorted(machine.context.output.path.parent.rglob("*")) == before


def test_a_screenshot_below_a_file_is_refused(machine: QemuMachine) -> None:
    machine.screenshot("a.png")
    with pytest.raises(CopyRefused, match=r"cannot make .*a\.png: there is a file"):
        machine.screenshot("a.png/b")

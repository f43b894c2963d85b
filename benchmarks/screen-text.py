"""Measure how long it takes to read text on pictures of screens, beside a bare start of tesseract.

    PYTHONPATH=driver python3 benchmarks/screen-text.py [ROUNDS]

With Pillow, pytesseract and tesseract at hand, on a host that does nothing else. Each round reads
each picture in each way, once as the driver does and once with the picture prepared here and given
to tesseract on its standard input, in turn. Medians in milliseconds by the clock and of the
processor, which are steadier when others use the host, and whether both read the same.
"""

import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps
from test_driver.deadline import NEVER
from test_driver.loop import LoopThread
from test_driver.process_state import child_processes
from test_driver.screen.ocr import WAYS
from test_driver.screen.recognition import ONE_THREAD, Recognition, Way

LINES = [f"Sep 02 10:1{n % 10} server[{n}]: the ghost of unit {n} was seen" for n in range(40)]
ROUNDS = 11


def pictures() -> Iterator[tuple[str, bytes]]:
    """Yield the pictures of a terminal, of a desktop, and of small and of light text."""
    for name, size, font, rows, colours in [
        ("terminal, 720x400", (720, 400), 13, 12, ("black", "lightgrey")),
        ("desktop, 1024x768", (1024, 768), 20, 6, ("white", "black")),
        ("small text, 1024x768", (1024, 768), 11, 12, ("white", "black")),
        ("light on dark, 1280x1024", (1280, 1024), 18, 6, ("navy", "white")),
        ("a title, 640x120", (640, 120), 32, 1, ("white", "black")),
    ]:
        picture = Image.new("RGB", size, colours[0])
        pen = ImageDraw.Draw(picture)
        for row, line in enumerate(LINES[:rows]):
            place = (8, 4 + row * int(font * 1.3))
            pen.text(place, line, fill=colours[1], font=ImageFont.load_default(font))
        yield name, _png(picture)


def _png(picture: Image.Image, level: int = 6) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=level)
    return file.getvalue()


def bare(way: Way, png: bytes) -> str:
    """Read a picture with tesseract alone."""
    if way.prepare:
        grey = Image.open(io.BytesIO(png)).convert("L")
        size = (grey.width * 2, grey.height * 2)
        picture = ImageOps.autocontrast(grey.resize(size, Image.Resampling.LANCZOS))
        if way.prepare == "inverted":
            picture = ImageOps.invert(picture)
        png = _png(picture, 1)
    done = subprocess.run(
        ["tesseract", "-", "-", "--psm", way.layout],
        input=png,
        env={**os.environ, **ONE_THREAD},
        capture_output=True,
        check=True,
    )
    return done.stdout.decode()


def processor_ms() -> int:
    """Return what this process and all that it has started have used of the processor."""
    used = 0
    for pid in (os.getpid(), *child_processes(os.getpid())):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        used += sum(int(field) for field in fields[11:15])  # its own, and of children that ended
    return 1000 * used // os.sysconf("SC_CLK_TCK")


def measured(read: Callable[[], str | None]) -> tuple[str | None, float, float]:
    """Return a text, and the milliseconds that it took: by the clock, and of the processor."""
    began, used = time.monotonic(), processor_ms()
    text = read()
    return text, 1000 * (time.monotonic() - began), processor_ms() - used


def main() -> None:
    """Print a line for each picture and way."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with tempfile.TemporaryDirectory() as folder, LoopThread() as loop:
        recognition = Recognition(loop, "tesseract", Path(folder))
        ways = {
            "driver": lambda way, png: recognition.read("host", way, png, NEVER),
            "bare": bare,
        }
        _, clock, used = measured(partial(ways["driver"], WAYS[0], next(pictures())[1]))
        print(f"the first reading: {clock:.0f} ms, {used:.0f} of the processor", flush=True)
        for name, png in pictures():
            for way in WAYS:
                samples = defaultdict(list)
                for _ in range(rounds):
                    for kind, read in ways.items():
                        samples[kind].append(measured(partial(read, way, png)))
                line = f"{name:25} {way.prepare or 'as it is':8} psm {way.layout:2}"
                for kind, taken in samples.items():
                    clock, used = (statistics.median(one[n] for one in taken) for n in (1, 2))
                    line += f"  {kind} {clock:6.0f} ({used:5.0f})"
                texts = {one[0] for taken in samples.values() for one in taken}
                print(line, "same text" if len(texts) == 1 else "OTHER TEXT", flush=True)
        recognition.close()


if __name__ == "__main__":
    main()

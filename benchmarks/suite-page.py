"""Measure the page of a suite: how long it takes to build, its size, and when it can be used.

It writes reports of 1,000 tests that never ran, and the folder of their suite, and opens the page
in Chromium (the programs `chromium` and `chromedriver`; without them that part is left out):

    nix build .#checks.x86_64-linux.debian-ping.driver
    python=$(dirname "$(readlink -f result/bin/nixos-test-driver)")/../python/bin/python3
    $python benchmarks/suite-page.py --console-lines 1000 | grep FIGURE

Any Python with the requirements of the driver will do. Seconds of the processor are steadier than
those of the clock when others use the host.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "driver"))

from test_driver.suite.write import main as write_suite
from tests.support.browser import CHROMEDRIVER, CHROMIUM, Browser, browser
from tests.support.large_suite import write_large_history, write_large_suite

LOADS = 5


def processor_seconds() -> float:
    """Return the seconds of the processor that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def renderer_seconds() -> float:
    """Return the seconds of the processor that the renderers of Chromium have used."""
    ticks = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if b"--type=renderer" in (folder / "cmdline").read_bytes():
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
        except OSError:
            continue
    return ticks / os.sysconf("SC_CLK_TCK")


def build(folder: Path, tests: int, console_lines: int) -> Path:
    """Write a suite, tell what it took, and return its page."""
    document = write_large_suite(folder, tests, console_lines)
    history = write_large_history(folder, document)
    out = folder / "out"
    began, used = time.monotonic(), processor_seconds()
    files = ["--document", str(document), "--output", str(out), "--timings", str(history)]
    assert write_suite(files) == 0
    seconds, used = time.monotonic() - began, processor_seconds() - used
    size = (out / "index.html").stat().st_size
    events = sum(path.stat().st_size for path in folder.glob("store/*/events.jsonl"))
    print(f"FIGURE {tests} tests, {events / 1e6:.0f} MB of events")
    print(f"FIGURE built in {seconds:.1f} s by the clock, {used:.1f} s of the processor")
    print(f"FIGURE index.html has {size / 1e6:.2f} MB")
    return out / "index.html"


def load(window: Browser, page: Path) -> None:
    """Open a page anew and tell when it could be used."""
    window.run("location.replace('about:blank')")
    time.sleep(0.5)
    used = renderer_seconds()
    window.open(page)
    entry = "performance.getEntriesByType('navigation')[0]"
    ready = window.run(f"return {entry}.domContentLoadedEventEnd") / 1000
    paints = window.run("return performance.getEntriesByType('paint').map(e => e.startTime)")
    used = renderer_seconds() - used
    print(
        f"FIGURE {page.name}: painted after {min(paints) / 1000:.2f} s, usable after {ready:.2f} s "
        f"by the clock; {used:.2f} s of the processor"
    )


def main() -> None:
    """Build and open the page."""
    parser = argparse.ArgumentParser(description="Measure the page of a suite.")
    parser.add_argument("--tests", type=int, default=1000, help="how many (default: 1000)")
    parser.add_argument(
        "--console-lines", type=int, default=1000, help="in the events of a test (default: 1000)"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        page = build(Path(name), options.tests, options.console_lines)
        if CHROMIUM is None or CHROMEDRIVER is None:
            print("no chromium or no chromedriver on PATH: the page is not opened")
            return
        empty = Path(name) / "empty.html"
        empty.write_text("<script>document.documentElement.dataset.ready = 'true'</script>x")
        with browser() as window:
            window.shape(1280, 900)
            for _ in range(LOADS):
                load(window, empty)
                load(window, page)


main()

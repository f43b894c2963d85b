"""Take the pictures of a report in light and in dark: report-light.png and report-dark.png.

Usage, at the top of a checkout, with chromium and chromedriver on PATH:

    PYTHONPATH=driver python3 docs/pictures/draw-report.py REPORT FOLDER

REPORT is the folder of a report. The pictures in this folder are of the test `three-ways` in
tests/containers/three-ways.nix, whose last subtest fails on purpose.
"""

import sys
from pathlib import Path

from tests.support.browser import browser

WIDTH = 1100
# The first screen of the report, to the end of its time line.
HEIGHT = "return document.getElementById('time-line').getBoundingClientRect().bottom;"
MARGIN = 16


def main(arguments: list[str]) -> int:
    """Take both pictures."""
    if len(arguments) != 2:
        sys.stderr.write("usage: draw-report.py REPORT FOLDER\n")
        return 2
    page, folder = Path(arguments[0]) / "report.html", Path(arguments[1])
    with browser() as window:
        for colours in ("light", "dark"):
            window.shape(WIDTH, 900, dark=colours == "dark")
            window.open(page)
            height = round(window.run(HEIGHT)) + MARGIN
            window.shape(WIDTH, height, dark=colours == "dark")
            window.screenshot(folder / f"report-{colours}.png")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

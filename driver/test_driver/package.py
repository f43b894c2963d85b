"""The driver's own package: its name, and the folder that it lies in."""

from pathlib import Path

PACKAGE = __name__.partition(".")[0]
PACKAGE_FOLDER = Path(__file__).parent

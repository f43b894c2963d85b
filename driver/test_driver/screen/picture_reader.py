"""Reads text on pictures: `python -SP picture_reader.py TESSERACT FOLDER...`.

pytesseract takes the program, its environment and the folder for temporary files from the process
that it runs in. So that process is one of its own, and the driver's is left alone. It imports no
module of the driver, so that it starts soon. The folders are where modules are looked for.

A line of the standard input asks for a reading, as JSON, and a line of the standard output has the
answer. `recognition.py` is the other end.
"""

import importlib
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from types import FrameType
from typing import Any

ENLARGEMENT = 2
# pytesseract takes 0 for no limit, and the kernel's call for waiting takes no more than 24 days.
LEAST_SECONDS = 0.01
MOST_SECONDS = 86_400.0
PYTESSERACT_TIMEOUT = "Tesseract process timeout"


class PictureReader:
    """Reads pictures with pytesseract, which must be there, as must Pillow."""

    def __init__(self, tesseract: str) -> None:
        """Import what is needed. Raises ImportError."""
        self._image = importlib.import_module("PIL.Image")
        self._operations = importlib.import_module("PIL.ImageOps")
        self._pytesseract: Any = importlib.import_module("pytesseract.pytesseract")
        self._pytesseract.tesseract_cmd = tesseract

    def answer(self, request: Mapping[str, Any]) -> dict[str, object]:
        """Return the text on the picture at `path`, or why there is none."""
        seconds: float | None = request["seconds"]
        end = None if seconds is None else time.monotonic() + seconds
        library = self._pytesseract
        try:
            path = self._prepared(request["path"], request["prepare"])
            left = MOST_SECONDS if end is None else end - time.monotonic()
            text = library.image_to_string(
                path,
                config=f"--psm {request['layout']}",
                timeout=min(max(left, LEAST_SECONDS), MOST_SECONDS),
            )
        except library.TesseractNotFoundError:
            return {"missing": f"there is no program `{library.tesseract_cmd}`"}
        except library.TesseractError as error:
            return {"status": error.status, "said": error.message}
        except RuntimeError as error:
            return {"timed_out": True} if str(error) == PYTESSERACT_TIMEOUT else _failed(error)
        except (OSError, SyntaxError, ValueError) as error:  # Pillow raises each of these
            return _failed(error)
        return {"text": text}

    def _prepared(self, path: str, prepare: str) -> str:
        """Return the path of the picture as it is to be read: as it is, enlarged, or inverted."""
        if prepare == "":
            return path  # pytesseract would write a picture of Pillow anew
        with self._image.open(path) as file:
            grey = file.convert("L")
        size = (grey.width * ENLARGEMENT, grey.height * ENLARGEMENT)
        enlarged = grey.resize(size, self._image.Resampling.LANCZOS)
        picture = self._operations.autocontrast(enlarged)
        if prepare == "inverted":
            picture = self._operations.invert(picture)
        prepared = f"{path}.{prepare}.pgm"  # it is compressed in no way, which takes least time
        picture.save(prepared, "PPM")
        return prepared


def _failed(error: Exception) -> dict[str, object]:
    return {"failed": f"{type(error).__name__}: {error}"}


def _end_group(number: int, frame: FrameType | None) -> None:
    """End this process and tesseract. The kernel sends the signal when the driver is killed."""
    os.killpg(0, signal.SIGKILL)


def _say(answer: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Answer each line until there are no more, which is when the driver closes the pipe."""
    signal.signal(signal.SIGTERM, _end_group)
    tesseract, *folders = sys.argv[1:]
    sys.path[:] = folders
    try:
        reader = PictureReader(tesseract)
    except ImportError as error:
        _say({"missing": f"{error.name or error} is not installed"})
        return
    _say({"ready": True})
    for line in sys.stdin:
        _say(reader.answer(json.loads(line)))


if __name__ == "__main__":
    main()

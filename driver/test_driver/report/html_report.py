"""The report of a test as one HTML file that needs nothing else: no network, no other file.

Python writes what must be seen without a script: the verdict, the cause, the subtests. The rest is
JSON, compressed, that the page's own script shows. Whatever comes from a guest is text there, never
markup; a policy in the page lets no other script run.
"""

import base64
import gzip
import hashlib
import json
import re
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import Any

from ..output import HTML_FILE
from .html_data import NO_STEP, LogColumns, ReportData, read_report_data
from .html_head import head_parts

PAGE = "html_page"
# In this order they make one script.
SCRIPTS = (
    "data.js",
    "elements.js",
    "log.js",
    "lanes.js",
    "timeline.js",
    "details.js",
    "tests.js",
    "main.js",
)
# Of the whole file, what the data may take; the rest of 20 MB is for the page.
DATA_BYTES = 18_000_000
PICTURE_BYTES = 8_000_000  # pictures, before base64
OUTPUT_CHARACTERS = 6_000_000
LEAST_OUTPUT_CHARACTERS = 400
EVIDENCE_CHARACTERS = 512 * 1024


def write_html_report(folder: Path) -> Path:
    """Make the report from the events in an output folder, and return its place. Raises OSError."""
    data = read_report_data(folder)
    path = folder / HTML_FILE
    # A half-written report is worse than an old one.
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(html_report(data, folder), encoding="utf-8", errors="replace")
    temporary.replace(path)
    return path


def html_report(data: ReportData, folder: Path) -> str:
    """Return the page. Files that the data names are read from the output folder."""
    script = '"use strict";\n' + "".join(_part(name) for name in SCRIPTS)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    parts = {
        **head_parts(data),
        "script-hash": f"sha256-{digest}",
        "style": _part("style.css"),
        "script": script,
        "data": _packed_within(_document(data, folder), DATA_BYTES),
    }
    # In one pass, so that nothing inside a part is taken for the place of another.
    return re.sub(r"\{\{([a-z-]+)\}\}", lambda match: parts[match[1]], _part("page.html"))


def unpack(packed: str) -> Any:  # noqa: ANN401 - JSON
    """Return the document that a page holds in compressed form."""
    return json.loads(gzip.decompress(base64.b64decode(packed)))


def _part(name: str) -> str:
    return resources.files(__package__).joinpath(PAGE, name).read_text(encoding="utf-8")


def _document(data: ReportData, folder: Path) -> dict[str, Any]:
    pictures = _Pictures(folder)
    document = asdict(data)
    del document["tests"]  # the page itself has them
    # What explains a failure comes first, when there is no room for all.
    for entry in document["evidence"]:
        if entry["name"].endswith(".png"):
            entry["src"] = pictures.take(entry["path"])
        else:
            entry["text"] = _text(folder, entry["path"])
    for entry in reversed(document["pictures"]):  # the last one is what a wait has failed with
        entry["src"] = pictures.take(entry["path"])
    _take_frames(document["frames"], pictures)
    _shorten_output(document["commands"])
    return document


class _Pictures:
    """Pictures as parts of the page, as long as there is room."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._left = PICTURE_BYTES

    def take(self, path: str) -> str:
        """Return a picture as an address of its own; nothing if it is gone or there is no room."""
        place = (self._folder / path).resolve()
        try:
            if not place.is_relative_to(self._folder) or place.stat().st_size > self._left:
                return ""
            content = place.read_bytes()
        except OSError:
            return ""
        self._left -= len(content)
        return f"data:image/png;base64,{base64.b64encode(content).decode()}"


def _take_frames(frames: list[dict[str, Any]], pictures: _Pictures) -> None:
    """Take every frame; if there is no room, every second one, and so on, so that none are late."""
    step = 1
    while step < len(frames):
        step *= 2
    chosen: list[int] = []
    while step:
        chosen += [index for index in range(0, len(frames), step) if index not in set(chosen)]
        step //= 2
    for index in chosen:
        frames[index]["src"] = pictures.take(frames[index]["path"])
    frames[:] = [frame for frame in frames if frame["src"]]


def _text(folder: Path, path: str) -> str:
    """Return the end of a file, which says if it is not all."""
    try:
        text = (folder / path).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return f"[{path} cannot be read: {error.strerror}]"
    left = len(text) - EVIDENCE_CHARACTERS
    return text if left <= 0 else f"[{left} characters left out]\n{text[-EVIDENCE_CHARACTERS:]}"


def _shorten_output(commands: list[dict[str, Any]]) -> None:
    """Give each command its share of the room for output."""
    share = max(LEAST_OUTPUT_CHARACTERS, OUTPUT_CHARACTERS // (2 * max(1, len(commands))))
    for command in commands:
        for stream in ("stdout", "stderr"):
            text = command.get(stream, "")
            if len(text) > share:
                command[stream] = f"[{len(text) - share} characters left out]\n{text[-share:]}"


def _packed_within(document: dict[str, Any], limit: int) -> str:
    """Return the document compressed; if that is too long, without the middle of the log."""
    whole = document["log"]
    kept = len(whole["texts"])
    while len(packed := _packed(document)) > limit and kept > 1:
        kept //= 2
        document["log"] = _without_middle(whole, kept)
    return packed


def _without_middle(log: dict[str, list[Any]], kept: int) -> dict[str, list[Any]]:
    count, half = len(log["texts"]), kept // 2
    note = LogColumns(
        times=[log["times"][half]],
        machines=[-1],
        sources=[log["sources"][half]],
        steps=[NO_STEP],
        texts=[f"[{count - 2 * half} lines left out here; log.txt has them]"],
    )
    return {
        name: [*column[:half], *asdict(note)[name], *column[count - half :]]
        for name, column in log.items()
    }


def _packed(document: dict[str, Any]) -> str:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    content = gzip.compress(text.encode("utf-8", "replace"), compresslevel=6, mtime=0)
    return base64.b64encode(content).decode()

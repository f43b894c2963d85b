"""The pictures that were read: each once in the output folder, and not too many."""

import base64
from pathlib import Path

import pytest

from test_driver.errors import CopyRefused, HostError
from test_driver.screen import read_pictures
from test_driver.screen.read_pictures import ReadPictures

from ..conftest import DriverProcess
from ..machine.test_display import TESSERACT, picture_of, put_tesseract
from ..report.test_html_report import data_of

SCRIPT = """\
from pathlib import Path
machine1.start()
for name in ("one", "two"):
    Path(machine1.state_dir, "shown.png").write_bytes(Path({folder!r}, name).read_bytes())
    machine1.wait_for_text("text of call", timeout=40)
machine1.wait_for_text("Elsinore", timeout=0)
"""


def test_each_picture_is_there_once(tmp_path: Path) -> None:
    pictures = ReadPictures("m", tmp_path / "m" / "text")
    paths = [pictures.keep(png) for png in (b"1", b"2", b"1")]
    assert paths == [
        tmp_path / "m" / "text" / name for name in ("00001.png", "00002.png", "00001.png")
    ]
    assert [path.read_bytes() for path in paths] == [b"1", b"2", b"1"]


def test_the_pictures_of_a_former_machine_of_the_name_stay(tmp_path: Path) -> None:
    ReadPictures("m", tmp_path).keep(b"1")
    assert ReadPictures("m", tmp_path).keep(b"2") == tmp_path / "00002.png"
    assert (tmp_path / "00001.png").read_bytes() == b"1"


@pytest.mark.parametrize(("name", "most"), [("MOST_PICTURES", 2), ("MOST_BYTES", 10)])
def test_the_oldest_go_when_there_are_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, most: int
) -> None:
    monkeypatch.setattr(read_pictures, name, most)
    pictures = ReadPictures("m", tmp_path)
    for number in range(4):
        pictures.keep(b"%05d" % number)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["00003.png", "00004.png"]
    assert pictures.keep(b"00000") == tmp_path / "00005.png"


def test_the_last_one_stays_however_large_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_pictures, "MOST_BYTES", 1)
    path = ReadPictures("m", tmp_path).keep(b"large")
    assert path.read_bytes() == b"large"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "m").touch()
    with pytest.raises(CopyRefused, match=r"cannot make .*text: there is a file"):
        ReadPictures("m", tmp_path / "m" / "text").keep(b"1")


def test_a_picture_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, mode: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(HostError, match=r"^m: cannot keep the picture that was read in .*No space"):
        ReadPictures("m", tmp_path).keep(b"1")


def test_the_report_shows_the_picture_of_each_wait_at_its_step(
    driver_process: DriverProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_tesseract(tmp_path, monkeypatch, TESSERACT)
    one, two = picture_of("one"), picture_of("two")
    (tmp_path / "one").write_bytes(one)
    (tmp_path / "two").write_bytes(two)
    done = driver_process.run(SCRIPT.format(folder=str(tmp_path)))
    where = "picture of the screen: evidence/machine1/text/00002.png"
    assert where in done.stdout + done.stderr
    page = driver_process.output / "report.html"
    assert where in page.read_text()
    data = data_of(page)
    shown = [base64.b64decode(taken["src"].rpartition(",")[2]) for taken in data["pictures"]]
    assert shown == [one, two, two]
    waits = [step for step in data["steps"] if step["name"].startswith("waiting for ")]
    assert [wait["name"] for wait in waits] == [
        "waiting for text of call on the screen",
        "waiting for text of call on the screen",
        "waiting for Elsinore on the screen",
    ]
    for taken, wait in zip(data["pictures"], waits, strict=True):
        assert (taken["machine"], wait["machine"]) == (0, 0)
        # The three are rounded, each to whole milliseconds.
        assert wait["at"] <= taken["at"] <= wait["at"] + wait["ms"] + 1

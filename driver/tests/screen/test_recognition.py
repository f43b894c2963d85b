"""Text on pictures, read by pytesseract in processes that leave nothing behind."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from test_driver.deadline import NEVER, Deadline
from test_driver.errors import HostError, RecognitionMissing
from test_driver.loop import LoopThread
from test_driver.screen.recognition import Recognition, Way

from ..conftest import DriverProcess
from ..machine.test_display import TESSERACT, picture_of, put_tesseract
from ..test_process import wait_for_death

PLAIN = Way(prepare="", layout="11")
ENLARGED = Way(prepare="enlarged", layout="6")
# It says who it is, and stays.
HANGING = """\
#!/bin/sh
echo $$ > CALLS.new
mv CALLS.new CALLS
exec sleep 1000
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the processes have their temporary files."""
    (tmp_path / "private").mkdir()
    return tmp_path / "private"


@pytest.fixture
def recognition(loop: LoopThread, folder: Path) -> Iterator[Recognition]:
    """What reads pictures with the tesseract in PATH."""
    made = Recognition(loop, "tesseract", folder)
    yield made
    made.close()


def test_one_process_reads_one_picture_after_the_other(
    recognition: Recognition, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_tesseract(
        tmp_path, monkeypatch, TESSERACT.replace("printf 'text", "printf $PPID': ü, text")
    )
    texts = [recognition.read("m", way, picture_of("x"), NEVER) for way in (PLAIN, ENLARGED)]
    readers = {(text or "").partition(":")[0] for text in texts}
    assert [(text or "").partition(": ")[2] for text in texts] == [
        "ü, text of call 1\n",
        "ü, text of call 2\n",
    ]
    assert len(readers) == 1
    assert len([*folder.iterdir()]) == 1
    recognition.close()
    wait_for_death(int(readers.pop()))
    assert [*folder.iterdir()] == []


def test_settings_of_tesseract_are_not_those_of_the_driver(
    recognition: Recognition, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_THREAD_LIMIT", "7")
    before = dict(os.environ) | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    told = '#!/bin/sh\necho "$OMP_THREAD_LIMIT $TMPDIR $1 $2" > "$2.txt"\n'
    put_tesseract(tmp_path, monkeypatch, told)
    threads, temporary, *files = (recognition.read("m", PLAIN, b"png", NEVER) or "").split()
    assert threads == "1"
    assert Path(temporary).parent == folder
    assert [Path(file).parent for file in files] == [Path(temporary)] * 2
    assert dict(os.environ) == before
    assert "pytesseract.pytesseract" not in sys.modules
    # Of what pytesseract writes, nothing is left but the picture.
    assert [path.name for path in Path(temporary).iterdir()] == ["screen.png"]


@pytest.mark.parametrize(("seconds", "patience"), [(0.0, 0.0), (0.1, 10.0), (1.5, 0.0)])
def test_a_tesseract_that_takes_too_long_is_killed_with_all_it_has_started(
    recognition: Recognition,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
    patience: float,
) -> None:
    hanging = (
        "#!/bin/sh\ntrap '' TERM\nsleep 1000 &\necho $$ $! > CALLS.new\nmv CALLS.new CALLS\nwait\n"
    )
    calls = put_tesseract(tmp_path, monkeypatch, TESSERACT)
    assert recognition.read("m", PLAIN, b"png", NEVER) == "text of call 1\n"  # it has begun
    put_tesseract(tmp_path, monkeypatch, hanging)
    calls.unlink()
    start = time.monotonic()
    deadline = Deadline.after(seconds).with_patience(patience)
    assert recognition.read("m", PLAIN, b"png", deadline) is None
    assert time.monotonic() - start < 9
    assert [*folder.iterdir()] == []
    if calls.exists():  # on a busy host, it may not have got so far
        for pid in calls.read_text().split():
            wait_for_death(int(pid))
    put_tesseract(tmp_path, monkeypatch, TESSERACT)
    assert (recognition.read("m", PLAIN, b"png", NEVER) or "").startswith("text of call")


def test_a_tesseract_that_works_gets_more_time_than_a_short_deadline(
    recognition: Recognition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = '#!/bin/sh\nn=0\nwhile [ $n -lt 200000 ]; do n=$((n + 1)); done\necho done > "$2.txt"\n'
    put_tesseract(tmp_path, monkeypatch, busy)
    deadline = Deadline.after(0).with_patience(50)
    assert recognition.read("m", PLAIN, b"png", deadline) == "done\n"


def test_no_process_is_left_when_the_driver_is_killed(
    driver_process: DriverProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = put_tesseract(tmp_path, monkeypatch, HANGING)
    (tmp_path / "shown.png").write_bytes(picture_of("Welcome"))
    driver = driver_process.spawn(
        f"""
        import shutil
        machine1.start()
        shutil.copy({str(tmp_path / "shown.png")!r}, machine1.state_dir)
        machine1.wait_for_text("Welcome")
        """.replace("\n        ", "\n")
    )
    end = time.monotonic() + 40
    while not called.exists():
        if time.monotonic() > end:
            driver.communicate(timeout=0)  # it fails, with where the driver is
        assert driver.poll() is None, driver.communicate()[0]
        time.sleep(0.02)
    driver.send_signal(signal.SIGKILL)
    driver.communicate(timeout=20)
    wait_for_death(int(called.read_text()))


def test_a_reading_fails_if_its_process_is_killed_and_the_next_one_has_another(
    recognition: Recognition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_tesseract(tmp_path, monkeypatch, "#!/bin/sh\necho much memory >&2\nkill -KILL $PPID\n")
    expected = r"^m: the process that reads the screen ended \(killed by SIGKILL\): "
    with pytest.raises(HostError, match=expected):
        recognition.read("m", PLAIN, b"png", NEVER)
    put_tesseract(tmp_path, monkeypatch, TESSERACT.replace("printf 'text", "printf $PPID'"))
    text = recognition.read("m", PLAIN, b"png", NEVER) or ""
    os.kill(int(text.split()[0]), signal.SIGKILL)  # while nothing is read
    wait_for_end(int(text.split()[0]))
    assert recognition.read("m", PLAIN, b"png", NEVER) != text


def wait_for_end(pid: int) -> None:
    """Wait until a child has ended, and let others wait for it."""
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


@pytest.mark.parametrize(
    ("program", "way", "message"),
    [
        ("#!/bin/sh\nexit 0\n", PLAIN, r"\(FileNotFoundError: .*No such file"),
        ("#!/bin/sh\necho no >&2\necho data >&2\nexit 3\n", PLAIN, r"\(exit status 3\): no data"),
        ("#!/bin/sh\nkill -9 $$\n", PLAIN, r"\(killed by SIGKILL\): "),
        ('#!/bin/sh\necho x > "$2.txt"\n', ENLARGED, r"\(UnidentifiedImageError: cannot identify"),
    ],
    ids=["no text", "status", "signal", "no picture"],
)
def test_a_reading_that_fails_says_why(
    recognition: Recognition,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    program: str,
    way: Way,
    message: str,
) -> None:
    put_tesseract(tmp_path, monkeypatch, program)
    with pytest.raises(
        HostError, match="^m: tesseract cannot read the picture of the scre.*" + message
    ):
        recognition.read("m", way, b"no png", NEVER)


def test_all_that_is_missing_is_named(
    loop: LoopThread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    monkeypatch.setitem(sys.modules, "pytesseract", None)
    expected = (
        "^m: cannot read text on the screen: Pillow is not installed, pytesseract is not "
        "installed, there is no program `/nowhere/tesseract`; set `enableOCR = true` in the test, "
        "which gives the driver tesseract, pytesseract and Pillow$"
    )
    with pytest.raises(RecognitionMissing, match=expected):
        Recognition(loop, "/nowhere/tesseract", tmp_path).check("m")


def test_what_a_library_lacks_is_named(
    recognition: Recognition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_tesseract(tmp_path, monkeypatch, TESSERACT)
    (tmp_path / "pytesseract").mkdir()
    (tmp_path / "pytesseract" / "__init__.py").write_text("import what_it_needs\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RecognitionMissing, match="screen: what_it_needs is not installed; set"):
        recognition.read("m", PLAIN, b"png", NEVER)


def test_a_program_that_goes_away_is_named(
    recognition: Recognition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_tesseract(tmp_path, monkeypatch, TESSERACT)
    recognition.check("m")
    (tmp_path / "tesseract").unlink()
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(RecognitionMissing, match="there is no program `tesseract`"):
        recognition.read("m", PLAIN, b"png", NEVER)

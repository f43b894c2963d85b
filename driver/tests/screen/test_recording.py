"""Recordings of screens: what changes is kept, within bounds, and only if it is wanted."""

import asyncio
import time
from pathlib import Path

import pytest

from test_driver.errors import MonitorError
from test_driver.loop import LoopThread
from test_driver.screen import recording as screen_recording
from test_driver.screen.recording import RecordScreen, ScreenRecording

from ..conftest import DriverProcess
from ..report.test_html_report import data_of
from ..support.large_events import png


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take pictures as quickly as possible."""
    monkeypatch.setattr(screen_recording, "INTERVAL_SECONDS", 0.0)
    monkeypatch.setattr(screen_recording, "LARGEST_SHARE", 1e9)


def film(loop: LoopThread, folder: Path, mode: RecordScreen, shots: list[bytes]) -> ScreenRecording:
    """Record a screen that shows these pictures, one after the other, and is then gone."""

    async def make() -> ScreenRecording:
        recording = ScreenRecording(mode, folder, folder.with_suffix(".png"), lambda path: None)

        async def dump(path: Path) -> None:
            if not shots:
                gone.set()
                raise MonitorError("m", "screendump", "it is gone")
            path.write_bytes(shots.pop(0))

        gone = asyncio.Event()
        recording.follow(dump)
        if mode != "never":
            await gone.wait()
            await asyncio.sleep(0)
        return recording

    return loop.run(make())


def test_a_picture_is_kept_when_the_screen_has_changed(loop: LoopThread, tmp_path: Path) -> None:
    folder = tmp_path / "recording"
    film(loop, folder, "always", [b"one", b"one", b"two", b"two", b"one"])
    kept = [path.read_bytes() for path in sorted(folder.iterdir())]
    assert kept == [b"one", b"two", b"one"]


def test_a_long_recording_is_thinned_and_covers_it_all(
    loop: LoopThread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen_recording, "MOST_PICTURES", 8)
    folder = tmp_path / "recording"
    film(loop, folder, "always", [b"%d" % number for number in range(20)])
    kept = [int(path.read_bytes()) for path in sorted(folder.iterdir())]
    assert len(kept) <= 8
    assert kept[0] == 0
    assert kept[-1] >= 16


def test_a_recording_is_no_larger_than_its_bound(
    loop: LoopThread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen_recording, "MOST_BYTES", 1000)
    folder = tmp_path / "recording"
    film(loop, folder, "always", [bytes([number]) * 100 for number in range(50)])
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 1000


def test_without_need_nothing_is_kept(loop: LoopThread, tmp_path: Path) -> None:
    modes: tuple[RecordScreen, ...] = ("never", "on-failure", "always")
    for mode in modes:
        loop.run(film(loop, tmp_path / mode, mode, [b"one"]).forget())
    assert [(tmp_path / mode).exists() for mode in modes] == [False, False, True]


@pytest.mark.parametrize("passes", [True, False], ids=["passed", "failed"])
def test_the_recording_of_a_failed_test_is_in_its_report(
    driver_process: DriverProcess, passes: bool
) -> None:
    machines = driver_process.document["machines"]
    machines["machine1"] = {**machines["machine1"], "record_screen": "on-failure"}
    shot = png(8, 8, 1).decode("latin-1")
    result = driver_process.run(
        "import time\n"
        "machine1.succeed('true')\n"
        "seen = machine1.recording._kept\n"
        "while len(seen) < 1: time.sleep(0.05)\n"
        f"open(machine1.state_dir / 'shown.png', 'wb').write({shot!r}.encode('latin-1'))\n"
        "while len(seen) < 2: time.sleep(0.05)\n"
        f"assert {passes}\n"
    )
    assert result.returncode == (0 if passes else 1), result.stderr
    folder = driver_process.output / "evidence" / "machine1" / "recording"
    frames = data_of(driver_process.output / "report.html")["frames"]
    assert folder.exists() is not passes
    assert len(frames) == (0 if passes else 2)
    assert all(frame["src"].startswith("data:image/png;base64,") for frame in frames)


def test_a_wrong_setting_is_told(driver_process: DriverProcess) -> None:
    machines = driver_process.document["machines"]
    machines["machine1"] = {**machines["machine1"], "record_screen": "sometimes"}
    result = driver_process.run("")
    assert result.returncode == 2
    expected = 'machines.machine1.record_screen: expected "never" or "on-failure" or "always"'
    assert expected in result.stderr, result.stderr


def test_taking_pictures_leaves_the_guest_its_time(
    loop: LoopThread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen_recording, "LARGEST_SHARE", 0.1)
    taken: list[float] = []

    async def make() -> None:
        recording = ScreenRecording("always", tmp_path, tmp_path / "new.png", lambda path: None)

        async def dump(path: Path) -> None:
            taken.append(time.monotonic())
            await asyncio.sleep(0.03)
            path.write_bytes(b"%d" % len(taken))

        recording.follow(dump)
        await asyncio.sleep(1.0)
        await recording.stop()

    loop.run(make())
    assert 2 <= len(taken) <= 4

"""Numbers that processes tell one another by locks."""

import subprocess
import sys
from pathlib import Path

import pytest

from test_driver.admission.file_locks import LockFile, Range

WHOLE = Range(start=0, length=10_000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "shared"
    file.write_text("")
    file.chmod(0o444)  # as in the store
    return file


def test_others_see_a_range_and_nobody_sees_their_own(path: Path) -> None:
    with LockFile(path) as one, LockFile(path) as other:
        one.lock(Range(start=10, length=5))
        other.lock(Range(start=15, length=5))  # beside it, and not one with it
        assert one.others(WHOLE) == [Range(start=15, length=5)]
        with LockFile(path) as third:
            assert third.others(WHOLE) == [Range(start=10, length=5), Range(start=15, length=5)]
            assert third.others(Range(start=0, length=12)) == [Range(start=10, length=5)]
            assert third.others(Range(start=20, length=5)) == []


def test_a_range_grows_and_shrinks(path: Path) -> None:
    with LockFile(path) as one, LockFile(path) as other:
        one.lock(Range(start=10, length=5))
        one.lock(Range(start=15, length=5))
        assert other.others(WHOLE) == [Range(start=10, length=10)]
        one.unlock(Range(start=12, length=8))
        assert other.others(WHOLE) == [Range(start=10, length=2)]
        with pytest.raises(ValueError, match="at least one byte, not 0"):
            one.lock(Range(start=10, length=0))


def test_many_are_all_found(path: Path) -> None:
    files = [LockFile(path) for _ in range(300)]
    for number, file in enumerate(files):
        file.lock(Range(start=number * 7 % 300 * 10, length=3))
    with LockFile(path) as last:
        assert len(last.others(WHOLE)) == 300
    for file in files:
        file.close()
    with LockFile(path) as last:
        assert last.others(WHOLE) == []


def test_a_process_that_is_killed_leaves_no_range(path: Path) -> None:
    code = (
        "import pathlib, sys; from test_driver.admission.file_locks import LockFile, Range\n"
        "file = LockFile(pathlib.Path(sys.argv[1])); file.lock(Range(start=3, length=4))\n"
        "print('locked', flush=True); sys.stdin.read()\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(path)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    with child, LockFile(path) as own:
        assert child.stdout.readline() == "locked\n"
        assert own.others(WHOLE) == [Range(start=3, length=4)]
        child.kill()
        child.wait()
        assert own.others(WHOLE) == []


def test_only_one_is_alone_and_nobody_waits_for_ever(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("test_driver.admission.file_locks.MUTEX_SECONDS", 0.02)
    with LockFile(path) as one, LockFile(path) as other:
        with one.alone() as first:
            assert first is True
            with other.alone() as second:
                assert second is False
        with other.alone() as now:
            assert now is True


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        LockFile(tmp_path / "none")

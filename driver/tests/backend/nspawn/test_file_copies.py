"""Copies of the files of containers."""

import errno
import os
import stat
from pathlib import Path

import pytest

from test_driver.backend.nspawn import file_copies
from test_driver.backend.nspawn.file_copies import OPAQUE, copy_files, replace_files


def described(folder: Path) -> dict[str, tuple[object, ...]]:
    """Return what there is below a folder."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        content: object = None
        if path.is_symlink():
            content = os.readlink(path)
        elif path.is_file():
            content = path.read_bytes()
        times = () if path.is_dir() else (status.st_mtime_ns,)
        found[str(path.relative_to(folder))] = (status.st_mode, status.st_uid, content, *times)
    return found


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The folder of a container with files of all kinds."""
    folder = tmp_path / "source"
    (folder / "files/upper/etc").mkdir(parents=True)
    (folder / "files/work/work").mkdir(parents=True)
    (folder / "root").mkdir()
    os.mkfifo(folder / "cards-ready")
    upper = folder / "files/upper"
    (upper / "etc/text").write_text("a text")
    (upper / "etc/text").chmod(0o640)
    os.utime(upper / "etc/text", (1, 2))
    (upper / "etc/link").symlink_to("/nowhere")
    (upper / "etc/hard").hardlink_to(upper / "etc/text")
    os.mkfifo(upper / "etc/fifo")
    (upper / "etc").chmod(0o711)
    with (upper / "sparse").open("wb") as file:
        file.write(b"begin")
        file.seek(2**24)
        file.write(b"end")
    return folder


def test_a_copy_has_all_files(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy"
    copy_files(source, target)
    copied = described(target / "files/upper")
    assert copied == described(source / "files/upper")
    assert sorted(path.name for path in (target / "files").iterdir()) == ["upper"]
    assert not (target / "cards-ready").exists()
    upper = target / "files/upper"
    assert (upper / "etc/hard").samefile(upper / "etc/text")
    assert not (upper / "etc/hard").samefile(source / "files/upper/etc/text")
    assert (upper / "sparse").stat().st_blocks * 512 < 2**20
    assert stat.S_IMODE((upper / "etc").stat().st_mode) == 0o711


def test_a_file_is_copied_where_blocks_cannot_be_shared(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_copies, "FICLONE", 0)
    copy_files(source, tmp_path / "copy")
    assert described(tmp_path / "copy/files/upper") == described(source / "files/upper")


def test_a_folder_is_replaced_and_stays_the_same_one(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "machine"
    (target / "files/upper").mkdir(parents=True)
    (target / "files/upper/later").touch()
    number = target.stat().st_ino
    for _ in range(2):
        replace_files(source, target)
        assert described(target / "files/upper") == described(source / "files/upper")
        assert target.stat().st_ino == number
    assert sorted(path.name for path in tmp_path.iterdir()) == ["machine", "source"]


class TestHidden:
    """Folders that hide what lies below them."""

    @pytest.fixture
    def below(self, tmp_path: Path) -> list[Path]:
        """Two roots below the upper folder."""
        roots = [tmp_path / "one", tmp_path / "two"]
        for number, root in enumerate(roots):
            (root / "etc").mkdir(parents=True)
            for name in ("text", "old", f"old{number}"):
                (root / "etc" / name).touch()
        return roots

    def test_a_mark_is_copied(
        self, source: Path, tmp_path: Path, below: list[Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        marks = {source / "files/upper/etc": {OPAQUE: b"y"}}
        self.attributes(monkeypatch, marks, refused=False)
        copy_files(source, tmp_path / "copy", below)
        assert marks[tmp_path / "copy/files/upper/etc"] == {OPAQUE: b"y"}
        assert not (tmp_path / "copy/files/upper/etc/old").exists()

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices outside of a sandbox")
    @pytest.mark.parametrize("readable", [True, False])
    def test_a_mark_that_is_refused_becomes_whiteouts(
        self,
        source: Path,
        tmp_path: Path,
        below: list[Path],
        monkeypatch: pytest.MonkeyPatch,
        readable: bool,
    ) -> None:
        self.attributes(monkeypatch, {source / "files/upper/etc": {OPAQUE: b"y"}}, refused=True)
        if not readable:
            monkeypatch.setattr(os, "getxattr", refuse)
        copy_files(source, tmp_path / "copy", below)
        folder = tmp_path / "copy/files/upper/etc"
        for name in ("old", "old0", "old1"):
            status = (folder / name).lstat()
            assert stat.S_ISCHR(status.st_mode)
            assert status.st_rdev == 0
        assert (folder / "text").read_text() == "a text"
        # A copy of the copy has them, too.
        replace_files(tmp_path / "copy", tmp_path / "again", below)
        assert described(tmp_path / "again") == described(tmp_path / "copy")

    def attributes(
        self,
        monkeypatch: pytest.MonkeyPatch,
        marks: dict[Path, dict[str, bytes]],
        *,
        refused: bool,
    ) -> None:
        """Let folders have these attributes, whatever the file system can."""

        def get(path: Path, name: str, *, follow_symlinks: bool = True) -> bytes:
            if name not in marks.get(Path(path), {}):
                raise OSError(errno.ENODATA, os.strerror(errno.ENODATA))
            return marks[Path(path)][name]

        def put(path: Path, name: str, value: bytes, *, follow_symlinks: bool = True) -> None:
            if refused:
                refuse()
            marks.setdefault(Path(path), {})[name] = value

        def names(path: Path, *, follow_symlinks: bool = True) -> list[str]:
            return list(marks.get(Path(path), {}))

        monkeypatch.setattr(os, "getxattr", get)
        monkeypatch.setattr(os, "setxattr", put)
        monkeypatch.setattr(os, "listxattr", names)


def refuse(*arguments: object, **keywords: object) -> None:
    """Answer as the Nix sandbox does."""
    raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))


def test_set_user_id_bits_that_are_refused_are_left_out(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = source / "files/upper/program"
    program.touch()
    try:
        program.chmod(0o4755)
    except PermissionError:
        pytest.skip("this host lets nobody make setuid programs")
    chmod = Path.chmod

    def refuse(path: Path, mode: int) -> None:
        if mode & stat.S_ISUID:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        chmod(path, mode)

    monkeypatch.setattr(Path, "chmod", refuse)
    copy_files(source, tmp_path / "copy")
    assert stat.S_IMODE((tmp_path / "copy/files/upper/program").stat().st_mode) == 0o755

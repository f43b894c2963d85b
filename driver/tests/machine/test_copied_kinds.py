"""What a copy keeps, both ways: holes, links, modes, times, names; and what it leaves out."""

import os
import socket
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from test_driver.errors import CopyRefused, HostError
from test_driver.guest.tar_stream import TarStream
from test_driver.machine import QemuMachine
from test_driver.run.verdict import judge

MIB = 2**20
THEN = 1_600_000_000
Copy = Callable[[QemuMachine, Path, Path], Path]


def into(machine: QemuMachine, source: Path, folder: Path) -> Path:
    """Copy into the guest, and return where that is."""
    machine.copy_from_host(str(source), str(folder / "guest" / source.name))
    return folder / "guest" / source.name


def out_of(machine: QemuMachine, source: Path, folder: Path) -> Path:
    """Copy out of the guest, and return where that is."""
    machine.copy_from_machine(str(source))
    return machine.context.output.path / source.name


both_ways = pytest.mark.parametrize("copy", [into, out_of])


def sparse(path: Path, *data: tuple[int, bytes], size: int) -> Path:
    """Make a file with holes."""
    with path.open("wb") as file:
        for offset, content in data:
            file.seek(offset)
            file.write(content)
        file.truncate(size)
    return path


def used(path: Path) -> int:
    """Return the bytes that a file takes on the disk."""
    return path.stat().st_blocks * 512


def same(one: Path, other: Path) -> bool:
    """Compare files without reading holes into memory at once."""
    with one.open("rb") as first, other.open("rb") as second:
        while (piece := first.read(MIB)) == second.read(MIB):
            if not piece:
                return True
    return False


@both_ways
@pytest.mark.parametrize(
    ("data", "size"),
    [
        ((), 1_200_000_000),
        (((0, b"begin"),), 64 * MIB),
        (((63 * MIB, b"x" * MIB),), 64 * MIB),
        (((10 * MIB, b"middle"), (40 * MIB + 123, b"odd")), 64 * MIB + 7),
        (tuple((n * 128 * 1024, b"piece") for n in range(300)), 300 * 128 * 1024),
    ],
)
def test_holes_stay_holes(
    machine: QemuMachine, tmp_path: Path, copy: Copy, data: tuple[tuple[int, bytes], ...], size: int
) -> None:
    source = sparse(tmp_path / "image", *data, size=size)
    began = time.monotonic()
    copied = copy(machine, source, tmp_path)
    assert time.monotonic() - began < 20
    assert copied.stat().st_size == size
    assert used(copied) <= used(source) + MIB
    assert size > 100 * MIB or same(source, copied)


@both_ways
def test_holes_within_a_folder_stay_holes(machine: QemuMachine, tmp_path: Path, copy: Copy) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    sparse(tree / "image", (5 * MIB, b"x"), size=512 * MIB)
    (tree / "dense").write_bytes(b"d" * 10_000)
    copied = copy(machine, tree, tmp_path)
    assert (copied / "image").stat().st_size == 512 * MIB
    assert used(copied / "image") < 2 * MIB
    assert (copied / "dense").read_bytes() == b"d" * 10_000


@both_ways
def test_modes_and_times_are_kept(machine: QemuMachine, tmp_path: Path, copy: Copy) -> None:
    tree = tmp_path / "tree"
    (tree / "closed").mkdir(parents=True)
    (tree / "empty").mkdir()
    modes = {"closed/file": 0o640, "shared": 0o666, "program": 0o755, "closed": 0o750}
    modes |= {"empty": 0o777}
    for name, mode in modes.items():
        if not (tree / name).is_dir():
            (tree / name).write_text(name)
        (tree / name).chmod(mode)
    for path in (*tree.rglob("*"), tree):
        os.utime(path, (THEN, THEN))
    copied = copy(machine, tree, tmp_path)
    found = {name: stat.S_IMODE((copied / name).stat().st_mode) for name in modes}
    assert found == modes
    assert {path.stat().st_mtime for path in (*copied.rglob("*"), copied)} == {THEN}


@both_ways
def test_a_single_file_keeps_its_time_and_mode(
    machine: QemuMachine, tmp_path: Path, copy: Copy
) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "file").chmod(0o666)
    os.utime(tmp_path / "file", (THEN, THEN))
    status = copy(machine, tmp_path / "file", tmp_path).stat()
    assert (stat.S_IMODE(status.st_mode), status.st_mtime) == (0o666, THEN)


def test_setuid_and_sticky_go_in_and_do_not_come_out(machine: QemuMachine, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    try:
        for name, mode in {"program": 0o4755, "group": 0o2755}.items():
            (tree / name).write_text("x")
            (tree / name).chmod(mode)
        tree.chmod(0o1777)
    except PermissionError:
        pytest.skip("this host lets nobody make setuid programs")
    guest = into(machine, tree, tmp_path)
    modes = [stat.S_IMODE((guest / name).stat().st_mode) for name in ("program", "group", ".")]
    assert modes == [0o4755, 0o2755, 0o1777]
    copied = out_of(machine, guest, tmp_path)
    modes = [stat.S_IMODE((copied / name).stat().st_mode) for name in ("program", "group", ".")]
    assert modes == [0o755, 0o755, 0o777]


@both_ways
def test_hard_links_stay_links_of_one_file(
    machine: QemuMachine, tmp_path: Path, copy: Copy
) -> None:
    tree = tmp_path / "tree"
    (tree / "below").mkdir(parents=True)
    (tree / "one").write_bytes(b"x" * MIB)
    os.link(tree / "one", tree / "below" / "two")
    copied = copy(machine, tree, tmp_path)
    assert (copied / "one").stat().st_ino == (copied / "below" / "two").stat().st_ino
    assert (copied / "below" / "two").read_bytes() == b"x" * MIB


@both_ways
def test_odd_names_are_names(machine: QemuMachine, tmp_path: Path, copy: Copy) -> None:
    names = [b"two\nlines", b"-rf", b"$(touch x)", b" blanks ", b"\xff\xfe", "grüße".encode()]
    names += [b"x" * 255, b"back\\slash", b"'quoted'"]
    tree = tmp_path / "--tree\n"
    tree.mkdir()
    for number, name in enumerate(names):
        path = os.path.join(os.fsencode(tree), name)
        with open(path, "wb") as file:
            file.write(b"%d" % number)
            file.truncate(MIB if number % 2 else 2)
    copied = copy(machine, tree, tmp_path)
    assert sorted(os.listdir(os.fsencode(copied))) == sorted(names)
    for name in names:
        with open(os.path.join(os.fsencode(copied), name), "rb") as file:
            assert file.read(1) == b"%d" % names.index(name)


@both_ways
@pytest.mark.parametrize("name", ["-rf", "two\nlines", "$HOME", "a b", "\udcff"])
@pytest.mark.parametrize("size", [3, MIB])
def test_a_single_file_with_an_odd_name(
    machine: QemuMachine, tmp_path: Path, copy: Copy, name: str, size: int
) -> None:
    source = sparse(tmp_path / name, (0, b"abc"), size=size)
    assert copy(machine, source, tmp_path).read_bytes()[:3] == b"abc"


@both_ways
def test_thousands_of_files_and_empty_folders(
    machine: QemuMachine, tmp_path: Path, copy: Copy
) -> None:
    tree = tmp_path / "tree"
    for number in range(3000):
        folder = tree / str(number % 30)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / str(number)).write_text(str(number))
    (tree / "empty" / "too").mkdir(parents=True)
    copied = copy(machine, tree, tmp_path)
    assert len([path for path in copied.rglob("*") if path.is_file()]) == 3000
    assert (copied / "empty" / "too").is_dir()


def special(folder: Path) -> None:
    """Make a socket and a FIFO."""
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str((folder / "sock").relative_to(Path.cwd())))


@both_ways
def test_what_is_no_file_is_left_out_by_name_and_kind(
    machine: QemuMachine,
    tmp_path: Path,
    copy: Copy,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    monkeypatch.chdir(tree)
    special(tree)
    (tree / "file").write_text("x")
    copied = copy(machine, tree, tmp_path)
    assert os.listdir(copied) == ["file"]
    said = sorted(text for text in caplog.messages if text.startswith("not copied: "))
    assert [text.rpartition("/")[2] for text in said] == [
        "pipe: it is a FIFO",
        "sock: it is a socket",
    ]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("pipe", "a (FIFO|special fifo)"), ("sock", "a (special )?socket"), ("null", "a character")],
)
def test_what_is_no_file_cannot_be_copied_alone(
    machine: QemuMachine, tmp_path: Path, name: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    special(tmp_path)
    path = "/dev/null" if name == "null" else str(tmp_path / name)
    kind = kind.replace("special ", "")
    with pytest.raises(CopyRefused, match=f"cannot copy {path} from the host: it is {kind}"):
        machine.copy_from_host(path, str(tmp_path / "guest"))
    with pytest.raises(CopyRefused, match=f"(?i)cannot copy {path}: it is {kind}"):
        machine.copy_from_machine(path)


def test_a_link_that_leads_back_is_refused(machine: QemuMachine, tmp_path: Path) -> None:
    (tmp_path / "tree" / "below").mkdir(parents=True)
    (tmp_path / "tree" / "below" / "back").symlink_to("..")
    with pytest.raises(CopyRefused, match=r"below/back leads back to a folder that it lies in"):
        machine.copy_from_host(str(tmp_path / "tree"), str(tmp_path / "guest"))
    (tmp_path / "self").symlink_to("self")
    with pytest.raises(CopyRefused, match=r"cannot copy .*self from the host: .*Too many levels"):
        machine.copy_from_host(str(tmp_path / "self"), str(tmp_path / "guest"))
    (tmp_path / "nothing").symlink_to("no-such")
    with pytest.raises(CopyRefused, match=r"nothing from the host: it is a link to .*No such fil"):
        machine.copy_from_host(str(tmp_path / "nothing"), str(tmp_path / "guest"))
    with pytest.raises(CopyRefused, match="nothing: it is a link to nothing"):
        machine.copy_from_machine(str(tmp_path / "nothing"))
    assert not (tmp_path / "guest").exists()


def test_links_that_lead_around_come_out(machine: QemuMachine, tmp_path: Path) -> None:
    (tmp_path / "tree" / "below").mkdir(parents=True)
    (tmp_path / "tree" / "below" / "back").symlink_to("..")
    (tmp_path / "tree" / "gone").symlink_to("no-such")
    copied = out_of(machine, tmp_path / "tree", tmp_path)
    assert (copied / "below" / "back").readlink() == Path("..")
    assert (copied / "gone").readlink() == Path("no-such")


def test_a_file_that_shrinks_or_goes_meanwhile_is_told(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    for name in ("shrinks", "goes", "grows", "stays"):
        (tmp_path / "tree" / name).write_bytes(b"x" * 1000)
    told: list[str] = []
    stream = TarStream("machine1", tmp_path / "tree", "copy", told.append)
    (tmp_path / "tree" / "shrinks").write_bytes(b"x")
    (tmp_path / "tree" / "goes").unlink()
    (tmp_path / "tree" / "grows").write_bytes(b"x" * 5000)
    length = 0
    while piece := stream.read(100):
        length += len(piece)
    assert length == stream.size
    assert [text.partition(" ")[0] for text in sorted(told)] == [f"{tmp_path}/tree/goes:", "the"]
    assert "the file became 999 bytes shorter" in "".join(told)


def fails(machine: QemuMachine, program: str) -> None:
    """Let a program of the guest find its disk full."""
    machine.state_dir.mkdir(parents=True, exist_ok=True)
    (machine.state_dir / "bin").mkdir()
    path = machine.state_dir / "bin" / program
    path.write_text("#!/bin/sh\necho No space left on device >&2; exit 2\n")
    path.chmod(0o755)


@pytest.mark.parametrize("program", ["tar", "cat"])
def test_a_full_disk_of_the_guest_is_named_and_nothing_is_left(
    machine: QemuMachine, tmp_path: Path, program: str
) -> None:
    fails(machine, program)
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "file").write_text("x" * 100_000)
    (tmp_path / "guest").mkdir()
    source = tmp_path / "tree" if program == "tar" else tmp_path / "tree" / "file"
    with pytest.raises(
        CopyRefused, match=r"the file system of .*guest/x in the machine is full: /"
    ):
        machine.copy_from_host(str(source), str(tmp_path / "guest" / "x"))
    assert os.listdir(tmp_path / "guest") == []


def test_a_full_disk_of_the_host_is_its_fault(
    machine: QemuMachine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "from").write_text("x" * 100_000)
    monkeypatch.setattr("test_driver.machine.files.tempfile.TemporaryDirectory", FullFolder)
    with pytest.raises(HostError, match=r"cannot write .*No space left on device") as raised:
        machine.copy_from_machine(str(tmp_path / "from"))
    assert judge(raised.value, "").exit_status == 3
    assert machine.succeed("echo the shell channel is whole") == "the shell channel is whole\n"


class FullFolder:
    """A folder in which each file is /dev/full."""

    def __init__(self, prefix: str, dir: Path) -> None:
        self.path = dir / prefix
        self.path.mkdir()
        (self.path / "from").symlink_to("/dev/full")

    def __enter__(self) -> str:
        return str(self.path)

    def __exit__(self, *error: object) -> None:
        (self.path / "from").unlink()
        self.path.rmdir()


def test_a_copy_replaces_what_is_there_and_merges_folders(
    machine: QemuMachine, tmp_path: Path
) -> None:
    tree, guest = tmp_path / "tree", tmp_path / "guest"
    (tree / "a").mkdir(parents=True)
    (tree / "a" / "new").write_text("new")
    (tree / "same").write_text("later")
    (guest / "tree" / "a").mkdir(parents=True)
    (guest / "tree" / "a" / "old").write_text("old")
    (guest / "tree" / "same").write_text("before")
    machine.copy_from_host(str(tree), str(guest))
    found = {
        str(path.relative_to(guest)): path.read_text()
        for path in guest.rglob("*")
        if path.is_file()
    }
    assert found == {"tree/a/new": "new", "tree/a/old": "old", "tree/same": "later"}
    (guest / "link").symlink_to("tree/same")
    machine.copy_from_host(str(tree / "a" / "new"), str(guest / "link"))
    assert (guest / "link").is_symlink()
    assert (guest / "tree" / "same").read_text() == "new"

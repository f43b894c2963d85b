"""What a hostile guest may put into an archive: nothing is written outside the folder."""

import io
import os
import random
import stat
import tarfile
from pathlib import Path

import pytest

from test_driver.errors import CopyRefused
from test_driver.guest.tar_stream import TarStream
from test_driver.machine.archive import unpack_tree

INPUTS = int(os.environ.get("REHEARSE_FUZZ_INPUTS", "300"))


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    """Return an entry of an archive."""
    found = tarfile.TarInfo(name)
    found.type, found.linkname, found.mode = kind, link, 0o6777
    found.size = 4 if kind == tarfile.REGTYPE else 0
    return found


def archive_of(*members: tarfile.TarInfo) -> io.BytesIO:
    """Return an archive whose files all hold the text evil."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for one in members:
            tar.addfile(one, io.BytesIO(b"evil") if one.isreg() else None)
    file.seek(0)
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder that may be written to, with something beside it that may not."""
    (tmp_path / "beside").write_text("good")
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def unpack(archive: io.BytesIO, folder: Path) -> list[str]:
    """Unpack, and return what was left out."""
    left_out: list[str] = []
    unpack_tree("machine1", archive, folder, lambda path: None, left_out.append)
    return left_out


def refusal(archive: io.BytesIO, folder: Path) -> str:
    """Unpack, and return why that was refused, or nothing."""
    try:
        unpack(archive, folder)
    except CopyRefused as error:
        return str(error)
    return ""


def outside(folder: Path) -> list[str]:
    """Return what lies beside the folder."""
    assert (folder.parent / "beside").read_text() == "good"
    return sorted(path.name for path in folder.parent.iterdir())


@pytest.mark.parametrize(
    "members",
    [
        pytest.param([member("../beside")], id="dots"),
        pytest.param([member("a/../../beside")], id="dots-inside"),
        pytest.param([member("up", tarfile.SYMTYPE, "..")], id="link-up"),
        pytest.param([member("to", tarfile.SYMTYPE, "/etc/passwd")], id="link-absolute"),
        pytest.param([member("to", tarfile.LNKTYPE, "../beside")], id="hard-link"),
        pytest.param([member("null", tarfile.CHRTYPE)], id="device"),
        pytest.param([member("disk", tarfile.BLKTYPE)], id="disk"),
        pytest.param([member("pipe", tarfile.FIFOTYPE)], id="pipe"),
    ],
)
def test_what_leads_outside_is_left_out_and_told(
    folder: Path, members: list[tarfile.TarInfo]
) -> None:
    left_out = unpack(archive_of(*members, member("kept")), folder)
    assert len(left_out) == 1
    assert members[0].name in left_out[0]
    assert outside(folder) == ["beside", "in"]
    assert [path.name for path in folder.iterdir()] == ["kept"]


@pytest.mark.parametrize(
    "members",
    [
        pytest.param(
            [
                member("a", tarfile.SYMTYPE, "."),
                member("a/b", tarfile.SYMTYPE, ".."),
                member("a/b/beside"),
            ],
            id="link-over-link",
        ),
        pytest.param(
            [
                member("d", tarfile.DIRTYPE),
                member("d", tarfile.SYMTYPE, "../.."),
                member("d/beside"),
            ],
            id="folder-becomes-link",
        ),
        pytest.param(
            [member("x", tarfile.SYMTYPE, "y"), member("y", tarfile.SYMTYPE, ".."), member("x/z")],
            id="link-before-its-target",
        ),
    ],
)
def test_links_do_not_lead_later_files_outside(
    folder: Path, members: list[tarfile.TarInfo]
) -> None:
    said = refusal(archive_of(*members), folder)
    assert said == "" or said.startswith("machine1: cannot write")
    assert outside(folder) == ["beside", "in"]


def test_an_absolute_name_lands_inside(folder: Path) -> None:
    claimed: list[Path] = []
    archive = archive_of(member(f"{folder.parent}/beside"))
    unpack_tree("machine1", archive, folder, claimed.append, pytest.fail)
    assert outside(folder) == ["beside", "in"]
    assert claimed == [Path(f"{folder}{folder.parent}/beside")]


def test_names_with_newlines_and_marks_are_names_like_any(folder: Path) -> None:
    names = ["two\nlines", "-rf", "$(touch x)", " blanks ", "\x1b[31mred"]
    assert unpack(archive_of(*map(member, names)), folder) == []
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)


def test_what_comes_out_is_no_program_with_the_rights_of_another(folder: Path) -> None:
    unpack(archive_of(member("program")), folder)
    mode = (folder / "program").stat().st_mode
    assert not mode & (stat.S_ISUID | stat.S_ISGID | stat.S_ISVTX)


def test_each_file_is_asked_for_before_it_is_written(folder: Path) -> None:
    def refuse(path: Path) -> None:
        raise CopyRefused("machine1", f"{path.name} is taken")

    with pytest.raises(CopyRefused, match="mine is taken"):
        unpack_tree("machine1", archive_of(member("mine")), folder, refuse, pytest.fail)
    assert list(folder.iterdir()) == []


def broken(number: int) -> bytes:
    """Return an archive with this number, damaged in the same way in every run."""
    chance = random.Random(number)
    content = bytearray(
        archive_of(
            member("../beside"),
            member("link", tarfile.SYMTYPE, ".."),
            member("file"),
            member("name\n" * 40),
        ).getvalue()[:8192]
    )
    for _ in range(chance.randrange(1, 20)):
        at = chance.randrange(len(content))
        piece = chance.choice([chance.randbytes(1), b"../", b"\0", b"5", b"2", b"x", b"\xff\x80"])
        content[at : at + len(piece)] = piece
    return bytes(content[: chance.randrange(1, len(content))])


def test_a_damaged_archive_is_an_error_that_names_the_machine(folder: Path) -> None:
    seen: set[str] = set()
    for number in range(INPUTS):
        said = refusal(io.BytesIO(broken(number)), folder)
        assert said == "" or said.startswith("machine1: "), (number, said)
        seen.add(said[:50])
        assert outside(folder) == ["beside", "in"], number
    assert "machine1: what it sent is no archive of files: unexpected end of data"[:50] in seen


def test_a_link_to_nothing_and_a_time_that_is_none_are_errors(folder: Path) -> None:
    with pytest.raises(CopyRefused, match="machine1: "):
        unpack(archive_of(member("to", tarfile.LNKTYPE, "nothing")), folder)
    late = member("late")
    late.mtime = 1e30
    with pytest.raises(CopyRefused, match="machine1: "):
        unpack(archive_of(late), folder)


def test_no_archive_at_all_is_an_error(folder: Path) -> None:
    with pytest.raises(CopyRefused, match="machine1: what it sent is no archive of files: "):
        unpack(io.BytesIO(b"evil" * 1000), folder)


def test_a_tree_that_is_packed_is_unpacked(folder: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "below").mkdir(parents=True)
    (source / "below" / "file").write_text("text")
    stream = TarStream("machine1", source, "copy", pytest.fail)
    archive = io.BytesIO()
    while piece := stream.read(1000):
        archive.write(piece)
    assert archive.tell() == stream.size
    archive.seek(0)
    claimed: list[Path] = []
    unpack_tree("machine1", archive, folder, claimed.append, pytest.fail)
    assert claimed == [folder / "copy" / "below" / "file"]
    assert claimed[0].read_text() == "text"

"""The mirror: what is given, else what the machine's apt uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from debian_archive.errors import MirrorNotKnown
from debian_archive.mirror import download_address, find_mirror, machine_codename

ADDRESSES = """\
'http://mirror.invalid/debian-security/dists/bookworm-security/InRelease' name 0
'http://mirror.invalid/debian//dists/bookworm-updates/InRelease' name 0
'https://mirror.invalid/debian/dists/bookworm/InRelease' name 0
'http://second.invalid/debian/dists/bookworm/InRelease' name 0
"""


@pytest.fixture
def os_release(tmp_path: Path) -> Path:
    file = tmp_path / "os-release"
    file.write_text('NAME="Debian"\nVERSION_CODENAME=bookworm\n')
    return file


def _apt_get(programs: Path, program_path: str, output: str, status: int = 0) -> None:
    program = programs / "apt-get"
    program.write_text(
        f"#!{program_path}\nimport sys\n"
        "assert sys.argv[1:] == ['update', '--print-uris'], sys.argv\n"
        f"sys.stdout.write({output!r})\nsys.exit({status})\n"
    )
    program.chmod(0o755)


def test_what_is_given_is_taken(os_release: Path) -> None:
    assert find_mirror("http://given.invalid/debian/", os_release) == "http://given.invalid/debian"


def test_the_entry_of_the_machines_own_suite_is_taken(
    programs: Path, program_path: str, os_release: Path
) -> None:
    _apt_get(programs, program_path, ADDRESSES)
    assert find_mirror(None, os_release) == "https://mirror.invalid/debian"


def test_no_entry_of_the_own_suite_is_told(
    programs: Path, program_path: str, os_release: Path
) -> None:
    _apt_get(programs, program_path, ADDRESSES.replace("dists/bookworm/", "dists/sid/"))
    with pytest.raises(
        MirrorNotKnown,
        match=r"the apt sources of this machine have no entry for its own suite, 'bookworm'\. "
        "Give one with --mirror URL or REHEARSE_DEBIAN_MIRROR=URL",
    ):
        find_mirror(None, os_release)


def test_an_apt_that_fails_is_told(programs: Path, program_path: str, os_release: Path) -> None:
    _apt_get(programs, program_path, "E: Malformed entry", status=100)
    with pytest.raises(MirrorNotKnown, match=r"(?s)apt does not tell \(.*E: Malformed entry\)"):
        find_mirror(None, os_release)


def test_a_machine_without_apt_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, os_release: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MirrorNotKnown, match="this machine has no apt"):
        find_mirror(None, os_release)


def test_a_machine_without_codename_has_sid(tmp_path: Path) -> None:
    (tmp_path / "os-release").write_text("NAME=Debian\n")
    assert machine_codename(tmp_path / "os-release") == "sid"
    assert machine_codename(tmp_path / "missing") == "sid"


def test_apts_list_of_mirrors_is_read(tmp_path: Path) -> None:
    listing = tmp_path / "mirrors.txt"
    listing.write_text("# of the cloud\nhttps://a.invalid/debian/\tpriority:1\nhttp://b.invalid\n")
    for slashes in ("", "//"):
        address = f"mirror+file:{slashes}{listing}"
        assert download_address(address) == "https://a.invalid/debian"


def test_an_empty_list_of_mirrors_is_told(tmp_path: Path) -> None:
    (tmp_path / "mirrors.txt").write_text("# none\n")
    with pytest.raises(MirrorNotKnown, match=r"apt's list of mirrors .*mirrors\.txt is empty"):
        download_address(f"mirror+file:{tmp_path}/mirrors.txt")


def test_a_missing_list_of_mirrors_is_told(tmp_path: Path) -> None:
    with pytest.raises(MirrorNotKnown, match=r"list of mirrors .*mirrors\.txt cannot be read"):
        download_address(f"mirror+file:{tmp_path}/mirrors.txt")


@pytest.mark.parametrize("address", ["cdrom:[Debian 13]", "tor+http://x.invalid", "x.invalid"])
def test_what_only_apt_can_read_is_told(address: str) -> None:
    with pytest.raises(MirrorNotKnown, match="is not an address of http, https or file"):
        download_address(address)


def test_usual_addresses_are_kept() -> None:
    for address in ("http://x.invalid/debian", "https://x.invalid", "file:/srv/debian"):
        assert download_address(address) == address

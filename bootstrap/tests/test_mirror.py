"""Which mirror is used."""

from __future__ import annotations

from computer import Computer

ADDRESSES = """cat <<END
'http://m.invalid/debian-security/dists/bookworm-security/InRelease' name 0
'http://m.invalid/debian//dists/bookworm-updates/InRelease' name 0
'http://m.invalid/debian/dists/bookworm/InRelease' name 0
'http://second.invalid/debian/dists/bookworm/InRelease' name 0
END"""


def test_the_machines_own_is_found(computer: Computer) -> None:
    computer.program("apt-get", ADDRESSES)
    done = computer.sh("debian_mirror")
    assert done.stdout == "http://m.invalid/debian\n"
    assert computer.called("apt-get") == ["apt-get update --print-uris"]


def test_the_one_that_is_given_goes_first(computer: Computer) -> None:
    computer.program("apt-get", ADDRESSES)
    done = computer.sh("REHEARSE_DEBIAN_MIRROR=http://given.invalid/debian/ debian_mirror")
    assert done.stdout == "http://given.invalid/debian\n"


def test_a_machine_without_apt_is_told(computer: Computer) -> None:
    done = computer.sh("debian_mirror")
    assert done.returncode == 2
    assert done.stderr == (
        "demo: error: which Debian mirror to use is not known: this machine has no apt to ask. "
        "Give one with --mirror URL or REHEARSE_DEBIAN_MIRROR=URL.\n"
    )


def test_sources_without_the_own_suite_are_told(computer: Computer) -> None:
    computer.program("apt-get", ADDRESSES.replace("/bookworm/", "/sid/"))
    done = computer.sh("debian_mirror")
    assert done.returncode == 2
    assert done.stderr == (
        "demo: error: no Debian mirror found: the apt sources of this machine have no entry for "
        "its own suite, 'bookworm'. Give one with --mirror URL or REHEARSE_DEBIAN_MIRROR=URL.\n"
    )

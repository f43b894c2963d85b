"""Programs of a newer Debian beside the system."""

from __future__ import annotations

import pytest
from computer import Computer

URIS = "'http://m.invalid/pool/a.deb' a_1_amd64.deb 4200000 SHA256:0"
APT_GET = f"""case "$*" in
*--print-uris*install* | *install*--print-uris*) echo "{URIS}" ;;
*--download-only*) root=${{APT_CONFIG%/*}}; echo deb >"$root/cache/archives/a_1_amd64.deb" ;;
*update*) ;;
esac"""
DPKG_DEB = """mkdir -p "$SCRATCH/usr/bin"
echo program >"$SCRATCH/usr/bin/nix"
echo program >"$SCRATCH/usr/bin/nix-store"
tar -c -C "$SCRATCH" usr"""
INSTALL = 'export REHEARSE_DEBIAN_MIRROR=http://m.invalid\nexport SCRATCH="$HOME/scratch"\n'


@pytest.fixture
def debian(computer: Computer) -> Computer:
    computer.program("apt-get", APT_GET)
    computer.program("apt-config", "echo 'Acquire::http::Proxy \"http://proxy.invalid\";'")
    computer.program("apt-cache", "echo '  Candidate: 2.26.3'")
    computer.program("dpkg", "echo amd64")
    computer.program("dpkg-deb", DPKG_DEB)
    return computer


def _left(computer: Computer) -> list[str]:
    tools = computer.home / ".cache/rehearse/tools"
    return sorted(path.name for path in tools.iterdir()) if tools.exists() else []


def test_it_says_what_it_installs_and_where(debian: Computer) -> None:
    done = debian.sh(INSTALL + "install_tree nix-bin")
    assert done.returncode == 0, done.stderr
    place = debian.home / ".cache/rehearse/tools/nix-bin-1"
    assert done.stderr == (
        "Reading the package lists of Debian (trixie) from http://m.invalid ...\n"
        f"Installing nix-bin 2.26.3 beside the system (1 packages, 5 MB), into {place}\n"
    )
    assert _left(debian) == ["nix-bin-1"]
    assert (place / "bin/nix").stat().st_mode & 0o111
    assert f"tree='{place}'\n" in (place / "bin/nix-store").read_text()
    assert "--argv0 nix-store" in (place / "bin/nix-store").read_text()
    assert "\nsandbox = true\nsandbox-fallback = false\n" in (place / "conf/nix.conf").read_text()


def test_the_second_time_nothing_is_done(debian: Computer) -> None:
    debian.sh(INSTALL + "install_tree nix-bin")
    debian.calls.write_text("")
    done = debian.sh(INSTALL + "install_tree nix-bin")
    assert (done.returncode, done.stderr) == (0, "")
    assert debian.called("") == []


def test_the_private_apt_has_the_machines_proxy_and_checks_signatures(debian: Computer) -> None:
    debian.program("apt-get", 'cat "$APT_CONFIG" "${APT_CONFIG%/*}/sources.list" >&2; exit 1')
    done = debian.sh(INSTALL + "install_tree nix-bin")
    assert 'Acquire::http::Proxy "http://proxy.invalid";' in done.stderr
    assert (
        f"deb [arch=amd64 signed-by={debian.keyring}] http://m.invalid trixie main" in done.stderr
    )
    assert "trusted" not in done.stderr


def test_python_knows_its_home(debian: Computer) -> None:
    done = debian.sh(INSTALL + "install_tree python3")
    assert done.returncode == 0, done.stderr
    wrapper = debian.home / ".cache/rehearse/tools/python3-1/bin/python3"
    assert 'export PYTHONHOME="$tree/usr"' in wrapper.read_text()


def test_a_home_with_a_quote_is_no_problem(debian: Computer) -> None:
    done = debian.sh('quoted "it\'s"')
    assert done.stdout == "'it'\\''s'\n"


@pytest.mark.parametrize(
    ("program", "code", "message"),
    [
        (
            "apt-get",
            "exit 100",
            "cannot read the package lists of trixie from http://m.invalid (see above). "
            "Another mirror can be given with --mirror URL or REHEARSE_DEBIAN_MIRROR=URL.",
        ),
        (
            "apt-get",
            APT_GET.replace("*--download-only*) ", "*--download-only*) exit 100; "),
            "cannot download nix-bin and what it depends on from http://m.invalid (see above). "
            "Another mirror can be given with --mirror URL or REHEARSE_DEBIAN_MIRROR=URL.",
        ),
        (
            "dpkg-deb",
            "echo 'No space left on device' >&2; exit 2",
            "cannot unpack a_1_amd64.deb into HOME/.cache/rehearse/tools (see above): "
            "is the disk full?",
        ),
        ("tar", "exit 2", "cannot unpack a_1_amd64.deb into"),
        (
            "mv",
            "exit 1",
            "cannot move the unpacked packages to HOME/.cache/rehearse/tools/nix-bin-1",
        ),
        ("dpkg", "echo arm64", "cannot install nix-bin: this machine is arm64; only amd64 is"),
    ],
)
def test_a_failure_is_told_and_nothing_stays(
    debian: Computer, program: str, code: str, message: str
) -> None:
    debian.program(program, code)
    done = debian.sh(INSTALL + "install_tree nix-bin\necho went on")
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"demo: error: {message.replace('HOME', str(debian.home))}" in done.stderr
    assert _left(debian) == []


def test_a_full_disk_in_the_middle_is_no_success(debian: Computer) -> None:
    debian.program("chmod", "echo 'No space left on device' >&2; exit 1")
    done = debian.sh(INSTALL + "install_tree nix-bin\necho went on")
    assert done.returncode != 0
    assert done.stdout == ""
    assert _left(debian) == []


def test_an_interrupted_installation_leaves_nothing(debian: Computer) -> None:
    debian.program("dpkg-deb", "kill -TERM $PPID; exit 1")
    done = debian.sh(INSTALL + "install_tree nix-bin")
    assert done.returncode != 0
    assert _left(debian) == []


@pytest.mark.parametrize("program", ["apt-get", "apt-config", "dpkg-deb"])
def test_a_machine_without_the_tools_of_debian_is_told(debian: Computer, program: str) -> None:
    (debian.programs / program).unlink()
    done = debian.sh(INSTALL + "install_tree nix-bin")
    assert done.returncode == 2
    assert done.stderr == (
        f"demo: error: cannot install nix-bin: this machine has no {program}. Set-up needs Debian "
        "12 or newer, or Nix 2.18 or newer and Python 3.11 or newer already on PATH.\n"
    )


def test_missing_keys_are_told(debian: Computer) -> None:
    debian.keyring.unlink()
    done = debian.sh(INSTALL + "install_tree nix-bin")
    assert done.returncode == 2
    assert (
        f"demo: error: the keys of the Debian archive are missing: there is no {debian.keyring}. "
        "Install the package debian-archive-keyring.\n"
    ) in done.stderr


def test_a_new_python_is_used(computer: Computer) -> None:
    computer.program("python3", "exit 0")
    assert computer.sh("setup_python").returncode == 0
    assert _left(computer) == []


def test_without_python_one_is_brought_along(debian: Computer) -> None:
    done = debian.sh(INSTALL + "setup_python\ncommand -v python3")
    assert done.stdout == f"{debian.home}/.cache/rehearse/tools/python3-1/bin/python3\n"

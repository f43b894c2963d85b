"""Which Nix is used, and which is refused."""

from __future__ import annotations

import socket

import pytest
from computer import Computer

BRING = "install_tree() { echo installs $1; }\nmkdir() { echo makes $*; }\n"


@pytest.mark.parametrize(
    ("printed", "version"),
    [
        ("nix (Nix) 2.26.3", "2.26.3"),
        ("nix (Nix) 2.8.0", "2.8.0"),
        ("nix (Nix) 2.31.0pre20250712_1", "2.31.0"),
        ("nix (Lix, like Nix) 2.91.1", "2.91.1"),
        ("nix (Determinate Nix 3.8.2) 2.30.1", "2.30.1"),
    ],
)
def test_the_version_is_read(computer: Computer, printed: str, version: str) -> None:
    computer.program("nix", f"echo '{printed}'")
    assert computer.sh("nix_version").stdout == f"{version}\n"


def test_without_nix_there_is_no_version(computer: Computer) -> None:
    done = computer.sh("nix_version")
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("version", "enough"),
    [("2.18", True), ("2.18.1", True), ("2.26.3", True), ("3.0.1", True), ("2.8.0", False)],
)
def test_versions_are_compared_by_number(computer: Computer, version: str, enough: bool) -> None:
    assert (computer.sh(f"at_least {version} 2.18").returncode == 0) is enough


@pytest.mark.parametrize("user", [0, 1000])
def test_a_nix_of_use_is_used(computer: Computer, user: int) -> None:
    computer.user(user)
    computer.nix("2.26.3")
    done = computer.sh(f"{BRING}nix_store={computer.home}\nsetup_nix")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_root_gets_one_where_there_is_none(computer: Computer) -> None:
    done = computer.sh(BRING + "setup_nix\necho $PATH")
    assert done.returncode == 0, done.stderr
    assert "installs nix-bin\n" in done.stdout
    assert f"{computer.home}/.cache/rehearse/tools/nix-bin-1/bin:" in done.stdout


def test_root_gets_one_beside_an_old_one(computer: Computer) -> None:
    computer.nix("2.8.0")
    done = computer.sh(BRING + "setup_nix")
    assert "The Nix on PATH is too old: found 2.8.0, needed 2.18 or newer.\n" in done.stderr
    assert "installs nix-bin\n" in done.stdout


def test_an_old_one_is_told_to_another_user(computer: Computer) -> None:
    computer.user(1000)
    computer.nix("2.8.0")
    done = computer.sh(BRING + "setup_nix")
    assert done.returncode == 2
    assert done.stderr == (
        f"demo: error: Nix is too old: found 2.8.0 ({computer.programs}/nix), needed 2.18 or "
        "newer. Install a newer Nix with a daemon, or run this as root, which puts one beside the "
        "system.\n"
    )


def test_none_is_told_to_another_user(computer: Computer) -> None:
    computer.user(1000)
    done = computer.sh(BRING + "setup_nix")
    assert done.returncode == 2
    assert done.stderr == (
        "demo: error: there is no Nix here, and only root can install one: needed is Nix 2.18 or "
        "newer with a daemon that you may use. Install one (in Debian 13: nix-setup-systemd), or "
        "run this as root, which puts one beside the system.\n"
    )


def test_a_store_that_cannot_be_used_is_told(computer: Computer) -> None:
    computer.nix("2.26.3")
    computer.program("nix-store", "echo 'error: cannot connect to the daemon' >&2; exit 1")
    done = computer.sh(BRING + "setup_nix")
    assert done.returncode == 2
    assert done.stderr == (
        "demo: error: Nix is here, but somebody cannot use its store: cannot connect to the daemon."
        " Its daemon must run, and this user must be allowed to use it (in Debian: be in the group "
        "nix-users).\n"
    )


def test_a_store_below_the_home_folder_is_refused(computer: Computer) -> None:
    computer.user(1000)
    computer.nix("2.26.3")
    done = computer.sh(f"{BRING}nix_store={computer.home}/none\nsetup_nix")
    assert done.returncode == 2
    assert f"cannot use its store: there is no {computer.home}/none. Its daemon" in done.stderr


def test_a_daemon_that_nobody_has_used_yet_will_do(computer: Computer) -> None:
    computer.user(1000)
    computer.nix("2.26.3")
    address = computer.home / "socket"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(address))
        setting = f"NIX_DAEMON_SOCKET_PATH={address}\nnix_store={computer.home}/none\n"
        done = computer.sh(f"{BRING}{setting}setup_nix")
    assert (done.returncode, done.stderr) == (0, "")


def test_root_may_build_without_the_users_for_that(computer: Computer) -> None:
    computer.nix("2.26.3")
    computer.change("nix", "build-users-group'*) ;;", "build-users-group'*) echo nixbld ;;")
    computer.program("getent", "exit 2")
    done = computer.sh(BRING + 'setup_nix\necho "$NIX_CONFIG"')
    assert done.stdout == "build-users-group =\n"
    assert done.stderr == (
        "There is no group 'nixbld' of users that Nix builds as: building as root, in the "
        "sandbox.\n"
    )


@pytest.mark.parametrize("setting", ["false", "relaxed", ""])
def test_a_nix_that_builds_without_sandbox_is_refused(computer: Computer, setting: str) -> None:
    computer.program("nix", f"echo '{setting}'")
    done = computer.sh("require_sandbox")
    assert done.returncode == 2
    assert done.stderr == (
        f"demo: error: Nix would not build in its sandbox: its setting 'sandbox' is '{setting}', "
        "needed is 'true'. Write 'sandbox = true' into its nix.conf (usually /etc/nix/nix.conf).\n"
    )


def test_the_sandbox_of_an_older_nix_is_read(computer: Computer) -> None:
    computer.program(
        "nix",
        "case $* in *show-config) echo 'sandbox = true'; echo 'sandbox-x = y' ;; *) exit 1 ;; esac",
    )
    assert computer.sh("require_sandbox").returncode == 0

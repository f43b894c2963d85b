"""The command line, as a program of its own."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from fake_index import FakeIndex, package_stanza
from mirror_server import MirrorServer
from small_deb import Deb, small_deb
from small_wheel import PackageIndex, small_wheel

import debian_archive
from debian_archive.lock import Lock, LockedBusybox, LockedSuite
from debian_archive.lock_file import read_lock, write_lock
from debian_archive.refresh import add_packages, refresh_suites

TOOL = Path(__file__).parents[1]


@pytest.fixture
def checkout(
    tmp_path: Path, trixie: FakeIndex, server: MirrorServer, monkeypatch: pytest.MonkeyPatch
) -> Path:
    monkeypatch.setenv("PYTHONPATH", str(TOOL))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("REHEARSE_DEBIAN_MIRROR", server.address)
    checkout = tmp_path / "checkout"
    lock = checkout / "lib/debian/debian.lock.json"
    lock.parent.mkdir(parents=True)
    suite = LockedSuite(roots=("busybox-static", "nginx"), alone=(), packages={})
    busybox = LockedBusybox(suite="trixie", package="busybox-static", nar_hash="none")
    empty = Lock(busybox=busybox, suites={"trixie": suite})
    write_lock(refresh_suites(empty, ["trixie"], server.address, open_index=trixie.open), lock)
    return checkout


def _run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "debian_archive", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def _run_program(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [shutil.which("sh") or "sh", str(TOOL / "rehearse-debian"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _builds(state: Path, *packages: str) -> None:
    builds = {"checks.web": [["trixie", package] for package in packages]}
    state.write_text(json.dumps({**json.loads(state.read_text()), "builds": builds}))


def test_fetch_prints_just_the_flake(checkout: Path, nix_state: Path) -> None:
    _builds(nix_state, "@busybox", "nginx")
    done = _run("fetch", "--checkout", str(checkout), "checks.web")
    assert (done.returncode, done.stdout) == (0, f"{checkout}\n")
    assert done.stderr.splitlines()[0] == "downloading 2 Debian packages, 0.0 MB"
    again = _run("fetch", "checks.web", cwd=checkout)
    assert (again.returncode, again.stdout, again.stderr) == (0, f"{checkout}\n", "")


def test_a_flake_that_is_no_folder_is_printed_as_given(checkout: Path, nix_state: Path) -> None:
    _builds(nix_state, "nginx")
    done = _run("fetch", "--flake", f"path:{checkout}", "checks.web")
    assert (done.returncode, done.stdout) == (0, f"path:{checkout}\n")


def test_without_a_name_all_checks_are_fetched(checkout: Path, nix_state: Path) -> None:
    builds = {
        "checks.x86_64-linux.web": [["trixie", "nginx"]],
        "checks.x86_64-linux.other": [["trixie", "libc6"]],
        "packages.x86_64-linux.unasked": [["trixie", "dash"]],
    }
    nix_state.write_text(json.dumps({**json.loads(nix_state.read_text()), "builds": builds}))
    done = _run("fetch", cwd=checkout)
    assert (done.returncode, done.stdout) == (0, f"{checkout}\n")
    assert done.stderr.splitlines()[0] == "downloading 2 Debian packages, 0.0 MB"


def test_without_a_name_and_checks_there_is_nothing_to_fetch(
    checkout: Path, nix_state: Path
) -> None:
    _builds(nix_state, "nginx")
    done = _run("fetch", cwd=checkout)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"rehearse-debian: error: flake {checkout} has no checks.x86_64-linux, which is what is "
        "fetched for when nothing is named. Name what to fetch for: rehearse-debian fetch "
        "ATTRIBUTE\n"
    )


def test_a_failure_is_one_message(
    checkout: Path, nix_state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REHEARSE_DEBIAN_MIRROR", "ftp://mirror.invalid")
    _builds(nix_state, "nginx")
    done = _run("fetch", "--checkout", str(checkout), "checks.web")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "rehearse-debian: error: which Debian mirror to use is not known: "
        "'ftp://mirror.invalid' is not an address of http, https or file. Give one with "
        "--mirror URL or REHEARSE_DEBIAN_MIRROR=URL\n"
    )


def test_a_cache_that_cannot_be_made_is_told(
    checkout: Path, nix_state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    _builds(nix_state, "nginx")
    done = _run("fetch", "--checkout", str(checkout), "checks.web")
    assert done.returncode == 1
    assert done.stderr == (
        "rehearse-debian: error: [Errno 20] Not a directory: '/dev/null/rehearse'\n"
    )


def test_the_mirror_given_goes_before_the_environment(checkout: Path, nix_state: Path) -> None:
    _builds(nix_state, "nginx")
    done = _run("fetch", "--mirror", "ftp://x", "--checkout", str(checkout), "checks.web")
    assert "'ftp://x' is not an address" in done.stderr


def test_a_suite_that_is_not_locked_is_told(checkout: Path) -> None:
    done = _run("lock", "refresh", "--suite", "sid", cwd=checkout)
    assert done.returncode == 1
    assert done.stderr == ("rehearse-debian: error: the lock has no suite 'sid'; it has trixie\n")


def test_wheels_are_locked_and_fetched(
    checkout: Path,
    nix_state: Path,
    server: MirrorServer,
    trixie: FakeIndex,
    pypi: PackageIndex,
    pip_deb: Deb,
) -> None:
    lock = checkout / "lib/debian/debian.lock.json"
    _lock_pip(lock, server, trixie, pip_deb)
    before = lock.read_bytes()
    wheel = small_wheel("stamina", "25.1")
    pypi.add(wheel)
    done = _run("lock", "add", "pypi", "stamina", cwd=checkout)
    assert (done.returncode, done.stderr) == (0, "asking pip for wheels ...\n")
    assert done.stdout == "pypi: 1 changed\n  + stamina 25.1\ntrixie: nothing changed\n"
    # No host name is in the lock.
    assert "127.0.0.1" not in lock.read_text()
    assert len(lock.read_bytes()) > len(before)
    _builds(nix_state, "nginx")
    state = json.loads(nix_state.read_text())
    state["builds"]["checks.web"].append(["pypi", "stamina"])
    state["pip"] = str(checkout.parent / "pip.deb")
    Path(state["pip"]).write_bytes(pip_deb.content)
    nix_state.write_text(json.dumps(state))
    done = _run("fetch", "checks.web", cwd=checkout)
    assert (done.returncode, done.stdout) == (0, f"{checkout}\n")
    lines = done.stderr.splitlines()
    # pip is one of the two packages.
    assert lines[0].startswith("downloading 2 Debian packages, ")
    assert lines[-1] == f"downloading with pip: {wheel.file}"
    assert [one for one in json.loads(nix_state.read_text())["valid"] if one.endswith(wheel.file)]
    again = _run("fetch", "checks.web", cwd=checkout)
    assert (again.returncode, again.stderr) == (0, "")


def _lock_pip(lock: Path, server: MirrorServer, trixie: FakeIndex, pip_deb: Deb) -> None:
    for deb in (pip_deb, small_deb("python3", "3.13.5-1")):
        trixie.add(package_stanza(deb.name, deb.version, deb.content))
        server.files[trixie.path(deb.name)] = deb.content
    names = ["python3", "python3-pip-whl"]
    old = read_lock(lock)
    write_lock(add_packages(old, "trixie", names, server.address, open_index=trixie.open), lock)


def test_wheels_have_no_packages_to_leave_out(checkout: Path) -> None:
    done = _run("lock", "add", "--alone", "pypi", "stamina", cwd=checkout)
    assert done.returncode == 1
    assert done.stderr == (
        "rehearse-debian: error: --alone is for packages of Debian; wheels are locked with those "
        "that they depend on\n"
    )


def test_wheels_are_refreshed_only_where_there_are(checkout: Path) -> None:
    done = _run("lock", "refresh", "--suite", "pypi", cwd=checkout)
    assert done.returncode == 1
    assert done.stderr == "rehearse-debian: error: the lock has no suite 'pypi'; it has trixie\n"


@pytest.mark.skipif(shutil.which("apt-get") is None, reason="this machine has no apt-get")
def test_a_lock_that_cannot_be_renewed_stays(checkout: Path) -> None:
    file = checkout / "lib/debian/debian.lock.json"
    before = file.read_bytes()
    for arguments in (["refresh"], ["add", "trixie", "hello"]):
        done = _run("lock", *arguments, "--mirror", "file:/nowhere", cwd=checkout)
        assert done.returncode == 1
        assert "error: cannot read the index of suite 'trixie' from file:/nowhere" in done.stderr
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_missing_lock_is_told(tmp_path: Path) -> None:
    done = _run("lock", "refresh", "--lock", str(tmp_path / "none.json"))
    assert done.returncode == 1
    assert f"lock file {tmp_path}/none.json: it cannot be read" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["lock"], "the following arguments are required: ACTION"),
        (["lock", "add", "trixie"], "the following arguments are required: PACKAGE"),
        (["lock", "show"], "invalid choice: 'show'"),
        (["fetch", "--checkout", ".", "--flake", ".", "x"], "not allowed with argument"),
    ],
)
def test_wrong_usage_has_a_status_of_its_own(arguments: list[str], message: str) -> None:
    done = _run(*arguments)
    assert done.returncode == 2
    assert message in done.stderr


def test_the_program_finds_its_python(programs: Path, program_path: str) -> None:
    (programs / "python3").write_text(f'#!{shutil.which("sh")}\nexec {program_path} "$@"\n')
    (programs / "python3").chmod(0o755)
    done = _run_program("--help")
    assert done.returncode == 0
    assert done.stdout.startswith("usage: rehearse-debian [-h] COMMAND ...")


def test_a_python_that_is_too_old_is_told(programs: Path) -> None:
    sh = shutil.which("sh")
    assert sh is not None
    (programs / "python3").write_text(f"#!{sh}\nexit 1\n")
    (programs / "python3").chmod(0o755)
    done = _run_program("--help")
    assert done.returncode == 2
    assert done.stderr == (
        "rehearse-debian: error: needed is Python 3.11 or newer, as python3 on PATH. "
        "./demo and ./check bring one along.\n"
    )


def test_a_download_that_is_terminated_leaves_nothing(
    checkout: Path, nix_state: Path, server: MirrorServer, tmp_path: Path
) -> None:
    _builds(nix_state, "nginx")
    server.hang.set()
    command = [sys.executable, "-m", "debian_archive", "fetch", "--checkout", str(checkout)]
    with subprocess.Popen([*command, "checks.web"], stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        assert running.stderr.readline().startswith("downloading")
        server.hanging.wait(10)
        running.send_signal(signal.SIGTERM)
        server.hang.clear()
        assert running.wait(20) == 128 + signal.SIGTERM
    assert list((tmp_path / "cache" / "rehearse").iterdir()) == []


def test_what_the_package_offers_is_pinned() -> None:
    assert debian_archive.__all__ == [
        "ArchiveError",
        "Lock",
        "LockedBusybox",
        "LockedPackage",
        "LockedSuite",
        "fetch",
        "read_lock",
        "refresh_suites",
        "write_lock",
    ]
    assert all(hasattr(debian_archive, name) for name in debian_archive.__all__)

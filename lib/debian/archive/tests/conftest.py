"""Real servers, real small packages, and programs that stand in for Nix."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_index import FakeIndex, package_stanza
from mirror_server import MirrorServer
from small_deb import Deb, busybox_deb, small_deb
from small_wheel import PackageIndex


@pytest.fixture
def server() -> Iterator[MirrorServer]:
    with MirrorServer() as running:
        yield running


@pytest.fixture
def program_path() -> str:
    """The interpreter for programs that a test writes."""
    return shutil.which("python3") or sys.executable


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that comes first on PATH."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


@pytest.fixture
def nix_state(
    programs: Path, program_path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A nix and a nix-store that keep what they know in the file that is returned."""
    fake = Path(__file__).parent / "fake_nix.py"
    for name in ("nix", "nix-store"):
        program = programs / name
        program.write_text(f"#!{program_path}\n{fake.read_text()}")
        program.chmod(0o755)
    state = tmp_path / "nix-state.json"
    state.write_text(json.dumps({"version": "2.26.3", "valid": [], "folders": {}, "builds": {}}))
    monkeypatch.setenv("FAKE_NIX_STATE", str(state))
    return state


@pytest.fixture
def trixie(server: MirrorServer) -> FakeIndex:
    """A suite with a few packages, which the server has."""
    index = FakeIndex("trixie", essential=["dash"])
    debs = {
        "nginx": (small_deb("nginx", "1.3"), "Depends: libc6 (>= 2.40), nginx-common\n"),
        "nginx-common": (small_deb("nginx-common", "1.3"), "Depends: dash | bash\n"),
        "libc6": (small_deb("libc6", "2.41"), ""),
        "dash": (small_deb("dash", "0.5"), "Pre-Depends: libc6\nEssential: yes\n"),
        "busybox-static": (busybox_deb(b"new busybox"), ""),
    }
    for name, (deb, more) in debs.items():
        index.add(package_stanza(name, deb.version, deb.content, more))
        server.files[index.path(name)] = deb.content
    return index


@pytest.fixture(scope="session")
def pip_deb() -> Deb:
    """The pip of this Python as a wheel, in a package like that of Debian."""
    bundled = Path(os.__file__).parent / "ensurepip" / "_bundled"
    places = [Path(sys.prefix) / "share" / "python-wheels", bundled]
    wheels = [wheel for place in places for wheel in place.glob("pip-*.whl")]
    assert wheels, f"no pip-*.whl in {places[0]} or {places[1]}"
    path = f"usr/share/python-wheels/{wheels[0].name}"
    return small_deb("python3-pip-whl", "25.1", {path: wheels[0].read_bytes()})


@pytest.fixture
def pypi(server: MirrorServer, monkeypatch: pytest.MonkeyPatch) -> PackageIndex:
    """The index that pip is configured for."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    index = PackageIndex(server)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_INDEX_URL", index.address)
    return index

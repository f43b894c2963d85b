"""From pinned wheels to files in the store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_deb import Deb
from small_wheel import PackageIndex, Wheel, small_wheel

from debian_archive.derivations import PinnedWheel
from debian_archive.errors import DiskFull, WheelDiffers, WheelMissing
from debian_archive.lock import LockedWheel
from debian_archive.nix import add_files
from debian_archive.prefetch_wheels import prefetch_wheels

STAMINA = small_wheel("stamina", "25.1", ["tenacity"])
TENACITY = small_wheel("tenacity", "9.0")


class Store:
    """What fake Nix has in its store, and the cache that downloads go through."""

    def __init__(self, state: Path, folder: Path, pip_deb: Deb) -> None:
        self.state = state
        self.cache = folder / "cache"
        self.pip = folder / "pip.deb"
        self.pip.write_bytes(pip_deb.content)
        self._paths = {one.file: self._path(one) for one in (STAMINA, TENACITY)}

    def fetch(self, *wheels: Wheel) -> None:
        prefetch_wheels([self._pinned(one) for one in wheels], self.cache)

    def valid(self) -> list[str]:
        return [path.partition("-")[2] for path in json.loads(self.state.read_text())["valid"]]

    def _pinned(self, wheel: Wheel) -> PinnedWheel:
        version = wheel.file.split("-")[1]
        locked = LockedWheel(version=version, file=wheel.file, sha256=wheel.sha256, depends=())
        return PinnedWheel(
            name=wheel.name,
            wheel=locked,
            python="3.13",
            store_path=self._paths[wheel.file],
            pip=str(self.pip),
        )

    def _path(self, wheel: Wheel) -> str:
        """Ask the store, and let it forget the file again."""
        before = self.state.read_text()
        file = self.pip.parent / wheel.file
        file.write_bytes(wheel.content)
        (path,) = add_files([file])
        self.state.write_text(before)
        return path


@pytest.fixture
def store(nix_state: Path, tmp_path: Path, pip_deb: Deb, pypi: PackageIndex) -> Store:
    pypi.add(STAMINA)
    pypi.add(TENACITY)
    return Store(nix_state, tmp_path, pip_deb)


def test_wheels_come_into_the_store(store: Store) -> None:
    store.fetch(STAMINA, TENACITY)
    assert store.valid() == [STAMINA.file, TENACITY.file]
    assert list(store.cache.iterdir()) == []


def test_without_wheels_nothing_is_done(store: Store) -> None:
    store.fetch()
    assert not store.cache.exists()


def test_a_wheel_of_another_hash_leaves_nothing(store: Store, pypi: PackageIndex) -> None:
    other = small_wheel("tenacity", "9.0", ["stamina"])
    pypi.replace(TENACITY, other.content)
    with pytest.raises(WheelDiffers, match=f"expected {TENACITY.sha256}, got {other.sha256}"):
        store.fetch(STAMINA, TENACITY)
    assert store.valid() == []
    assert list(store.cache.iterdir()) == []
    # Mended, it goes on.
    pypi.replace(TENACITY, TENACITY.content)
    store.fetch(STAMINA, TENACITY)
    assert store.valid() == [STAMINA.file, TENACITY.file]


def test_a_wheel_that_was_cut_short_leaves_nothing(store: Store, pypi: PackageIndex) -> None:
    pypi.replace(TENACITY, TENACITY.content[:-10])
    with pytest.raises(WheelDiffers, match=f"expected {TENACITY.sha256}, got "):
        store.fetch(TENACITY)
    assert store.valid() == []
    assert list(store.cache.iterdir()) == []


def test_an_index_that_does_not_answer_is_told(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
    with pytest.raises(
        WheelMissing,
        match=r"(?s)^pip cannot download tenacity-9\.0-py3-none-any\.whl:\n.*\npip asks the index",
    ):
        store.fetch(TENACITY)
    assert list(store.cache.iterdir()) == []


def test_a_full_store_is_told(store: Store) -> None:
    store.state.write_text(json.dumps({**json.loads(store.state.read_text()), "full": True}))
    with pytest.raises(DiskFull, match="the disk that holds /nix/store; what was half-written is"):
        store.fetch(TENACITY)
    assert list(store.cache.iterdir()) == []

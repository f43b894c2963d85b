"""The store and flakes, through programs that stand in for Nix's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from debian_archive.errors import DiskFull, NixFailed, NixMissing, NixTooOld
from debian_archive.nix import (
    add_files,
    add_folder,
    derivation_graph,
    flake_source,
    invalid_paths,
    require_nix,
)


def _change(state: Path, **values: object) -> None:
    state.write_text(json.dumps({**json.loads(state.read_text()), **values}))


@pytest.mark.parametrize("version", ["2.18", "2.18.1", "2.26.3", "2.34.8", "3.0", "2.31pre2025_ab"])
def test_a_new_nix_will_do(nix_state: Path, version: str) -> None:
    _change(nix_state, version=version)
    require_nix()


@pytest.mark.parametrize("version", ["2.8.0", "2.17.1", "1.99"])
def test_an_old_nix_is_told(nix_state: Path, version: str) -> None:
    _change(nix_state, version=version)
    with pytest.raises(NixTooOld, match=f"Nix is too old: found {version}, needed 2.18 or newer"):
        require_nix()


def test_a_nix_that_does_not_tell_its_version_is_told(nix_state: Path) -> None:
    _change(nix_state, version="unknown")
    with pytest.raises(NixTooOld, match=r"found nix \(Nix\) unknown, needed 2.18"):
        require_nix()


def test_a_machine_without_nix_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NixMissing, match=r"there is no nix on PATH; needed is 2\.18 or newer"):
        require_nix()


def test_a_program_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NixFailed, match="No such file or directory: 'nix-store'"):
        invalid_paths(["/nix/store/x"])


def test_files_are_added_under_their_hash(nix_state: Path, tmp_path: Path) -> None:
    file = tmp_path / "hello_1.0-1_amd64.deb"
    file.write_bytes(b"hello")
    path = "/nix/store/r1crs2zawkns0c5apcb1kazhpzyqkpnq-hello_1.0-1_amd64.deb"
    assert invalid_paths([path]) == {path}
    assert add_files([file]) == [path]
    assert invalid_paths([path]) == set()
    assert add_files([]) == []


def test_a_full_disk_is_told(nix_state: Path, tmp_path: Path) -> None:
    _change(nix_state, full=True)
    (tmp_path / "file").write_bytes(b"hello")
    with pytest.raises(DiskFull, match="no space is left on the disk that holds /nix/store"):
        add_files([tmp_path / "file"])
    (tmp_path / "busybox").mkdir()
    with pytest.raises(DiskFull):
        add_folder(tmp_path / "busybox")


def test_many_paths_are_asked_for_in_turn(nix_state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("debian_archive.nix._PATHS_A_CALL", 2)
    paths = {f"/nix/store/{number}" for number in range(5)}
    assert invalid_paths(paths) == paths
    assert invalid_paths([]) == set()


def test_the_source_of_a_flake_is_a_folder(nix_state: Path, tmp_path: Path) -> None:
    assert flake_source(str(tmp_path)) == tmp_path


def test_a_flake_whose_source_is_nowhere_is_told(nix_state: Path, tmp_path: Path) -> None:
    _change(nix_state, folders={str(tmp_path): None})
    with pytest.raises(NixFailed, match="it does not tell where the source is in the store"):
        flake_source(str(tmp_path))


def test_an_attribute_that_is_missing_is_told_with_the_command(
    nix_state: Path, tmp_path: Path
) -> None:
    with pytest.raises(
        NixFailed,
        match=r"nix .* derivation show --recursive .* failed:\n"
        r"error: flake .* does not provide attribute 'checks\.lost'",
    ):
        derivation_graph(str(tmp_path), ["checks.lost"])

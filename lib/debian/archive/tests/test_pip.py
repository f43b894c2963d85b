"""pip out of its package: what it resolves and downloads, from a real small index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from small_deb import Deb, small_deb
from small_wheel import PackageIndex, small_wheel

from debian_archive.errors import FileDiffers, WheelDiffers, WheelMissing, WheelsUnresolvable
from debian_archive.lock import LockedWheel
from debian_archive.pip import FoundWheel, Pip, normalized, unpacked_pip

STAMINA = small_wheel("Stamina", "25.1", ["Tenacity"])
TENACITY = small_wheel("tenacity", "9.0")


@pytest.fixture
def pip(tmp_path: Path, pip_deb: Deb) -> Iterator[Pip]:
    deb = tmp_path / "pip.deb"
    deb.write_bytes(pip_deb.content)
    with unpacked_pip(deb, "3.13") as running:
        yield running
    assert not running.modules.exists()


def _locked(version: str, file: str, sha256: str) -> LockedWheel:
    return LockedWheel(version=version, file=file, sha256=sha256, depends=())


def test_a_wheel_comes_with_what_it_depends_on(pip: Pip, pypi: PackageIndex) -> None:
    pypi.add(STAMINA)
    pypi.add(TENACITY, hash_fragment=False)
    pypi.add(small_wheel("tenacity", "8.0"))
    found = {one.name: one for one in pip.resolve(["stamina"], {})}
    assert found == {
        "stamina": FoundWheel(
            name="stamina",
            wheel=_locked("25.1", "stamina-25.1-py3-none-any.whl", STAMINA.sha256),
            requires=("Tenacity",),
        ),
        "tenacity": FoundWheel(
            name="tenacity",
            wheel=_locked("9.0", "tenacity-9.0-py3-none-any.whl", TENACITY.sha256),
            requires=(),
        ),
    }
    found = {one.name: one for one in pip.resolve(["stamina"], {"tenacity": "8.0", "other": "1"})}
    assert found["tenacity"].wheel.version == "8.0"


def test_what_does_not_take_this_python_is_passed_over(pip: Pip, pypi: PackageIndex) -> None:
    pypi.add(TENACITY)
    pypi.add(small_wheel("tenacity", "10.0", tag="cp313-cp313-manylinux_2_17_x86_64"))
    pypi.add(small_wheel("tenacity", "11.0", more=["Requires-Python: >=3.14"]))
    pypi.add(small_wheel("tenacity", "12.0", tag="py2-none-any"))
    # As the newest for Python 3.13, whatever Python runs pip.
    pypi.add(small_wheel("tenacity", "9.5", tag="py313-none-any", more=["Requires-Python: >=3.13"]))
    (found,) = pip.resolve(["tenacity"], {})
    assert found.wheel.version == "9.5"


def test_compiled_code_is_refused(pip: Pip, pypi: PackageIndex) -> None:
    pypi.add(small_wheel("numpy", "2.0", tag="cp313-cp313-manylinux_2_17_x86_64"))
    pypi.add(small_wheel("numpy", "2.1", tag="cp313-abi3-linux_x86_64"))
    with pytest.raises(WheelsUnresolvable) as raised:
        pip.resolve(["numpy"], {})
    text = str(raised.value)
    assert text.startswith("pip finds no wheels for numpy:\n")
    assert "\nERROR: Could not find a version that satisfies the requirement numpy" in text
    assert (
        "Only wheels of plain Python (py3-none-any) that take Python 3.13, the driver's, can be "
        "locked; a package with compiled code comes from Debian: lock add SUITE python3-NAME. pip "
        "asks the index that it is configured for on this machine: pip.conf, or PIP_INDEX_URL=URL"
    ) in text


def test_a_wheel_that_is_locked_is_downloaded(
    pip: Pip, pypi: PackageIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("tenacity==1\n")
    monkeypatch.setenv("PIP_CONSTRAINT", str(constraints))
    pypi.add(TENACITY)
    # Another file of the same version, which pip would like better.
    pypi.add(small_wheel("tenacity", "9.0", tag="py313-none-any"))
    wheels = {"tenacity": _locked("9.0", TENACITY.file, TENACITY.sha256)}
    files = pip.download(wheels, tmp_path / "wheels")
    assert {sha256: file.name for sha256, file in files.items()} == {TENACITY.sha256: TENACITY.file}


def test_a_wheel_of_another_hash_is_told(pip: Pip, pypi: PackageIndex, tmp_path: Path) -> None:
    pypi.add(TENACITY)
    wheels = {"tenacity": _locked("9.0", TENACITY.file, "a" * 64)}
    with pytest.raises(WheelDiffers) as raised:
        pip.download(wheels, tmp_path / "wheels")
    text = str(raised.value)
    assert text.startswith("tenacity==9.0 from http://127.0.0.1:")
    assert (
        f" is not the wheel that is locked: sha256 expected {'a' * 64}, got {TENACITY.sha256}. No "
        "wheel was kept. pip asks the index"
    ) in text
    assert text.endswith("lock its wheels anew: lock refresh --suite pypi")
    assert list((tmp_path / "wheels").iterdir()) == []


def test_a_wheel_that_is_gone_is_told(pip: Pip, pypi: PackageIndex, tmp_path: Path) -> None:
    pypi.remove("tenacity")
    with pytest.raises(
        WheelMissing,
        match=r"(?s)^pip cannot download tenacity-9\.0-py3-none-any\.whl:\n.*ERROR: Could not",
    ):
        pip.download(
            {"tenacity": _locked("9.0", TENACITY.file, TENACITY.sha256)}, tmp_path / "wheels"
        )


def test_without_certificates_there_is_no_https(
    pip: Pip, pypi: PackageIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("debian_archive.pip.CERTIFICATES", tmp_path / "none.crt")
    pypi.add(TENACITY)
    (found,) = pip.resolve(["tenacity"], {})
    assert found.wheel.sha256 == TENACITY.sha256
    monkeypatch.setenv("PIP_INDEX_URL", "https://127.0.0.1:1/simple")
    with pytest.raises(
        WheelsUnresolvable, match=r"There is no .*/none\.crt; for an index of https install ca-cert"
    ):
        pip.resolve(["tenacity"], {})


def test_a_package_without_pip_is_told(tmp_path: Path) -> None:
    deb = tmp_path / "other.deb"
    deb.write_bytes(small_deb("other", "1").content)
    expected = "content expected pip as a wheel, got it has no usr/sha"
    with pytest.raises(FileDiffers, match=expected), unpacked_pip(deb, "3.13"):
        pass


def test_names_are_compared_as_an_index_does() -> None:
    assert normalized("Typing.__Extensions") == "typing-extensions"

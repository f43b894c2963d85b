"""The modules of Debian packages that a test brings along."""

import io
import subprocess
import tarfile
from pathlib import Path

from ..conftest import ENVIRONMENT, HERE

SCRIPT = HERE.parent.parent / "lib" / "debian" / "python-modules.sh"
MODULES = "./usr/lib/python3/dist-packages"


def make_modules(folder: Path, **debs: list[str]) -> subprocess.CompletedProcess[str]:
    """Run the script over packages that have these files."""
    programs = folder / "bin"
    programs.mkdir()
    (programs / "ar").write_text('#!/bin/sh\nexec cat "$2"\n')
    (programs / "ar").chmod(0o755)
    for name, files in debs.items():
        with tarfile.open(folder / name, "w:xz") as deb:
            for file in files:
                deb.addfile(tarfile.TarInfo(file), io.BytesIO())
    names = " ".join(str(folder / name) for name in debs)
    path = f"{programs}:{ENVIRONMENT['PATH']}"
    return subprocess.run(
        ["sh", "-eu", str(SCRIPT)],
        cwd=folder,
        env={"PATH": path, "debs": names, "out": str(folder / "out")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_modules_of_all_packages_are_in_one_folder(tmp_path: Path) -> None:
    result = make_modules(
        tmp_path, one=[f"{MODULES}/one.py", "./usr/bin/one"], two=[f"{MODULES}/two/__init__.py"]
    )
    assert result.returncode == 0, result.stderr
    found = sorted(str(one.relative_to(tmp_path / "out")) for one in (tmp_path / "out").rglob("*"))
    assert found == ["one.py", "two", "two/__init__.py"]


def test_packages_without_a_module_are_refused(tmp_path: Path) -> None:
    result = make_modules(tmp_path, curl=["./usr/bin/curl"])
    assert result.returncode == 1
    message = f"rehearse: extraPythonPackages: no Python module in any of: {tmp_path / 'curl'}\n"
    assert result.stderr == message

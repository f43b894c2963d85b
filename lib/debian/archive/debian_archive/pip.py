"""pip, as the lock has it: it resolves and downloads wheels of the index it is configured for.

pip comes from a Debian package that is nothing but pip as a wheel, which Python runs as it is. So
no pip needs to be installed, and its answers are the same everywhere. Its configuration is that of
the machine: `pip.conf`, and variables such as PIP_INDEX_URL.
"""

from __future__ import annotations

import hashlib
import io
import re
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PathDistribution
from pathlib import Path

from .deb import read_matching
from .errors import FileDiffers, PipFailed, WheelDiffers, WheelMissing, WheelsUnresolvable
from .lock import LockedWheel
from .process import run_pip

PACKAGE = "python3-pip-whl"
_WHEEL = r"usr/share/python-wheels/(pip-[^/]+\.whl)"
# What Debian's pip checks servers with.
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
# Settings of the machine that are for installing, and would refuse these calls.
_ENVIRONMENT = {
    "PIP_REQUIRE_VIRTUALENV": "0",
    "PIP_USER": "0",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PYTHONDONTWRITEBYTECODE": "",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundWheel:
    """A wheel that pip chose, with its requirements as its metadata have them."""

    name: str
    wheel: LockedWheel
    requires: tuple[str, ...]


def normalized(name: str) -> str:
    """Return the name of a distribution as indexes compare it, e.g. `typing-extensions`."""
    return re.sub(r"[-_.]+", "-", name).lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pip:
    """pip, for wheels of plain Python that a Python takes.

    `modules` is the folder that Python imports pip from. `python` is the version of the Python that
    the wheels are for, like `3.13`.
    """

    modules: Path
    python: str

    def resolve(
        self, requirements: Sequence[str], constraints: Mapping[str, str]
    ) -> list[FoundWheel]:
        """Return wheels that meet the requirements, with all that they depend on.

        `constraints` are versions by names, for those that are among them. Raises
        `WheelsUnresolvable`.
        """
        with tempfile.TemporaryDirectory(prefix="rehearse-pip-") as text:
            folder = Path(text)
            pins = [f"{name}=={version}\n" for name, version in constraints.items()]
            (folder / "constraints.txt").write_text("".join(pins), encoding="utf-8")
            # Over `pip install --dry-run --report`, which asks wheels whether they take the Python
            # that pip runs with.
            options = ["--dest", str(folder / "wheels")]
            options += ["--constraint", str(folder / "constraints.txt")]
            try:
                self._run(["download", *options], requirements)
            except PipFailed as error:
                raise WheelsUnresolvable(requirements, self.python, error.output) from error
            return [_found(file) for file in sorted((folder / "wheels").iterdir())]

    def download(self, wheels: Mapping[str, LockedWheel], folder: Path) -> dict[str, Path]:
        """Download wheels into a folder, and return their files there by their hashes.

        Raises `WheelDiffers` or `WheelMissing`.
        """
        folder.mkdir()
        listed = [f"{n}=={w.version} --hash=sha256:{w.sha256}\n" for n, w in wheels.items()]
        requirements = folder.with_suffix(".txt")
        requirements.write_text("".join(listed), encoding="utf-8")
        command = ["download", "--no-deps", "--require-hashes", "--no-cache-dir"]
        try:
            self._run(
                [*command, "--dest", str(folder), "--requirement", str(requirements)],
                # The pins are exact; constraints of the machine's configuration are for others.
                environment={"PIP_CONSTRAINT": ""},
            )
        except PipFailed as error:
            if differing := _differing(error.output):
                raise WheelDiffers(*differing) from error
            names = [wheel.file for wheel in wheels.values()]
            raise WheelMissing(names, error.output) from error
        return {_sha256(file): file for file in folder.iterdir()}

    def _run(
        self,
        command: Sequence[str],
        requirements: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        kinds = ["--python-version", self.python, "--implementation", "py"]
        kinds += ["--abi", "none", "--platform", "any", "--only-binary", ":all:"]
        has_tls = CERTIFICATES.is_file()
        start = ["-m", "pip"] if has_tls else [str(Path(__file__).with_name("pip_without_tls.py"))]
        # The current folder is not to be imported from (-P).
        full = [sys.executable, "-P", *start, *command, "--no-input", "--quiet", *kinds]
        more = {"PYTHONPATH": str(self.modules), **(environment or {})}
        try:
            run_pip(
                full + (["--", *requirements] if requirements else []), {**_ENVIRONMENT, **more}
            )
        except PipFailed as error:
            if has_tls:
                raise
            hint = f"There is no {CERTIFICATES}; for an index of https install ca-certificates."
            raise PipFailed(full, f"{error.output.strip()}\n{hint}") from error


@contextmanager
def unpacked_pip(deb: Path, python: str) -> Iterator[Pip]:
    """Have pip out of its Debian package, unpacked, for wheels for this Python.

    Raises `FileDiffers`.
    """
    try:
        _, content = read_matching(deb, _WHEEL)
    except ValueError as error:
        raise FileDiffers(str(deb), "content", "pip as a wheel", error) from error
    with tempfile.TemporaryDirectory(prefix="rehearse-pip-") as folder:
        # Python would compile all of it at each start if it ran it as a wheel.
        zipfile.ZipFile(io.BytesIO(content)).extractall(folder)
        yield Pip(modules=Path(folder), python=python)


def _found(file: Path) -> FoundWheel:
    with zipfile.ZipFile(file) as archive:
        info = next(Path(one).parent for one in archive.namelist() if one.endswith("/METADATA"))
        metadata = PathDistribution(zipfile.Path(archive, f"{info}/"))
        locked = LockedWheel(
            version=metadata.version, file=file.name, sha256=_sha256(file), depends=()
        )
        return FoundWheel(
            name=normalized(metadata.name), wheel=locked, requires=tuple(metadata.requires or ())
        )


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _differing(output: str) -> tuple[str, str, str] | None:
    """Return which wheel is not the locked one, the hash expected, and that of what came."""
    match = re.search(
        r"^ +(\S.*?)(?: \(from .*\))?:\n\s+Expected sha256 (\w+)\n\s+Got\s+(\w+)", output, re.M
    )
    return (match[1], match[2], match[3]) if match else None

"""Read and write `debian.lock.json`."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from .errors import LockMalformed, LockUnreadable, LockVersionUnknown
from .lock import (
    ARCHITECTURE,
    PYPI,
    VERSION,
    VERSION_WITH_WHEELS,
    Lock,
    LockedBusybox,
    LockedPackage,
    LockedSuite,
    LockedWheel,
    LockedWheels,
)

T = TypeVar("T")


class _Reader:
    """Takes JSON apart field by field; an error names the path."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def fail(self, where: str, expected: str, got: object) -> LockMalformed:
        return LockMalformed(self._file, where or "the whole", expected, got)

    def mapping(self, value: object, where: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.fail(where, "an object", value)
        return value

    def text(self, value: object, where: str, pattern: str = r".+") -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            expected = "a text" if pattern == ".+" else f"a text like {pattern}"
            raise self.fail(where, expected, value)
        return value

    def size(self, value: object, where: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.fail(where, "a number of bytes", value)
        return value

    def names(self, value: object, where: str) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise self.fail(where, "a list of package names", value)
        return tuple(self.text(name, f"{where}[{index}]") for index, name in enumerate(value))

    def each(self, value: object, where: str, read: Callable[[object, str], T]) -> dict[str, T]:
        items = self.mapping(value, where)
        return {name: read(item, f"{where}.{name}") for name, item in items.items()}

    def package(self, value: object, where: str) -> LockedPackage:
        fields = self.mapping(value, where)
        return LockedPackage(
            version=self.text(fields.get("version"), f"{where}.version"),
            # The path comes to stand behind the mirror's address and in file names.
            path=self.text(fields.get("path"), f"{where}.path", r"(?!.*\.\./)[^/].*\.deb"),
            sha256=self.text(fields.get("sha256"), f"{where}.sha256", r"[0-9a-f]{64}"),
            size=self.size(fields.get("size"), f"{where}.size"),
            depends=self.names(fields.get("depends"), f"{where}.depends"),
            essential=fields.get("essential") is True,
        )

    def suite(self, value: object, where: str) -> LockedSuite:
        fields = self.mapping(value, where)
        return LockedSuite(
            roots=self.names(fields.get("roots"), f"{where}.roots"),
            alone=self.names(fields.get("alone"), f"{where}.alone"),
            packages=self.each(fields.get("packages"), f"{where}.packages", self.package),
        )

    def wheel(self, value: object, where: str) -> LockedWheel:
        fields = self.mapping(value, where)
        return LockedWheel(
            version=self.text(fields.get("version"), f"{where}.version"),
            file=self.text(fields.get("file"), f"{where}.file", r"\w[^/\s]*-none-any\.whl"),
            sha256=self.text(fields.get("sha256"), f"{where}.sha256", r"[0-9a-f]{64}"),
            depends=self.names(fields.get("depends"), f"{where}.depends"),
        )

    def wheels(self, value: object, where: str) -> LockedWheels:
        fields = self.mapping(value, where)
        found = LockedWheels(
            roots=self.names(fields.get("roots"), f"{where}.roots"),
            wheels=self.each(fields.get("wheels"), f"{where}.wheels", self.wheel),
        )
        for name, wheel in found.wheels.items():
            for index, other in enumerate(wheel.depends):
                if other not in found.wheels:
                    place = f"{where}.wheels.{name}.depends[{index}]"
                    raise self.fail(place, f"a name in {where}.wheels", other)
        return found

    def busybox(self, value: object, where: str) -> LockedBusybox:
        fields = self.mapping(value, where)
        return LockedBusybox(
            suite=self.text(fields.get("suite"), f"{where}.suite"),
            package=self.text(fields.get("package"), f"{where}.package"),
            nar_hash=self.text(fields.get("narHash"), f"{where}.narHash", r"sha256-[\w+/]{43}="),
        )


def parse_lock(text: str, file: Path) -> Lock:
    """Make data of the text of a lock file; `file` is only named in errors.

    Raises `LockMalformed` or `LockVersionUnknown`.
    """
    reader = _Reader(file)
    try:
        document = reader.mapping(json.loads(text), "")
    except json.JSONDecodeError as error:
        raise LockMalformed(file, f"line {error.lineno}", "JSON", error.msg) from error
    version = document.get("version")
    if isinstance(version, bool) or version not in (VERSION, VERSION_WITH_WHEELS):
        raise LockVersionUnknown(file, version, (VERSION, VERSION_WITH_WHEELS))
    if document.get("architecture") != ARCHITECTURE:
        raise LockMalformed(file, "architecture", repr(ARCHITECTURE), document.get("architecture"))
    lock = Lock(
        busybox=reader.busybox(document.get("busybox"), "busybox"),
        suites=reader.each(document.get("suites"), "suites", reader.suite),
        pypi=reader.wheels(document[PYPI], PYPI) if PYPI in document else LockedWheels(),
    )
    if lock.busybox.suite not in lock.suites:
        accepted = f"one of {', '.join(sorted(lock.suites)) or 'no suites'}"
        raise LockMalformed(file, "busybox.suite", accepted, lock.busybox.suite)
    return lock


def read_lock(file: Path) -> Lock:
    """Read a lock file. Raises a `LockError`."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise LockUnreadable(file, f"it cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise LockMalformed(file, "the whole", "UTF-8", str(error)) from error
    return parse_lock(text, file)


def _package_fields(package: LockedPackage) -> dict[str, object]:
    fields: dict[str, object] = {
        "version": package.version,
        "path": package.path,
        "sha256": package.sha256,
        "size": package.size,
        "depends": list(package.depends),
    }
    if package.essential:
        fields["essential"] = True
    return fields


def _block(opening: str, lines: list[str], closing: str, indent: str) -> str:
    if not lines:
        return f"{opening}{closing}"
    inner = f",\n{indent}  ".join(lines)
    return f"{opening}\n{indent}  {inner}\n{indent}{closing}"


def _names_block(names: tuple[str, ...], indent: str) -> str:
    return _block("[", [json.dumps(name) for name in sorted(set(names))], "]", indent)


def _suite_block(suite: LockedSuite) -> str:
    packages = [
        f"{json.dumps(name)}: {json.dumps(_package_fields(package))}"
        for name, package in sorted(suite.packages.items())
    ]
    fields = [
        f'"roots": {_names_block(suite.roots, " " * 6)}',
        f'"alone": {_names_block(suite.alone, " " * 6)}',
        f'"packages": {_block("{", packages, "}", " " * 6)}',
    ]
    return _block("{", fields, "}", " " * 4)


def _wheels_block(pypi: LockedWheels) -> str:
    wheels = [
        f"{json.dumps(name)}: {json.dumps(dataclasses.asdict(wheel))}"
        for name, wheel in sorted(pypi.wheels.items())
    ]
    fields = [
        f'"roots": {_names_block(pypi.roots, " " * 4)}',
        f'"wheels": {_block("{", wheels, "}", " " * 4)}',
    ]
    return _block("{", fields, "}", "  ")


def render_lock(lock: Lock) -> str:
    """Write a lock as text that is always the same for the same data, one package a line."""
    busybox: Mapping[str, str] = {
        "suite": lock.busybox.suite,
        "package": lock.busybox.package,
        "narHash": lock.busybox.nar_hash,
    }
    suites = [f"{json.dumps(name)}: {_suite_block(s)}" for name, s in sorted(lock.suites.items())]
    has_wheels = lock.pypi != LockedWheels()
    fields = [
        f'"version": {VERSION_WITH_WHEELS if has_wheels else VERSION}',
        f'"architecture": {json.dumps(ARCHITECTURE)}',
        f'"busybox": {json.dumps(busybox)}',
        f'"suites": {_block("{", suites, "}", "  ")}',
    ]
    if has_wheels:
        fields.append(f"{json.dumps(PYPI)}: {_wheels_block(lock.pypi)}")
    return _block("{", fields, "}", "") + "\n"


def write_lock(lock: Lock, file: Path) -> None:
    """Replace the lock file as a whole, so that it is never seen half-written.

    Raises `LockUnreadable`.
    """
    try:
        mode = file.stat().st_mode & 0o777 if file.exists() else 0o644
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=file.parent, prefix=f".{file.name}.", delete=False
        ) as new:
            try:
                new.write(render_lock(lock))
                new.flush()
                os.fsync(new.fileno())
                Path(new.name).chmod(mode)
                Path(new.name).replace(file)
            except BaseException:
                Path(new.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise LockUnreadable(file, f"it cannot be written: {error.strerror}") from error

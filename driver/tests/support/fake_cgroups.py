"""A tree of plain files in the place of cgroups of version 2, with the kernel's rules."""

import errno
import os
import subprocess
from pathlib import Path

import pytest

from test_driver.backend.nspawn import cgroup_end, cgroups
from test_driver.backend.nspawn.cgroups import Cgroups

VALUES = {
    "cgroup.events": "populated 1\nfrozen 0\n",
    "cgroup.freeze": "0",
    "cgroup.procs": "",
    "cgroup.subtree_control": "",
    "cgroup.type": "domain",
}
# These the kernel gives to threads, too.
THREADED = {"cpu"}
OF_CONTROLLERS = {"memory": ("memory.max", "memory.events"), "cpu": ("cpu.max",)}
MOUNT = "30 20 0:28 {root} {where} rw,relatime - {kind} {kind} rw{options}\n"


class FakeKernel:
    """What the kernel does when something is written to a file of a cgroup."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.process = folder / "process"
        self.process.mkdir()
        self.base = folder / "cgroup"
        self.freezes = True
        self.is_namespace = False
        monkeypatch.setattr(cgroups, "write_value", self.write)
        monkeypatch.setattr(cgroup_end, "write_value", self.write)

    def mount(self, *mounts: tuple[str, Path, str], own: str = "/") -> None:
        """Say which cgroups are mounted: kind, where, options."""
        text = "".join(
            MOUNT.format(root="/", where=where, kind=kind, options=options)
            for kind, where, options in mounts
        )
        (self.process / "mountinfo").write_text(text)
        (self.process / "cgroup").write_text(f"3:cpu:/\n0::{own}\n")

    def version_2(self, controllers: str = "", processes: str = "") -> None:
        """Mount version 2, with these controllers and processes in the cgroup of the driver."""
        own = "/" if self.is_namespace else "/driver"
        self.base.mkdir()
        folder = self.base if self.is_namespace else self.base / "driver"
        self.make(folder)
        (folder / "cgroup.controllers").write_text(controllers)
        (folder / "cgroup.procs").write_text(processes)
        self.mount(("cgroup2", self.base, ""), own=own)
        self.own = folder

    def make(self, folder: Path) -> None:
        """Make a cgroup."""
        folder.mkdir(exist_ok=True)
        above = folder.parent / "cgroup.subtree_control"
        controllers = above.read_text() if above.exists() else ""
        files = {**VALUES, "cgroup.controllers": controllers}
        for controller in controllers.split():
            files |= dict.fromkeys(OF_CONTROLLERS[controller], "")
        for name, text in files.items():
            if not (folder / name).exists():
                (folder / name).write_text(text)

    def write(self, file: Path, value: str) -> None:
        """Write a value."""
        if not file.exists():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(file))
        folder = file.parent
        if file.name == "cgroup.subtree_control":
            self._check(file, value)
            names = set(file.read_text().split())
            (names.add if value[0] == "+" else names.discard)(value[1:])
            file.write_text(" ".join(sorted(names)))
            for child in folder.iterdir():
                if child.is_dir():
                    (child / "cgroup.controllers").write_text(" ".join(sorted(names)))
                    self.make(child)
        elif file.name == "cgroup.procs":
            for other in self.base.rglob("cgroup.procs"):
                left = [pid for pid in other.read_text().split() if pid != value]
                other.write_text(" ".join(left))
            file.write_text(f"{file.read_text()} {value}")
        elif file.name == "cgroup.freeze" and self.freezes:
            (folder / "cgroup.events").write_text(f"populated 1\nfrozen {value}\n")
        else:
            file.write_text(value)

    def _check(self, file: Path, value: str) -> None:
        """Refuse what the kernel does; let a controller of threads make a cgroup their root."""
        folder = file.parent
        if (folder / "cgroup.type").read_text() == "domain invalid":
            raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP), str(file))
        if not (folder / "cgroup.procs").read_text().split():
            return
        if value[1:] not in THREADED:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(file))
        for child in folder.iterdir():
            if child.is_dir():
                (child / "cgroup.type").write_text("domain invalid")


class FakeCgroups(Cgroups):
    """Cgroups in such a tree. Nothing ends them."""

    def __init__(self, kernel: FakeKernel) -> None:
        super().__init__(kernel.process)
        self.kernel = kernel

    def _make(self, folder: Path) -> None:
        self.kernel.make(folder)

    def _mount_nowhere(self) -> int | None:
        return None

    def _begin_guard(self, base: Path) -> "subprocess.Popen[bytes] | None":
        return None

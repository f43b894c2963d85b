"""Cgroups of containers: in a tree of files, and real ones where there are some."""

import contextlib
import dataclasses
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from test_driver.backend.nspawn import cgroups
from test_driver.backend.nspawn.cgroup_mount import mount_nowhere
from test_driver.backend.nspawn.cgroups import Cgroups, find_hierarchy
from test_driver.errors import FaultRefused, GuestPaused, HostError
from test_driver.loop import LoopThread
from test_driver.machine import NspawnMachine
from test_driver.process_state import process_works

from ...conftest import SUPPORT, AnyMachineMaker
from ...support.fake_cgroups import FakeCgroups, FakeKernel

FAKE = (sys.executable, str(SUPPORT / "fake_container.py"))


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeKernel:
    """A kernel without any cgroups so far."""
    return FakeKernel(tmp_path, monkeypatch)


@pytest.fixture
def boxed(make_any_machine: AnyMachineMaker, kernel: FakeKernel) -> "Boxed":
    """Make containers with the cgroups of the fake kernel."""
    return Boxed(make_any_machine, kernel)


@dataclasses.dataclass
class Boxed:
    """Makes containers."""

    make: AnyMachineMaker
    kernel: FakeKernel

    def box(self, **limits: int) -> NspawnMachine:
        """Return a container that was not started."""
        machine = self.make("box", start_command=FAKE, container=True, limits=limits)
        assert isinstance(machine, NspawnMachine)
        fake = FakeCgroups(self.kernel)
        machine.context = dataclasses.replace(machine.context, cgroups=fake)
        return machine

    def file(self, name: str) -> str:
        """Return what a file of the container's cgroup has."""
        (found,) = self.kernel.own.glob(f"rehearse-*/box/{name}")
        return found.read_text()


def test_the_cgroup_of_the_driver_is_found(kernel: FakeKernel) -> None:
    kernel.mount(("cgroup2", Path("/sys/fs/cgroup"), ""), own="/user.slice/a")
    assert find_hierarchy(kernel.process).base == Path("/sys/fs/cgroup/user.slice/a")
    kernel.mount(("tmpfs", Path("/sys"), ""), ("cgroup2", Path("/sys/with\\040blank"), ""))
    assert find_hierarchy(kernel.process).base == Path("/sys/with blank")
    old = ("cgroup", Path("/sys/fs/cgroup/cpu"), ",cpu,cpuacct")
    kernel.mount(old, ("cgroup2", Path("/sys/fs/cgroup/unified"), ""))
    found = find_hierarchy(kernel.process)
    assert found.base == Path("/sys/fs/cgroup/unified")
    assert found.version_1 == {"cpu": "/sys/fs/cgroup/cpu", "cpuacct": "/sys/fs/cgroup/cpu"}


def test_version_1_is_refused(boxed: Boxed) -> None:
    boxed.kernel.mount(("cgroup", Path("/sys/fs/cgroup/freezer"), ",freezer"))
    box = boxed.box()
    box.succeed("true")  # it needs none
    with pytest.raises(FaultRefused) as caught:
        box.pause()
    assert str(caught.value) == (
        "box: a pause is impossible: it needs cgroups of version 2, and this computer has cgroups "
        "of version 1 alone (freezer at /sys/fs/cgroup/freezer); mount them at /sys/fs/cgroup, or "
        "run the test as root"
    )


def test_a_computer_without_cgroups_is_refused(boxed: Boxed) -> None:
    boxed.kernel.mount()
    box = boxed.box(memory_mib=64)
    said = (
        "box: cannot set `memorySize = 64`: it needs .*, and this computer has no cgroups mounted"
    )
    with pytest.raises(HostError, match=said):
        box.start()
    box = boxed.box()
    box.start()
    with pytest.raises(FaultRefused, match=r"limit_cpu\(\) is impossible: .* no cgroups mounted"):
        box.limit_cpu(0.5)


def test_a_cgroup_that_cannot_be_made_is_told(boxed: Boxed) -> None:
    boxed.kernel.mount(("cgroup2", Path("/nowhere"), ""), own="/below")
    box = boxed.box(cores=1)
    said = (
        "box: cannot set `cores = 1`: cannot make a cgroup in /nowhere/below: No such file or "
        "directory; run the test as root, or with `systemd-run --scope --property=Delegate=yes`"
    )
    with pytest.raises(HostError) as caught:
        box.start()
    assert str(caught.value) == said


def test_a_controller_that_is_missing_is_named(boxed: Boxed) -> None:
    boxed.kernel.version_2("hugetlb pids")
    box = boxed.box()
    box.start()
    with pytest.raises(FaultRefused) as caught:
        box.limit_memory(100)
    assert str(caught.value) == (
        "box: limit_memory() is impossible: it needs the controller `memory` of cgroups, version "
        f"2, and {boxed.kernel.own}/cgroup.controllers has hugetlb pids; whoever started the "
        "driver must pass it on (systemd: Delegate=yes of the unit)"
    )


def test_a_controller_of_version_1_is_told(boxed: Boxed) -> None:
    boxed.kernel.version_2()
    old = ("cgroup", Path("/sys/fs/cgroup/memory"), ",memory")
    boxed.kernel.mount(old, ("cgroup2", boxed.kernel.base, ""), own="/driver")
    box = boxed.box(memory_mib=100, cores=2)
    with pytest.raises(HostError) as caught:
        box.start()
    assert str(caught.value) == (
        "box: cannot set `memorySize = 100` and `cores = 2`: it needs the controller `memory` of "
        f"cgroups, version 2, and {boxed.kernel.own}/cgroup.controllers has none; this computer "
        "has it in version 1, at /sys/fs/cgroup/memory: boot it with "
        "systemd.unified_cgroup_hierarchy=1 or cgroup_no_v1=all"
    )


def test_limits_of_the_configuration_are_set(boxed: Boxed) -> None:
    boxed.kernel.version_2("cpu memory")
    box = boxed.box(memory_mib=64, cores=2)
    box.start()
    assert boxed.file("memory.max") == str(64 * 2**20)
    assert boxed.file("cpu.max") == "200000 100000"
    assert (box.memory_mib, box.cores) == (64, 2)
    with box.limit_cpu(0.5), box.limit_memory(32):
        with box.limit_cpu(0.7), box.limit_memory(128):
            assert boxed.file("cpu.max") == "50000 100000"
            assert boxed.file("memory.max") == str(32 * 2**20)
    assert boxed.file("memory.max") == str(64 * 2**20)
    assert boxed.file("cpu.max") == "200000 100000"


def test_limits_that_nobody_requires_are_set_where_they_can_be(boxed: Boxed) -> None:
    boxed.kernel.version_2("cpu memory")
    box = boxed.box(memory_mib=64, cores=2, required=False)
    box.start()
    assert boxed.file("memory.max") == str(64 * 2**20)
    assert boxed.file("cpu.max") == "200000 100000"


def test_limits_that_nobody_requires_are_left_out_one_by_one(
    boxed: Boxed, caplog: pytest.LogCaptureFixture
) -> None:
    boxed.kernel.version_2("cpu")
    box = boxed.box(memory_mib=64, cores=2, required=False)
    with caplog.at_level(logging.DEBUG):
        box.start()
    assert boxed.file("cpu.max") == "200000 100000"
    assert (
        "box: the container goes on without a limit: it needs the controller `memory` of"
        in caplog.text
    )


def test_a_computer_without_cgroups_starts_it_if_nobody_requires_limits(boxed: Boxed) -> None:
    boxed.kernel.mount()
    boxed.box(memory_mib=64, cores=2, required=False).start()
    with pytest.raises(HostError, match="box: cannot set `memorySize = 64` and `cores = 2`: "):
        boxed.box(memory_mib=64, cores=2).start()


def test_a_container_without_limits_has_none(boxed: Boxed) -> None:
    boxed.kernel.version_2("cpu memory")
    box = boxed.box()
    box.start()
    assert boxed.file("cgroup.controllers") == ""
    with box.limit_cpu(0.25), box.limit_memory(7):
        assert boxed.file("cpu.max") == "25000 100000"
        assert boxed.file("memory.max") == str(7 * 2**20)
    assert boxed.file("cpu.max") == "max 100000"
    assert boxed.file("memory.max") == "max"
    assert box.cores == len(os.sched_getaffinity(0))
    assert box.memory_mib > 64
    with pytest.raises(FaultRefused, match="share is a number from"):
        box.limit_cpu(1.5)
    with pytest.raises(FaultRefused, match=r"limit_memory\(\) in MiB is a number from"):
        box.limit_memory(0)


# The kernel refuses the first one with processes beside it; with the second one, processes could
# not be in the cgroups of containers any more.
CONTROLLERS = {"memory": {"memory_mib": 64}, "cpu": {"cores": 1}}


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_processes_of_the_driver_move_for_a_limit(boxed: Boxed, controller: str) -> None:
    boxed.kernel.version_2(controller, processes=str(os.getpid()))
    boxed.box(**CONTROLLERS[controller]).start()
    (leaf,) = boxed.kernel.own.glob("rehearse-*-driver")
    assert (leaf / "cgroup.procs").read_text().split() == [str(os.getpid())]
    assert (boxed.kernel.own / "cgroup.procs").read_text() == ""


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_processes_of_others_do_not_move(boxed: Boxed, controller: str) -> None:
    boxed.kernel.version_2(controller, processes=f"1 {os.getpid()}")
    with pytest.raises(HostError) as caught:
        boxed.box(**CONTROLLERS[controller]).start()
    own = boxed.kernel.own
    assert str(caught.value).endswith(
        f": cannot pass the controller `{controller}` on in "
        f"{own}/cgroup.subtree_control: Device or resource busy (processes in it: 1); start the "
        "test in a cgroup of its own, with `systemd-run --scope --property=Delegate=yes`"
    )


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_in_a_sandbox_all_processes_move(boxed: Boxed, controller: str) -> None:
    boxed.kernel.is_namespace = True
    boxed.kernel.version_2(controller, processes=f"1 {os.getpid()}")
    boxed.box(**CONTROLLERS[controller]).start()
    (leaf,) = boxed.kernel.own.glob("rehearse-*-driver")
    assert (leaf / "cgroup.procs").read_text().split() == ["1", str(os.getpid())]


def test_a_container_is_paused(boxed: Boxed) -> None:
    boxed.kernel.version_2()
    box = boxed.box()
    box.succeed("true")
    pause = box.pause()
    assert boxed.file("cgroup.events").endswith("frozen 1\n")
    with box.pause(), pytest.raises(GuestPaused, match="the guest is paused, so nothing"):
        box.succeed("true")
    assert pause.in_force
    box.resume()
    assert boxed.file("cgroup.events").endswith("frozen 0\n")
    assert not pause.in_force
    box.succeed("true")
    box.shutdown()
    with pytest.raises(FaultRefused, match="a pause needs a machine that is on; start it first"):
        box.pause()


def test_only_the_guest_is_paused(boxed: Boxed) -> None:
    boxed.kernel.version_2()
    box = boxed.box()
    box.start()
    (folder,) = boxed.kernel.own.glob("rehearse-*/box")
    boxed.kernel.make(folder / "payload")
    with box.pause():
        assert boxed.file("payload/cgroup.events").endswith("frozen 1\n")
        assert boxed.file("cgroup.events").endswith("frozen 0\n")


def test_a_guest_that_does_not_stand_still_is_told(
    boxed: Boxed, monkeypatch: pytest.MonkeyPatch
) -> None:
    boxed.kernel.version_2()
    boxed.kernel.freezes = False
    monkeypatch.setattr(cgroups, "FREEZE_SECONDS", 0.1)
    box = boxed.box()
    box.start()
    with pytest.raises(FaultRefused, match=r"timed out after 0\.1 s waiting for `frozen 1`"):
        box.pause()


def test_a_kernel_that_cannot_freeze_is_told(boxed: Boxed) -> None:
    boxed.kernel.version_2()
    box = boxed.box()
    box.start()
    (file,) = boxed.kernel.own.glob("rehearse-*/box/cgroup.freeze")
    file.unlink()
    with pytest.raises(FaultRefused, match=r"cannot write 1 to .*/cgroup.freeze: No such file"):
        box.pause()


def test_processes_that_memory_limits_kill_are_trouble(boxed: Boxed) -> None:
    boxed.kernel.version_2("memory")
    box = boxed.box(memory_mib=64)
    box.succeed("true")
    (file,) = boxed.kernel.own.glob("rehearse-*/box/memory.events")
    box.trouble.memory_kills(0)
    assert box.context.troubles.all == ()
    file.write_text("low 0\noom 3\noom_kill 2\noom_group_kill 0\n")
    assert box.backend is not None
    for _ in range(2):
        box.trouble.memory_kills(box.backend.memory_kills())
    assert [one.kind for one in box.context.troubles.all] == ["oom", "oom"]
    assert "for lack of memory" in box.context.troubles.all[0].text


REAL = pytest.mark.skipif(
    os.geteuid() != 0 or (base := find_hierarchy().base) is None or not os.access(base, os.W_OK),
    reason="it takes cgroups of version 2, and the right to make one",
)


@contextlib.contextmanager
def in_cgroup(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a process in a cgroup."""
    command = f"echo 0 >{folder}/cgroup.procs; while :; do :; done"
    with subprocess.Popen(["sh", "-c", command]) as process:
        deadline = time.monotonic() + 20
        while str(process.pid) not in (folder / "cgroup.procs").read_text().split():
            assert time.monotonic() < deadline
        yield process


@REAL
def test_real_processes_are_frozen_and_end(loop: LoopThread) -> None:
    found = Cgroups()
    try:
        cgroup = found.of("a")
        (cgroup.folder / "payload").mkdir()
        with in_cgroup(cgroup.folder / "payload") as process:
            assert process_works(process.pid)
            loop.run(cgroup.freeze(True))
            assert not process_works(process.pid)
            loop.run(cgroup.freeze(False))
            assert process_works(process.pid)
            loop.run(cgroup.freeze(True))
            process.kill()
            assert process.wait(20) == -9
        with in_cgroup(cgroup.folder) as process:
            cgroup.clear()
            assert process.wait(20) == -9
            assert [one.name for one in cgroup.folder.iterdir() if one.is_dir()] == []
        with in_cgroup(cgroup.folder) as process:
            found.close()
            assert process.wait(20) == -9
    finally:
        found.close()
    assert not cgroup.folder.parent.exists()


def can_mount() -> bool:
    """Tell whether this process may mount cgroups."""
    try:
        os.close(mount_nowhere())
    except OSError:
        return False
    return True


@REAL
@pytest.mark.skipif(not can_mount(), reason="this process may not mount cgroups")
def test_cgroups_are_mounted_where_nobody_has(kernel: FakeKernel, loop: LoopThread) -> None:
    kernel.mount(own=f"/{Path('/proc/self/cgroup').read_text().rpartition('0::/')[2].strip()}")
    before = Path("/proc/self/mounts").read_text()
    found = Cgroups(kernel.process)
    real = find_hierarchy().base
    try:
        folder = found.of("a").folder
        assert str(folder).startswith(f"/proc/{os.getpid()}/fd/")
        assert real is not None
        assert (real / folder.parent.name / "a" / "cgroup.procs").exists()
        assert Path("/proc/self/mounts").read_text() == before
    finally:
        found.close()
    assert not (real / folder.parent.name).exists()


@REAL
@pytest.mark.parametrize("mounted", [True, False])
def test_cgroups_of_a_driver_that_is_killed_are_removed(kernel: FakeKernel, mounted: bool) -> None:
    kernel.mount(own=f"/{Path('/proc/self/cgroup').read_text().rpartition('0::/')[2].strip()}")
    argument = "" if mounted else f"Path({str(kernel.process)!r})"
    if not mounted and not can_mount():
        pytest.skip("this process may not mount cgroups")
    program = f"""
import time
from pathlib import Path
from test_driver.backend.nspawn.cgroups import Cgroups, find_hierarchy
folder = Cgroups({argument}).of("a").folder
print(find_hierarchy().base / folder.parent.name / "a", flush=True)
time.sleep(100)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as driver:
        assert driver.stdout is not None
        folder = Path(driver.stdout.readline().decode().strip())
        with in_cgroup(folder) as process:
            driver.kill()
            assert process.wait(2) == -9
    deadline = time.monotonic() + 2
    while folder.parent.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not folder.parent.exists()

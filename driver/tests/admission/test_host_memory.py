"""The memory of the host, from what its kernel says."""

import math
import os
from pathlib import Path

from test_driver.admission.host_memory import read_host_memory, resident_mib

MEMINFO = "MemTotal:  2048000 kB\nMemFree: 1 kB\nMemAvailable:  1024000 kB\nHugePages_Total: 0\n"
PRESSURE = "some avg10=12.50 avg60=1.00 avg300=0.00 total=1\nfull avg10=9.00 avg60=0 total=1\n"


def proc(folder: Path, cgroup: str = "0::/\n") -> Path:
    (folder / "proc" / "self").mkdir(parents=True)
    (folder / "proc" / "pressure").mkdir()
    (folder / "proc" / "meminfo").write_text(MEMINFO)
    (folder / "proc" / "pressure" / "memory").write_text(PRESSURE)
    (folder / "proc" / "self" / "cgroup").write_text(cgroup)
    return folder / "proc"


def cgroup(folder: Path, limit: str, used_mib: int, files_mib: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.current").write_text(f"{used_mib * 2**20}\n")
    stat = f"anon 5\ninactive_file {files_mib * 2**20}\nactive_file 0\n"
    (folder / "memory.stat").write_text(stat)


def test_the_kernel_says_it(tmp_path: Path) -> None:
    found = read_host_memory(proc(tmp_path), tmp_path / "none")
    assert (found.total_mib, found.available_mib, found.pressure) == (2000, 1000, 12.5)


def test_a_cgroup_around_it_limits_it(tmp_path: Path) -> None:
    root = tmp_path / "cgroups"
    cgroup(root / "build" / "inner", "max", 10, 0)
    cgroup(root / "build", str(600 * 2**20), 500, 300)
    found = read_host_memory(proc(tmp_path, "1:name=x:/\n0::/build/inner\n"), root)
    assert (found.total_mib, found.available_mib) == (600, 400)


def test_a_wide_cgroup_limits_nothing(tmp_path: Path) -> None:
    cgroup(tmp_path / "cgroups" / "build", str(2**60), 0, 0)
    found = read_host_memory(proc(tmp_path, "0::/build\n"), tmp_path / "cgroups")
    assert (found.total_mib, found.available_mib) == (2000, 1000)


def test_a_kernel_that_says_nothing_limits_nothing(tmp_path: Path) -> None:
    found = read_host_memory(tmp_path / "none", tmp_path / "none")
    assert (found.total_mib, found.available_mib, found.pressure) == (math.inf, math.inf, 0)
    (tmp_path / "pressure").mkdir()
    (tmp_path / "pressure" / "memory").write_text("some avg10=x total\n")
    assert read_host_memory(tmp_path, tmp_path / "none").pressure == 0


def test_this_process_has_memory_of_its_own() -> None:
    before = resident_mib(os.getpid())
    assert before > 1
    data = bytearray(b"x") * (40 * 2**20)
    assert resident_mib(os.getpid()) > before + 30
    del data
    assert resident_mib(2**22 + 1) == 0

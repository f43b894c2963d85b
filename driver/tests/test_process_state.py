"""What the kernel says of processes."""

import subprocess
import sys

import pytest

from test_driver.process_state import child_processes, first_in_namespace

# The next process that is started begins the namespace of processes.
PARENT = """\
import ctypes, subprocess, sys
def start():
    return subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE).pid
CLONE_NEWUSER, CLONE_NEWPID = 0x10000000, 0x20000000
pids = [start()]
if "namespace" in sys.argv and ctypes.CDLL(None).unshare(CLONE_NEWUSER | CLONE_NEWPID):
    sys.exit("refused")
pids += [start(), start()]
print(*pids, flush=True)
input()
"""


@pytest.mark.parametrize("option", ["namespace", "none"])
def test_the_first_in_namespace_of_a_namespace_is_found_among_others(option: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, option],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as parent:
        assert parent.stdout is not None
        if not (said := parent.stdout.readline()):
            pytest.skip("the kernel refuses namespaces of processes here")
        pids = [int(pid) for pid in said.split()]
        assert child_processes(parent.pid) == pids
        assert first_in_namespace(parent.pid) == pids[1 if option == "namespace" else 2]
        parent.communicate(b"\n")
    assert first_in_namespace(parent.pid) is None

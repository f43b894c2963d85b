"""Much output, many commands at once, a large file and many small ones.

A test script, run as `console-lines.py` is.
"""

import filecmp
import hashlib
import os
import tempfile
import threading
import time
from pathlib import Path


def memory_mib() -> int:
    """Return what the driver has in memory at most since the peak was reset."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024


def report(what: str, started: float) -> None:
    log.info(f"FIGURE {what}: {time.monotonic() - started:.1f} s")


machine = machines[0]
serial_stdout_off()
machine.wait_for_unit("multi-user.target")

Path("/proc/self/clear_refs").write_text("5")
before, started = memory_mib(), time.monotonic()
result = machine.run("head -c 1000000000 /dev/zero")
report("1 GB of output", started)
log.info(f"FIGURE the driver has {memory_mib() - before} MiB more")
assert result.truncated and result.status == 0
del result

answers = {}
threads = [
    threading.Thread(target=lambda n=n: answers.update({n: machine.succeed(f"sleep 1; echo {n}")}))
    for n in range(200)
]
started = time.monotonic()
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
report("200 commands at once", started)
assert answers == {n: f"{n}\n" for n in range(200)}

with tempfile.TemporaryDirectory() as folder:
    large, tree = Path(folder, "large"), Path(folder, "tree")
    large.write_bytes(os.urandom(200_000_000))
    for number in range(5000):
        file = tree / str(number // 100) / str(number)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(os.urandom(700))
    expected = hashlib.sha256(large.read_bytes()).hexdigest()
    out = machine.context.output.path
    for path in (large, tree):
        started = time.monotonic()
        machine.copy_from_host(str(path), f"/var/{path.name}")
        report(f"{path.name} in", started)
        started = time.monotonic()
        machine.copy_from_machine(f"/var/{path.name}")
        report(f"{path.name} out", started)
    assert machine.succeed("sha256sum </var/large").split()[0] == expected
    assert hashlib.sha256((out / "large").read_bytes()).hexdigest() == expected
    for number in range(5000):
        part = Path(str(number // 100), str(number))
        assert filecmp.cmp(tree / part, out / "tree" / part, shallow=False)
log.info("FIGURE files and tree came back unchanged")

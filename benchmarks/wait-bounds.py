"""Measure how long after its timeout each wait ends: with a guest that works, is deaf, or is stopped.

A test script for the driver of any test with a machine:

    nix build .#checks.x86_64-linux.debian-life.driver
    result/bin/nixos-test-driver --test-script benchmarks/wait-bounds.py \
        --output_directory /tmp/bench 2>/tmp/bench.log; grep FIGURE /tmp/bench.log
"""

import os
import signal
import time
from collections.abc import Callable

TIMEOUT = 2.0
MOST_OVER = 0.5

machine = machines[0]
machine.wait_for_unit("multi-user.target")
machine.succeed("systemctl --version; perl -e 1")

WAITS: dict[str, Callable[[], object]] = {
    "succeed": lambda: machine.succeed("sleep 100", timeout=TIMEOUT),
    "wait_until_succeeds": lambda: machine.wait_until_succeeds("sleep 100", timeout=TIMEOUT),
    "wait_until_fails": lambda: machine.wait_until_fails("true", timeout=TIMEOUT),
    "wait_for_unit": lambda: machine.wait_for_unit("no-such-unit", timeout=TIMEOUT),
    "wait_for_file": lambda: machine.wait_for_file("/no/such/file", timeout=TIMEOUT),
    "wait_for_open_port": lambda: machine.wait_for_open_port(1, timeout=TIMEOUT),
    "wait_for_open_port, ephemeral": lambda: machine.wait_for_open_port(33060, timeout=TIMEOUT),
    "wait_for_open_unix_socket": lambda: machine.wait_for_open_unix_socket("/x", timeout=TIMEOUT),
    "wait_for_console_text": lambda: machine.wait_for_console_text("never said", timeout=TIMEOUT),
    "wait_until_tty_matches": lambda: machine.wait_until_tty_matches("1", "x" * 99, timeout=TIMEOUT),
    "wait_for_qmp_event": lambda: machine.wait_for_qmp_event(lambda event: False, timeout=TIMEOUT),
    "wait_for_shutdown": lambda: machine.wait_for_shutdown(timeout=TIMEOUT),
    "retry": lambda: retry(lambda last: machine.execute("sleep 100")[0] == 0, timeout=TIMEOUT),
}


def measure(state: str, names: list[str]) -> None:
    """Call waits for what does not come, and tell by how much each exceeds its timeout."""
    for name in names:
        began = time.monotonic()
        try:
            WAITS[name]()
        except Exception as error:
            over = time.monotonic() - began - TIMEOUT
            log.info(f"FIGURE {state}: {name} {over:+.3f} s ({type(error).__name__})")
            t.assertLess(over, MOST_OVER, f"{state}: {name}")
        else:
            t.fail(f"{state}: {name} has found what is not there")


measure("at work", list(WAITS))
# The agent and the shell behind its own ports are stopped: nothing in the guest answers any more.
machine.execute("sleep 1; kill -STOP $(pidof qemu-ga)", check_output=False)
time.sleep(3)
measure("deaf", list(WAITS))
machine.crash()
for name in WAITS:
    # A QEMU that stays stopped is given up after 3 s, so each wait has one of its own.
    machine.wait_for_unit("multi-user.target")
    pid = machine.qemu.process.pid
    os.kill(pid, signal.SIGSTOP)
    measure("stopped", [name])
    os.kill(pid, signal.SIGCONT)
    machine.crash()

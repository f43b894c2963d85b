"""Write 100,000 lines on a machine's serial console, and count those that arrive.

A test script for any driver with a machine:

    nix build .#checks.x86_64-linux.debian-life.driver
    result/bin/nixos-test-driver --test-script benchmarks/console-lines.py \
        --output_directory /tmp/bench 2>/tmp/bench.log; grep FIGURE /tmp/bench.log
"""

import re
import resource
import time

LINES = 100_000
SECONDS = 60.0

machine = machines[0]
machine.wait_for_unit("multi-user.target")
serial_stdout_off()


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


for terminal in ("ttyS0", "console"):
    before, started = peak_mib(), time.monotonic()
    machine.succeed(f"seq -f '{terminal} line %06.0f of {LINES}' 1 {LINES} > /dev/{terminal}")
    machine.wait_for_console_text(f"{terminal} line {LINES:06} of {LINES}")
    seconds, grown = time.monotonic() - started, peak_mib() - before
    raw = (machine.context.output.console_folder / f"{machine.name}.log").read_text()
    found = [int(number) for number in re.findall(rf"{terminal} line (\d{{6}}) of {LINES}", raw)]
    lost = LINES - len(set(found))
    log.info(
        f"FIGURE {terminal}: {LINES} lines in {seconds:.1f} s ({LINES / seconds * 60:.0f} a minute), "
        f"{lost} lost, in order: {found == sorted(found)}, driver's memory +{grown:.0f} MiB"
    )
    t.assertEqual(found, list(range(1, LINES + 1)))
    t.assertLess(seconds, SECONDS)

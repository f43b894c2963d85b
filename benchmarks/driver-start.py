"""Measure what it takes from the start of the driver to its first QEMU process.

A test script for any driver with a machine; run it some times, on a host that does nothing else:

    nix build .#checks.x86_64-linux.debian-ping.driver
    for run in 1 2 3 4 5; do
      result/bin/nixos-test-driver --test-script benchmarks/driver-start.py --output_directory /tmp/bench 2>&1 |
        grep FIGURE
    done

Seconds of the processor are steadier than those of the clock when others use the host.
"""

import resource
import time

machines[0].start()
used = resource.getrusage(resource.RUSAGE_SELF)
began = int(open("/proc/self/stat").read().rpartition(")")[2].split()[19]) / os.sysconf(
    "SC_CLK_TCK"
)
log.log(
    f"FIGURE {time.clock_gettime(time.CLOCK_BOOTTIME) - began:.2f} s by the clock, "
    f"{used.ru_utime + used.ru_stime:.2f} s of the processor in the driver"
)

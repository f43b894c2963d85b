"""What it costs to log a machine's writes, and whether many power cuts under load lose what was flushed.

A test script for the machines of a check:

    nix build .#legacyPackages.x86_64-linux.longChecks.debian-power-cut.driver
    result/bin/nixos-test-driver --test-script benchmarks/power-cuts.py \
        --output_directory /tmp/bench 2>/tmp/bench.log; grep FIGURE /tmp/bench.log
"""

import os
import time
from pathlib import Path

TURNS = 3
CUTS = int(os.environ.get("CUTS", "20"))
WRITERS = 6
# Each writer flushes the number that it has written before it tells it.
LOAD = r"""
use Fcntl; use IO::Handle;
for my $writer (0 .. %d) {
    next if fork;
    sysopen(my $disk, "/dev/vdb", O_RDWR) or die;
    for my $number (1 .. 100000) {
        sysseek($disk, $writer * 1048576, 0);
        syswrite($disk, sprintf("%%-4096d", $number));
        $disk->sync;
        syswrite(STDOUT, "$writer $number\n");
    }
}
1 while wait > 0;
""" % (WRITERS - 1)


def cpu_seconds(node):
    fields = Path(f"/proc/{node.qemu.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def seconds(node, command):
    began = time.monotonic()
    node.succeed(command)
    return time.monotonic() - began


def figures(node):
    node.succeed("true")
    boot = cpu_seconds(node)
    to_vdb = "dd if=/dev/zero of=/dev/vdb status=none"
    much = seconds(node, f"{to_vdb} bs=1M count=60 oflag=direct")
    often = seconds(node, f"{to_vdb} bs=4k count=500 oflag=direct,dsync")
    return f"boot {boot:.2f} CPU s, 60 MiB {much:.2f} s, 500 flushed writes {often:.2f} s"


for turn in range(TURNS):
    for node in (machine, plain):
        log.info(f"FIGURE {node.name}, turn {turn}: {figures(node)}")
        node.crash()
        node.cleanup_statedir()

machine.succeed("true")
machine.checkpoint("up")
for turn in range(CUTS):
    told = dict.fromkeys(range(WRITERS), 0)
    load = machine.spawn(f"exec perl -e '{LOAD}'")
    for count, line in enumerate(load.lines()):
        writer, number = line.split()
        told[int(writer)] = int(number)
        if count >= 60 + 37 * turn % 200:
            break
    began = time.monotonic()
    machine.power_cut()
    took = time.monotonic() - began
    block = "dd if=/dev/vdb iflag=skip_bytes skip={}M bs=9 count=1 status=none"
    found = {writer: int(machine.succeed(block.format(writer))) for writer in told}
    log.info(
        f"FIGURE cut {turn} in {took:.2f} s: told {[*told.values()]}, found {[*found.values()]}"
    )
    for writer in told:
        t.assertGreaterEqual(found[writer], told[writer])
    machine.restore("up")

"""What the ways from one machine to another can bear, and how soon faults are in force.

In turn in one run: a network that never had a fault; one that has had some; and one through the
process that makes faults, with an impairment on another link.

    nix build .#checks.x86_64-linux.debian-network-faults.driver
    result/bin/nixos-test-driver --test-script benchmarks/network-throughput.py \
        --output_directory /tmp/bench 2>/tmp/bench.log; grep FIGURE /tmp/bench.log
"""

import json
import re
import statistics
import time

ROUNDS = 7
SECONDS = 3

start_all()
for machine in machines:
    machine.succeed("true")
b.succeed("systemd-run --unit=iperf iperf3 --server")
b.wait_for_open_port(5201)


def measure(vlan: int) -> tuple[float, float]:
    """Return Mbit/s of TCP, and the median of a ping in ms."""
    address = f"192.168.{vlan}.2"
    text = a.succeed(f"iperf3 --client {address} --time {SECONDS} --json")
    speed = json.loads(text)["end"]["sum_received"]["bits_per_second"] / 1e6
    pings = re.findall(r"time=([\d.]+) ms", a.succeed(f"ping -c 50 -i 0.01 {address}"))
    return speed, statistics.median(map(float, pings))


def in_milliseconds(seconds: list[float]) -> str:
    """Return the median and the longest."""
    return f"{1000 * statistics.median(seconds):.0f} ms, at most {1000 * max(seconds):.0f} ms"


figures: dict[str, list[tuple[float, float]]] = {"never a fault": [], "healed": [], "faults": []}
begins: list[float] = []
ends: list[float] = []
for vlan in (1, 2):
    measure(vlan)
for _ in range(ROUNDS):
    figures["never a fault"].append(measure(2))
    began = time.monotonic()
    network.link(a, c).impair(delay=0.01)  # they share the first network alone
    begins.append(time.monotonic() - began)
    figures["faults"].append(measure(1))
    began = time.monotonic()
    network.heal()
    ends.append(time.monotonic() - began)
    figures["healed"].append(measure(1))
for name, taken in figures.items():
    speed, ping = (statistics.median(column) for column in zip(*taken, strict=True))
    log.info(f"FIGURE {name:14} {speed:7.1f} Mbit/s  {ping:6.2f} ms")
log.info(f"FIGURE in force after {in_milliseconds(begins)}; healed after {in_milliseconds(ends)}")

# Faults of networks, as guests see them: partition, loss, delay, a cable, captures; and machines that start or go back meanwhile.
{
  name = "debian-network-faults";
  acceleration = "never";
  nodes =
    let
      # The package is for benchmarks/network-throughput.py.
      two = {
        warmStart = true;
        packages = [ "iperf3" ];
        vlans = [
          1
          2
        ];
      };
    in
    {
      a = two;
      b = two;
      c.warmStart = true;
    };
  testScript = ''
    import re
    import statistics
    import struct
    import time

    from test_driver.machine import QemuMachine

    FRAMES = 10_000


    def reaches(one: QemuMachine, other: QemuMachine) -> bool:
        return one.execute(f"ping -c 3 -i 0.1 -W 1 {other.name}")[0] == 0


    def milliseconds(one: QemuMachine, other: QemuMachine, count: int = 31) -> float:
        """Return the median of the times of pings."""
        text = one.succeed(f"ping -c {count} -i 0.1 {other.name}")
        return statistics.median(float(found) for found in re.findall(r"time=([\d.]+) ms", text))


    def received(machine: QemuMachine) -> int:
        return int(machine.succeed("cat /sys/class/net/eth1/statistics/rx_packets"))


    def carrier(machine: QemuMachine, card: str) -> bool:
        return machine.succeed(f"cat /sys/class/net/{card}/carrier") == "1\n"


    def frames(name: str) -> list[bytes]:
        """Return the frames in a capture."""
        data = (a.out_dir / name).read_bytes()
        found, position = [], 24
        while position < len(data):
            (size,) = struct.unpack_from("=I", data, position + 8)
            found.append(data[position + 16 : position + 16 + size])
            position += 16 + size
        return found


    start_all()
    for machine in machines:
        machine.succeed("true")
    t.assertTrue(reaches(a, b))
    direct = milliseconds(a, b)

    with subtest("a partition, at once and both ways"):
        began = time.monotonic()
        with network.partition([a, b], [c]):
            log.info(f"in force after {1000 * (time.monotonic() - began):.0f} ms")
            for one, other in ((a, c), (c, a), (c, b)):
                t.assertFalse(reaches(one, other))
            t.assertTrue(reaches(a, b))
            began = time.monotonic()
        log.info(f"healed after {1000 * (time.monotonic() - began):.0f} ms")
        t.assertTrue(reaches(a, c))
        t.assertTrue(reaches(c, b))

    with subtest("frames of every size pass, with and without faults"):
        for machine in (a, b):
            machine.succeed("ip link set eth2 mtu 65535")
        for size in (1472, 1473, 8000, 65000):
            a.succeed(f"ping -c 1 -W 5 -M do -s {size} 192.168.2.2")
        with network.link(a, b).impair(delay=0.001):
            a.succeed("ping -c 1 -W 5 -M do -s 8000 192.168.2.2", "ping -c 1 -W 5 -M do -s 65000 192.168.2.2")
        a.succeed("ping -c 1 -W 5 -M do -s 65000 192.168.2.2")

    with subtest("one direction"), network.link(a, b, direction="forward").cut():
        # What b sends arrives; what a answers does not.
        before = received(a)
        t.assertFalse(reaches(b, a))
        t.assertGreaterEqual(received(a), before + 3)

    with subtest("a tenth is lost"):
        network.seed(1)
        with network.link(a, b, direction="forward").impair(loss=0.1):
            text = a.execute(f"ping -q -f -c {FRAMES} b", timeout=300)[1]
        answers = int(re.findall(r"(\d+) received", text)[0])
        log.info(f"lost: {100 * (FRAMES - answers) / FRAMES:.2f} %")
        t.assertAlmostEqual((FRAMES - answers) / FRAMES, 0.1, delta=0.01)

    with subtest("a delay"):
        with network.link(a, b, direction="backward").impair(delay=0.05):
            added = milliseconds(a, b) - direct
        log.info(f"added: {added:.1f} ms")
        # It is right to 2 ms; the rest is for hosts that are busy.
        t.assertAlmostEqual(added, 50, delta=15)

    with subtest("all sorts of trouble, through which TCP gets"):
        a.succeed("dd if=/dev/urandom of=/tmp/data bs=1M count=1", "sha256sum </tmp/data >/tmp/sum")
        with network.link(a, b).impair(loss=0.02, delay=0.002, jitter=0.002, duplicate=0.05, reorder=0.05, corrupt=0.02, rate=2e7):
            with b.spawn("nc -l -p 99 >/tmp/data"):
                b.wait_until_succeeds("grep -q :0063 /proc/net/tcp /proc/net/tcp6", timeout=60)
                a.succeed("nc -N b 99 </tmp/data", timeout=120)
                b.wait_until_succeeds("test $(stat -c %s /tmp/data) = 1048576", timeout=120)
        t.assertEqual(b.succeed("sha256sum </tmp/data"), a.succeed("cat /tmp/sum"))

    with subtest("a cable that is out, of one network of two"):
        with b.unplug(vlan2):
            t.assertFalse(carrier(b, "eth2"))
            t.assertTrue(carrier(b, "eth1"))
        t.assertTrue(carrier(b, "eth2"))
        with t.assertRaisesRegex(Exception, "c is not in network 2: c is in 1"):
            c.unplug(2)

    with subtest("captures: what is sent, and what one machine sees"):
        with network.capture("all.pcap"), network.capture("c.pcap", machine=c), network.link(a, c).cut():
            t.assertTrue(reaches(a, b))
            t.assertFalse(reaches(a, c))
        everything, seen = frames("all.pcap"), frames("c.pcap")
        sender = bytes.fromhex(a.succeed("cat /sys/class/net/eth1/address").replace(":", ""))
        t.assertTrue([frame for frame in everything if frame[6:12] == sender])
        t.assertFalse([frame for frame in seen if frame[6:12] == sender])

    with subtest("faults stay when machines go back, and when they start"):
        checkpoint_all("good")
        network.partition([a], [b, c])
        b.unplug(2)
        restore_all("good")
        t.assertFalse(reaches(a, b))
        t.assertFalse(carrier(b, "eth2"))
        with rollback():
            c.succeed("touch /tmp/new")
        t.assertFalse(reaches(a, c))
        a.crash()
        a.start()
        t.assertFalse(reaches(a, c))
        network.heal()
        t.assertTrue(reaches(a, b))
        t.assertTrue(carrier(b, "eth2"))
        restore_all("good")
        t.assertTrue(reaches(a, c))

    with subtest("nothing is in the way any more"):
        for machine in machines:
            t.assertNotIn("filter-redirector", machine.send_monitor_command("info network"))
  '';
}

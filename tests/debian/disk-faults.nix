# Faults of a real machine's disks, clock, processor and memory: each takes effect at once, and its end undoes it alone.
{
  name = "debian-disk-faults";
  acceleration = "never";
  nodes.machine = {
    emptyDiskImages = [
      16
      16
    ];
    powerCuts = true;
    warmStart = true;
  };
  testScript = ''
    import time
    from datetime import datetime

    READ = "dd if=/dev/vdb of=/dev/null bs=4096 skip={} count=1 iflag=direct status=none"
    WRITE = "dd if=/dev/urandom of=/dev/vdb bs=4096 seek={} count=1 oflag=direct status=none"
    SYNC = WRITE + " conv=fsync"


    def works(*commands: str) -> list[bool]:
        return [machine.execute(command)[0] == 0 for command in commands]


    def seconds(command: str) -> float:
        began = time.monotonic()
        machine.succeed(command)
        return time.monotonic() - began


    def best(command: str) -> float:
        return min(seconds(command) for _ in range(3))


    def ahead() -> float:
        # By the answer that took the shortest: a busy host delays some of them.
        answers = []
        for _ in range(5):
            began = time.time()
            told = float(machine.succeed("date +%s.%N"))
            ended = time.time()
            answers.append((ended - began, told - (began + ended) / 2))
        return min(answers)[1]


    machine.succeed("true")
    disk = machine.disk("empty0")

    with subtest("operations fail, of the kinds that are to, on that disk alone"):
        everything = READ.format(0), WRITE.format(0), SYNC.format(0)
        t.assertEqual(works(*everything), [True, True, True])
        with disk.fail():
            t.assertEqual(works(*everything), [False, False, False])
            machine.succeed("dd if=/dev/vdc of=/dev/null bs=4096 count=1 iflag=direct", "sync /var/lib")
        t.assertEqual(works(*everything), [True, True, True])
        with disk.fail(reads=False):
            t.assertEqual(works(*everything), [True, False, False])
            with machine.disk(1).fail(writes=False):
                t.assertEqual(works(*everything), [False, False, False])
            t.assertEqual(works(*everything), [True, False, False])
        with disk.fail(reads=False, writes=False, flushes=True):
            t.assertEqual(works(*everything), [True, True, False])
        with disk.fail(reads=False, sector=8):
            t.assertEqual(works(WRITE.format(0), WRITE.format(1), WRITE.format(2)), [True, False, True])
        # Nobody has written to this one: udev, which looks at a disk after that, reads it first otherwise.
        with machine.disk("empty1").fail(writes=False, once=True):
            read = READ.format(0).replace("vdb", "vdc")
            t.assertEqual(works(read, read), [False, True])
        with disk.throttle(operations_per_second=1000):
            disk.fail(reads=False)
            t.assertEqual(works(*everything), [True, False, False])
        disk.heal()
        t.assertEqual(works(*everything), [True, True, True])

    with subtest("a slow disk"):
        many = "dd if=/dev/vdb of=/dev/null bs=64k count=32 iflag=direct status=none"
        fast = seconds(many)
        with disk.throttle(bytes_per_second=1_000_000):
            slow = seconds(many)
        log.info(f"2 MiB: {fast:.2f} s, and {slow:.2f} s at 1 MB/s")
        t.assertGreater(slow, 0.8)
        t.assertLess(best(many), 0.8)

    with subtest("bytes change, while it is on and while it is off, and a power cut does not undo it"):
        checksum = "dd if=/dev/vdb bs=4096 skip={} count=1 iflag=direct status=none | md5sum"
        machine.succeed(SYNC.format(7), SYNC.format(8))
        before = [machine.succeed(checksum.format(block)) for block in (7, 8)]
        disk.corrupt(7 * 4096 + 100, 10, seed=1)
        after = [machine.succeed(checksum.format(block)) for block in (7, 8)]
        t.assertNotEqual(before[0], after[0])
        t.assertEqual(before[1], after[1])
        machine.power_cut()
        disk.corrupt(8 * 4096, 4096, seed=1)
        t.assertEqual(machine.succeed(checksum.format(7)), after[0])
        t.assertNotEqual(machine.succeed(checksum.format(8)), after[1])

    with subtest("the clock"):
        # A machine that has booted has its time from a clock of whole seconds.
        right = ahead()
        t.assertAlmostEqual(right, 0, delta=2)
        with machine.clock.offset(-3600):
            t.assertAlmostEqual(ahead() - right, -3600, delta=0.5)
            with machine.clock.set(datetime(2031, 2, 3, 4, 5, 6)):
                t.assertEqual(machine.succeed("date --utc '+%F %H:%M'"), "2031-02-03 04:05\n")
            t.assertAlmostEqual(ahead() - right, -3600, delta=0.5)
        t.assertAlmostEqual(ahead() - right, 0, delta=0.5)
        start = ahead()
        began = time.monotonic()
        with machine.clock.drift(100_000):
            machine.succeed("sleep 5")
            won = ahead() - start
            passed = time.monotonic() - began
        log.info(f"won {won:.3f} s in {passed:.1f} s")
        t.assertAlmostEqual(won, passed / 10, delta=0.2)
        start = ahead()
        machine.succeed("sleep 3")
        t.assertAlmostEqual(ahead(), start, delta=0.2)

    with subtest("a pause"):
        machine.succeed("(while :; do echo $((++number)) >/run/number; sleep 0.1; done) >/dev/null 2>&1 &")
        uptime = float(machine.succeed("cut -d' ' -f1 /proc/uptime"))
        with machine.pause(), machine.pause():
            time.sleep(4)
        passed = float(machine.succeed("cut -d' ' -f1 /proc/uptime")) - uptime
        log.info(f"{passed:.2f} s have passed in it")
        t.assertLess(passed, 3)

    with subtest("a share of a processor"):
        busy = "for ((i = 0; i < 30000; i++)); do :; done"
        seconds(busy)
        whole = best(busy)
        with machine.limit_cpu(0.2):
            limited = seconds(busy)
            time.sleep(5)
        log.info(f"busy for {whole:.2f} s, and {limited:.2f} s with a fifth of a processor")
        t.assertGreater(limited, 2.5 * whole)
        t.assertLess(best(busy), 2.5 * whole)

    with subtest("less memory"):
        total = "awk '/MemTotal/ {print int($2 / 1024)}' /proc/meminfo"
        all_of_it = int(machine.succeed(total))
        with machine.limit_memory(256):
            some = int(machine.succeed(total))
            t.assertLess(some, 256)
            with t.assertRaisesRegex(Exception, "cannot be kept while there is a fault: it has 256 MiB"):
                machine.checkpoint("small")
        log.info(f"{all_of_it} MiB, and {some} MiB")
        t.assertEqual(int(machine.succeed(total)), all_of_it)
        machine.checkpoint("large")
        machine.restore("large")
        machine.succeed("true")

    with subtest("faults that cannot be"):
        with t.assertRaisesRegex(Exception, r"machine: it has no disk 3; those it has are 0 \(root\), 1 \(empty0\), 2 \(empty1\)"):
            machine.disk(3)
        machine.crash()
        with t.assertRaisesRegex(Exception, "machine: a disk that fails needs a machine that is on; start it first"):
            machine.disk(0).fail()
  '';
}

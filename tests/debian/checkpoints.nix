# A script goes back to where its machines were: memory, disks, clock, random numbers; one of them or all together.
{
  name = "debian-checkpoints";
  acceleration = "never";
  nodes = {
    a = { };
    b.warmStart = true;
  };
  testScript = ''
    import shutil
    import time
    from pathlib import Path

    start_all()
    with subtest("memory and disk are what they were"):
        a.succeed("echo 1 >/run/memory; echo 1 >/var/lib/disk; systemd-run --unit=act sleep infinity")
        a.checkpoint("one")
        a.succeed("echo 2 >/run/memory; echo 2 >/var/lib/disk; sync; systemctl stop act")
        a.checkpoint("two")
        a.succeed("rm /run/memory /var/lib/disk; sync")
        for name, number in (("two", 2), ("one", 1), ("two", 2), ("one", 1)):
            a.restore(name)
            t.assertEqual(a.succeed("cat /run/memory /var/lib/disk"), f"{number}\n{number}\n")
            t.assertEqual(a.execute("systemctl is-active --quiet act")[0] == 0, number == 1)

    with subtest("the clock is right, and random numbers are new"):
        t.assertAlmostEqual(float(a.succeed("date +%s.%N")), time.time(), delta=2)
        first = a.succeed("head -c 16 /dev/urandom | od -x")
        a.restore("one")
        t.assertNotEqual(a.succeed("head -c 16 /dev/urandom | od -x"), first)

    with subtest("a fault does not come back with a checkpoint"):
        ticks = "perl -e '$b = pack(\"L x4 x200\", 0); syscall(159, $b); print unpack(\"x88 q\", $b)'"
        right = b.succeed(ticks)
        with b.clock.drift(100_000), b.limit_cpu(0.9), b.disk(0).throttle(operations_per_second=500):
            t.assertNotEqual(b.succeed(ticks), right)
            b.checkpoint("under faults")
            t.assertNotEqual(b.succeed(ticks), right)
        t.assertEqual(b.succeed(ticks), right)
        b.restore("under faults")
        t.assertEqual(b.succeed(ticks), right)
        b.clock.drift(100_000)
        b.restore("under faults")
        t.assertEqual(b.succeed(ticks), right)

    with subtest("a machine that is off is off again, and one that was on is on"):
        a.crash()
        a.checkpoint("off")
        a.restore("one")
        t.assertEqual(a.succeed("cat /run/memory"), "1\n")
        a.restore("off")
        t.assertFalse(a.is_up())
        a.restore("one")

    with subtest("names that exist, and names that do not"):
        for machine in (a, b):
            machine.succeed("true")
        with t.assertRaisesRegex(Exception, "a: there is a checkpoint 'two' already"):
            a.checkpoint("two")
        with t.assertRaisesRegex(Exception, "a: there is no checkpoint 'three'; those there are: 'one', 'two', 'off'"):
            a.restore("three")
        with t.assertRaisesRegex(Exception, "b: there is no checkpoint 'one'; those there are: 'under faults'"):
            restore_all("one")

    with subtest("all together, a connection between them included"):
        b.succeed("systemd-run --unit=listen sh -c 'nc -l -p 99 >/run/heard'")
        b.wait_until_succeeds("grep -q :0063 /proc/net/tcp /proc/net/tcp6", timeout=60)
        a.succeed("mkfifo /run/said; systemd-run --unit=talk sh -c 'tail -f /run/said | nc b 99'")
        a.succeed("echo 'first' >/run/said")
        b.wait_until_succeeds("grep -x first /run/heard")
        checkpoint_all("connected")
        for line in ("second", "other"):
            a.succeed(f"echo '{line}' >/run/said")
            b.wait_until_succeeds(f"grep -x {line} /run/heard")
            t.assertEqual(b.succeed("cat /run/heard"), f"first\n{line}\n")
            restore_all("connected")
        t.assertEqual(b.succeed("cat /run/heard"), "first\n")

    with subtest("what a block did is undone, also inside another"):
        with rollback():
            a.succeed("rm /var/lib/disk")
            with b.rollback():
                b.crash()
            t.assertEqual(b.succeed("cat /run/heard"), "first\n")
            b.succeed("rm /run/heard")
        a.succeed("test -e /var/lib/disk")
        b.succeed("test -e /run/heard")

    with subtest("many restores leave nothing behind"):
        def descriptors():
            return len(list(Path("/proc/self/fd").iterdir()))

        def resident():
            return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

        def used():
            return shutil.disk_usage(a.state_dir).used

        b.restore("connected")
        before = descriptors(), resident(), used()
        for _ in range(20):
            b.restore("connected")
        t.assertLessEqual(descriptors(), before[0] + 2)
        t.assertLess(resident(), before[1] + 4 * 2**20)
        log.info(f"disk: {(used() - before[2]) // 1024} KiB, memory: {(resident() - before[1]) // 1024} KiB")
  '';
}

# ruff: noqa: F821, PT027 - the driver gives the names
"""Trouble of real machines: each kind can be expected; a test that passes tells of the others."""

KMSG = "printf '<{}>%s\\n' '{}' >/dev/kmsg"
ASAN = "==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010"

start_all()
quiet.succeed("dmesg -n 1")

with subtest("a kernel tells of trouble, on its console or in its log alone"):
    for machine in (loud, quiet):
        with machine.expect_crash("kernel-warning"):
            machine.succeed(
                KMSG.format(4, "WARNING: CPU: 0 PID: 7 at kernel/stage.c:3 exit_left+0x1/0x2")
            )
    with loud.expect_crash("kernel-oops"):
        loud.succeed(
            KMSG.format(1, "BUG: kernel NULL pointer dereference, address: 0000000000000010"),
            KMSG.format(4, "Oops: Oops: 0000 [#1] PREEMPT SMP NOPTI"),
        )

with subtest("a task hangs"), loud.expect_crash("stall"):
    loud.succeed("sysctl -q kernel.hung_task_timeout_secs=1 kernel.hung_task_check_interval_secs=1")
    # The first request is let through. For a read, a task waits in a state that no watchdog minds.
    write = "dd if=/dev/zero of=/dev/vdb bs=200k count=1 conv=fsync status=none"
    with loud.disk(1).throttle(bytes_per_second=50_000):
        loud.succeed(write, write)
    loud.succeed("sysctl -q kernel.hung_task_timeout_secs=0")

with subtest("a unit runs out of memory"):
    with quiet.expect_crash("oom", "eat"), quiet.expect_crash("failed-unit", "eat.service"):
        quiet.fail(
            "systemd-run --quiet --wait --unit=eat -p MemoryMax=20M -p MemorySwapMax=0 "
            "perl -e 'push @much, q(y) x 1_000_000 while 1'"
        )

with subtest("a unit dumps core, and a command"):
    loud.succeed("systemd-run --quiet --unit=dumper -p LimitCORE=infinity -p Type=exec sleep 1000")
    with loud.expect_crash("core-dump", "dumper"), loud.expect_crash("failed-unit", "dumper"):
        loud.succeed("systemctl kill --signal=SEGV dumper")
    with loud.expect_crash("core-dump"):
        loud.succeed("ulimit -c unlimited; cd /tmp; sh -c 'kill -ABRT $$' || true")

with subtest("a sanitizer reports to a journal, and to a command's stderr"):
    with quiet.expect_crash("sanitizer", "checked"):
        quiet.succeed(f"systemd-run --quiet --wait --unit=checked sh -c 'echo \"{ASAN}\" >&2'")
    with quiet.expect_crash("sanitizer"):
        quiet.succeed(f"echo '{ASAN}' >&2")

with subtest("what does not come is an error"):
    with t.assertRaisesRegex(Exception, "loud: expect_crash: no oom was seen in the block"):
        with loud.expect_crash("oom"):
            pass

# Nobody expects these: the results tell of them. One of them ends with its machine.
loud.succeed("systemd-run --quiet --wait --unit=unexpected false || true")
quiet.succeed(KMSG.format(4, "WARNING: CPU: 0 PID: 9 at kernel/stage.c:4 exit_right+0x1/0x2"))
quiet.shutdown()

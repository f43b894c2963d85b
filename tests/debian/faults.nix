# What can befall a real machine under a command: each is told by its name, within seconds, and the next start is a good one.
{
  name = "debian-faults";
  nodes.machine = { };
  testScript = ''
    import signal
    import time
    from collections.abc import Iterator
    from contextlib import contextmanager

    VERDICT_SECONDS = 10


    @contextmanager
    def told_soon(message: str) -> Iterator[None]:
        # The machine is up, so that only the verdict counts.
        machine.succeed("true")
        started = time.monotonic()
        # Each end is expected; that it was one must still be told.
        with machine.expect_end(), t.assertRaisesRegex(Exception, message):
            yield
        seconds = time.monotonic() - started
        log.info(f"told after {seconds:.1f} s")
        t.assertLess(seconds, VERDICT_SECONDS)


    def boot() -> None:
        """Boot, however long it takes: the limits of what follows are for faults."""
        machine.start()
        machine.connect()

    def kill_qemu(number: int) -> None:
        pid = machine.qemu.process.pid if machine.qemu else 0
        machine.execute("sleep 1000", check_output=False)
        os.kill(pid, number)


    with subtest("the agent is killed"):
        boot()
        with t.assertRaisesRegex(Exception, "machine: the guest agent is gone"):
            machine.succeed("sleep 1; pkill -KILL qemu-ga; sleep 1000", timeout=30)
        # Its service starts it anew.
        t.assertEqual(machine.succeed("echo back"), "back\n")

    with subtest("the kernel panics"):
        with told_soon("machine: the kernel of the guest panicked: .*sysrq triggered crash"):
            machine.succeed("echo c > /proc/sysrq-trigger; sleep 1000", timeout=30)
        machine.crash()
        boot()

    with subtest("the guest reboots silently"):
        with told_soon(r"machine: QEMU has exited \(exit status 0, because of guest-reset"):
            machine.succeed("reboot -f; sleep 1000", timeout=30)
        boot()

    with subtest("QEMU is stopped"):
        with told_soon("was stopped by a signal such as SIGSTOP, and did not go on within 3 s"):
            kill_qemu(signal.SIGSTOP)
            machine.succeed("true", timeout=30)
        machine.crash()
        boot()

    with subtest("QEMU is killed"):
        with told_soon(r"machine: QEMU has exited \(killed by SIGKILL\)"):
            kill_qemu(signal.SIGKILL)
            machine.succeed("sleep 1000", timeout=30)
        boot()
        machine.succeed("true")
  '';
}
